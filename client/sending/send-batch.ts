// One SendMessageBatch to its end: entries that failed for a reason that passes are sent again, within a bound.
import {
  SendMessageBatchCommand,
  type SendMessageBatchCommandOutput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { askInHalves, type Part } from '../sqs/halves.ts';
import type { SizedEntry } from '../sqs/outgoing-message.ts';
import { faultOf, requestFault, type SendFault } from '../sqs/send-faults.ts';
import { onlyWhile, WITHHELD } from '../sqs/withholding.ts';

/** What became of a message. */
export type SendOutcome =
  | { readonly sent: true; readonly messageId: string }
  | ({ readonly sent: false } & SendFault);

/** What sending needs from outside, and its bounds. */
export interface BatchSender {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** How often one message is sent at most, the first time included. */
  readonly maxAttempts: number;
  /** How long one attempt may take, in milliseconds, connecting and the SDK's own retries included. */
  readonly attemptTimeoutMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves, or rejects, early when the signal aborts. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Aborted: no attempt is started any more, and pauses end. */
  readonly stop: AbortSignal;
  /** Aborted: what is under way counts as unanswered. */
  readonly giveUp: AbortSignal;
}

type Entry = SizedEntry['entry'];

/** What was not sent since the caller aborted first. */
export const ABORTED = {
  sent: false,
  code: 'Aborted',
  message: 'not sent: aborted before',
  retryable: true,
} as const satisfies SendOutcome;

const NOT_SENT: SendOutcome = { sent: false, ...WITHHELD };

/** The longest pause before the second attempt; it doubles with each, up to {@link LONGEST_PAUSE_MS}. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Sends up to ten entries; outcomes come in the order of the entries. Never rejects.
 *
 * @param maySend asked about an entry, by its index, before each attempt, retries included; one that may not be sent any
 * more keeps the outcome of the attempt before, and is `Withheld` where there was none
 */
export async function sendBatch(
  entries: readonly Entry[],
  sender: BatchSender,
  maySend: (index: number) => boolean = () => true,
): Promise<SendOutcome[]> {
  const outcomes = entries.map((): SendOutcome => ABORTED);
  let left = entries.map((_, index) => index);
  for (let attempt = 1; attempt <= sender.maxAttempts && left.length > 0; attempt += 1) {
    if (attempt > 1) await backOff(attempt, sender);
    if (sender.stop.aborted) break;
    left = withhold(left, outcomes, maySend);
    const answers = await attemptToSend(entries, left, sender, maySend);
    for (const [position, index] of left.entries()) outcomes[index] = answers[position] ?? ABORTED;
    left = left.filter((_, position) => mayHelp(answers[position]));
  }
  return outcomes;
}

/** Returns those that may be sent; of the others, one that was never tried is known not to be sent. */
function withhold(
  indexes: readonly number[],
  outcomes: SendOutcome[],
  maySend: (index: number) => boolean,
): number[] {
  return indexes.filter((index) => {
    const may = maySend(index);
    if (!may && outcomes[index] === ABORTED) outcomes[index] = NOT_SENT;
    return may;
  });
}

/** The pause before the given attempt, which counts from 1, jittered between half and whole. */
export function pauseMs(attempt: number, random: () => number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 2));
  return (longest / 2) * (1 + random());
}

async function backOff(attempt: number, { pause, random, stop }: BatchSender): Promise<void> {
  await pause(pauseMs(attempt, random), stop).catch(() => undefined);
}

function mayHelp(outcome: SendOutcome | undefined): boolean {
  return outcome?.sent === false && outcome.retryable;
}

async function attemptToSend(
  entries: readonly Entry[],
  indexes: readonly number[],
  sender: BatchSender,
  maySend: (index: number) => boolean,
): Promise<SendOutcome[]> {
  const batch = indexes.flatMap((index) => {
    const entry = entries[index];
    return entry === undefined ? [] : [{ Id: String(index), ...entry }];
  });
  const outcomes: SendOutcome[] = [];
  if (batch.length === 0) return outcomes;
  for await (const part of askInHalves(batch, (some) => send(some, sender, maySend))) {
    outcomes.push(...part.items.map(({ Id }) => outcomeIn(part, Id)));
  }
  return outcomes;
}

type Identified = Entry & { readonly Id: string };
type Answer = Partial<SendMessageBatchCommandOutput>;

/** Between two halves the caller may have aborted. */
async function send(
  batch: readonly Identified[],
  sender: BatchSender,
  maySend: (index: number) => boolean,
): Promise<Answer> {
  if (sender.stop.aborted) throw Object.assign(new Error(ABORTED.message), { name: ABORTED.code });
  return withinTime(sender, (abortSignal) => {
    const command = new SendMessageBatchCommand({ QueueUrl: sender.queueUrl, Entries: [...batch] });
    const mayBeSent = () => batch.every(({ Id }) => maySend(Number(Id)));
    return sender.sqs.send(onlyWhile(command, mayBeSent), { abortSignal });
  });
}

function outcomeIn(part: Part<Identified, Answer>, id: string): SendOutcome {
  return 'error' in part ? { sent: false, ...requestFault(part.error) } : outcomeOf(id, part.answer);
}

function outcomeOf(id: string, answer: Answer): SendOutcome {
  const fault = faultOf(id, answer);
  if (fault !== undefined) return { sent: false, ...fault };
  const success = answer.Successful?.find(({ Id }) => Id === id);
  return { sent: true, messageId: success?.MessageId ?? '' };
}

/** The SDK looks at its signal during a request, but not during the pause before its own second attempt. */
async function withinTime<T>(
  { attemptTimeoutMs, giveUp }: BatchSender,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (why: string) => {
      reject(Object.assign(new Error(why), { name: 'InDoubt' }));
      ended.abort();
    };
    const onGiveUp = () => end('aborted before SQS answered: it may have been sent');
    const timer = setTimeout(
      () => end(`SQS did not answer within ${attemptTimeoutMs} ms: it may have been sent`),
      attemptTimeoutMs,
    );
    giveUp.addEventListener('abort', onGiveUp, { once: true });
    work(ended.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        giveUp.removeEventListener('abort', onGiveUp);
      });
  });
}
