import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { expect, it, onTestFinished } from 'vitest';
import {
  type EventSourceOptions,
  type SettledBatch,
  startEventSource,
} from '../../../../infra/local/lambda/event-source.ts';
import {
  type EmbeddedSqs,
  type EmbeddedSqsOptions,
  startEmbeddedSqs,
} from '../../../../infra/local/sqs/embedded-sqs.ts';
import { eventually } from '../eventually.ts';

async function startSqs(options: EmbeddedSqsOptions = {}): Promise<EmbeddedSqs> {
  const sqs = await startEmbeddedSqs(options);
  onTestFinished(() => sqs.close());
  return sqs;
}

/** Polls with that function, and keeps what became of each batch. */
function poll(
  sqs: EmbeddedSqs,
  invoke: EventSourceOptions['invoke'],
  options: Partial<EventSourceOptions> = {},
) {
  const batches: SettledBatch[] = [];
  const source = startEventSource({
    ...sqs,
    idleMs: 10,
    invoke,
    onBatch: (batch) => batches.push(batch),
    ...options,
  });
  onTestFinished(() => source.stop());
  return { batches, source };
}

async function send(sqs: EmbeddedSqs, count: number): Promise<void> {
  const Entries = Array.from({ length: count }, (_, index) => ({
    Id: `${index}`,
    MessageBody: `body ${index}`,
  }));
  await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: sqs.queueUrl, Entries }));
}

/** Everything that is on a queue, hidden or not. */
async function count(sqs: EmbeddedSqs, QueueUrl = sqs.queueUrl): Promise<number> {
  const { Attributes } = await sqs.client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes?.ApproximateNumberOfMessages) +
    Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
  );
}

it('hands out records as Lambda does', async () => {
  const sqs = await startSqs();
  const { batches } = poll(sqs, async () => undefined);
  const sent = await sqs.client.send(
    new SendMessageCommand({
      QueueUrl: sqs.queueUrl,
      MessageBody: 'a body\n',
      MessageAttributes: {
        text: { DataType: 'String.custom', StringValue: 'ü' },
        number: { DataType: 'Number', StringValue: '7' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 7]) },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
      MessageGroupId: 'tenant-1',
    }),
  );
  await eventually(() => expect(batches).toHaveLength(1));
  expect(batches[0]?.event.Records).toEqual([
    {
      messageId: sent.MessageId,
      receiptHandle: expect.any(String),
      body: 'a body\n',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        AWSTraceHeader: 'Root=1-2-3',
        MessageGroupId: 'tenant-1',
      },
      messageAttributes: {
        text: { dataType: 'String.custom', stringValue: 'ü', stringListValues: [], binaryListValues: [] },
        number: { dataType: 'Number', stringValue: '7', stringListValues: [], binaryListValues: [] },
        bytes: { dataType: 'Binary', binaryValue: 'AP8H', stringListValues: [], binaryListValues: [] },
      },
      md5OfBody: sent.MD5OfMessageBody,
      md5OfMessageAttributes: expect.any(String),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:unassign',
      awsRegion: 'us-east-1',
    },
  ]);
});

it.each<[string, unknown]>([
  ['no failures', { batchItemFailures: [] }],
  ['no list', {}],
  ['a null list', { batchItemFailures: null }],
  ['null', null],
  ['nothing', undefined],
])('deletes the whole batch on a response with %s', async (_, response) => {
  const sqs = await startSqs();
  await send(sqs, 3);
  const { batches } = poll(sqs, async () => response);
  await eventually(async () => expect(await count(sqs)).toBe(0));
  expect(batches.flatMap(({ failed }) => failed)).toEqual([]);
});

it('keeps what the response names, and delivers it again after the visibility timeout', async () => {
  const sqs = await startSqs({ visibilityTimeoutSeconds: 1 });
  await send(sqs, 3);
  const failing = (event: SQSEvent) =>
    event.Records.filter(
      ({ body, attributes }) => body === 'body 1' && Number(attributes.ApproximateReceiveCount) < 3,
    );
  const { batches } = poll(sqs, async (event) => ({
    batchItemFailures: failing(event).map(({ messageId }) => ({ itemIdentifier: messageId })),
  }));
  await eventually(async () => expect(await count(sqs)).toBe(0));
  const received = batches.flatMap(({ event }) => event.Records).filter(({ body }) => body === 'body 1');
  const counts = received.map(({ attributes }) => attributes.ApproximateReceiveCount);
  expect(counts.slice(0, 3)).toEqual(['1', '2', '3']);
  const acknowledged = batches.flatMap((batch) => batch.acknowledged.map(({ body }) => body));
  expect(new Set(acknowledged)).toEqual(new Set(['body 0', 'body 1', 'body 2']));
});

