// Plays Lambda's event source mapping for SQS (Lambda Developer Guide, "Using Lambda with Amazon SQS"):
// polls, hands batches to a function, deletes what the function's partial batch response lets it delete.
import { setTimeout as pause } from 'node:timers/promises';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { Consumer } from 'sqs-consumer';

/** What to poll, and whom to call. */
export interface EventSourceOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  /** At most 10, as SQS hands out no more at once. */
  readonly batchSize?: number;
  /** Batches in progress at once (`maximumConcurrency`). */
  readonly concurrency?: number;
  /** Waits so long after it found nothing. */
  readonly idleMs?: number;
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  /** Called when the function has answered, just before SQS is told to delete what it acknowledged. */
  readonly onBatch?: (batch: SettledBatch) => void;
  /** Called when SQS cannot be reached or refuses. */
  readonly onError?: (error: Error) => void;
}

/** One batch and what became of it. */
export interface SettledBatch {
  readonly event: SQSEvent;
  /** What the function answered, verbatim; absent where it failed. */
  readonly response?: unknown;
  /** The records that are deleted, and those that come again after their visibility timeout. */
  readonly acknowledged: readonly SQSRecord[];
  readonly failed: readonly SQSRecord[];
  /** Why the batch failed as a whole. */
  readonly failure?: string;
}

/** A running event source. */
export interface EventSource {
  /** Polls no more, and waits for the batches in progress. */
  stop(): Promise<void>;
}

/** Starts polling. */
export function startEventSource(options: EventSourceOptions): EventSource {
  const pollers = Array.from({ length: options.concurrency ?? 1 }, () => startPoller(options));
  return {
    async stop() {
      await Promise.all(pollers.map((stop) => stop()));
    },
  };
}

/** What a partial batch response says about a batch; throws where Lambda takes the whole batch for failed. */
export function failedIdentifiers(event: SQSEvent, response: unknown): ReadonlySet<string> {
  if (response === null || response === undefined) return new Set();
  if (typeof response !== 'object' || Array.isArray(response))
    throw new Error('the response is not an object');
  const failures: unknown = Reflect.get(response, 'batchItemFailures');
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) throw new Error('batchItemFailures is not a list');
  const known = new Set(event.Records.map((record) => record.messageId));
  return new Set(failures.map((failure: unknown) => identifier(failure, known)));
}

/** A message as Lambda hands it to a function. */
export function toRecord(message: Message, queueArn: string): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined
        ? {}
        : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ]);
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes) as SQSRecord['messageAttributes'],
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

function identifier(failure: unknown, known: ReadonlySet<string>): string {
  const id: unknown =
    typeof failure === 'object' && failure !== null ? Reflect.get(failure, 'itemIdentifier') : '';
  if (typeof id !== 'string' || id === '') throw new Error('an itemIdentifier is missing or empty');
  if (!known.has(id)) throw new Error(`itemIdentifier ${id} is none of the batch`);
  return id;
}

function startPoller(options: EventSourceOptions): () => Promise<void> {
  const halt = new AbortController();
  let foundNothing = false;
  const consumer = Consumer.create({
    sqs: options.client,
    queueUrl: options.queueUrl,
    batchSize: options.batchSize ?? 10,
    // The emulator holds a long poll to its full wait unless a full batch is there.
    waitTimeSeconds: 0,
    preReceiveMessageCallback: async () => {
      if (foundNothing)
        await pause(options.idleMs ?? 100, undefined, { signal: halt.signal }).catch(() => {});
    },
    // AWSTraceHeader and MessageGroupId come back from the emulator through this older parameter only.
    attributeNames: ['All'],
    messageSystemAttributeNames: ['All'],
    messageAttributeNames: ['All'],
    handleMessageBatch: (messages) => handleBatch(options, messages),
  });
  consumer.on('empty', () => {
    foundNothing = true;
  });
  consumer.on('message_received', () => {
    foundNothing = false;
  });
  consumer.on('error', (error) => {
    foundNothing = true;
    if (!halt.signal.aborted) options.onError?.(error);
  });
  consumer.start();
  return async () => {
    halt.abort();
    consumer.stop();
    while (consumer.status.isPolling) await pause(5);
  };
}

/** Answers with the messages to delete: the others are left to their visibility timeout. */
async function handleBatch(options: EventSourceOptions, messages: readonly Message[]): Promise<Message[]> {
  const event: SQSEvent = { Records: messages.map((message) => toRecord(message, options.queueArn)) };
  const settled = await settle(event, options.invoke);
  options.onBatch?.(settled);
  const acknowledged = new Set(settled.acknowledged.map((record) => record.receiptHandle));
  return messages.filter((message) => acknowledged.has(message.ReceiptHandle ?? ''));
}

async function settle(event: SQSEvent, invoke: EventSourceOptions['invoke']): Promise<SettledBatch> {
  try {
    const response = await invoke(event);
    const failed = failedIdentifiers(event, response);
    return {
      event,
      response,
      acknowledged: event.Records.filter((record) => !failed.has(record.messageId)),
      failed: event.Records.filter((record) => failed.has(record.messageId)),
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { event, acknowledged: [], failed: event.Records, failure };
  }
}
