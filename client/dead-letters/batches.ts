// Requests of SQS that take ten messages at once and answer for each: what failed for a reason that passes is asked
// for again, within a bound.
import { setTimeout as pause } from 'node:timers/promises';
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { askInHalves } from '../sqs/halves.ts';
import { entryFault, requestFault, type SendFault } from '../sqs/send-faults.ts';

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

/** With the SDK's own attempts inside each; the pauses between them double from this one. */
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;

/** Deletes up to ten messages. Never rejects. Returns those that it could not delete, by message id. */
export function deleteMessages(
  { sqs, queueUrl }: QueueAccess,
  receipts: readonly Receipt[],
): Promise<Map<string, Fault>> {
  return insist(receipts, async (entries) => {
    const Entries = entries.map(({ Id, receiptHandle }) => ({ Id, ReceiptHandle: receiptHandle }));
    return sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
}

/**
 * Hides up to ten received messages for so long from now, or shows them again with 0. Never rejects. Returns those
 * for which it could not, by message id.
 */
export function changeVisibility(
  { sqs, queueUrl }: QueueAccess,
  receipts: readonly Receipt[],
  seconds: number,
): Promise<Map<string, Fault>> {
  return insist(receipts, async (entries) => {
    const Entries = entries.map(({ Id, receiptHandle }) => ({
      Id,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    }));
    return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
}

type Entry = Receipt & { readonly Id: string };

/** Both lists are undefined where they are empty. */
interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined;
}

async function insist(
  receipts: readonly Receipt[],
  ask: (entries: readonly Entry[]) => Promise<BatchAnswer>,
): Promise<Map<string, Fault>> {
  let faults = new Map<string, Fault>();
  let left = receipts;
  for (let attempt = 1; attempt <= ATTEMPTS && left.length > 0; attempt += 1) {
    if (attempt > 1) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 2));
    const found = await askOnce(left, ask);
    faults = new Map([...faults].filter(([, { retryable }]) => !retryable).concat([...found]));
    left = left.filter(({ messageId }) => found.get(messageId)?.retryable);
  }
  return faults;
}

async function askOnce(
  receipts: readonly Receipt[],
  ask: (entries: readonly Entry[]) => Promise<BatchAnswer>,
): Promise<Map<string, Fault>> {
  const entries = receipts.map((receipt, index) => ({ Id: String(index), ...receipt }));
  const faults = new Map<string, Fault>();
  for await (const part of askInHalves(entries, ask)) {
    const faultOf = 'error' in part ? () => requestFault(part.error) : faultsIn(part.answer);
    for (const { Id, messageId } of part.items) {
      const fault = faultOf(Id);
      if (fault !== undefined) faults.set(messageId, fault);
    }
  }
  return faults;
}

function faultsIn({ Successful = [], Failed = [] }: BatchAnswer): (id: string) => Fault | undefined {
  const done = new Set(Successful.map(({ Id }) => Id));
  const failed = new Map(Failed.map((failure) => [failure.Id, entryFault(failure)]));
  return (id) => (done.has(id) ? undefined : (failed.get(id) ?? UNANSWERED));
}

const UNANSWERED: Fault = {
  code: 'InDoubt',
  message: 'SQS returned no result for this entry',
  retryable: true,
};
