// Redriving and discarding: a pass that acts on the messages of a plan and on no others.
import { setTimeout as pauseFor } from 'node:timers/promises';
import { type OutgoingMessage, type SendMessagesOptions, sendMessages } from '../sending/send-messages.ts';
import { WITHHELD } from '../sqs/withholding.ts';
import {
  deleteMessages,
  type Fault,
  HOLD_LOST,
  type IsHeld,
  type QueueAccess,
  type Receipt,
} from './batches.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { type Coverage, type PassOptions, passOver, type Received } from './pass.ts';
import { type Redrivable, type RedriveChanges, redriveMessage } from './redrive-message.ts';

/** What became of one message of the plan. */
export type ActionResult =
  /** Its copy is on the queue, and it is deleted. */
  | { readonly messageId: string; readonly outcome: 'redriven'; readonly newMessageId: string }
  /** Its copy is on the queue, but it is here as well: another redrive would send it a second time. */
  | ({
      readonly messageId: string;
      readonly outcome: 'redriven-but-kept';
      readonly newMessageId: string;
    } & Fault)
  | { readonly messageId: string; readonly outcome: 'discarded' }
  /** Nothing is known to have happened: it is where it was. With the code `InDoubt` its copy may be on the queue. */
  | ({ readonly messageId: string; readonly outcome: 'failed' } & Fault);

/** How to act; what is not given is the default. */
export interface ActOptions extends PassOptions {
  /** Told of every message of the plan that was met, when what became of it is known; awaited. */
  readonly onResult?: ((result: ActionResult) => Promise<void> | void) | undefined;
}

/** How to redrive; what is not given is the default. */
export interface RedriveOptions extends ActOptions, RedriveChanges {
  /** At most so many messages a second; without it as fast as it goes. */
  readonly perSecond?: number | undefined;
  /** The bounds of each send. */
  readonly send?: Omit<SendMessagesOptions, 'signal'> | undefined;
}

/** What an action has done, in numbers, and what it has not met. */
export interface ActionSummary {
  /** Redriven or discarded, and deleted. */
  readonly done: number;
  /** Where they were; those that were sent and not deleted included. */
  readonly failed: number;
  /** Of the plan, but not met again: somebody else holds them, or has already handled them. */
  readonly notMet: ReadonlySet<string>;
  /**
   * Those of {@link notMet} that were met, and left alone since they may have been received by others before their turn
   * came, as when this process was suspended for longer than SQS hides a message.
   */
  readonly holdLost: ReadonlySet<string>;
  readonly coverage: Coverage;
}

/**
 * Sends the messages of a plan to another queue as their senders sent them, mended where asked for, and deletes
 * each when SQS has confirmed its copy. Ended at any point, even by a kill, nothing is lost; what was sent and not
 * deleted by then is on both queues.
 *
 * @param messageIds the plan's; messages that are not of it are left alone
 * @throws what SQS answered where the dead-letter queue cannot be read; a send that fails is a result
 */
export function redrive(
  deadLetterQueue: QueueAccess,
  queue: QueueAccess,
  messageIds: ReadonlySet<string>,
  options: RedriveOptions = {},
): Promise<ActionSummary> {
  const rate = createRedriveRate(options.perSecond, options.signal);
  return act(deadLetterQueue, messageIds, options, async (chunk, isHeld, report) => {
    const deleted: string[] = [];
    for (const slice of slices(chunk, rate.slice)) {
      await rate.wait(slice.length);
      if (options.signal?.aborted) break;
      deleted.push(...(await redriveSlice(deadLetterQueue, queue, slice, isHeld, options, report)));
    }
    return deleted;
  });
}

/**
 * Deletes the messages of a plan.
 *
 * @param messageIds the plan's; messages that are not of it are left alone
 * @throws what SQS answered where the dead-letter queue cannot be read; a deletion that fails is a result
 */
export function discard(
  deadLetterQueue: QueueAccess,
  messageIds: ReadonlySet<string>,
  options: ActOptions = {},
): Promise<ActionSummary> {
  return act(deadLetterQueue, messageIds, options, async (chunk, isHeld, report) => {
    const receipts = chunk.map(({ receipt }) => receipt);
    const faults = await deleteMessages(deadLetterQueue, receipts, isHeld);
    for (const { messageId } of receipts) {
      const fault = faults.get(messageId);
      if (fault === undefined) await report({ messageId, outcome: 'discarded' });
      else if (fault.code === HOLD_LOST.code) await report({ messageId, outcome: 'hold-lost' });
      else await report({ messageId, outcome: 'failed', ...fault });
    }
    return receipts.map(({ messageId }) => messageId).filter((messageId) => !faults.has(messageId));
  });
}

/** Tells what became of one, or that it may no longer be touched. */
type Report = (
  result: ActionResult | { readonly messageId: string; readonly outcome: 'hold-lost' },
) => Promise<void>;

