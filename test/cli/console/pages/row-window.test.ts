import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { windowOf } from '../../../../cli/console/pages/row-window.ts';

it('what can be seen is in the document, and little else', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100_000 }),
      fc.integer({ min: 20, max: 100 }),
      fc.nat({ max: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (total, rowHeight, height, share) => {
        const scrollTop = Math.max(0, total * rowHeight - height) * share;
        const { first, end } = windowOf(scrollTop, height, rowHeight, total);
        const seenFirst = Math.min(total, Math.floor(scrollTop / rowHeight));
        const seenEnd = Math.min(total, Math.ceil((scrollTop + height) / rowHeight));
        expect(first).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(total);
        if (seenEnd > seenFirst) expect([first <= seenFirst, end >= seenEnd]).toEqual([true, true]);
        expect(end - first).toBeLessThanOrEqual(height / rowHeight + 30);
      },
    ),
  );
});
