// How many messages are where, over time: SQS's approximate counts, taken while the console lives.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { QueueAccess } from '../../../client/dead-letters/index.ts';
import type { QueueCounts, QueueSample } from '../api.ts';

/** What was counted so far. */
export interface Samples {
  /** Those after this time, the newest last; epoch milliseconds. */
  after(time: number): QueueSample[];
  /** Why the last one could not be taken, and what to do; null where it could. */
  readonly error: string | null;
  /** Of the dead-letter queue; null where SQS has not said. */
  readonly retentionSeconds: number | null;
  /** Takes one now, and again and again. Resolves when the first is taken; throws what SQS answered to that one. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What is counted, and how often. */
export interface SamplesOptions {
  readonly queue: QueueAccess | undefined;
  readonly deadLetterQueue: QueueAccess;
  readonly everyMs: number;
  readonly now: () => number;
  readonly adviceOn: (error: unknown) => string;
}

/** More of them become sparse: every other one of all goes. */
const MOST_SAMPLES = 2_000;

/** Nothing is counted before {@link Samples.start}. */
export function createSamples({ queue, deadLetterQueue, everyMs, now, adviceOn }: SamplesOptions): Samples {
  let samples: QueueSample[] = [];
  let error: string | null = null;
  let retentionSeconds: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let going: Promise<void> = Promise.resolve();

  async function take(): Promise<void> {
    const at = new Date(now()).toISOString();
    const [ofQueue, ofDeadLetterQueue] = await Promise.all([
      queue === undefined ? undefined : countsOf(queue),
      countsOf(deadLetterQueue),
    ]);
    retentionSeconds = ofDeadLetterQueue.retentionSeconds ?? retentionSeconds;
    samples.push({ at, queue: ofQueue?.counts ?? null, deadLetterQueue: ofDeadLetterQueue.counts });
    if (samples.length > MOST_SAMPLES) samples = samples.filter((_, index) => index % 2 === 1);
    error = null;
  }

  function goOn(): void {
    timer = setTimeout(() => {
      going = take()
        .catch((fault: unknown) => {
          error = adviceOn(fault);
        })
        .finally(goOn);
    }, everyMs);
  }

  return {
    after: (time) => samples.filter(({ at }) => Date.parse(at) > time),
    get error() {
      return error;
    },
    get retentionSeconds() {
      return retentionSeconds;
    },
    async start() {
      await take();
      goOn();
    },
    async stop() {
      clearTimeout(timer);
      await going;
      clearTimeout(timer);
    },
  };
}

async function countsOf({ sqs, queueUrl }: QueueAccess) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
        'MessageRetentionPeriod',
      ],
    }),
  );
  const counts: QueueCounts = {
    visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
  return { counts, retentionSeconds: Number(Attributes['MessageRetentionPeriod']) || null };
}
