// Answers that bring only what is new become one picture.
import { expect, it } from 'vitest';
import type { OverviewAnswer, Signal } from '../../../../cli/console/api.ts';
import { countLines, mergeOverview } from '../../../../cli/console/pages/samples.ts';

const second = (number: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, number)).toISOString();
const counts = (visible: number) => ({ visible, inFlight: 0, delayed: 0 });
const NO_DATA: Signal = { noData: 'not published' };

function answer(seconds: readonly number[], pace: Signal = NO_DATA): OverviewAnswer {
  return {
    samples: seconds.map((at) => ({ at: second(at), queue: null, deadLetterQueue: counts(at) })),
    signals: { pace, breaker: NO_DATA, requeueRate: NO_DATA },
  } as unknown as OverviewAnswer;
}

it('new samples come behind those that are known, and none twice', () => {
  const merged = mergeOverview(answer([1, 2]), answer([2, 3]));
  expect(merged.samples.map(({ at }) => at)).toEqual([1, 2, 3].map(second));
});

it('samples from the beginning stay however many come', () => {
  let merged = answer([0]);
  for (let at = 1; at < 20_000; at += 100) {
    merged = mergeOverview(merged, answer(Array.from({ length: 100 }, (_, index) => at + index)));
  }
  expect([merged.samples.length < 2_100, merged.samples[0]?.at, merged.samples.at(-1)?.at]).toEqual([
    true,
    second(0),
    second(20_000),
  ]);
});

it('a signal that has data by now has it, and one that lost it says why', () => {
  const points = { unit: '1/s', points: [{ at: second(1), value: 1 }], note: null };
  expect(mergeOverview(answer([1]), answer([2], points)).signals.pace).toEqual(points);
  expect(mergeOverview(answer([1], points), answer([2])).signals.pace).toEqual(NO_DATA);
});

it('a queue that was never counted has no lines', () => {
  expect(countLines(answer([1]).samples, 'queue')).toEqual([]);
  expect(countLines(answer([1]).samples, 'deadLetterQueue')).toHaveLength(3);
});
