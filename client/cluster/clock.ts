// A wait by the wall clock, which goes on while an environment is frozen, and which may be set.

/**
 * Whether so many milliseconds have passed since then. They also have where the time since then is negative: a clock
 * that was set back must not make a wait longer than it was meant to be.
 *
 * @param since epoch milliseconds
 * @param now epoch milliseconds
 */
export function hasPassed(milliseconds: number, since: number, now: number): boolean {
  const passed = now - since;
  return passed < 0 || passed >= milliseconds;
}
