// What came back to an outcome. Pure: the clock, the randomness and the policy are arguments.
import { partitionOf } from '../../client/contract.ts';
import { type DeadLetterKind, JOURNEY_TEXT, type Journey } from '../../client/journey.ts';
import { errorText, oneLine } from '../../client/text.ts';
import type { Answer } from './cluster.ts';
import { journeyOf, type Message } from './request.ts';

/** What became of the attempt to serve one message. */
export type Attempt =
  | Answer
  /** Not attempted: the rest of the invocation was too short for a call. */
  | { readonly type: 'out-of-time' }
  /**
   * Not attempted: its turn did not come in time, since the cluster asks for mercy. `quietMs`: so long ago it last
   * served this environment.
   */
  | { readonly type: 'held'; readonly quietMs: number }
  /** A bug of ours. */
  | { readonly type: 'bug'; readonly error: unknown };

/** What is done with one message. */
export type Outcome =
  /** Nothing more is sent; SQS deletes the message. */
  | { readonly type: 'acknowledge' }
  /** A copy goes to the queue with this delay; then the message is acknowledged. */
  | { readonly type: 'requeue'; readonly delaySeconds: number; readonly journey: Journey }
  /** A copy goes to the dead-letter queue; then the message is acknowledged. */
  | { readonly type: 'dead-letter'; readonly journey: DeadLetterJourney }
  /** The message is reported, so that SQS delivers it again after the visibility timeout. */
  | { readonly type: 'redeliver'; readonly reason: string; readonly journey: Journey };

/** A journey that has come to its end. */
export type DeadLetterJourney = Journey & { readonly kind: DeadLetterKind; readonly failedAt: string };

/** How long the function goes on trying. */
export interface Policy {
  /** The receive on which a message that cannot be judged becomes a dead letter. */
  readonly maxReceiveCount: number;
  /** The retry budget: the age since the first call from which on "not now" is given up. */
  readonly retryForSeconds: number;
}

/** What a decision depends on besides the message and the attempt. */
export interface Circumstances {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly policy: Policy;
}

/** SQS API reference, SendMessage: DelaySeconds is at most 900. */
const MAX_DELAY_SECONDS = 900;

/** SQS delays by whole seconds; without a delay a refused message would circle as fast as SQS turns. */
const MIN_DELAY_SECONDS = 1;

/** The part of the age of a request that it waits for its next attempt. */
const DELAY_PER_AGE = 0.1;

/** Of the delay of a message that was held: at most so many seconds, or this part of the time without a success. */
const MOST_HELD_SECONDS = 10;
const HELD_PER_QUIET = 0.01;

/** From so many attempts on it is worth asking whether the partition of a key exists at all. */
const SUSPICIOUS_ATTEMPTS = 3;

/**
 * Whether this may be one of the keys that are answered 503 for ever, since their partition does not exist. Load
 * is answered 503 as well, but then the answer says so.
 */
export function mayLackPartition({ request, journey }: Message): boolean {
  if (request === undefined || journey === undefined || journey.attempts < SUSPICIOUS_ATTEMPTS) return false;
  const { lastStatus, lastTitle } = journey;
  if (lastStatus !== 503) return false;
  return !isLoad({ status: lastStatus, title: lastTitle, retryAfter: undefined });
}

/**
 * Whether an answer says that the cluster, or what stands before it, has too much to do: any 429, a 503 titled
 * RESOURCE_EXHAUSTED (Camunda 8, Orchestration Cluster REST API: backpressure), a 503 with a Retry-After. Any other
 * 503 may belong to one key, for ever.
 */
export function isLoad(answer: Pick<Response, 'status' | 'title' | 'retryAfter'>): boolean {
  if (answer.status !== 503) return answer.status === 429;
  return answer.retryAfter !== undefined || answer.title?.includes('RESOURCE_EXHAUSTED') === true;
}

/**
 * Before any call: the task to unassign, or the outcome of a message that must not reach the cluster.
 *
 * @param partitionsCount how many partitions the cluster has, where that was asked after this message's last 503
 */
