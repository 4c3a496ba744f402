// The arithmetic of the benchmark. Pure.

/** A figure with what it varies by: the median and the quartiles. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Of how many values. */
  readonly of: number;
}

/**
 * The value that `share` of all values do not exceed (nearest rank).
 *
 * @param share in (0, 1]
 * @throws RangeError where there are no values
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('expected at least one value');
  return value;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('expected at least one value');
  return (lower + upper) / 2;
}

/** Median and quartiles. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    low: percentile(values, 0.25),
    high: percentile(values, 0.75),
    of: values.length,
  };
}

/**
 * One ratio for each round, since what disturbs a machine disturbs all that is measured in the same round: noise
 * that would blur the ratio of two medians is gone from the median of the ratios.
 */
export function pairedRatio<Round>(
  rounds: readonly Round[],
  numerator: (round: Round) => number,
  denominator: (round: Round) => number,
): Spread {
  return spreadOf(rounds.map((round) => numerator(round) / denominator(round)));
}

/** The items in an order that starts with another one each time, so that none always goes first. */
export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
