// How long a message that we have received is hidden from others, by two clocks. Pure.

/**
 * The time by two clocks, in milliseconds: one of them alone is not enough, since a wall clock may be set back, and a
 * monotonic one stands still while a machine sleeps.
 */
export interface Instant {
  /** Since 1970. */
  readonly wall: number;
  /** Since some time or other; nobody sets it. */
  readonly monotonic: number;
}

/** So long a request may take until SQS carries it out; milliseconds. */
const SPARE_MS = 5_000;

/** The instant so many milliseconds later. */
export function later({ wall, monotonic }: Instant, milliseconds: number): Instant {
  return { wall: wall + milliseconds, monotonic: monotonic + milliseconds };
}

/** How long it is until then, by the clock that says the less; milliseconds, negative where it is past. */
export function untilMs(now: Instant, end: Instant): number {
  return Math.min(end.wall - now.wall, end.monotonic - now.monotonic);
}

/** Whether it has not come to that instant yet, by either clock. */
export function isBefore(now: Instant, end: Instant): boolean {
  return untilMs(now, end) > 0;
}

/** Whether a request that is made now still finds the message hidden, which it is until `end`. */
export function mayStillAct(now: Instant, end: Instant): boolean {
  return untilMs(now, end) > SPARE_MS;
}

/** SQS API reference, ChangeMessageVisibility: twelve hours, counted from the receive. */
const LONGEST_HOLD_MS = 43_200_000;

/** Until when a message that a request of that time received can be hidden at most. */
export function limitOf(askedAt: Instant): Instant {
  return later(askedAt, LONGEST_HOLD_MS);
}

/** The earliest of these instants, by each of the clocks. */
export function earliest(instants: readonly Instant[]): Instant {
  return {
    wall: Math.min(...instants.map(({ wall }) => wall)),
    monotonic: Math.min(...instants.map(({ monotonic }) => monotonic)),
  };
}

/** For how long a message with this limit is hidden from now on where so many seconds are wanted; whole seconds. */
export function extensionSeconds(now: Instant, limit: Instant, wanted: number): number {
  const left = untilMs(now, limit);
  return Math.max(0, Math.min(wanted, Math.floor(left / 1000)));
}