export function decideBeforeCall(
  message: Message,
  now: number,
  partitionsCount?: number,
): Outcome | { readonly type: 'call'; readonly userTaskKey: string } {
  if (message.request === undefined) {
    return deadLetter(journeyOf(message), 'malformed', now, message.malformed);
  }
  if (hasExpired(message, now)) return expired(message, journeyOf(message), now);
  if (partitionsCount !== undefined) {
    const partition = partitionOf(BigInt(message.request.userTaskKey));
    if (partition === 0n || partition > partitionsCount) {
      const reason = `the key belongs to partition ${partition}, and the cluster has ${partitionsCount} (GET /v2/topology)`;
      return deadLetter(journeyOf(message), 'rejected', now, reason);
    }
  }
  return { type: 'call', userTaskKey: message.request.userTaskKey };
}

/** After the attempt. */
export function decide(message: Message, attempt: Attempt, circumstances: Circumstances): Outcome {
  if (attempt.type === 'response' && isSuccess(attempt.status)) return { type: 'acknowledge' };
  const journey = travelled(journeyOf(message), attempt);
  switch (attempt.type) {
    case 'response':
      return decideByStatus(message, journey, attempt, circumstances);
    case 'no-answer':
      return requeue(message, journey, circumstances, byAge(journey, circumstances));
    case 'no-credentials':
      return requeue(
        message,
        journey,
        circumstances,
        byAge(journey, circumstances, attempt.retryAfterSeconds),
        attempt.cause,
      );
    case 'unreadable':
      return redeliver(message, journey, circumstances, attempt.cause);
    case 'bug':
      return redeliver(message, journey, circumstances, errorText(attempt.error));
    case 'out-of-time':
      return outOfTime(message, journey, circumstances);
    case 'held':
      return requeue(message, journey, circumstances, (secondsUntilExpiry) =>
        heldDelay({
          quietSeconds: attempt.quietMs / 1000,
          secondsUntilExpiry,
          random: circumstances.random,
        }),
      );
  }
}

type Response = Extract<Answer, { type: 'response' }>;

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function decideByStatus(
  message: Message,
  journey: Journey,
  response: Response,
  circumstances: Circumstances,
): Outcome {
  const { status } = response;
  switch (status) {
    case 400:
      return deadLetter(journey, 'rejected', circumstances.now);
    case 404:
      return deadLetter(journey, 'not-found', circumstances.now, hintOfWrongAddress(response));
    case 409:
      return deadLetter(journey, 'wrong-state', circumstances.now);
    // The credentials are ours to mend, not the message's fault.
    case 401:
    // Backpressure before Camunda 8.8; from then on it is a 503.
    case 429:
    case 502:
    case 503:
    case 504: {
      const retryAfter = retryAfterSeconds(response.retryAfter, circumstances.now);
      return requeue(message, journey, circumstances, byAge(journey, circumstances, retryAfter));
    }
    default:
      return redeliver(message, journey, circumstances, `the cluster answered ${status}`);
  }
}

/** A missing task has a problem detail (RFC 9457); a wrong base path or a proxy in between has none. */
function hintOfWrongAddress(response: Response): string | undefined {
  return response.problem
    ? undefined
    : 'the 404 came without a problem detail, so perhaps not from Camunda: check CAMUNDA_REST_ADDRESS and what stands in between';
}

/** The delay of a copy in whole seconds, by what is left until the request expires; at least 1 second is. */
type Delay = (secondsUntilExpiry: number) => number;

function requeue(
  message: Message,
  journey: Journey,
  circumstances: Circumstances,
  delay: Delay,
  why?: string,
): Outcome {
  const { now, policy } = circumstances;
  if (hasExpired(message, now)) return expired(message, journey, now);
  const ageSeconds = ageOf(journey, now) / 1000;
  if (ageSeconds >= policy.retryForSeconds) {
    const since = `still not now ${Math.floor(ageSeconds)} s after the first call`;
    return deadLetter(journey, 'unavailable-too-long', now, why === undefined ? since : `${since}; ${why}`);
  }
  return tryAgainLater(message, journey, now, delay);
}

/** With less than the shortest delay left, a copy would only circle until the request has expired. */
function tryAgainLater(message: Message, journey: Journey, now: number, delay: Delay): Outcome {
  const secondsUntilExpiry = (expiryOf(message) - now) / 1000;
  if (secondsUntilExpiry < MIN_DELAY_SECONDS) return expired(message, journey, now);
  return { type: 'requeue', delaySeconds: delay(secondsUntilExpiry), journey };
}

/** By the age of the request as it is now. */
function byAge(journey: Journey, { now, random }: Circumstances, leastSeconds = 0): Delay {
  const ageSeconds = ageOf(journey, now) / 1000;
  return (secondsUntilExpiry) => requeueDelay({ ageSeconds, leastSeconds, secondsUntilExpiry, random });
}

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

