// One pass over a queue: everything that is visible is received once, and shown again when the pass is over.
import {
  GetQueueAttributesCommand,
  type Message,
  OverLimit,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Fault, IsHeld, QueueAccess, Receipt } from './batches.ts';
import { HeldMessages, type Release } from './held-messages.ts';
import type { Instant } from './hold.ts';

/** How far a pass has come. */
export interface PassProgress {
  readonly phase: 'receiving' | 'releasing';
  /** Messages seen so far. */
  readonly seen: number;
  /** How many there were, by SQS's approximate count, when the pass began. */
  readonly about: number;
  /** How many are about to be shown again; 0 while messages are received. */
  readonly toRelease: number;
}

/** How to go over the queue; what is not given is the default. */
export interface PassOptions {
  /** Aborted: nothing more is received, what is held is shown again, and the pass ends as it would at its end. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PassProgress) => void) | undefined;
  /** Receives at once, and slices that are acted on at once; 10 unless given. */
  readonly receivers?: number | undefined;
  /**
   * So many messages are held at most; 110,000 unless given. SQS lets 120,000 of a standard queue be in flight
   * (SQS Developer Guide, "Amazon SQS standard queue quotas"), and others want some, too.
   */
  readonly holdAtMost?: number | undefined;
  /**
   * For how long a receive hides a message, in seconds; it is extended while the pass lasts. By default 30 to 900, by the
   * size of the queue. Nothing is sent or deleted in the last five of them.
   */
  readonly visibilitySeconds?: number | undefined;
  /** Epoch milliseconds; the real clock unless given. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds of a clock that nobody sets; `performance.now` unless given. */
  readonly monotonicNow?: (() => number) | undefined;
}

/** What a pass saw, as honestly as SQS lets one say it. */
export interface Coverage {
  /** Different messages that were received. */
  readonly seen: number;
  /** What was on the queue when the pass began, visible or not; approximate, as SQS counts. */
  readonly about: number;
  /**
   * How many were on the queue and not seen, by SQS's counts when the pass began and when it came to its end: one of them
   * alone may lag behind. What was taken off the queue meanwhile is not among them.
   */
  readonly missing: number;
  /** Of those: what somebody else held at the end; approximate. */
  readonly inFlightElsewhere: number;
  /**
   * Why the pass ended: the queue had no more to give, the visitor had seen enough, the signal, or as many were in
   * flight as SQS allows.
   */
  readonly ended: 'queue-empty' | 'enough' | 'aborted' | 'hold-limit';
  /** Messages that could not be shown again: they are when {@link hiddenForSeconds} have passed. */
  readonly unreleased: number;
  readonly releaseFault: Fault | undefined;
  readonly hiddenForSeconds: number;
  /**
   * How long the queue keeps a message from when it was sent (SQS API reference, MessageRetentionPeriod), in seconds;
   * undefined where SQS did not say.
   */
  readonly retentionSeconds: number | undefined;
}

/** A message that was received, with the handle to delete it. */
export interface Received {
  readonly message: Message;
  readonly receipt: Receipt;
}

/** What a visitor wants: those that are kept hidden when the others are shown again, and whether there are enough. */
export interface Visit {
  readonly kept?: readonly Received[] | undefined;
  readonly enough?: boolean | undefined;
}

/** The messages that are kept hidden while they are acted on. */
export interface Kept {
  /** Whether something may be done about one of them: the process may have stood still for hours since. */
  readonly isHeld: IsHeld;
  /** It is deleted. */
  readonly forget: (messageId: string) => void;
  /** Shows those again that were not deleted. Never rejects. Says what the pass could not show again so far. */
  readonly release: () => Promise<Release>;
}

/**
 * Called with up to ten messages at a time, by several receives at once, each message once: one that comes a second
 * time, since its visibility ran out or somebody released it, is held on and not shown again.
 */
export type Visitor = (received: readonly Received[]) => Promise<Visit> | Visit;

/**
 * Goes over everything that is visible on the queue. When it returns or throws, nothing is held back: what was not
 * deleted is visible again.
 *
 * SQS answers with a sample of its servers, so an empty answer is not the end of a queue: receives are long polls,
 * which ask every server (SQS Developer Guide, "Amazon SQS short and long polling"), and several in a row have to
 * come back empty, more of them where SQS's count says that something is missing.
 *
 * Each look counts as a receive of the message. On a dead-letter queue that changes nothing but the number: it has
 * no redrive policy that would move a message on.
 *
 * @throws what SQS or the visitor threw
 */
export async function passOver(
  queue: QueueAccess,
  visit: Visitor,
  options: PassOptions = {},
): Promise<Coverage> {
  const { coverage } = await passOverAndAct(queue, visit, options, async () => undefined);
  return coverage;
}

