// The messages that are hidden from others since we received them: kept hidden as long as needed, then shown again.
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_ENTRIES } from '../sqs/limits.ts';
import { changeVisibility, type Fault, type QueueAccess, type Receipt } from './batches.ts';

/** How the releasing ended. */
export interface Release {
  /** Messages that stay hidden until their visibility timeout has passed. */
  readonly unreleased: number;
  /** Why, of one of them. */
  readonly fault: Fault | undefined;
  /** The longest that one of them was hidden for. */
  readonly hiddenForSeconds: number;
}

/** SQS API reference, ChangeMessageVisibility. */
const LONGEST_VISIBILITY_SECONDS = 43_200;

/** How many batches are released or extended at once. */
const PARALLEL = 10;

/** So many batches that fail as a whole, one after the other, say that no more will succeed. */
const HOPELESS = 3;

/**
 * Knows what is held. Every receive makes a new handle, and only the newest is good (SQS Developer Guide, "Queue and
 * message identifiers").
 */
export class HeldMessages {
  readonly #queue: QueueAccess;
  readonly #now: () => number;
  readonly #held = new Map<string, { readonly receiptHandle: string; readonly extendAt: number }>();
  readonly #visibilitySeconds: number;
  #hiddenForSeconds: number;

  /** @param now epoch milliseconds */
  constructor(queue: QueueAccess, visibilitySeconds: number, now: () => number) {
    this.#queue = queue;
    this.#visibilitySeconds = visibilitySeconds;
    this.#hiddenForSeconds = visibilitySeconds;
    this.#now = now;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Received by a request that was made at this time. */
  add({ messageId, receiptHandle }: Receipt, askedAt: number): void {
    this.#hold(messageId, receiptHandle, askedAt, this.#visibilitySeconds);
  }

  /** It is deleted, or visible again. */
  forget(messageId: string): void {
    this.#held.delete(messageId);
  }

  /** Keeps everything hidden until the signal aborts. Never rejects. */
  async keep(signal: AbortSignal): Promise<void> {
    const period = (this.#visibilitySeconds * 1000) / 8;
    while (!signal.aborted) {
      await pause(period, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#extend(signal);
    }
  }

  /** Shows everything again, however often it takes within a bound. Never rejects. */
  async release(): Promise<Release> {
    let fault: Fault | undefined;
    let unreleased = 0;
    let inVain = 0;
    await this.#inBatches([...this.#receipts()], async (receipts) => {
      const faults = inVain < HOPELESS ? await changeVisibility(this.#queue, receipts, 0) : undefined;
      const kept = faults === undefined ? [] : [...faults.values()].filter((found) => !isGone(found));
      unreleased += faults === undefined ? receipts.length : kept.length;
      fault = kept[0] ?? fault;
      inVain = faults === undefined || kept.length === receipts.length ? inVain + 1 : 0;
      for (const { messageId } of receipts) this.#held.delete(messageId);
    });
    return { unreleased, fault, hiddenForSeconds: this.#hiddenForSeconds };
  }

  async #extend(signal: AbortSignal): Promise<void> {
    const now = this.#now();
    const due: Receipt[] = [];
    for (const [messageId, { receiptHandle, extendAt }] of this.#held) {
      if (extendAt <= now) due.push({ messageId, receiptHandle });
    }
    if (due.length > 0) this.#hiddenForSeconds = this.#extensionSeconds;
    await this.#inBatches(due, async (receipts) => {
      const held = receipts.filter(({ messageId, receiptHandle }) => this.#holds(messageId, receiptHandle));
      if (held.length === 0 || signal.aborted) return;
      const askedAt = this.#now();
      const faults = await changeVisibility(this.#queue, held, this.#extensionSeconds);
      for (const receipt of held) this.#extended(receipt, askedAt, faults.get(receipt.messageId));
    });
  }

  #extended(receipt: Receipt, askedAt: number, fault: Fault | undefined): void {
    const { messageId, receiptHandle } = receipt;
    if (!this.#holds(messageId, receiptHandle)) return;
    if (fault === undefined) this.#hold(messageId, receiptHandle, askedAt, this.#extensionSeconds);
    // As after twelve hours, the longest that SQS hides a message: others may receive it now, and so may we.
    else if (isGone(fault)) this.#held.delete(messageId);
  }

  #hold(messageId: string, receiptHandle: string, askedAt: number, seconds: number): void {
    this.#held.set(messageId, { receiptHandle, extendAt: askedAt + (seconds * 1000) / 2 });
  }

  /** A pass that lasts longer than was thought is likely to last longer still: extending is work, too. */
  get #extensionSeconds(): number {
    return Math.min(LONGEST_VISIBILITY_SECONDS, this.#visibilitySeconds * 4);
  }

  #holds(messageId: string, receiptHandle: string): boolean {
    return this.#held.get(messageId)?.receiptHandle === receiptHandle;
  }

  *#receipts(): Iterable<Receipt> {
    for (const [messageId, { receiptHandle }] of this.#held) yield { messageId, receiptHandle };
  }

  async #inBatches(
    receipts: readonly Receipt[],
    work: (batch: readonly Receipt[]) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const worker = async () => {
      while (next < receipts.length) {
        const start = next;
        next += MAX_ENTRIES;
        await work(receipts.slice(start, start + MAX_ENTRIES));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }
}

/** Not held by us any more: deleted, visible, or received by somebody else since. */
function isGone({ code }: Fault): boolean {
  return /MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue/.test(code);
}
