// What came back to an outcome. Pure: the clock, the randomness and the policy are arguments.

import type { TaskReading } from '../../../client/cluster/read-task.ts';
import { retryAfterSeconds } from '../../../client/cluster/retry-after.ts';
import type { Witness } from '../../../client/cluster/topology.ts';
import { type DeadLetterKind, JOURNEY_TEXT, type Journey } from '../../../client/contract/journey.ts';
import { partitionOf } from '../../../client/contract/request.ts';
import { errorText, oneLine } from '../../../client/contract/text.ts';
import { firstSentAt, isValid, journeyOf, type Message, type ValidMessage } from '../request.ts';
import { type Attempt, type Holder, isLoad, type Meaning, type Verdict } from './meaning.ts';
import {
  heldDelay,
  MIN_DELAY_SECONDS,
  type Policy,
  requeueDelay,
  rereadDelay,
  secondsUntilReadable,
} from './retry-policy.ts';

/** What is done with one message. */
export type Outcome =
  /** Nothing more is sent; SQS deletes the message. `superseded`: nothing was unassigned, since that one has the task. */
  | { readonly type: 'acknowledge'; readonly superseded?: Holder }
  /** A copy goes to the queue with this delay; then the message is acknowledged. */
  | { readonly type: 'requeue'; readonly delaySeconds: number; readonly journey: Journey }
  /** A copy goes to the dead-letter queue; then the message is acknowledged. */
  | { readonly type: 'dead-letter'; readonly journey: DeadLetterJourney }
  /** The message is reported, so that SQS delivers it again after the visibility timeout. */
  | { readonly type: 'redeliver'; readonly reason: string; readonly journey: Journey };

/** A journey that has come to its end. */
export type DeadLetterJourney = Journey & { readonly kind: DeadLetterKind; readonly failedAt: string };

/** The cluster may be called for this message. */
export interface Permission {
  readonly type: 'call';
  readonly message: ValidMessage;
}

/**
 * What has to be asked of the cluster before there is an outcome: who answers for it, at about that time or after the
 * answer, or how many partitions it has.
 */
export interface Question {
  readonly type: 'ask';
  readonly about: 'witness' | 'confirmation' | 'partitions';
}

/** What came of a question: the cluster's word, as of after the attempt. */
export interface Evidence {
  readonly witness?: Witness;
  /** Asked after the answer. */
  readonly confirmation?: Witness;
  readonly partitions?: number | 'unknown';
}

/** What a decision depends on besides the message and the attempt. */
export interface Circumstances {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly policy: Policy;
}

/** From so many attempts on it is worth asking whether the partition of a key exists at all. */
const SUSPICIOUS_ATTEMPTS = 3;

/**
 * Whether this may be one of the keys that are answered 503 for ever, since their partition does not exist. Load
 * is answered 503 as well, but then the answer says so.
 */
export function mayLackPartition(message: Message): boolean {
  const { journey } = message;
  if (!isValid(message) || journey === undefined) return false;
  return journey.attempts >= SUSPICIOUS_ATTEMPTS && isUndeliverable(journey);
}

function isUndeliverable({ lastStatus, lastTitle }: Journey): boolean {
  if (lastStatus !== 503 || lastTitle === undefined) return false;
  return !isLoad({ problem: 'camunda', title: lastTitle, retryAfter: undefined });
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
): Outcome | Permission {
  if (!isValid(message)) {
    return deadLetter(journeyOf(message), 'malformed', now, message.request.malformed);
  }
  if (hasExpired(message, now)) return expired(message, journeyOf(message), now);
  const lacking = missingPartition(message.request.userTaskKey, partitionsCount);
  if (lacking !== undefined) return deadLetter(journeyOf(message), 'rejected', now, lacking);
  return { type: 'call', message };
}

/** That there is no such partition, in words; undefined where there is, or nobody knows. */
function missingPartition(userTaskKey: string, partitionsCount: number | undefined): string | undefined {
  if (partitionsCount === undefined) return undefined;
  const partition = partitionOf(BigInt(userTaskKey));
  if (partition !== 0n && partition <= partitionsCount) return undefined;
  return `the key belongs to partition ${partition}, and the cluster has ${partitionsCount} (GET /v2/topology)`;
}

