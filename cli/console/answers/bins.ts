// Times in bins of one length, as charts want them. Pure.

/** Where bins lie; epoch milliseconds. */
export interface Bins {
  readonly from: number;
  readonly binMs: number;
  readonly count: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Lengths that people can read from an axis. */
const LENGTHS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
  365 * DAY,
] as const;

/** At most so many bins that hold the first and the last time; one of a second where there is nothing. */
export function binsFor(first: number, last: number, atMost: number): Bins {
  const fits = (binMs: number) => Math.floor(last / binMs) - Math.floor(first / binMs) < atMost;
  const longest = Math.ceil((last - first + 1) / (atMost - 1));
  const binMs = LENGTHS.find(fits) ?? longest;
  const from = Math.floor(first / binMs) * binMs;
  return { from, binMs, count: Math.floor((last - from) / binMs) + 1 };
}

/** How many of the times lie in each bin; what lies outside counts for the nearest. */
export function countIn({ from, binMs, count }: Bins, times: Iterable<number>): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const time of times) {
    const bin = Math.max(0, Math.min(count - 1, Math.floor((time - from) / binMs)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** The bins of the times of these; those of `now` alone where there are none. */
export function binsOf(times: readonly number[], now: number, atMost: number): Bins {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) {
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  return times.length === 0 ? binsFor(now, now, atMost) : binsFor(first, last, atMost);
}
