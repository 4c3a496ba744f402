// What came back means this for the message, this for the pace, and is counted as this. The one table of it: a new
// status is one line here.

import type { Answer } from '../../../client/cluster/authorized-call.ts';
import { isOfTheTask, wordsOf } from '../../../client/cluster/problem-detail.ts';
import type { Witness } from '../../../client/cluster/topology.ts';
import type { DeadLetterKind } from '../../../client/contract/journey.ts';

/** What became of the attempt to serve one message. */
export type Attempt =
  | Answer
  /** Not attempted: the rest of the invocation was too short for a call. */
  | { readonly type: 'out-of-time' }
  /**
   * Not attempted: its turn did not come in time, because of backpressure. `quietMs`: so long ago the cluster last
   * served this environment.
   */
  | { readonly type: 'held'; readonly quietMs: number }
  /** A bug of ours. */
  | { readonly type: 'bug'; readonly error: unknown };

/** What an attempt says of the cluster: that it serves, that it has too much to do, that nobody is there. */
export type ClusterSignal = 'served' | 'load' | 'silence' | 'nothing';

/** Who has a task that the expected person no longer has. */
export type Holder = 'somebody else' | 'nobody';

/** What is done with the message, as far as the attempt alone decides it. */
export type Verdict =
  | { readonly do: 'acknowledge' }
  /** Somebody else has the task than the request expects, or nobody: nothing is left to do, unless it is young. */
  | { readonly do: 'supersede'; readonly by: Holder }
  /**
   * `unlessUnderWay`: an earlier call of ours may be what the answer speaks of; then it is requeued. `unlessYoung`, here and
   * below: what was read may be older than the request; then it is requeued until that cannot be.
   */
  | {
      readonly do: 'dead-letter';
      readonly kind: DeadLetterKind;
      readonly unlessUnderWay?: true;
      readonly unlessYoung?: true;
    }
  /** Until the retry budget ends. */
  | { readonly do: 'requeue' }
  /**
   * Camunda has not spoken, so it is asked whether it is there. Where it is, the second such answer makes a dead letter
   * of that kind, or already the first, for the reason in `atOnce`.
   */
  | {
      readonly do: 'ask-witness';
      readonly kind: DeadLetterKind;
      readonly atOnce?: string;
      readonly unlessYoung?: true;
    }
  /** On the last receive a dead letter, for that reason where there is one. */
  | { readonly do: 'redeliver'; readonly reason?: string }
  /** There was no time to try. */
  | { readonly do: 'pass-over' }
  /** It did not get its turn, because of backpressure. */
  | { readonly do: 'hold-back' };

/** The metrics that count answers. */
export type AnswerMetric = 'ClusterBusy' | 'CredentialsRefused' | 'ForeignAnswers';

/** What an attempt means: for its message, for the pace, for the metrics. */
export interface Meaning {
  readonly verdict: Verdict;
  readonly signal: ClusterSignal;
  readonly metric?: AnswerMetric;
  /** The call may be carried out all the same. */
  readonly underWay?: true;
  /** It is of a reading that went before the call, which was not made. */
  readonly isReading?: true;
}

type Response = Extract<Answer, { type: 'response' }>;

/** A row of the table. */
interface Row extends Meaning {
  readonly status: (status: number) => boolean;
  readonly where?: (response: Response, userTaskKey: string) => boolean;
}

/** For what the row of every foreign answer has in common. */
export const FOREIGN = { signal: 'nothing', metric: 'ForeignAnswers' } as const;

const ACKNOWLEDGE: Verdict = { do: 'acknowledge' };
const REQUEUE: Verdict = { do: 'requeue' };
const REDELIVER: Verdict = { do: 'redeliver' };
const deadLetter = (kind: DeadLetterKind): Verdict => ({ do: 'dead-letter', kind });
const askWitness = (kind: DeadLetterKind): Verdict => ({ do: 'ask-witness', kind });