/** A message, what came of the attempt to serve it, and all that the decision needs beside them. */
interface Case extends Circumstances {
  readonly message: ValidMessage;
  readonly attempt: Attempt | TaskReading;
  /** With this attempt added. */
  readonly journey: Journey;
  readonly evidence: Evidence;
}

/**
 * After the attempt: the outcome, or what has to be asked first.
 *
 * @param meaning that of the attempt
 * @param evidence the answers to the questions of earlier decisions about this attempt
 */
export function decide(
  message: ValidMessage,
  attempt: Attempt | TaskReading,
  meaning: Meaning,
  circumstances: Circumstances,
  evidence: Evidence = {},
): Outcome | Question {
  const { verdict } = meaning;
  if (verdict.do === 'acknowledge') return { type: 'acknowledge' };
  const journey = withAttempt(journeyOf(message), attempt, meaning);
  return carryOut(verdict, { message, attempt, journey, evidence, ...circumstances });
}

function carryOut(verdict: Exclude<Verdict, { do: 'acknowledge' }>, given: Case): Outcome | Question {
  const { message, attempt, journey, now } = given;
  switch (verdict.do) {
    case 'supersede':
      return isYoung(given) ? readAgain(given) : { type: 'acknowledge', superseded: verdict.by };
    case 'dead-letter':
      if (verdict.unlessYoung === true && isYoung(given)) return readAgain(given);
      return verdict.unlessUnderWay === true && journey.underWay === true
        ? requeue(given, byAge(given), endUnderWay(verdict.kind))
        : deadLetter(journey, verdict.kind, now);
    case 'requeue':
      return requeue(given, byAge(given), endUnavailable);
    case 'ask-witness':
      return verdict.atOnce === undefined
        ? decideForeign(verdict, given)
        : decideAtOnce(verdict.kind, verdict.atOnce, given);
    case 'redeliver':
      return redeliver(given, verdict.reason);
    case 'pass-over':
      return passOver(given);
    case 'hold-back':
      return attempt.type === 'held'
        ? requeue(given, byQuiet(attempt.quietMs, given), endUnavailable)
        : redeliver(given);
    default:
      return unknownVerdict(verdict, message);
  }
}

function unknownVerdict(verdict: never, { messageId }: ValidMessage): never {
  throw new Error(`no outcome for ${JSON.stringify(verdict)} of ${messageId}`);
}

/**
 * An answer that is not Camunda's. Where Camunda itself can be reached, the answer belongs to this message, as where a
 * gateway replaces the bodies of errors: tried once more, then the same answer counts, once that is confirmed. Otherwise
 * something stands in front of the cluster, and the message waits until it is gone.
 */
function decideForeign(
  { kind, unlessYoung }: Extract<Verdict, { do: 'ask-witness' }>,
  given: Case,
): Outcome | Question {
  const { attempt, journey, evidence, now } = given;
  const status = attempt.type === 'response' ? attempt.status : undefined;
  if (evidence.witness === undefined) return { type: 'ask', about: 'witness' };
  if (evidence.witness !== 'camunda') return requeueMarked(given, evidence.witness, journey.foreignStatus);
  if (journey.foreignStatus !== status) return requeueMarked(given, 'camunda', status);
  if (unlessYoung === true && isYoung(given)) return readAgain(given);
  if (evidence.confirmation === undefined) return { type: 'ask', about: 'confirmation' };
  if (evidence.confirmation !== 'camunda') return requeueMarked(given, evidence.confirmation, status);
  const reason =
    'twice an answer that is not about this task in Camunda’s own words, while the cluster itself answered GET /v2/topology';
  return deadLetter(journey, kind, now, reason);
}

/** An answer that is not Camunda's, and yet leaves no doubt where Camunda itself can be reached. */
function decideAtOnce(kind: DeadLetterKind, reason: string, given: Case): Outcome | Question {
  const { journey, evidence, now } = given;
  if (evidence.confirmation === undefined) return { type: 'ask', about: 'confirmation' };
  return evidence.confirmation === 'camunda'
    ? deadLetter(journey, kind, now, reason)
    : requeueMarked(given, evidence.confirmation, journey.foreignStatus);
}

/** A word that was not Camunda's takes back what the answer before was taken for. */
function requeueMarked(given: Case, witness: Witness, foreignStatus: number | undefined): Outcome | Question {
  const journey = { ...given.journey, foreignStatus: witness === 'foreign' ? undefined : foreignStatus };
  return requeue({ ...given, journey }, byAge(given), endUnavailable);
}