function bounded(seconds: number, secondsUntilExpiry: number): number {
  const wanted = Math.max(Math.ceil(seconds), MIN_DELAY_SECONDS);
  return Math.min(wanted, MAX_DELAY_SECONDS, Math.floor(secondsUntilExpiry));
}

/** The three forms of a date (RFC 9110, section 5.6.7): Date.parse alone takes much more than dates. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d (GMT|\d{4})$/;

/**
 * Retry-After (RFC 9110, section 10.2.3), seconds or a date, in seconds from now: 0 where there is none that can
 * be read, at most 900.
 */
export function retryAfterSeconds(header: string | undefined, now: number): number {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_DELAY_SECONDS);
  // The oldest of the forms, asctime's, does not say that it is in UTC.
  const date = HTTP_DATE.test(value)
    ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
    : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.min(Math.max((date - now) / 1000, 0), MAX_DELAY_SECONDS);
}

function redeliver(
  message: Message,
  journey: Journey,
  { now, policy }: Circumstances,
  reason: string,
): Outcome {
  if (message.receiveCount < policy.maxReceiveCount) return { type: 'redeliver', reason, journey };
  return deadLetter(journey, 'failed-repeatedly', now, `given up on receive ${message.receiveCount}`);
}

/** What was never tried is never dead-lettered: on the last receive a copy starts the count again. */
function outOfTime(message: Message, journey: Journey, circumstances: Circumstances): Outcome {
  if (message.receiveCount < circumstances.policy.maxReceiveCount) {
    return { type: 'redeliver', reason: 'the invocation had no time left for it', journey };
  }
  return tryAgainLater(message, journey, circumstances.now, byAge(journey, circumstances));
}

/** The journey with this attempt added: only calls that left the process count as attempts. */
function travelled(journey: Journey, attempt: Attempt): Journey {
  const answered = { ...journey, ...lastAnswer(attempt) };
  if (!('calls' in attempt)) return answered;
  return {
    ...answered,
    attempts: Math.min(journey.attempts + attempt.calls, Number.MAX_SAFE_INTEGER),
    firstTriedAt: journey.firstTriedAt ?? new Date(attempt.startedAt).toISOString(),
  };
}

/** What came back, where anything could. */
function lastAnswer(attempt: Attempt): Pick<Journey, 'lastStatus' | 'lastTitle' | 'lastDetail'> | undefined {
  switch (attempt.type) {
    case 'response':
      return { lastStatus: attempt.status, lastTitle: attempt.title, lastDetail: attempt.detail };
    case 'out-of-time':
    case 'held':
    case 'no-credentials':
      return undefined;
    case 'bug':
      return { lastStatus: undefined, lastTitle: undefined, lastDetail: errorText(attempt.error) };
    default:
      return { lastStatus: undefined, lastTitle: undefined, lastDetail: attempt.cause };
  }
}

function deadLetter(journey: Journey, kind: DeadLetterKind, now: number, reason?: string): Outcome {
  return {
    type: 'dead-letter',
    journey: {
      ...journey,
      kind,
      reason: reason === undefined ? undefined : oneLine(reason, JOURNEY_TEXT.reason),
      failedAt: new Date(now).toISOString(),
    },
  };
}

function expired(message: Message, journey: Journey, now: number): Outcome {
  const when = hasExpired(message, now) ? 'has passed' : 'passes before it could be tried again';
  return deadLetter(journey, 'expired', now, `expiresAt ${message.request?.expiresAt} ${when}`);
}

/** Whether nobody wants it any more. */
export function hasExpired(message: Message, now: number): boolean {
  return now >= expiryOf(message);
}

/** Epoch milliseconds; infinite where the request does not expire. */
function expiryOf(message: Message): number {
  const expiresAt = message.request?.expiresAt;
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

/** Milliseconds since the first call; 0 for a message that was never called, and where clocks disagree. */
function ageOf(journey: Journey, now: number): number {
  return journey.firstTriedAt === undefined ? 0 : Math.max(0, now - Date.parse(journey.firstTriedAt));
}

/** A message whose attributes leave no room for a journey would circle without a memory. */
export function tooLargeToRetry(journey: Journey, now: number): Outcome {
  return deadLetter(
    journey,
    'malformed',
    now,
    'too large to retry: expected attributes that leave room for UnassignJourney below 1 MiB',
  );
}