/** The answers, the first row that fits counting. */
const ANSWERS: readonly Row[] = [
  { status: only(204), verdict: ACKNOWLEDGE, signal: 'served' },
  { status: only(200), where: isEmpty, verdict: ACKNOWLEDGE, signal: 'served' },
  // The credentials are ours to fix: not the message's fault.
  { status: only(401), verdict: REQUEUE, signal: 'nothing', metric: 'CredentialsRefused' },
  // Backpressure before Camunda 8.8; from then on it is a 503.
  { status: only(429), verdict: REQUEUE, signal: 'load', metric: 'ClusterBusy' },
  { status: only(503), where: isLoad, verdict: REQUEUE, signal: 'load', metric: 'ClusterBusy' },
  // It may be this key's for ever, as that of a partition that does not exist.
  { status: only(503), where: isCamundas, verdict: REQUEUE, signal: 'nothing', metric: 'ClusterBusy' },
  { status: only(503), verdict: REQUEUE, signal: 'silence', metric: 'ClusterBusy' },
  { status: isLost, verdict: REQUEUE, signal: 'silence', underWay: true },
  { status: only(400), where: isCamundas, verdict: deadLetter('rejected'), signal: 'served' },
  { status: only(404), where: isOfTheTask, verdict: deadLetter('not-found'), signal: 'served' },
  {
    status: only(409),
    where: isBeingAssigned,
    verdict: { do: 'dead-letter', kind: 'wrong-state', unlessUnderWay: true },
    signal: 'served',
  },
  { status: only(409), where: isCamundas, verdict: deadLetter('wrong-state'), signal: 'served' },
  // A 404 of Camunda's that is of something else than the task: of a path, or of a physical tenant.
  { status: only(404), where: isCamundas, verdict: askWitness('foreign-answer'), ...FOREIGN },
  { status: any, where: isCamundas, verdict: REDELIVER, signal: 'nothing' },
  { status: between(500, 599), verdict: REQUEUE, signal: 'silence', underWay: true },
  // A gateway may have taken the body away.
  { status: only(400), where: isBare, verdict: askWitness('rejected'), ...FOREIGN },
  { status: only(404), where: isBare, verdict: askWitness('not-found'), ...FOREIGN },
  { status: only(409), where: isBare, verdict: askWitness('wrong-state'), ...FOREIGN },
];

const ANY_OTHER_ANSWER: Meaning = { verdict: askWitness('foreign-answer'), ...FOREIGN };

/** Where there was no answer that can be read as HTTP, or no call. */
const NO_ANSWERS = {
  sent: { verdict: REQUEUE, signal: 'silence', underWay: true },
  'not-sent': { verdict: REQUEUE, signal: 'silence' },
  'no-credentials': { verdict: REQUEUE, signal: 'nothing' },
  'credentials-refused': { verdict: REQUEUE, signal: 'nothing', metric: 'CredentialsRefused' },
  'out-of-time': { verdict: { do: 'pass-over' }, signal: 'nothing' },
  held: { verdict: { do: 'hold-back' }, signal: 'nothing' },
  bug: { verdict: REDELIVER, signal: 'nothing' },
} as const satisfies Record<string, Meaning>;

/** What an attempt to unassign that task means. */
export function meaningOf(attempt: Attempt, userTaskKey: string): Meaning {
  switch (attempt.type) {
    case 'response':
      return (
        ANSWERS.find(
          ({ status, where }) => status(attempt.status) && (where?.(attempt, userTaskKey) ?? true),
        ) ?? ANY_OTHER_ANSWER
      );
    case 'no-answer':
      return NO_ANSWERS[attempt.sent ? 'sent' : 'not-sent'];
    case 'unreadable':
      return NO_ANSWERS.sent;
    case 'no-credentials':
      return NO_ANSWERS[attempt.refused ? 'credentials-refused' : 'no-credentials'];
    default:
      return NO_ANSWERS[attempt.type];
  }
}

/** What it says of the cluster, with what the witness has said since, if anything. */
export function signalOf({ verdict, signal }: Meaning, witness: Witness | undefined): ClusterSignal {
  return verdict.do === 'ask-witness' && witness === 'foreign' ? 'silence' : signal;
}

/**
 * Whether a 503 says that the cluster has too much to do: one of Camunda's that is titled RESOURCE_EXHAUSTED (Camunda 8,
 * Orchestration Cluster REST API: backpressure), or has a Retry-After. Any other of Camunda's may belong to one key, for
 * ever.
 */
export function isLoad({
  problem,
  retryAfter,
  ...words
}: Pick<Response, 'problem' | 'title' | 'unshown' | 'retryAfter'>): boolean {
  return (
    problem === 'camunda' && (retryAfter !== undefined || wordsOf(words).title.includes('RESOURCE_EXHAUSTED'))
  );
}

function only(status: number): Row['status'] {
  return (given) => given === status;
}

function between(least: number, most: number): Row['status'] {
  return (given) => given >= least && given <= most;
}

function any(): boolean {
  return true;
}

/**
 * Time-outs and lost connections between here and the cluster: 408, 502 and 504 (RFC 9110), 425 (RFC 8470),
 * Cloudflare's (Cloudflare documentation, "5xx errors"), and 598 and 599, which some proxies use.
 */
function isLost(status: number): boolean {
  return [408, 425, 502, 504, 529, 530, 598, 599].includes(status) || between(520, 527)(status);
}

function isEmpty(response: Response): boolean {
  return response.isEmpty;
}

export function isCamundas({ problem }: Response): boolean {
  return problem === 'camunda';
}

export function isBare({ problem }: Response): boolean {
  return problem === 'none';
}

/** The task is in the hands of a listener that was called for an assignment (recorded/8.8.21-engine). */
function isBeingAssigned(response: Response): boolean {
  const { title, detail } = wordsOf(response);
  return isCamundas(response) && title === 'INVALID_STATE' && detail.includes("in state 'ASSIGNING'");
}
