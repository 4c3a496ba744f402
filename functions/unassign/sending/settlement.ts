// Outcomes to SQS sends. The only one that sends, and the one that knows what SQS has confirmed.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { errorText } from '../../../client/contract/text.ts';
import { createFilling } from '../../../client/sqs/filling.ts';
import { askInHalves, type Part } from '../../../client/sqs/halves.ts';
import type { SizedEntry } from '../../../client/sqs/outgoing-message.ts';
import { type BatchAnswer, faultOf, type SendFault, UNMENTIONED } from '../../../client/sqs/send-faults.ts';
import { type Outcome, tooLargeToRetry } from '../decision/outcome.ts';
import type { Message } from '../request.ts';
import { deadLetterCopy, requeueCopy } from './copy.ts';

/** Sends up to ten entries. Rejects where the whole send failed or its result is not known. */
export type SendBatch = (
  queueUrl: string,
  entries: readonly SendMessageBatchRequestEntry[],
  signal: AbortSignal,
) => Promise<BatchAnswer>;

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

interface PendingCopy extends SizedEntry {
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
    return createFilling<PendingCopy>((copies) => {
      if (underWay.size < SENDS_AT_ONCE) begin(queueUrl, copies);
      else notBegun.push(() => begin(queueUrl, copies));
    });
  }

  function begin(queueUrl: string, copies: readonly PendingCopy[]): void {
    const sending = sendCopies(queueUrl, copies).finally(() => ended(sending));
    underWay.add(sending);
  }

  async function sendCopies(queueUrl: string, copies: readonly PendingCopy[]): Promise<void> {
    const toRetry = await sendOnce(queueUrl, copies, mayRetry);
    if (toRetry.length === 0) return;
    await dependencies.pause(100 + 200 * dependencies.random(), deadline.signal).catch(() => {});
    await sendOnce(queueUrl, toRetry, () => false);
  }

  /** Tells each copy its end, but for those that failed in a way that `isRetried`: they come back. */
  async function sendOnce(
    queueUrl: string,
    copies: readonly PendingCopy[],
    isRetried: (fault: SendFault) => boolean,
  ): Promise<readonly PendingCopy[]> {
    const toRetry: PendingCopy[] = [];
    for await (const part of askInHalves(copies, (some) => send(queueUrl, some))) {
      toRetry.push(...tellEnds(part, isRetried));
    }
    return toRetry;
  }

  async function send(queueUrl: string, copies: readonly PendingCopy[]): Promise<BatchAnswer> {
    const { signal } = deadline;
    // However many are left by then, there is no time for a look into the SDK.
    if (signal.aborted) throw new Error('the invocation was out of time for the send');
    const entries = copies.map(({ entry }, index) => ({ Id: String(index), ...entry }));
    return dependencies.send(queueUrl, entries, signal);
  }

  function sendCopy(
    copies: ReturnType<typeof createOutgoing>,
    copy: SizedEntry,
    outcome: Outcome,
  ): Promise<Settled> {
    dependencies.prepareSend();
    return new Promise((resolve) => {
      const done = (sendError?: string) =>
        resolve({ outcome, acknowledged: sendError === undefined, sendError });
      copies.add({ ...copy, done });
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

/** Not what is in doubt: it may be on the queue already, and SQS delivers the original again. */
function mayRetry(fault: SendFault): boolean {
  return fault.retryable && fault !== UNMENTIONED;
}

/** Tells each copy of a part its end, and returns those that failed in a way that `isRetried`. */
function tellEnds(
  part: Part<PendingCopy, BatchAnswer>,
  isRetried: (fault: SendFault) => boolean,
): readonly PendingCopy[] {
  if ('error' in part) {
    for (const { done } of part.items) done(errorText(part.error));
    return [];
  }
  return part.items.filter(({ done }, index) => {
    const fault = faultOf(String(index), part.answer);
    if (fault !== undefined && isRetried(fault)) return true;
    done(fault && `${fault.code}: ${fault.message}`);
    return false;
  });
}
