// Lengths of time as people write them.

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** The longest span that makes sense anywhere, a year: SQS keeps no message longer than 14 days. */
export const LONGEST_SECONDS = 366 * 86_400;

/** Whole seconds from `90s`, `30m`, `2h`, `7d` or a combination such as `1h30m`; undefined from anything else. */
export function secondsOf(duration: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(duration)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+)([smhd])/g)) {
    seconds += Number(count) * SECONDS[unit as keyof typeof SECONDS];
  }
  return seconds;
}
