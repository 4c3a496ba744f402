// Outcomes to SQS sends. The only one that sends, and the one that knows what SQS has confirmed.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { errorText } from '../../../client/contract/text.ts';
import { askInHalves, type Part } from '../../../client/sqs/halves.ts';
import { MAX_ENTRIES, MAX_MESSAGE_BYTES } from '../../../client/sqs/limits.ts';
import { mayPass } from '../../../client/sqs/send-faults.ts';
import { type Outcome, tooLargeToRetry } from '../decision/outcome.ts';
import type { Message } from '../request.ts';
import { type Copy, deadLetterCopy, requeueCopy } from './copy.ts';

/** What SQS said of a SendMessageBatch. An id in neither is in doubt. */
export interface SendResult {
  readonly successful: ReadonlySet<string>;
  readonly failed: ReadonlyMap<string, SendFailure>;
}

/** Why SQS did not take an entry (SQS API reference, BatchResultErrorEntry). */
export interface SendFailure {
  readonly code: string;
  readonly message: string;
  readonly senderFault: boolean;
}

/** Sends up to ten entries. Rejects where the whole send failed or its result is not known. */
export type SendBatch = (
  queueUrl: string,
  entries: readonly SendMessageBatchRequestEntry[],
  signal: AbortSignal,
) => Promise<SendResult>;