/** The delay of a copy in whole seconds, by what is left until the request expires; at least 1 second is. */
type Delay = (secondsUntilExpiry: number) => number;

/** What becomes of a request whose retry budget is used up. */
type End = (given: Case, ageSeconds: number) => Outcome | Question;

function requeue(given: Case, delay: Delay, end: End): Outcome | Question {
  const { message, journey, now, policy } = given;
  if (hasExpired(message, now)) return expired(message, journey, now);
  const ageSeconds = ageOf(journey, now) / 1000;
  return ageSeconds >= policy.retryForSeconds ? end(given, ageSeconds) : tryAgainLater(given, delay);
}

/** A key whose partition does not exist looks unavailable too, so that is asked first. */
function endUnavailable(given: Case, ageSeconds: number): Outcome | Question {
  const { message, attempt, journey, evidence, now } = given;
  if (isUndeliverable(journey)) {
    if (evidence.partitions === undefined) return { type: 'ask', about: 'partitions' };
    const count = evidence.partitions === 'unknown' ? undefined : evidence.partitions;
    const lacking = missingPartition(message.request.userTaskKey, count);
    if (lacking !== undefined) return deadLetter(journey, 'rejected', now, lacking);
  }
  const since = `still unavailable ${Math.floor(ageSeconds)} s after the first call`;
  const why = attempt.type === 'no-credentials' ? `; ${attempt.cause}` : '';
  return deadLetter(journey, 'unavailable-too-long', now, `${since}${why}`);
}

function endUnderWay(kind: DeadLetterKind): End {
  return ({ journey, now }, ageSeconds) => {
    const reason = `still being assigned ${Math.floor(ageSeconds)} s after the first call; a call before got no answer`;
    return deadLetter(journey, kind, now, reason);
  };
}

/** With less than the shortest delay left, a copy would only circle until the request has expired. */
function tryAgainLater({ message, journey, now }: Case, delay: Delay): Outcome {
  const secondsUntilExpiry = (expiryOf(message) - now) / 1000;
  if (secondsUntilExpiry < MIN_DELAY_SECONDS) return expired(message, journey, now);
  return { type: 'requeue', delaySeconds: delay(secondsUntilExpiry), journey };
}

/** Whether what was read may be older than the request, since readings lag behind. */
function isYoung({ message, now }: Case): boolean {
  return secondsUntilReadable(firstSentAt(message), now) > 0;
}

/** No retry budget ends this, since it ends by itself. */
function readAgain(given: Case): Outcome {
  const seconds = secondsUntilReadable(firstSentAt(given.message), given.now);
  return tryAgainLater(given, (secondsUntilExpiry) => rereadDelay(seconds, secondsUntilExpiry));
}

/** By the age of the request as it is now, and at least what the other side asked for. */
function byAge({ attempt, journey, now, random }: Case): Delay {
  const ageSeconds = ageOf(journey, now) / 1000;
  const leastSeconds = askedForSeconds(attempt, now);
  return (secondsUntilExpiry) => requeueDelay({ ageSeconds, leastSeconds, secondsUntilExpiry, random });
}

function askedForSeconds(attempt: Attempt | TaskReading, now: number): number {
  if (attempt.type === 'response') return retryAfterSeconds(attempt.retryAfter, now);
  return attempt.type === 'no-credentials' ? attempt.retryAfterSeconds : 0;
}

/** By the time since the cluster last served this environment. */
function byQuiet(quietMs: number, { random }: Case): Delay {
  return (secondsUntilExpiry) => heldDelay({ quietSeconds: quietMs / 1000, secondsUntilExpiry, random });
}

/** After a bug of ours, wherever it showed itself. */
export function decideOnBug(message: Message, error: unknown, { now, policy }: Circumstances): Outcome {
  const journey = { ...journeyOf(message), ...NO_LAST_ANSWER, lastDetail: errorText(error) };
  return redeliver({ message, attempt: { type: 'bug', error }, journey, now, policy });
}

function redeliver(
  {
    message,
    attempt,
    journey,
    now,
    policy,
  }: Pick<Case, 'attempt' | 'journey' | 'now' | 'policy'> & { readonly message: Message },
  reason?: string,
): Outcome {
  if (message.receiveCount < policy.maxReceiveCount) {
    return { type: 'redeliver', reason: reason ?? unjudged(attempt), journey };
  }
  const end = `gave up after receive ${message.receiveCount}`;
  const remembered = 'calls' in attempt ? withEarlierReceives(journey, message) : journey;
  return deadLetter(remembered, 'failed-repeatedly', now, reason === undefined ? end : `${end}: ${reason}`);
}