/** Acts on up to ten messages, reports each, and returns those that it has deleted. */
type Action = (received: readonly Received[], isHeld: IsHeld, report: Report) => Promise<readonly string[]>;

async function act(
  queue: QueueAccess,
  messageIds: ReadonlySet<string>,
  options: ActOptions,
  action: Action,
): Promise<ActionSummary> {
  const notMet = new Set(messageIds);
  const holdLost = new Set<string>();
  let done = 0;
  let failed = 0;
  const report: Report = async (result) => {
    if (result.outcome === 'hold-lost') {
      holdLost.add(result.messageId);
      return;
    }
    notMet.delete(result.messageId);
    if (result.outcome === 'redriven' || result.outcome === 'discarded') done += 1;
    else failed += 1;
    await options.onResult?.(result);
  };
  const coverage = await passOver(
    queue,
    async (received, isHeld) => {
      const planned = received.filter(({ receipt }) => messageIds.has(receipt.messageId));
      if (planned.length === 0 || options.signal?.aborted) return {};
      return { deleted: await action(planned, isHeld, report), enough: notMet.size === holdLost.size };
    },
    options,
  );
  return { done, failed, notMet, holdLost, coverage };
}

async function redriveSlice(
  deadLetterQueue: QueueAccess,
  queue: QueueAccess,
  received: readonly Received[],
  isHeld: IsHeld,
  options: RedriveOptions,
  report: Report,
): Promise<string[]> {
  const sent = await send(queue, received, isHeld, options, report);
  const receipts = sent.map(({ receipt }) => receipt);
  const faults = await deleteMessages(deadLetterQueue, receipts, isHeld);
  for (const { receipt, newMessageId } of sent) {
    const { messageId } = receipt;
    const fault = faults.get(messageId);
    await report(
      fault === undefined
        ? { messageId, outcome: 'redriven', newMessageId }
        : { messageId, outcome: 'redriven-but-kept', newMessageId, ...fault },
    );
  }
  return receipts.map(({ messageId }) => messageId).filter((messageId) => !faults.has(messageId));
}

interface Sent {
  readonly receipt: Receipt;
  readonly newMessageId: string;
}

/** Returns what SQS has confirmed; reports the rest. */
async function send(
  { sqs, queueUrl }: QueueAccess,
  received: readonly Received[],
  isHeld: IsHeld,
  options: RedriveOptions,
  report: Report,
): Promise<Sent[]> {
  const now = (options.now ?? Date.now)();
  const letters = received.map(({ message, receipt }) => ({ letter: readDeadLetter(message, now), receipt }));
  const toSend: LetterToSend[] = [];
  for (const { letter, receipt } of letters) {
    const redrivable = redriveMessage(letter, options, now);
    if (redrivable.ok) toSend.push({ receipt, message: redrivable.message });
    else await report(refused(letter, redrivable));
  }
  const sent: Sent[] = [];
  const sends = sendMessages(sqs, queueUrl, toSend, ({ message }) => message, {
    ...options.send,
    signal: options.signal,
    maySend: ({ receipt }) => isHeld(receipt),
  });
  for await (const { item, outcome } of sends) {
    const { receipt } = item;
    if (outcome.sent) sent.push({ receipt, newMessageId: outcome.messageId });
    else if (outcome.code === WITHHELD.code)
      await report({ messageId: receipt.messageId, outcome: 'hold-lost' });
    // Not begun when the signal came: it counts as not met.
    else if (outcome.code !== 'Aborted') {
      const { code, message, retryable } = outcome;
      await report({ messageId: receipt.messageId, outcome: 'failed', code, message, retryable });
    }
  }
  return sent;
}

interface LetterToSend {
  readonly receipt: Receipt;
  readonly message: OutgoingMessage;
}

/** As it can be when a request expires between the plan and its turn. */
function refused(
  { messageId }: DeadLetter,
  { code, reason }: Extract<Redrivable, { ok: false }>,
): ActionResult {
  return { messageId, outcome: 'failed', code, message: reason, retryable: false };
}

interface RedriveRate {
  /** So many at a time, so that no message waits longer than about a second for the others of its slice. */
  readonly slice: number;
  /** Until so many may go. */
  wait(messages: number): Promise<void>;
}

function createRedriveRate(perSecond: number | undefined, signal: AbortSignal | undefined): RedriveRate {
  if (perSecond === undefined) return { slice: 10, wait: async () => undefined };
  let free = 0;
  return {
    slice: Math.max(1, Math.min(10, Math.floor(perSecond))),
    async wait(messages) {
      const now = performance.now();
      const start = Math.max(now, free);
      free = start + (messages / perSecond) * 1000;
      await pauseFor(start - now, undefined, signal && { signal }).catch(() => undefined);
    },
  };
}

function* slices<T>(items: readonly T[], size: number): Iterable<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
