// The messages that are hidden from others since we received them: kept hidden as long as needed, then shown again.
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_ENTRIES } from '../sqs/limits.ts';
import { changeVisibility, type Fault, HOLD_LOST, type QueueAccess, type Receipt } from './batches.ts';
import {
  earliest,
  extensionSeconds,
  type Instant,
  isBefore,
  later,
  limitOf,
  mayStillAct,
  untilMs,
} from './hold.ts';

/** How the releasing ended. */
export interface Release {
  /** Messages that stay hidden until their visibility timeout has passed. */
  readonly unreleased: number;
  /** Why, of one of them. */
  readonly fault: Fault | undefined;
  /** The longest that one of them was hidden for. */
  readonly hiddenForSeconds: number;
}

/** How many batches are released or extended at once. */
const PARALLEL = 10;

/** So many batches that fail as a whole, one after the other, say that no more will succeed. */
const HOPELESS = 3;

/** Until when messages are hidden that one request has received, or has extended alike. */
interface Hold {
  readonly extendAt: Instant;
  /** From then on others may receive them. */
  readonly end: Instant;
  /** The end cannot be put off beyond that. */
  readonly limit: Instant;
}

/** A hundred thousand of these are kept: so they share their holds. */
interface Held {
  readonly receiptHandle: string;
  readonly hold: Hold;
}

/**
 * Knows what is held, and until when. Every receive makes a new handle, and only the newest is good (SQS Developer Guide, "Queue and
 * message identifiers").
 */
export class HeldMessages {
  readonly #queue: QueueAccess;
  readonly #now: () => Instant;
  readonly #held = new Map<string, Held>();
  readonly #visibilitySeconds: number;
  #hiddenForSeconds: number;
  /** Hiding a message once more would undo its release. */
  readonly #releasing = new Set<string>();
  #extending: Promise<void> | undefined;
  #unreleased = 0;
  #releaseFault: Fault | undefined;

  constructor(queue: QueueAccess, visibilitySeconds: number, now: () => Instant) {
    this.#queue = queue;
    this.#visibilitySeconds = visibilitySeconds;
    this.#hiddenForSeconds = visibilitySeconds;
    this.#now = now;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Received by one request, which was made at this time. */
  add(receipts: readonly Receipt[], askedAt: Instant): void {
    const hold = holdFrom(askedAt, this.#visibilitySeconds, limitOf(askedAt));
    for (const { messageId, receiptHandle } of receipts) this.#held.set(messageId, { receiptHandle, hold });
  }

  /** Whether a request about it still finds it hidden, with time to spare: nobody else can have handled it by then. */
  mayActOn(receipt: Receipt): boolean {
    const held = this.#heldBy(receipt);
    return held !== undefined && mayStillAct(this.#now(), held.hold.end);
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
      if (signal.aborted) return;
      this.#extending = this.#extend(signal);
      await this.#extending;
    }
  }

  /**
   * Shows everything again, however often it takes within a bound. Never rejects. What the releases together could not show
   * is what this one says.
   *
   * @param except is held on
   */
  async release(except: ReadonlySet<string> = new Set()): Promise<Release> {
    let inVain = 0;
    const toShow = [...this.#receipts()].filter(({ messageId }) => !except.has(messageId));
    for (const { messageId } of toShow) this.#releasing.add(messageId);
    await this.#extending;
    await this.#inBatches(toShow, async (receipts) => {
      const faults = inVain < HOPELESS ? await this.#changeVisibility(receipts, 0) : undefined;
      const kept = faults === undefined ? [] : [...faults.values()].filter((found) => !isGone(found));
      this.#unreleased += faults === undefined ? receipts.length : kept.length;
      this.#releaseFault = kept[0] ?? this.#releaseFault;
      inVain = faults === undefined || kept.length === receipts.length ? inVain + 1 : 0;
      for (const { messageId } of receipts) {
        this.#held.delete(messageId);
        this.#releasing.delete(messageId);
      }
    });
    return {
      unreleased: this.#unreleased,
      fault: this.#releaseFault,
      hiddenForSeconds: this.#hiddenForSeconds,
    };
  }

  async #extend(signal: AbortSignal): Promise<void> {
    const now = this.#now();
    const due: Receipt[] = [];
    for (const [messageId, { receiptHandle, hold }] of this.#held) {
      if (!isBefore(now, hold.extendAt)) due.push({ messageId, receiptHandle });
    }
    if (due.length > 0) this.#hiddenForSeconds = this.#extensionSeconds;
    await this.#inBatches(due, async (receipts) => {
      const held = receipts.filter(
        (receipt) => this.#heldBy(receipt) && !this.#releasing.has(receipt.messageId),
      );
      const limit = earliest(held.flatMap((receipt) => this.#heldBy(receipt)?.hold.limit ?? []));
      const askedAt = this.#now();
      const seconds = extensionSeconds(askedAt, limit, this.#extensionSeconds);
      if (held.length === 0 || seconds <= 0 || signal.aborted) return;
      const faults = await this.#changeVisibility(held, seconds);
      const hold = holdFrom(askedAt, seconds, limit);
      for (const receipt of held) this.#extended(receipt, hold, faults.get(receipt.messageId));
    });
  }

  #extended(receipt: Receipt, hold: Hold, fault: Fault | undefined): void {
    const { messageId, receiptHandle } = receipt;
    if (this.#heldBy(receipt) === undefined) return;
    if (fault === undefined) this.#held.set(messageId, { receiptHandle, hold });
    // Others may receive it now, and so may we.
    else if (isGone(fault)) this.#held.delete(messageId);
  }

  /** Of a message that others may have received since, the visibility is theirs. */
  #changeVisibility(receipts: readonly Receipt[], seconds: number): Promise<Map<string, Fault>> {
    return changeVisibility(this.#queue, receipts, (receipt) => this.#isHidden(receipt), seconds);
  }

  #isHidden(receipt: Receipt): boolean {
    const held = this.#heldBy(receipt);
    return held !== undefined && isBefore(this.#now(), held.hold.end);
  }

  /** A pass that lasts longer than was thought is likely to last longer still: extending is work, too. */
  get #extensionSeconds(): number {
    return this.#visibilitySeconds * 4;
  }

  #heldBy({ messageId, receiptHandle }: Receipt): Held | undefined {
    const held = this.#held.get(messageId);
    return held?.receiptHandle === receiptHandle ? held : undefined;
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

/** Of messages that were hidden for so long by a request of that time. */
function holdFrom(askedAt: Instant, seconds: number, limit: Instant): Hold {
  const end = later(askedAt, seconds * 1000);
  const isLast = untilMs(end, limit) < 1000;
  const extendAt = isLast ? end : later(askedAt, (seconds * 1000) / 2);
  return { extendAt, end, limit };
}

/** Not held by us any more: deleted, visible, or received by somebody else since. */
function isGone({ code }: Fault): boolean {
  return (
    code === HOLD_LOST.code || /MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue/.test(code)
  );
}
