// When a request is tried again, and when that is given up. Pure: the clock and chance are arguments.
import { MAX_DELAY_SECONDS } from '../../../client/sqs/limits.ts';

/** How long the function goes on trying. */
export interface Policy {
  /** The receive on which a message that cannot be judged becomes a dead letter. */
  readonly maxReceiveCount: number;
  /** The retry budget in seconds: the age since the first call from which on no copy is requeued. */
  readonly retryForSeconds: number;
}

/** SQS delays by whole seconds; without a delay a refused message would circle as fast as SQS turns. */
export const MIN_DELAY_SECONDS = 1;

/** The part of the age of a request that it waits for its next attempt. */
const DELAY_PER_AGE = 0.1;

/** Of the delay of a message that was held: at most so many seconds, or this part of the time without a success. */
const MOST_HELD_SECONDS = 10;
const HELD_PER_QUIET = 0.01;

/**
 * The delay of a copy, in whole seconds: a tenth of the time since the request's first call, jittered between
 * half and whole of that, at least `leastSeconds`, from 1 to 900, and never past the expiry. So an outage delays
 * nobody by much more than a tenth of its own length.
 *
 * @param given `secondsUntilExpiry` is at least 1
 */
export function requeueDelay(given: {
  readonly ageSeconds: number;
  readonly leastSeconds: number;
  readonly secondsUntilExpiry: number;
  readonly random: () => number;
}): number {
  const grown = given.ageSeconds * DELAY_PER_AGE * (0.5 + given.random() / 2);
  return bounded(Math.max(grown, given.leastSeconds), given.secondsUntilExpiry);
}

/**
 * The delay of a copy of a message that was held and never attempted, in whole seconds: half to all of the time
 * since the cluster last served this environment, at most 10 s or, where that is more, a hundredth of that time,
 * from 1 to 900, and never past the expiry. So the messages come back soon after the cluster does, and an outage of a
 * day does not have them circle all day.
 *
 * @param given `secondsUntilExpiry` is at least 1
 */
export function heldDelay(given: {
  readonly quietSeconds: number;
  readonly secondsUntilExpiry: number;
  readonly random: () => number;
}): number {
  const { quietSeconds, random } = given;
  const whole = Math.min(quietSeconds, Math.max(MOST_HELD_SECONDS, quietSeconds * HELD_PER_QUIET));
  return bounded(whole * (0.5 + random() / 2), given.secondsUntilExpiry);
}

/**
 * A reading can be older than what it is about (Camunda 8, "Data fetching": the secondary storage is eventually
 * consistent). What it says against a request counts only for one that was first sent so long ago; seconds.
 */
const READABLE_AFTER_SECONDS = 60;

/** In how many seconds a reading counts against a request that was first sent then; both epoch milliseconds. */
export function secondsUntilReadable(firstSentAt: number, now: number): number {
  const ageSeconds = Math.max(0, now - firstSentAt) / 1000;
  return Math.max(0, READABLE_AFTER_SECONDS - ageSeconds);
}

/**
 * The delay of a copy whose task is read again, in whole seconds: until the reading counts, at least 1, and never past
 * the expiry.
 *
 * @param secondsUntilExpiry at least 1
 */
export function rereadDelay(secondsUntilReadable: number, secondsUntilExpiry: number): number {
  return bounded(secondsUntilReadable, secondsUntilExpiry);
}

function bounded(seconds: number, secondsUntilExpiry: number): number {
  const wanted = Math.max(Math.ceil(seconds), MIN_DELAY_SECONDS);
  return Math.min(wanted, MAX_DELAY_SECONDS, Math.floor(secondsUntilExpiry));
}