/**
 * Goes over the queue and acts on the messages that were kept, when all others can be received again.
 *
 * @param act what to do with them; they are kept hidden until it is done. Told what the pass saw
 * @returns what the action returned, and what the pass saw
 * @throws what SQS, the visitor or the action threw
 */
export async function passOverAndAct<T>(
  queue: QueueAccess,
  visit: Visitor,
  options: PassOptions,
  act: (kept: Kept, coverage: Coverage) => Promise<T>,
): Promise<{ readonly result: T; readonly coverage: Coverage }> {
  const pass = new Pass(queue, visit, await countMessages(queue), options);
  let result: T;
  let released: Release;
  try {
    await pass.run();
    await pass.countUnseen();
    result = await act(pass.kept, pass.coverage(await pass.releaseOthers()));
  } finally {
    released = await pass.end();
  }
  return { result, coverage: pass.coverage(released) };
}

/** SQS's approximate counts, and what else the queue says of itself. */
interface Count {
  readonly visible: number;
  readonly hidden: number;
  readonly retentionSeconds: number | undefined;
}

/** What is on the queue and was not seen, as far as the counts say. */
type Unseen = Pick<Count, 'visible' | 'hidden'>;

const NONE_UNSEEN: Unseen = { visible: 0, hidden: 0 };

async function countMessages({ sqs, queueUrl }: QueueAccess): Promise<Count> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'MessageRetentionPeriod',
      ],
    }),
  );
  return {
    visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    hidden: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    retentionSeconds: Number(Attributes['MessageRetentionPeriod']) || undefined,
  };
}

/** A long poll asks all of SQS's servers; one second is the shortest. */
const WAIT_SECONDS = 1;

const DEFAULT_RECEIVERS = 10;
const DEFAULT_HOLD_AT_MOST = 110_000;

/** Receives that have to come back empty, after each of the parallel ones has, before a queue counts as empty. */
const EMPTY_WHEN_COMPLETE = 1;
const EMPTY_WHEN_SOME_ARE_MISSING = 3;

class Pass {
  readonly #queue: QueueAccess;
  readonly #visit: Visitor;
  readonly #count: Count;
  readonly #options: PassOptions;
  readonly #seen = new Set<string>();
  readonly #kept = new Set<string>();
  readonly #held: HeldMessages;
  readonly #keepingEnded = new AbortController();
  readonly #keeping: Promise<void>;
  readonly #now: () => Instant;
  readonly #visibilitySeconds: number;
  #ended: Coverage['ended'] = 'queue-empty';
  #stopped = false;
  #unseen: Unseen = NONE_UNSEEN;

  constructor(queue: QueueAccess, visit: Visitor, count: Count, options: PassOptions) {
    this.#queue = queue;
    this.#visit = visit;
    this.#count = count;
    this.#options = options;
    this.#now = clockOf(options);
    this.#visibilitySeconds = options.visibilitySeconds ?? visibilityFor(count.visible);
    this.#held = new HeldMessages(queue, this.#visibilitySeconds, this.#now);
    this.#keeping = this.#held.keep(this.#keepingEnded.signal);
  }

  get kept(): Kept {
    return {
      isHeld: (receipt) => this.#held.mayActOn(receipt),
      forget: (messageId) => this.#held.forget(messageId),
      release: () => this.#held.release(),
    };
  }

