// Requests of SQS that take ten messages at once and answer for each: what failed for a reason that passes is asked
// for again, within a bound.
import { setTimeout as pause } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { askInHalves } from '../sqs/halves.ts';
import { type BatchAnswer, faultOf, requestFault, type SendFault } from '../sqs/send-faults.ts';
import { onlyWhile, WITHHELD } from '../sqs/withholding.ts';

/** A queue, and the client that may use it. */
export interface QueueAccess {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
}

/** A message that was received, and the handle of that receive. */
export interface Receipt {
  readonly messageId: string;
  readonly receiptHandle: string;
}

/** Why SQS did not do what it was asked to for one message. */
export type Fault = SendFault;

/** Whether a message is still hidden from others since that receive: asked before each attempt, retries included. */
export type IsHeld = (receipt: Receipt) => boolean;

/** Why nothing was done about a message: others may have received, and handled, it by then. */
export const HOLD_LOST: Fault = {
  code: 'HoldLost',
  message: 'hold lost: it could be received by others again, and may have been handled',
  retryable: true,
};

/** With the SDK's own attempts inside each; the pauses between them double from this one. */
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;

/** Deletes up to ten messages that are held. Never rejects. Returns those that it did not delete, by message id. */
export function deleteMessages(
  { sqs, queueUrl }: QueueAccess,
  receipts: readonly Receipt[],
  isHeld: IsHeld,
): Promise<Map<string, Fault>> {
  return insist(receipts, isHeld, async (entries) => {
    const Entries = entries.map(({ Id, receiptHandle }) => ({ Id, ReceiptHandle: receiptHandle }));
    const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries });
    return sqs.send(onlyWhile(command, () => entries.every(isHeld)));
  });
}

/**
 * Hides up to ten messages that are held for so long from now, or shows them again with 0. Never rejects. Returns those
 * for which it did not, by message id.
 */
export function changeVisibility(
  { sqs, queueUrl }: QueueAccess,
  receipts: readonly Receipt[],
  isHeld: IsHeld,
  seconds: number,
): Promise<Map<string, Fault>> {
  return insist(receipts, isHeld, async (entries) => {
    const Entries = entries.map(({ Id, receiptHandle }) => ({
      Id,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    return sqs.send(onlyWhile(command, () => entries.every(isHeld)));
  });
}

type Entry = Receipt & { readonly Id: string };

/** What is held no more is not asked for again; what an attempt before has said of it stays. */
async function insist(
  receipts: readonly Receipt[],
  isHeld: IsHeld,
  ask: (entries: readonly Entry[]) => Promise<BatchAnswer>,
): Promise<Map<string, Fault>> {
  const faults = new Map<string, Fault>();
  let left = receipts;
  for (let attempt = 1; attempt <= ATTEMPTS && left.length > 0; attempt += 1) {
    if (attempt > 1) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 2));
    const lost = left.filter((receipt) => !isHeld(receipt));
    const found = await askOnce(left.filter(isHeld), ask);
    for (const { messageId } of lost) found.set(messageId, faults.get(messageId) ?? HOLD_LOST);
    for (const { messageId } of left) faults.delete(messageId);
    for (const [messageId, fault] of found) faults.set(messageId, fault);
    left = left.filter((receipt) => found.get(receipt.messageId)?.retryable && !lost.includes(receipt));
  }
  return faults;
}

async function askOnce(
  receipts: readonly Receipt[],
  ask: (entries: readonly Entry[]) => Promise<BatchAnswer>,
): Promise<Map<string, Fault>> {
  const entries = receipts.map((receipt, index) => ({ Id: String(index), ...receipt }));
  const faults = new Map<string, Fault>();
  if (entries.length === 0) return faults;
  for await (const part of askInHalves(entries, ask)) {
    for (const { Id, messageId } of part.items) {
      const fault = 'error' in part ? requestFault(part.error) : faultOf(Id, part.answer);
      if (fault !== undefined) faults.set(messageId, fault.code === WITHHELD.code ? HOLD_LOST : fault);
    }
  }
  return faults;
}
