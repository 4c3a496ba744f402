// Outcomes to SQS sends. The only one that sends, and the one that knows what SQS has confirmed.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { MAX_ENTRIES, MAX_MESSAGE_BYTES } from '../../client/sqs-message.ts';
import { errorText } from '../../client/text.ts';
import { type Copy, deadLetterCopy, requeueCopy } from './copy.ts';
import { type Outcome, tooLargeToRetry } from './decision/outcome.ts';
import type { Message } from './request.ts';

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
  settle(message: Message, outcome: Outcome): Settled | Promise<Settled>;
  /** Resolves as soon as there are few enough sends under way to start more work; undefined where there are. */
  room(): Promise<void> | undefined;
  /** Sends what waits for a full batch, and resolves when every send has ended. */
  flush(): Promise<void>;
}

const MAX_SENDS_UNDER_WAY = 10;

interface Parcel {
  readonly copy: Copy;
  readonly done: (sendError?: string) => void;
}

/** @param deadline whose signal ends every send that is under way when the invocation's time is up */
export function createSettlement(
  dependencies: SettlementDependencies,
  deadline: { readonly signal: AbortSignal },
): Settlement {
  const underWay = new Set<Promise<void>>();
  /** Who waits for room. */
  let inLine: (() => void)[] = [];
  const toQueue = createParcels(dependencies.queueUrl);
  const toDeadLetterQueue = createParcels(dependencies.deadLetterQueueUrl);

  function createParcels(queueUrl: string) {
    let waiting: Parcel[] = [];
    let bytes = 0;
    function flush(): void {
      if (waiting.length === 0) return;
      const sending = sendParcels(queueUrl, waiting).finally(() => ended(sending));
      underWay.add(sending);
      waiting = [];
      bytes = 0;
    }
    function add(parcel: Parcel): void {
      if (bytes + parcel.copy.bytes > MAX_MESSAGE_BYTES) flush();
      waiting.push(parcel);
      bytes += parcel.copy.bytes;
      if (waiting.length === MAX_ENTRIES) flush();
    }
    return { add, flush };
  }

  async function sendParcels(queueUrl: string, parcels: readonly Parcel[]): Promise<void> {
    const toRetry = await sendOnce(queueUrl, parcels, isTransient);
    if (toRetry.length === 0) return;
    await dependencies.pause(100 + 200 * dependencies.random(), deadline.signal).catch(() => {});
    await sendOnce(queueUrl, toRetry, () => false);
  }

  /** Tells each parcel its end, but for those that failed in a way that `mayRetry`: they come back. */
  async function sendOnce(
    queueUrl: string,
    parcels: readonly Parcel[],
    mayRetry: (failure: SendFailure) => boolean,
  ): Promise<readonly Parcel[]> {
    const entries = parcels.map(({ copy }, index) => ({ Id: String(index), ...copy.entry }));
    let result: SendResult;
    try {
      // However many are left by then, there is no time for a look into the SDK.
      const { signal } = deadline;
      if (signal.aborted) throw new Error('the invocation was out of time for the send');
      result = await dependencies.send(queueUrl, entries, signal);
    } catch (error) {
      for (const { done } of parcels) done(errorText(error));
      return [];
    }
    return parcels.filter(({ done }, index) => {
      const failure = result.failed.get(String(index));
      if (failure !== undefined && mayRetry(failure)) return true;
      if (failure !== undefined) done(`${failure.code}: ${failure.message}`);
      else if (result.successful.has(String(index))) done();
      else done('SQS did not say what became of it');
      return false;
    });
  }

  function sendCopy(
    parcels: ReturnType<typeof createParcels>,
    copy: Copy,
    outcome: Outcome,
  ): Promise<Settled> {
    dependencies.prepareSend();
    return new Promise((resolve) => {
      const done = (sendError?: string) =>
        resolve({ outcome, acknowledged: sendError === undefined, sendError });
      parcels.add({ copy, done });
    });
  }

  function settle(message: Message, outcome: Outcome): Settled | Promise<Settled> {
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
    if (underWay.size >= MAX_SENDS_UNDER_WAY) return;
    for (const goOn of inLine) goOn();
    inLine = [];
  }

  function room(): Promise<void> | undefined {
    if (underWay.size < MAX_SENDS_UNDER_WAY) return undefined;
    return new Promise((resolve) => {
      inLine.push(resolve);
    });
  }

  async function flush(): Promise<void> {
    toQueue.flush();
    toDeadLetterQueue.flush();
    await Promise.all(underWay);
  }

  return { settle, room, flush };
}

/** SQS's own fault, or throttling, which it may call the sender's (SQS Developer Guide, "Error messages"). */
function isTransient({ code, senderFault }: SendFailure): boolean {
  return !senderFault || /thrott/i.test(code);
}