/** The receives before left no copy that would remember their calls: each counts as one, as it will have been. */
function withEarlierReceives(journey: Journey, { receiveCount }: Message): Journey {
  return { ...journey, attempts: Math.min(journey.attempts + receiveCount - 1, Number.MAX_SAFE_INTEGER) };
}

/** Why an attempt is left to the next receive. */
function unjudged(attempt: Attempt | TaskReading): string {
  if (attempt.type === 'response') return `the cluster answered ${attempt.status}`;
  return attempt.type === 'bug' ? errorText(attempt.error) : attempt.type;
}

/** What was never tried is never dead-lettered: on the last receive a copy starts the count again. */
function passOver(given: Case): Outcome {
  const { message, journey, policy } = given;
  if (message.receiveCount < policy.maxReceiveCount) {
    return { type: 'redeliver', reason: 'the invocation had no time left for it', journey };
  }
  return tryAgainLater(given, byAge(given));
}

/** The journey with this attempt added: only calls that left the process count as attempts. */
function withAttempt(journey: Journey, attempt: Attempt | TaskReading, meaning: Meaning): Journey {
  const answered = { ...journey, ...lastAnswer(attempt), underWay: isUnderWay(journey, attempt, meaning) };
  if (!('calls' in attempt)) return answered;
  return {
    ...answered,
    attempts: Math.min(journey.attempts + attempt.calls, Number.MAX_SAFE_INTEGER),
    firstTriedAt: journey.firstTriedAt ?? new Date(attempt.startedAt).toISOString(),
  };
}

/**
 * Whether a call of ours may be under way in the cluster: since a call that got no answer, nothing has come but that the
 * task is being assigned. What is not Camunda's word says nothing about it.
 */
function isUnderWay(
  journey: Journey,
  attempt: Attempt | TaskReading,
  { underWay, verdict, isReading }: Meaning,
): true | undefined {
  // Who answers readings knows nothing of it.
  if (isReading) return journey.underWay === true ? true : undefined;
  if (underWay) return true;
  const saysNothing =
    attempt.type !== 'response' || verdict.do === 'ask-witness' || attempt.problem !== 'camunda';
  const saysSo = verdict.do === 'dead-letter' && verdict.unlessUnderWay === true;
  if (saysSo && attempt.type === 'response' && attempt.isRepeat) return true;
  return (saysNothing || saysSo) && journey.underWay === true ? true : undefined;
}

type LastAnswer = Pick<Journey, 'lastStatus' | 'lastTitle' | 'lastDetail' | 'lastContentType' | 'lastBody'>;

const NO_LAST_ANSWER: LastAnswer = {
  lastStatus: undefined,
  lastTitle: undefined,
  lastDetail: undefined,
  lastContentType: undefined,
  lastBody: undefined,
};

/** What came back, where anything could. */
function lastAnswer(attempt: Attempt | TaskReading): LastAnswer | undefined {
  switch (attempt.type) {
    case 'response':
      return {
        lastStatus: attempt.status,
        lastTitle: attempt.title,
        lastDetail: attempt.detail,
        lastContentType: attempt.problem === 'camunda' ? undefined : attempt.contentType,
        lastBody: attempt.excerpt,
      };
    case 'task':
    case 'out-of-time':
    case 'held':
    case 'no-credentials':
      return undefined;
    case 'bug':
      return { ...NO_LAST_ANSWER, lastDetail: errorText(attempt.error) };
    default:
      return { ...NO_LAST_ANSWER, lastDetail: attempt.cause };
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

function expired(message: ValidMessage, journey: Journey, now: number): Outcome {
  const when = hasExpired(message, now) ? 'has passed' : 'passes before it could be tried again';
  return deadLetter(journey, 'expired', now, `expiresAt ${message.request.expiresAt} ${when}`);
}

/** Whether nobody wants it any more. */
export function hasExpired(message: ValidMessage, now: number): boolean {
  return now >= expiryOf(message);
}

/** Epoch milliseconds; infinite where the request does not expire. */
function expiryOf({ request: { expiresAt } }: ValidMessage): number {
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
