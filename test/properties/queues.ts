// The queue and its dead-letter queue over time: visibility, receive counts, SQS's own redrive, and people.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { delivered } from '../support/messages.ts';
import { QUEUE_URL } from './in-memory-sqs.ts';

/** Six times the function's time-out. The backstop is behind the function's own, but near enough to be reached. */
const VISIBILITY_MS = 360_000;
const MAX_RECEIVE_COUNT = 6;

/** A message on a queue. */
export interface Stored {
  readonly id: string;
  readonly entry: SendMessageBatchRequestEntry;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  /** SQS itself put it into the dead-letter queue. */
  movedBySqs: boolean;
}

/** Both queues. */
export class Queues {
  readonly queue = new Map<string, Stored>();
  readonly deadLetters = new Map<string, Stored>();
  #ids = 0;

  /** SQS takes a message. */
  take(queueUrl: string, entry: SendMessageBatchRequestEntry): void {
    this.#ids += 1;
    const id = `id-${this.#ids}`;
    const now = Date.now();
    const stored = {
      id,
      entry,
      sentAt: now,
      visibleAt: now + (entry.DelaySeconds ?? 0) * 1000,
      receiveCount: 0,
      movedBySqs: false,
    };
    (queueUrl === QUEUE_URL ? this.queue : this.deadLetters).set(id, stored);
  }

  /**
   * Delivers up to so many messages. SQS delivers at least once, so it may deliver what it hides, too.
   */
  receive(most: number, hiddenToo: boolean): SQSRecord[] {
    const now = Date.now();
    const records: SQSRecord[] = [];
    for (const stored of [...this.queue.values()]) {
      if (records.length === most) break;
      if (stored.visibleAt > now && !(hiddenToo && stored.receiveCount > 0)) continue;
      stored.receiveCount += 1;
      if (stored.receiveCount > MAX_RECEIVE_COUNT) this.#moveToDeadLetters(stored);
      else {
        stored.visibleAt = now + VISIBILITY_MS;
        records.push(recordOf(stored));
      }
    }
    return records;
  }

  /** What Lambda does with an answer: it deletes what is not reported, and nothing where an identifier is unknown. */
  settle(records: readonly SQSRecord[], reported: readonly string[]): void {
    const ids = new Set(records.map(({ messageId }) => messageId));
    if (!reported.every((id) => ids.has(id))) return;
    for (const id of ids) if (!reported.includes(id)) this.queue.delete(id);
  }

  /** A person sends letters back (SQS API reference, StartMessageMoveTask): each under a new id. */
  redrive(): void {
    for (const { id, entry } of [...this.deadLetters.values()]) {
      this.deadLetters.delete(id);
      const { DelaySeconds: _, ...rest } = entry;
      this.take(QUEUE_URL, rest);
    }
  }

  /** The messages with this body, wherever they are. */
  copiesOf(body: string): { readonly queued: Stored[]; readonly dead: Stored[] } {
    const has = ({ entry }: Stored) => entry.MessageBody === body;
    return { queued: [...this.queue.values()].filter(has), dead: [...this.deadLetters.values()].filter(has) };
  }

  #moveToDeadLetters(stored: Stored): void {
    this.queue.delete(stored.id);
    this.deadLetters.set(stored.id, { ...stored, movedBySqs: true });
  }
}

function recordOf({ id, entry, sentAt, receiveCount }: Stored): SQSRecord {
  return delivered(entry, { messageId: id, sentAt, receiveCount });
}
