// The circuit breaker while it is open: single probes go out instead of calls, further and further apart.
import type { ClusterSignal } from '../decision/meaning.ts';
import { FIRST_RATE } from './rate.ts';

/** Before the first probe, the second, …, and each after the last. Chance adds up to half of it. */
const PROBE_INTERVALS_MS = [1_000, 2_000, 4_000, 8_000];
const LONGEST_PROBE_INTERVAL_MS = 12_000;
const PROBE_JITTER = 0.5;

/** The longest that a probe is waited for; milliseconds. */
export const LONGEST_WAIT_MS = LONGEST_PROBE_INTERVAL_MS * (1 + PROBE_JITTER);

/**
 * After a probe whose answer says nothing about the cluster the next comes within a second, and with each such answer
 * in a row one more a second, at most so many: as fast as a pace begins.
 */
const MOST_PROBES_A_SECOND = FIRST_RATE;

/** An open circuit breaker. All times are epoch milliseconds. */
export class Breaker {
  /** Calls a second before it opened. */
  readonly lastGood: number;
  /** When the next probe may start. */
  nextAt: number;
  readonly #random: () => number;
  /** How many have failed. */
  #failed = 0;
  /** How many in a row have said nothing. */
  #idle = 0;
  #probe: number | undefined;
  #probedAt: number;

  /** @param random uniform in [0, 1) */
  constructor(lastGood: number, random: () => number, now: number) {
    this.lastGood = lastGood;
    this.#random = random;
    this.#probedAt = now;
    this.nextAt = now + this.#intervalMs();
  }

  /** Whether a probe is under way. */
  get isProbing(): boolean {
    return this.#probe !== undefined;
  }

  started(ticket: number, now: number): void {
    this.#probe = ticket;
    this.#probedAt = now;
  }

  isProbe(ticket: number): boolean {
    return ticket === this.#probe;
  }

  /** The probe has ended without a success. */
  probeFailed(signal: Exclude<ClusterSignal, 'served'>, now: number): void {
    this.#probe = undefined;
    if (signal === 'nothing') {
      this.#idle += 1;
      this.nextAt = this.#probedAt + 1_000 / Math.min(this.#idle, MOST_PROBES_A_SECOND);
    } else {
      this.#idle = 0;
      this.#failed += 1;
      this.nextAt = now + this.#intervalMs();
    }
  }

  #intervalMs(): number {
    const interval = PROBE_INTERVALS_MS[this.#failed] ?? LONGEST_PROBE_INTERVAL_MS;
    return interval * (1 + this.#random() * PROBE_JITTER);
  }
}
