// What a kind of failure means, and what to do about it. The texts are for people; nothing decides by them.
import type { DeadLetter, LetterKind } from './dead-letter.ts';

/** For somebody who has just been woken. */
export interface Advice {
  /** What has happened, in a sentence. */
  readonly meaning: string;
  /** What to do, in the order in which to think of it. */
  readonly steps: readonly string[];
}

/** What to do about a dead letter, by its kind and by what the cluster said. */
export function adviceFor({ kind, status, title }: Pick<DeadLetter, 'kind' | 'status' | 'title'>): Advice {
  if (kind === 'not-found' && title === undefined) return WRONG_ADDRESS;
  if (kind === 'rejected' && status === 503) return NO_SUCH_PARTITION;
  return ADVICE[kind];
}

const ADVICE: Readonly<Record<LetterKind, Advice>> = {
  malformed: {
    meaning: 'The body breaks the contract, so that the cluster was never asked.',
    steps: [
      'Mend the sender: the reason names the field and what was expected.',
      'If this one is still wanted, redrive it with --edit; else discard it.',
    ],
  },
  expired: {
    meaning: 'Its expiresAt had passed before the cluster could carry it out.',
    steps: [
      'Usually nothing: nobody wants it any more. Discard it.',
      'If it is still wanted, make sure that nobody has taken the task since, and redrive it with --expires-in 2h or --no-expiry.',
      "If many expire, look at why the queue is slow: the function's errors, the cluster's backpressure, the sender's expiry.",
    ],
  },
  rejected: {
    meaning: 'The cluster answered 400: it does not accept this key.',
    steps: [
      "Compare the key with the one that the sender meant: it has to be the user task's, not the process instance's or the job's.",
      'Mend the sender and discard it, or redrive it with --edit.',
    ],
  },
  'not-found': {
    meaning: 'The cluster knows no such user task: it was completed or cancelled, or the key is wrong.',
    steps: [
      'Usually nothing: a task that is over has no assignee to take away. Discard it.',
      "If all tasks are said to be unknown, check that CAMUNDA_REST_ADDRESS is the cluster that the sender means, and whether the function's client may see these tasks; then redrive.",
    ],
  },
  'wrong-state': {
    meaning: 'The task is in a state that forbids it: a task listener holds it or has denied the change.',
    steps: [
      "Look at the task in Operate or Tasklist, and at incidents of its process instance: a listener's job may be stuck.",
      'When the listener is done, make sure that nobody has taken the task since, and redrive.',
      'If the listener denies it for good, discard it and tell the sender.',
    ],
  },
  'unavailable-too-long': {
    meaning: 'The cluster was not to be had, or too busy, for longer than the retry budget.',
    steps: [
      'Mend the cluster, or what lies between, first: the last answer says what was seen.',
      'Then redrive, at a rate that the cluster bears: --rate 20/s. Mind the age: a task may have a new assignee by now.',
    ],
  },
  'failed-repeatedly': {
    meaning: 'On every receive that the function allows the answer was one that it cannot judge.',
    steps: [
      "Read the last answer. 403: the function's client lacks the permission. 500: look into the gateway's log at that time.",
      'Mend that, redrive one of them as a trial, then the rest.',
    ],
  },
  'moved-by-sqs': {
    meaning:
      'SQS moved it after too many receives: the function never ran on it to the end, or could not send it here itself.',
    steps: [
      "Look at the function's errors and time-outs in CloudWatch at that time: a failed start, a time-out, a missing permission to send.",
      'Nothing is wrong with the request itself, as far as anybody knows: mend the function and redrive.',
    ],
  },
  unexplained: {
    meaning: 'Neither the function nor SQS says why it is here: somebody may have sent it to this queue.',
    steps: ['See whose it is, by its sender.', 'If it is a request, redrive it; else discard it.'],
  },
};

const WRONG_ADDRESS: Advice = {
  meaning: "A 404 without Camunda's own words: a wrong address or a proxy has answered, not the cluster.",
  steps: [
    'Check CAMUNDA_REST_ADDRESS, its path prefix, and what stands between the function and the cluster.',
    'Then redrive.',
  ],
};

const NO_SUCH_PARTITION: Advice = {
  meaning: 'The key belongs to a partition that the cluster does not have.',
  steps: [
    'Check that CAMUNDA_REST_ADDRESS is the cluster that the sender means: keys of another cluster look like this.',
    'Compare the key with the one that the sender meant: digits that a JSON number has rounded look like this, too.',
    'Mend that, and redrive or discard.',
  ],
};
