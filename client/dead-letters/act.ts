// Redriving and discarding: what is done with the messages of a plan.
import { setTimeout as pauseFor } from 'node:timers/promises';
import { type OutgoingMessage, type SendMessagesOptions, sendMessages } from '../sending/send-messages.ts';
import { MAX_ENTRIES } from '../sqs/limits.ts';
import { WITHHELD } from '../sqs/withholding.ts';
import type { Action, ActionResult, ActionSummary, ActOptions, Report } from './action.ts';
import { deleteMessages, HOLD_LOST, type IsHeld, type QueueAccess, type Receipt } from './batches.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { HeldLetter } from './portion.ts';
import { actInPortions } from './portions.ts';
import { type Redrive, type RedriveChanges, type RedrivenCopy, redriveMessage } from './redrive-message.ts';

/** How to redrive; what is not given is the default. */
export interface RedriveOptions extends ActOptions, RedriveChanges {
  /** At most so many messages a second; without it as fast as it goes. */
  readonly perSecond?: number | undefined;
  /** The bounds of each send. */
  readonly send?: Omit<SendMessagesOptions, 'signal'> | undefined;
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
  return actInPortions(deadLetterQueue, messageIds, options, {
    ...rate,
    act: (slice, isHeld, report) => redriveSlice(deadLetterQueue, queue, slice, isHeld, options, report),
  });
}

/** How to discard; what is not given is the default. */
export interface DiscardOptions extends ActOptions {
  /**
   * Awaited before any of these dead letters is deleted, as to keep them elsewhere; nothing of what it was not handed is
   * deleted. Where it throws, these stay, and the action ends.
   */
  readonly beforeDeletion?: ((letters: Iterable<DeadLetter>) => Promise<void>) | undefined;
}

/**
 * Deletes the messages of a plan.
 *
 * @param messageIds the plan's; messages that are not of it are left alone
 * @throws what SQS answered where the dead-letter queue cannot be read, or what `beforeDeletion` threw; a deletion that
 * fails is a result
 */
export function discard(
  deadLetterQueue: QueueAccess,
  messageIds: ReadonlySet<string>,
  options: DiscardOptions = {},
): Promise<ActionSummary> {
  const { beforeDeletion } = options;
  return actInPortions(deadLetterQueue, messageIds, options, {
    atOnce: MAX_ENTRIES,
    wait: async () => undefined,
    prepare: beforeDeletion && ((portion) => beforeDeletion(lettersOf(portion))),
    act: (slice, isHeld, report) => discardSlice(deadLetterQueue, slice, isHeld, report),
  });
}

/** One at a time, since all at once would take as much memory again. */
function* lettersOf(portion: Iterable<HeldLetter>): Iterable<DeadLetter> {
  for (const { letter } of portion) yield letter;
}

async function discardSlice(
  deadLetterQueue: QueueAccess,
  held: readonly HeldLetter[],
  isHeld: IsHeld,
  report: Report,
): Promise<string[]> {
  const receipts = held.map(({ receipt }) => receipt);
  const faults = await deleteMessages(deadLetterQueue, receipts, isHeld);
  for (const { messageId } of receipts) {
    const fault = faults.get(messageId);
    if (fault === undefined) await report({ messageId, outcome: 'discarded' });
    else if (fault.code === HOLD_LOST.code) await report({ messageId, outcome: 'hold-lost' });
    else await report({ messageId, outcome: 'failed', ...fault });
  }
  return receipts.map(({ messageId }) => messageId).filter((messageId) => !faults.has(messageId));
}

async function redriveSlice(
  deadLetterQueue: QueueAccess,
  queue: QueueAccess,
  held: readonly HeldLetter[],
  isHeld: IsHeld,
  options: RedriveOptions,
  report: Report,
): Promise<string[]> {
  const sent = await send(queue, held, isHeld, options, report);
  const receipts = sent.map(({ receipt }) => receipt);
  const faults = await deleteMessages(deadLetterQueue, receipts, isHeld);
  for (const { receipt, copy } of sent) {
    const { messageId } = receipt;
    const fault = faults.get(messageId);
    await report(
      fault === undefined
        ? { messageId, outcome: 'redriven', ...copy }
        : { messageId, outcome: 'redriven-but-kept', ...copy, ...fault },
    );
  }
  return receipts.map(({ messageId }) => messageId).filter((messageId) => !faults.has(messageId));
}

interface Sent {
  readonly receipt: Receipt;
  readonly copy: RedrivenCopy;
}

/** Returns what SQS has confirmed; reports the rest. */
async function send(
  { sqs, queueUrl }: QueueAccess,
  held: readonly HeldLetter[],
  isHeld: IsHeld,
  options: RedriveOptions,
  report: Report,
): Promise<Sent[]> {
  const now = (options.now ?? Date.now)();
  const toSend: LetterToSend[] = [];
  for (const { letter, receipt } of held) {
    const found = redriveMessage(letter, options, now);
    if (found.ok) toSend.push({ receipt, message: found.message, origin: found.origin });
    else await report(refused(letter, found));
  }
  const sent: Sent[] = [];
  const sends = sendMessages(sqs, queueUrl, toSend, ({ message }) => message, {
    ...options.send,
    signal: options.signal,
    maySend: ({ receipt }) => isHeld(receipt),
  });
  for await (const { item, outcome } of sends) {
    const { receipt, origin } = item;
    if (outcome.sent) sent.push({ receipt, copy: { newMessageId: outcome.messageId, ...origin } });
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
  readonly origin: Extract<Redrive, { ok: true }>['origin'];
}

/** As it can be when a request expires between the plan and its turn. */
function refused({ messageId }: DeadLetter, { code, reason }: Extract<Redrive, { ok: false }>): ActionResult {
  return { messageId, outcome: 'failed', code, message: reason, retryable: false };
}

/** What a portion takes at that rate stays well below the twelve hours for which SQS hides a message. */
const LONGEST_PORTION_SECONDS = 6 * 3600;

function createRedriveRate(
  perSecond: number | undefined,
  signal: AbortSignal | undefined,
): Omit<Action, 'act'> {
  if (perSecond === undefined) return { atOnce: MAX_ENTRIES, wait: async () => undefined };
  let free = 0;
  return {
    // No message waits longer than about a second for the others of its slice.
    atOnce: Math.max(1, Math.min(MAX_ENTRIES, Math.floor(perSecond))),
    mostHeld: Math.max(1, Math.floor(perSecond * LONGEST_PORTION_SECONDS)),
    async wait(messages) {
      const now = performance.now();
      const start = Math.max(now, free);
      free = start + (messages / perSecond) * 1000;
      await pauseFor(start - now, undefined, signal && { signal }).catch(() => undefined);
    },
  };
}
