// Any stream of messages to a queue, in batches, several at once, each message with what became of it.
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createFilling } from '../sqs/filling.ts';
import { MAX_ENTRIES, MAX_MESSAGE_BYTES } from '../sqs/limits.ts';
import { entryOf, type OutgoingMessage, type SizedEntry } from '../sqs/outgoing-message.ts';
import { ABORTED, type BatchSender, type SendOutcome, sendBatch } from './send-batch.ts';
import { createSource, type Look } from './source.ts';

export type { OutgoingMessage } from '../sqs/outgoing-message.ts';
export type { SendOutcome } from './send-batch.ts';

/** An item that is not to be sent, and why: it comes out as it is. */
export type RefusedMessage = Extract<SendOutcome, { readonly sent: false }>;

/** The bounds of sending, and what it needs from outside; the defaults are the real clock and randomness. */
export interface SendMessagesOptions {
  /** Aborted: nothing more is started, what is under way is awaited for {@link abortGraceMs}. */
  readonly signal?: AbortSignal | undefined;
  /** How many batches may be under way at once; 8 unless given. */
  readonly batchesInFlight?: number | undefined;
  /** How often one message is sent at most, the first time included; 8 unless given: some 20 s of pauses. */
  readonly maxAttempts?: number | undefined;
  /** How long one attempt may take, in milliseconds; 15,000 unless given. */
  readonly attemptTimeoutMs?: number | undefined;
  /** How long an abort waits for what is under way, in milliseconds; 5,000 unless given. */
  readonly abortGraceMs?: number | undefined;
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** Resolves, or rejects, early when the signal aborts. */
  readonly pause?: ((milliseconds: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** Options of {@link sendMessages} that depend on what is sent. */
export interface SendItemsOptions<T> extends SendMessagesOptions {
  /**
   * Asked about an item before each attempt to send it, retries included; where it says no, the item comes out with the
   * outcome of the attempt before, or as `Withheld`. Always unless given.
   */
  readonly maySend?: ((item: T) => boolean) | undefined;
}

/** How long a batch that is not full waits for a source that is slow. */
const LINGER_MS = 100;

/**
 * Sends every item of a source as one message and yields what became of it, in the order in which SQS answers.
 *
 * Batches are as full as ten entries and 1 MiB allow; a bounded number is under way, and the source is read no
 * further while they are or while nobody takes the results, so that memory stays flat however long it is. A batch
 * that is not full leaves when the source keeps it waiting.
 *
 * Sent again, after jittered and growing pauses and a bounded number of times, is what SQS calls its own fault,
 * throttling, a 5xx, and what got no answer or one that did not say (a doubtful send: a duplicate never loses
 * anything). A sender's fault is never sent again. What the client itself retries is inside one attempt.
 *
 * After an abort, or when the consumer leaves, nothing more is read or started. What was read and not sent comes
 * out as `Aborted`, what SQS did not answer in time as `InDoubt`, and the generator ends without throwing.
 *
 * @throws what the source or `toMessage` threw, after what was read before has been sent and yielded
 */
export async function* sendMessages<T>(
  sqs: SQSClient,
  queueUrl: string,
  items: Iterable<T> | AsyncIterable<T>,
  toMessage: (item: T) => OutgoingMessage | RefusedMessage,
  options: SendItemsOptions<T> = {},
): AsyncGenerator<{ item: T; outcome: SendOutcome }, void, undefined> {
  const sending = createSending(sqs, queueUrl, items, toMessage, options);
  try {
    for (;;) {
      const changed = sending.change();
      sending.advance();
      const results = sending.take();
      // At the same time: what ends while results are handed out has results of its own.
      const hasEnded = sending.ended();
      yield* results;
      if (hasEnded) break;
      if (results.length === 0) await changed;
    }
  } finally {
    await sending.close();
  }
  sending.throwSourceError();
}

interface Result<T> {
  readonly item: T;
  readonly outcome: SendOutcome;
}

interface PendingEntry<T> extends SizedEntry {
  readonly item: T;
}

function createSending<T>(
  sqs: SQSClient,
  queueUrl: string,
  items: Iterable<T> | AsyncIterable<T>,
  toMessage: (item: T) => OutgoingMessage | RefusedMessage,
  options: SendItemsOptions<T>,
) {
  const { signal, batchesInFlight = 8, abortGraceMs = 5_000, maySend = () => true } = options;
  const stop = new AbortController();
  const giveUp = new AbortController();
  const sender = createSender(sqs, queueUrl, options, stop.signal, giveUp.signal);
  let wake = () => {};
  const source = createSource(items, () => wake());
  let end: Look<T> | undefined;
  let results: Result<T>[] = [];
  const waiting = createFilling<PendingEntry<T>>((pending) => {
    clearTimeout(linger);
    linger = undefined;
    send(pending);
  });
  let underWay = 0;
  let linger: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  if (signal?.aborted) stopSending();
  else signal?.addEventListener('abort', stopSending, { once: true });

  /** Resolves when the next batch has ended, the source has something, or all is to stop. */
  function change(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  /** Reads and starts as much as the bounds allow. */
  function advance(): void {
    const mayGoOn = () =>
      end === undefined && underWay < batchesInFlight && results.length < MAX_ENTRIES * batchesInFlight;
    while (!stop.signal.aborted && mayGoOn()) {
      const look = source.look();
      if (look.state === 'waiting') {
        sendWhatWaitsSoon();
        return;
      }
      if (look.state === 'item') add(look.item);
      else finish(look);
    }
    if (stop.signal.aborted) abandonWhatWaits();
  }

  function add(item: T): void {
    let entry: SizedEntry | RefusedMessage;
    try {
      entry = fitting(toMessage(item));
    } catch (error) {
      source.close();
      finish({ state: 'failed', error });
      return;
    }
    if ('sent' in entry) results.push({ item, outcome: entry });
    else waiting.add({ item, ...entry });
  }

  function finish(look: Look<T>): void {
    end = look;
    waiting.flush();
  }

  function sendWhatWaitsSoon(): void {
    if (waiting.isEmpty()) return;
    linger ??= setTimeout(() => {
      linger = undefined;
      if (underWay < batchesInFlight && !stop.signal.aborted) waiting.flush();
    }, LINGER_MS);
  }

  async function send(pending: readonly PendingEntry<T>[]): Promise<void> {
    underWay += 1;
    const entries = pending.map(({ entry }) => entry);
    const outcomes = await sendBatch(entries, sender, (index) => {
      const one = pending[index];
      return one === undefined || maySend(one.item);
    });
    for (const [index, { item }] of pending.entries()) {
      results.push({ item, outcome: outcomes[index] ?? ABORTED });
    }
    underWay -= 1;
    wake();
  }

  function abandonWhatWaits(): void {
    for (const { item } of waiting.takeAll()) results.push({ item, outcome: ABORTED });
  }

  function stopSending(): void {
    stop.abort();
    grace ??= setTimeout(() => giveUp.abort(), abortGraceMs);
    wake();
  }

  /** What has ended since the last time. */
  function take(): readonly Result<T>[] {
    const taken = results;
    results = [];
    return taken;
  }

  function ended(): boolean {
    return (end !== undefined || stop.signal.aborted) && underWay === 0;
  }

  /** Waits for what is under way, which there is only when the consumer left before the end. */
  async function close(): Promise<void> {
    if (!ended()) stopSending();
    while (underWay > 0) await change();
    clearTimeout(linger);
    clearTimeout(grace);
    signal?.removeEventListener('abort', stopSending);
    if (end === undefined) source.close();
  }

  function throwSourceError(): void {
    if (end?.state === 'failed') throw end.error;
  }

  return { change, advance, take, ended, close, throwSourceError };
}

function createSender(
  sqs: SQSClient,
  queueUrl: string,
  options: SendMessagesOptions,
  stop: AbortSignal,
  giveUp: AbortSignal,
): BatchSender {
  return {
    sqs,
    queueUrl,
    maxAttempts: options.maxAttempts ?? 8,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 15_000,
    random: options.random ?? Math.random,
    pause: options.pause ?? ((milliseconds, signal) => pauseFor(milliseconds, undefined, { signal })),
    stop,
    giveUp,
  };
}

/** SQS would refuse the whole batch for it. */
function fitting(message: OutgoingMessage | RefusedMessage): SizedEntry | RefusedMessage {
  if ('sent' in message) return message;
  const sized = entryOf(message);
  return sized.bytes > MAX_MESSAGE_BYTES ? tooLarge(sized.bytes) : sized;
}

function tooLarge(bytes: number): RefusedMessage {
  return {
    sent: false,
    code: 'MessageTooLong',
    message: `a message has at most ${MAX_MESSAGE_BYTES} bytes with its attributes, this one ${bytes}`,
    retryable: false,
  };
}
