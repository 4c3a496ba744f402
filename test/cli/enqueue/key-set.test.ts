import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeySet } from '../../../cli/enqueue/key-set.ts';

it('knows every key that it was given, and no other', () => {
  const key = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 1n, max: 50n }));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 3000, size: 'max' }), (keys) => {
      const set = new KeySet();
      const known = new Set<bigint>();
      for (const key of keys) {
        expect(set.add(String(key))).toBe(known.has(key));
        known.add(key);
      }
    }),
    { numRuns: 30 },
  );
});

it('takes no more memory than it may, and says so', () => {
  const set = new KeySet();
  const first = 2n ** 51n;
  let key = first;
  while (!set.isFull) {
    set.add(String(key));
    key += 1n;
  }
  expect(Number(key - first)).toBeGreaterThan(2_900_000);
  expect(set.add(String(key))).toBe(false);
  expect(set.add(String(key))).toBe(false);
  expect(set.add(String(first))).toBe(true);
});