/** What the settlement needs from outside. */
export interface SettlementDependencies {
  readonly send: SendBatch;
  /** Called before there is a batch to send, while calls are under way: time to load what sending needs. */
  readonly prepareSend: () => void;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after so long, or rejects when the signal says so. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** What became of a message in the end. */
export interface Settled {
  /** The outcome that was carried out, or was to be. */
  readonly outcome: Outcome;
  /** False: it is reported, so that SQS delivers it again. */
  readonly acknowledged: boolean;
  /** Why a copy could not be sent, or is not known to have been. */
  readonly sendError: string | undefined;
}

/** The settlement of one batch. */
export interface Settlement {
  /**
   * Carries an outcome out: at once where nothing has to be sent, at the latest after {@link flush} where a copy has
   * to be. Never rejects.
   */
  settle(message: Message, outcome: Outcome): Promise<Settled>;
  /** Resolves as soon as there are few enough sends under way to start more work. */
  room(): Promise<void>;
  /** Sends what waits for a full batch, and resolves when every send has ended. */
  flush(): Promise<void>;
}

/** From so many sends under way on, no more work is started: what waits to be sent waits in memory. */
const ENOUGH_SENDS = 10;

/**
 * How many sends may be under way: as many as there are connections for them, so that none waits for one on its own
 * time. The workers of a batch may all come to their ends at once; what they have to send beyond this waits here.
 */
export const SENDS_AT_ONCE = 50;

interface PendingCopy {
  readonly copy: Copy;
  readonly done: (sendError?: string) => void;
}

/** @param deadline whose signal ends every send that is under way when the invocation's time is up */
export function createSettlement(
  dependencies: SettlementDependencies,
  deadline: { readonly signal: AbortSignal },
): Settlement {
  const underWay = new Set<Promise<void>>();
  /** Sends that wait until others have ended. */
  const notBegun: (() => void)[] = [];
  /** Who waits for room. */
  let inLine: (() => void)[] = [];
  const toQueue = createOutgoing(dependencies.queueUrl);
  const toDeadLetterQueue = createOutgoing(dependencies.deadLetterQueueUrl);

  function createOutgoing(queueUrl: string) {
    let waiting: PendingCopy[] = [];
    let bytes = 0;
    function flush(): void {
      if (waiting.length === 0) return;
      const copies = waiting;
      if (underWay.size < SENDS_AT_ONCE) begin(queueUrl, copies);
      else notBegun.push(() => begin(queueUrl, copies));
      waiting = [];
      bytes = 0;
    }
    function add(pending: PendingCopy): void {
      if (bytes + pending.copy.bytes > MAX_MESSAGE_BYTES) flush();
      waiting.push(pending);
      bytes += pending.copy.bytes;
      if (waiting.length === MAX_ENTRIES) flush();
    }
    return { add, flush };
  }

  function begin(queueUrl: string, copies: readonly PendingCopy[]): void {
    const sending = sendCopies(queueUrl, copies).finally(() => ended(sending));
    underWay.add(sending);
  }

  async function sendCopies(queueUrl: string, copies: readonly PendingCopy[]): Promise<void> {
    const toRetry = await sendOnce(queueUrl, copies, ({ code, senderFault }) => mayPass(code, senderFault));
    if (toRetry.length === 0) return;
    await dependencies.pause(100 + 200 * dependencies.random(), deadline.signal).catch(() => {});
    await sendOnce(queueUrl, toRetry, () => false);
  }

  /** Tells each copy its end, but for those that failed in a way that `mayRetry`: they come back. */
  async function sendOnce(
    queueUrl: string,
    copies: readonly PendingCopy[],
    mayRetry: (failure: SendFailure) => boolean,
  ): Promise<readonly PendingCopy[]> {
    const toRetry: PendingCopy[] = [];
    for await (const part of askInHalves(copies, (some) => send(queueUrl, some))) {
      toRetry.push(...tellEnds(part, mayRetry));
    }
    return toRetry;
  }

  async function send(queueUrl: string, copies: readonly PendingCopy[]): Promise<SendResult> {
    const { signal } = deadline;
    // However many are left by then, there is no time for a look into the SDK.
    if (signal.aborted) throw new Error('the invocation was out of time for the send');
    const entries = copies.map(({ copy }, index) => ({ Id: String(index), ...copy.entry }));
    return dependencies.send(queueUrl, entries, signal);
  }

  function sendCopy(
    copies: ReturnType<typeof createOutgoing>,
    copy: Copy,
    outcome: Outcome,
  ): Promise<Settled> {
    dependencies.prepareSend();
    return new Promise((resolve) => {
      const done = (sendError?: string) =>
        resolve({ outcome, acknowledged: sendError === undefined, sendError });
      copies.add({ copy, done });
    });
  }

  async function settle(message: Message, outcome: Outcome): Promise<Settled> {
    switch (outcome.type) {
      case 'acknowledge':
        return { outcome, acknowledged: true, sendError: undefined };
      case 'redeliver':
        return { outcome, acknowledged: false, sendError: undefined };
      case 'requeue': {
        const copy = requeueCopy(message, outcome.journey, outcome.delaySeconds);
        if (copy === undefined) return settle(message, tooLargeToRetry(outcome.journey, dependencies.now()));
        return sendCopy(toQueue, copy, outcome);
      }
      case 'dead-letter': {
        const copy = deadLetterCopy(message, outcome.journey);
        if (copy === undefined) {
          return { outcome, acknowledged: false, sendError: 'no copy of it fits into a message' };
        }
        return sendCopy(toDeadLetterQueue, copy, outcome);
      }
    }
  }

  function ended(sending: Promise<void>): void {
    underWay.delete(sending);
    notBegun.shift()?.();
    if (underWay.size >= ENOUGH_SENDS) return;
    for (const goOn of inLine) goOn();
    inLine = [];
  }

  async function room(): Promise<void> {
    if (underWay.size < ENOUGH_SENDS) return;
    await new Promise<void>((resolve) => {
      inLine.push(resolve);
    });
  }

  async function flush(): Promise<void> {
    toQueue.flush();
    toDeadLetterQueue.flush();
    // Each that ends lets one begin that waits.
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return { settle, room, flush };
}

/** Tells each copy of a part its end, and returns those that failed in a way that `mayRetry`. */
function tellEnds(
  part: Part<PendingCopy, SendResult>,
  mayRetry: (failure: SendFailure) => boolean,
): readonly PendingCopy[] {
  if ('error' in part) {
    for (const { done } of part.items) done(errorText(part.error));
    return [];
  }
  const { successful, failed } = part.answer;
  return part.items.filter(({ done }, index) => {
    const failure = failed.get(String(index));
    if (failure !== undefined && mayRetry(failure)) return true;
    if (failure !== undefined) done(`${failure.code}: ${failure.message}`);
    else if (successful.has(String(index))) done();
    else done('SQS returned no result for this entry');
    return false;
  });
}