  async run(): Promise<void> {
    do await this.#drain();
    while (!this.#isOver() && (await this.#findMore()));
  }

  /** While everything that was seen is still held. Never rejects. */
  async countUnseen(): Promise<void> {
    this.#unseen = await this.#askUnseen();
  }

  /** What was kept before an abort is not acted on any more. */
  async releaseOthers(): Promise<Release> {
    if (this.#ended === 'aborted') this.#kept.clear();
    this.#tellReleasing(this.#held.size - this.#kept.size);
    return this.#held.release(this.#kept);
  }

  async end(): Promise<Release> {
    this.#keepingEnded.abort();
    await this.#keeping;
    this.#tellReleasing(this.#held.size);
    return this.#held.release();
  }

  coverage({ unreleased, fault, hiddenForSeconds }: Release): Coverage {
    const { visible, hidden, retentionSeconds } = this.#count;
    const seen = this.#seen.size;
    return {
      seen,
      about: Math.max(visible + hidden, seen),
      missing: this.#unseen.visible + this.#unseen.hidden,
      inFlightElsewhere: this.#unseen.hidden,
      ended: this.#ended,
      unreleased,
      releaseFault: fault,
      hiddenForSeconds,
      retentionSeconds,
    };
  }

  async #askUnseen(): Promise<Unseen> {
    const before = this.#count.visible + this.#count.hidden - this.#seen.size;
    if (before <= 0) return NONE_UNSEEN;
    const after = await countMessages(this.#queue).catch(() => undefined);
    if (after === undefined) {
      const hidden = Math.min(this.#count.hidden, before);
      return { visible: before - hidden, hidden };
    }
    const hidden = Math.min(before, Math.max(0, after.hidden - this.#held.size));
    return { visible: Math.min(before - hidden, after.visible), hidden };
  }

  /** Receives in parallel, until each of them has come back empty. */
  async #drain(): Promise<void> {
    const wanted = Math.ceil((this.#count.visible - this.#seen.size) / 10);
    const receivers = Math.min(this.#options.receivers ?? DEFAULT_RECEIVERS, Math.max(1, wanted));
    const drained = Array.from({ length: receivers }, async () => {
      while (!this.#isOver() && (await this.#receiveAndVisit()));
    });
    const results = await Promise.allSettled(drained.map((receiver) => this.#stopOnError(receiver)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Whether the queue was not empty after all: alone and one after the other, so that they look at it later. */
  async #findMore(): Promise<boolean> {
    for (let empty = 0; empty < this.#emptyReceivesNeeded() && !this.#isOver(); empty += 1) {
      if (await this.#receiveAndVisit()) return true;
    }
    return false;
  }

  async #stopOnError(receiver: Promise<void>): Promise<void> {
    try {
      await receiver;
    } catch (error) {
      this.#stopped = true;
      throw error;
    }
  }

  /** Whether there was a message that this pass had not seen. */
  async #receiveAndVisit(): Promise<boolean> {
    const received = await this.#receive();
    const news = received.filter(({ receipt }) => !this.#seen.has(receipt.messageId));
    for (const { receipt } of news) this.#seen.add(receipt.messageId);
    if (news.length === 0) return false;
    const { kept = [], enough = false } = await this.#visit(news);
    for (const { receipt } of kept) this.#kept.add(receipt.messageId);
    if (enough) this.#stop('enough');
    this.#tell('receiving', 0);
    return true;
  }

  async #receive(): Promise<Received[]> {
    const askedAt = this.#now();
    const { Messages = [] } = await this.#ask(
      new ReceiveMessageCommand({
        QueueUrl: this.#queue.queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: this.#visibilitySeconds,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
        // The older name of the same, which is all that some emulators know.
        AttributeNames: ['All'],
      }),
    );
    const received = Messages.map((message) => ({ message, receipt: receiptOf(message) }));
    this.#held.add(
      received.map(({ receipt }) => receipt),
      askedAt,
    );
    return received;
  }

  /** What others hold counts, too: as many may be in flight before we hold as many ourselves. */
  async #ask(command: ReceiveMessageCommand): Promise<{ readonly Messages?: Message[] | undefined }> {
    try {
      return await this.#queue.sqs.send(command);
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      this.#stop('hold-limit');
      return {};
    }
  }

  #isOver(): boolean {
    if (this.#stopped) return true;
    if (this.#options.signal?.aborted) this.#stop('aborted');
    else if (this.#held.size >= (this.#options.holdAtMost ?? DEFAULT_HOLD_AT_MOST)) this.#stop('hold-limit');
    return this.#stopped;
  }

  #stop(ended: Coverage['ended']): void {
    if (!this.#stopped) this.#ended = ended;
    this.#stopped = true;
  }

  #emptyReceivesNeeded(): number {
    return this.#seen.size >= this.#count.visible ? EMPTY_WHEN_COMPLETE : EMPTY_WHEN_SOME_ARE_MISSING;
  }

  #tellReleasing(toRelease: number): void {
    if (toRelease > 0) this.#tell('releasing', toRelease);
  }

  #tell(phase: PassProgress['phase'], toRelease: number): void {
    const seen = this.#seen.size;
    const about = Math.max(this.#count.visible + this.#count.hidden, seen);
    this.#options.onProgress?.({ phase, seen, about, toRelease });
  }
}

/** The two clocks of a pass. */
export function clockOf({
  now = Date.now,
  monotonicNow = () => performance.now(),
}: PassOptions): () => Instant {
  return () => ({ wall: now(), monotonic: monotonicNow() });
}

/** Long enough for a pass of that size without many extensions, short enough if this process is killed in it. */
function visibilityFor(messages: number): number {
  return Math.round(Math.min(900, 30 + messages / 200));
}

function receiptOf({ MessageId = '', ReceiptHandle = '' }: Message): Receipt {
  return { messageId: MessageId, receiptHandle: ReceiptHandle };
}
