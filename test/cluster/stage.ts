// Where one test plays: a queue and a dead-letter queue of its own, and the built function in its own process.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { expect, onTestFinished } from 'vitest';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE, type Journey, parseJourney } from '../../client/journey.ts';
import { startEmbeddedSqs } from '../../infra/local/embedded-sqs.ts';
import { failedIdentifiers, toRecord } from '../../infra/local/event-source.ts';
import { type FunctionProcess, startFunction } from '../../infra/local/function-process.ts';

/** What a test can do. Everything is taken down when the test has finished. */
export interface Stage {
  /** Starts the function against the cluster at this address. */
  startFunction(address: string, settings?: Record<string, string>): Promise<FunctionProcess>;
  /** As another service does. */
  send(userTaskKey: string, attributes?: Record<string, MessageAttributeValue>): Promise<void>;
  /** Waits for so many messages. They are hidden from then on, for 6 minutes unless said otherwise. */
  receive(count?: number, visibilityTimeoutSeconds?: number): Promise<SQSRecord[]>;
  /** Lets the function have a batch, and deletes what its response says is settled. Returns the response. */
  deliver(batch: SQSRecord[], unassign: FunctionProcess): Promise<SQSBatchResponse>;
  /** Lets the function have one message after the other until the queue is empty; each must be settled. */
  deliverAll(unassign: FunctionProcess): Promise<void>;
  /** What is on the dead-letter queue. */
  deadLetters(): Promise<SQSRecord[]>;
  /** How many messages there are, whether visible, delayed or hidden. */
  counts(): Promise<{ queue: number; deadLetters: number }>;
}

/** What a batch that is settled as a whole is answered with. */
export const SETTLED = { batchItemFailures: [] };

/** Sets the stage for one test. */
export async function setStage(): Promise<Stage> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());

  const receiveNow = async (
    queueUrl: string,
    most: number,
    visibilityTimeoutSeconds: number,
  ): Promise<SQSRecord[]> => {
    const { Messages = [] } = await sqs.client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: most,
        VisibilityTimeout: visibilityTimeoutSeconds,
        MessageAttributeNames: ['All'],
        AttributeNames: ['All'],
      }),
    );
    return Messages.map((message: Message) => toRecord(message, sqs.queueArn));
  };
  const count = async (queueUrl: string): Promise<number> => {
    const { Attributes = {} } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
      Number(Attributes.ApproximateNumberOfMessagesDelayed)
    );
  };

  const stage: Stage = {
    async startFunction(address, settings = {}) {
      const started = await startFunction({
        env: {
          QUEUE_URL: sqs.queueUrl,
          DEAD_LETTER_QUEUE_URL: sqs.deadLetterQueueUrl,
          CAMUNDA_REST_ADDRESS: address,
          ...settings,
        },
      });
      onTestFinished(() => started.stop());
      return started;
    },
    async send(userTaskKey, attributes = {}) {
      const body = { QueueUrl: sqs.queueUrl, MessageBody: JSON.stringify({ userTaskKey }) };
      await sqs.client.send(new SendMessageCommand({ ...body, MessageAttributes: attributes }));
    },
    async receive(count = 1, visibilityTimeoutSeconds = 360) {
      const records: SQSRecord[] = [];
      for (;;) {
        records.push(...(await receiveNow(sqs.queueUrl, count - records.length, visibilityTimeoutSeconds)));
        if (records.length === count) return records;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async deliver(batch, unassign) {
      const event = { Records: batch };
      const response = await unassign.invoke(event);
      const failed = failedIdentifiers(event, response);
      const settled = batch.filter(({ messageId }) => !failed.has(messageId));
      if (settled.length > 0) {
        await sqs.client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: sqs.queueUrl,
            Entries: settled.map(({ receiptHandle }, i) => ({ Id: String(i), ReceiptHandle: receiptHandle })),
          }),
        );
      }
      return response;
    },
    async deliverAll(unassign) {
      while ((await stage.counts()).queue > 0) {
        expect(await stage.deliver(await stage.receive(), unassign)).toEqual(SETTLED);
      }
    },
    deadLetters: () => receiveNow(sqs.deadLetterQueueUrl, 10, 360),
    counts: async () => ({
      queue: await count(sqs.queueUrl),
      deadLetters: await count(sqs.deadLetterQueueUrl),
    }),
  };
  return stage;
}

/** The only record of a batch. */
export function only([record, ...others]: SQSRecord[]): SQSRecord {
  if (record === undefined || others.length > 0)
    throw new Error(`expected one record, got ${others.length + 1}`);
  return record;
}

/** Where the function says that a request has been. */
export function journeyOf(record: SQSRecord): Journey | undefined {
  return parseJourney(record.messageAttributes[JOURNEY_ATTRIBUTE]?.stringValue ?? '');
}

/** Why the function says that a message is a dead letter. */
export function failureOf(record: SQSRecord): string | undefined {
  return record.messageAttributes[FAILURE_ATTRIBUTE]?.stringValue;
}

/**
 * How long SQS kept a message back, at least: it never hands one out early, however slow the machine. In tenths,
 * since the emulator's timers may be early by milliseconds.
 */
export function secondsUntilReceived({ attributes }: SQSRecord): number {
  const { SentTimestamp: sent, ApproximateFirstReceiveTimestamp: received } = attributes;
  return Math.round((Number(received) - Number(sent)) / 100) / 10;
}
