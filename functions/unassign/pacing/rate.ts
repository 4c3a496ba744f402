// How many calls a second start under backpressure: fewer after every round of refusals, more after every success.

/** Calls a second: to begin with, at least, and at most. */
export const FIRST_RATE = 20;
const LEAST_RATE = 0.2;
const MOST_RATE = 1_000;

/** What a round of refusals leaves of the rate. */
const CUT = 0.8;

/** The part of the rate that a success adds: quickly until a refusal shows where the limit is, gently from then on. */
const FIRST_RISE = 0.05;
const RISE = 0.01;

/**
 * The most that a success adds from then on, in calls a second. Where each adds the same part of its own rate, an
 * environment that got ahead stays ahead, and a batch waits long in one that fell behind.
 */
const MOST_RISE = 0.2;

/** From so many rounds of refusals without a success on, calls go one at a time. */
const CUTS_TO_SINGLE_FILE = 2;

/** From so many on, the rate has come to its end: the circuit breaker opens. */
const CUTS_TO_END = 6;

/** A rate is forgotten after so long without a refusal: at the highest rate, and at any. */
const FORGET_AT_MOST_RATE_MS = 30_000;
const FORGET_MS = 600_000;

/** The rate of one environment's calls. All times are epoch milliseconds. */
export class Rate {
  /** When the next call may start. */
  nextAt: number;
  #perSecond: number;
  /** At the last success. */
  #lastGood: number;
  /** Whether a refusal has shown where the limit is. */
  #limitSeen = false;
  /** Rounds of refusals since the last success. */
  #cuts = 0;
  #refusedAt: number;

  /** @param perSecond to begin with */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#lastGood = perSecond;
    this.#refusedAt = now;
    this.nextAt = now + this.#intervalMs;
  }

  /** Calls a second. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** Calls a second at the last success. */
  get lastGood(): number {
    return this.#lastGood;
  }

  get isSingleFile(): boolean {
    return this.#cuts >= CUTS_TO_SINGLE_FILE;
  }

  get isAtItsEnd(): boolean {
    return this.#cuts >= CUTS_TO_END;
  }

  isForgotten(now: number): boolean {
    const needed = this.#perSecond >= MOST_RATE ? FORGET_AT_MOST_RATE_MS : FORGET_MS;
    return now - this.#refusedAt >= needed;
  }

  started(now: number): void {
    this.nextAt = Math.max(this.nextAt, now) + this.#intervalMs;
  }

  /** A call took nothing of what the cluster can do, so it has not used its turn up. */
  giveTurnBack(): void {
    this.nextAt -= this.#intervalMs;
  }

  raise(): void {
    const rise = this.#limitSeen ? Math.min(this.#perSecond * RISE, MOST_RISE) : this.#perSecond * FIRST_RISE;
    this.#cuts = 0;
    this.#perSecond = Math.min(MOST_RATE, this.#perSecond + rise);
    this.#lastGood = this.#perSecond;
  }

  cut(now: number): void {
    this.#perSecond = Math.max(LEAST_RATE, this.#perSecond * CUT);
    this.#limitSeen = true;
    this.#refusedAt = now;
    this.#cuts += 1;
  }

  get #intervalMs(): number {
    return 1_000 / this.#perSecond;
  }
}