it.each<[string, (event: SQSEvent) => unknown, RegExp]>([
  ['an exception', () => Promise.reject(new Error('lost my way')), /lost my way/],
  [
    'an unknown identifier',
    () => ({ batchItemFailures: [{ itemIdentifier: 'nobody' }] }),
    /none of the batch/,
  ],
  ['an empty identifier', () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), /missing or empty/],
  ['a null identifier', () => ({ batchItemFailures: [{ itemIdentifier: null }] }), /missing or empty/],
  [
    'another key',
    (event) => ({ batchItemFailures: [{ id: event.Records[0]?.messageId }] }),
    /missing or empty/,
  ],
  [
    'a list of strings',
    (event) => ({ batchItemFailures: [event.Records[0]?.messageId] }),
    /missing or empty/,
  ],
  ['no list', () => ({ batchItemFailures: 'none' }), /not a list/],
  ['a text', () => 'fine', /not an object/],
])('fails the whole batch on %s', async (_, respond, failure) => {
  const sqs = await startSqs();
  await send(sqs, 3);
  const { batches } = poll(sqs, async (event) => respond(event));
  await eventually(() => expect(batches.flatMap(({ event }) => event.Records)).toHaveLength(3));
  for (const batch of batches) {
    expect(batch).toMatchObject({ acknowledged: [], failed: batch.event.Records });
    expect(batch.failure).toMatch(failure);
  }
  expect(await count(sqs)).toBe(3);
});

it('leaves it to SQS to move a message that was received too often', async () => {
  const sqs = await startSqs({ visibilityTimeoutSeconds: 1, maxReceiveCount: 2 });
  await send(sqs, 1);
  const { batches } = poll(sqs, async () => Promise.reject(new Error('never ran')));
  await eventually(async () => expect(await count(sqs, sqs.deadLetterQueueUrl)).toBe(1));
  expect(batches).toHaveLength(2);
});

it('never has more batches in progress than it may, none larger than it should be', async () => {
  const sqs = await startSqs();
  await send(sqs, 10);
  await send(sqs, 10);
  let inProgress = 0;
  let most = 0;
  const { batches } = poll(
    sqs,
    async () => {
      inProgress += 1;
      most = Math.max(most, inProgress);
      await eventually(() => expect(most).toBe(2));
      // Long enough for one too many to come in.
      await new Promise((resolve) => setTimeout(resolve, 300));
      inProgress -= 1;
    },
    { batchSize: 4, concurrency: 2 },
  );
  await eventually(async () => expect(await count(sqs)).toBe(0));
  expect(most).toBe(2);
  expect(Math.max(...batches.map(({ event }) => event.Records.length))).toBe(4);
});

it('finishes the batch in progress when it is stopped', async () => {
  const sqs = await startSqs();
  await send(sqs, 1);
  const { source, batches } = poll(sqs, async () => {
    stopped ??= source.stop();
    await new Promise((resolve) => setTimeout(resolve, 200));
  });
  let stopped: Promise<void> | undefined;
  await eventually(() => expect(stopped).toBeDefined());
  await stopped;
  expect(batches).toHaveLength(1);
  expect(await count(sqs)).toBe(0);
  await send(sqs, 1);
  // Taken and deleted, it would never be counted again.
  await eventually(async () => expect(await count(sqs)).toBe(1));
});

it('tells when SQS cannot be reached', async () => {
  const sqs = await startSqs();
  const errors: Error[] = [];
  poll({ ...sqs, queueUrl: `${sqs.endpoint}/123456789012/no-such-queue` }, async () => undefined, {
    onError: (error) => errors.push(error),
  });
  await eventually(() => expect(errors[0]?.message).toMatch(/queue does not exist/i));
});

it('names queues by the port that it took', async () => {
  const sqs = await startSqs();
  const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: sqs.deadLetterQueueUrl }));
  expect(Messages).toBeUndefined();
  expect(new URL(sqs.queueUrl).port).toBe(new URL(sqs.endpoint).port);
  expect(new URL(sqs.queueUrl).port).not.toBe('0');
});

it('fails to start on a port that is taken', async () => {
  const { endpoint } = await startSqs();
  await expect(startEmbeddedSqs({ port: Number(new URL(endpoint).port) })).rejects.toThrow(/EADDRINUSE/);
});
