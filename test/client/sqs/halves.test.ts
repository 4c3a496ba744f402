import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { askInHalves } from '../../../client/sqs/halves.ts';

function refusal(name: string): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode: 400 } });
}

/** What becomes of each item of a batch in which these are bad, and how often it is asked. */
async function ask(items: readonly number[], bad: ReadonlySet<number>, code = 'InvalidMessageContents') {
  let asks = 0;
  const parts: { item: number; taken: boolean }[] = [];
  const answers = askInHalves(items, async (some) => {
    asks += 1;
    if (some.some((item) => bad.has(item))) throw refusal(code);
    return 'taken';
  });
  for await (const part of answers) {
    parts.push(...part.items.map((item) => ({ item, taken: 'answer' in part })));
  }
  return { asks, parts };
}

it('asks once where nothing is refused', async () => {
  expect((await ask([1, 2, 3], new Set())).asks).toBe(1);
});

it('asks once where the refusal is the same for all', async () => {
  const { asks, parts } = await ask([1, 2, 3], new Set([2]), 'AccessDenied');
  expect([asks, parts.filter(({ taken }) => taken)]).toEqual([1, []]);
});

it('has all but the bad ones taken, each once and in order, in fewer than twice as many asks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.uniqueArray(fc.nat({ max: 9 })),
      async (size, bad) => {
        const items = Array.from({ length: size }, (_, index) => index);
        const { asks, parts } = await ask(items, new Set(bad));
        expect(parts).toEqual(items.map((item) => ({ item, taken: !bad.includes(item) })));
        expect(asks).toBeLessThan(2 * size);
      },
    ),
  );
});
