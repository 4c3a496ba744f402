// What a kind of failure means, and what to do about it. The texts are for people; nothing decides by them.
import type { DeadLetter, KnownLetterKind, LetterKind } from './dead-letter.ts';

/** For somebody who has just been woken. */
export interface Advice {
  /** What has happened, in a sentence. */
  readonly meaning: string;
  /** What to do, in the order in which to think of it. */
  readonly steps: readonly string[];
}

/** What to do about a dead letter, by its kind and by what the cluster said. */
export function adviceFor({
  kind,
  status,
  title,
  detail,
}: Pick<DeadLetter, 'kind' | 'status' | 'title' | 'detail'>): Advice {
  if (kind === 'rejected' && status === 503) return NO_SUCH_PARTITION;
  if (hasStatusOnly(kind) && status !== undefined && title === undefined) return REPLACED_BODY;
  if (kind === 'wrong-state' && detail?.includes('the process instance is suspended')) return SUSPENDED;
  return isKnown(kind) ? ADVICE[kind] : UNKNOWN_KIND;
}

function isKnown(kind: string): kind is KnownLetterKind {
  return Object.hasOwn(ADVICE, kind);
}

/** Whether the status alone may have made it such a dead letter. */
function hasStatusOnly(kind: LetterKind): boolean {
  return kind === 'rejected' || kind === 'not-found' || kind === 'wrong-state';
}

const ADVICE: Readonly<Record<KnownLetterKind, Advice>> = {
  malformed: {
    meaning: 'The body breaks the contract, so that the cluster was never asked.',
    steps: [
      'Fix the sender: the reason names the field and what was expected.',
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
      'Fix the sender and discard it, or redrive it with --edit.',
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
  'foreign-answer': {
    meaning:
      'Something between the function and the cluster answered in Camunda’s place, twice, while the cluster itself could be reached.',
    steps: [
      'Read the last answer: its status, content type and first words tell what it is (a firewall, a gateway, a sign-in page).',
      'See what that refuses about this request (path, method DELETE, the function’s address), and allow it.',
      'Redrive one of them as a trial, then the rest.',
    ],
  },
  'unavailable-too-long': {
    meaning: 'The cluster was unavailable, or too busy, for longer than the retry budget.',
    steps: [
      'Fix the cluster, or what lies between, first: the last answer says what was seen.',
      'Then redrive, at a rate that the cluster bears: --rate 20/s. Mind the age: a task may have a new assignee by now.',
    ],
  },
  'failed-repeatedly': {
    meaning: 'On every receive that the function allows the answer was one that it cannot judge.',
    steps: [
      "Read the last answer. 403: the function's client lacks the permission. 500: look into the gateway's log at that time.",
      'Fix that, redrive one of them as a trial, then the rest.',
    ],
  },
  'moved-by-sqs': {
    meaning:
      'SQS moved it after too many receives: the function never finished with it, or could not send it here itself.',
    steps: [
      "Look at the function's errors and time-outs in CloudWatch at that time: a failed start, a time-out, a missing permission to send.",
      'Nothing is known to be wrong with the request itself: fix the function and redrive.',
    ],
  },
  unexplained: {
    meaning: 'Neither the function nor SQS says why it is here: somebody may have sent it to this queue.',
    steps: ['See whose it is, by its sender.', 'If it is a request, redrive it; else discard it.'],
  },
};

const UNKNOWN_KIND: Advice = {
  meaning: 'A newer version of the function has written this kind, which this version does not know.',
  steps: [
    'Read its reason and the last answer.',
    'Install the version of this tool that belongs to the function: it says what to do about this kind.',
  ],
};

const REPLACED_BODY: Advice = {
  meaning:
    'The status says why, but twice the words of the answer were not Camunda’s, although the cluster itself could be reached.',
  steps: [
    'A gateway in between seems to replace the bodies of errors: have it pass them on.',
    'Look at the task in Operate or Tasklist: where it is over, discard this; where it is open, redrive.',
  ],
};

const SUSPENDED: Advice = {
  meaning: 'The process instance of the task is suspended, so that the cluster takes no commands for it.',
  steps: [
    'Resume the process instance, or ask who suspended it.',
    'Then make sure that nobody has taken the task since, and redrive.',
  ],
};

const NO_SUCH_PARTITION: Advice = {
  meaning: 'The key belongs to a partition that the cluster does not have.',
  steps: [
    'Check that CAMUNDA_REST_ADDRESS is the cluster that the sender means: keys of another cluster look like this.',
    'Compare the key with the one that the sender meant: digits that a JSON number has rounded look like this, too.',
    'Fix that, and redrive or discard.',
  ],
};
