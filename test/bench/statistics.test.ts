import { describe, expect, it } from 'vitest';
import { median, pairedRatio, percentile, rotated, spreadOf } from './statistics.ts';

describe('a percentile', () => {
  it.each([
    { values: [7], share: 0.5, expected: 7 },
    { values: [4, 1, 3, 2], share: 0.5, expected: 2 },
    { values: [4, 1, 3, 2], share: 0.51, expected: 3 },
    { values: Array.from({ length: 100 }, (_, index) => 100 - index), share: 0.99, expected: 99 },
    { values: Array.from({ length: 101 }, (_, index) => index), share: 0.99, expected: 99 },
    { values: [5, 9], share: 1, expected: 9 },
  ])('is the nearest rank: $share of $values.length values is $expected', ({ values, share, expected }) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('of nothing is an error', () => {
    expect(() => percentile([], 0.5)).toThrow('expected at least one value');
  });
});

describe('the median', () => {
  it.each([
    { values: [3, 1, 2], expected: 2 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    // Numbers, not text.
    { values: [10, 9, 100], expected: 10 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is an error', () => {
    expect(() => median([])).toThrow('expected at least one value');
  });
});

describe('a paired ratio', () => {
  it('is not moved by noise that both sides of a round have in common', () => {
    const rounds = [1, 10, 3, 0.2, 7].map((noise) => ({ ours: 2 * noise, theirs: 4 * noise }));
    const ratio = pairedRatio(
      rounds,
      ({ ours }) => ours,
      ({ theirs }) => theirs,
    );
    expect(ratio).toEqual({ median: 0.5, low: 0.5, high: 0.5, of: 5 });
  });

  it('is the median of the ratios, not the ratio of the medians', () => {
    const rounds = [
      [1, 1],
      [2, 8],
      [9, 3],
    ] as const;
    expect(
      pairedRatio(
        rounds,
        ([ours]) => ours,
        ([, theirs]) => theirs,
      ).median,
    ).toBe(1);
  });
});

describe('a spread', () => {
  it('has the quartiles', () => {
    expect(spreadOf([8, 6, 4, 2])).toEqual({ median: 5, low: 2, high: 6, of: 4 });
  });
});

describe('an order', () => {
  it.each([
    { by: 0, expected: ['a', 'b', 'c'] },
    { by: 1, expected: ['b', 'c', 'a'] },
    { by: 5, expected: ['c', 'a', 'b'] },
  ])('rotated by $by is $expected', ({ by, expected }) => {
    expect(rotated(['a', 'b', 'c'], by)).toEqual(expected);
  });
});
