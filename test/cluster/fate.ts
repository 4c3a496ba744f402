// What becomes of one request: a real message on a queue of its own, and the built function in a process of its own.
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { onTestFinished } from 'vitest';
import {
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type Journey,
  parseJourney,
} from '../../client/contract/journey.ts';
import { failedIdentifiers, toRecord } from '../../infra/local/lambda/event-source.ts';
import { startFunction } from '../../infra/local/lambda/function-process.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import type { ClusterSettings } from './given-cluster.ts';

/** Where the message is after one invocation. */
export type Fate =
  /** On no queue any more. */
  | { readonly is: 'acknowledged' }
  /** A copy is on the queue. */
  | { readonly is: 'requeued'; readonly journey: Journey | undefined }
  /** A copy is on the dead-letter queue. */
  | {
      readonly is: 'dead-lettered';
      readonly journey: Journey | undefined;
      readonly failure: string | undefined;
    }
  /** It was not settled: SQS delivers it again. */
  | { readonly is: 'redelivered' };

/**
 * Lets the function with these settings serve a request for this task once, as Lambda would.
 *
 * @param expectedAssignee only while this person has the task: as a request that is not young any more
 */
export async function fateOf(
  userTaskKey: string,
  settings: ClusterSettings,
  expectedAssignee?: string,
): Promise<Fate> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  const unassign = await startFunction({
    env: { ...settings, QUEUE_URL: sqs.queueUrl, DEAD_LETTER_QUEUE_URL: sqs.deadLetterQueueUrl },
  });
  onTestFinished(() => unassign.stop());

  await sqs.client.send(
    new SendMessageCommand({
      QueueUrl: sqs.queueUrl,
      MessageBody: JSON.stringify({ userTaskKey, expectedAssignee }),
      ...(expectedAssignee === undefined ? {} : { MessageAttributes: SENT_BEFORE }),
    }),
  );
  const record = await receive(sqs, sqs.queueUrl);
  const event = { Records: [record] };
  const failed = failedIdentifiers(event, await unassign.invoke(event));
  if (failed.has(record.messageId)) return { is: 'redelivered' };

  const original = { QueueUrl: sqs.queueUrl, ReceiptHandle: record.receiptHandle };
  await sqs.client.send(new DeleteMessageCommand(original));
  const [requeued, deadLettered] = [await count(sqs, sqs.queueUrl), await count(sqs, sqs.deadLetterQueueUrl)];
  if (requeued + deadLettered > 1)
    throw new Error(`copies: ${requeued} requeued, ${deadLettered} dead-lettered`);
  if (requeued === 1) return { is: 'requeued', journey: journeyOf(await receive(sqs, sqs.queueUrl)) };
  if (deadLettered === 0) return { is: 'acknowledged' };
  const letter = await receive(sqs, sqs.deadLetterQueueUrl);
  return {
    is: 'dead-lettered',
    journey: journeyOf(letter),
    failure: letter.messageAttributes[FAILURE_ATTRIBUTE]?.stringValue,
  };
}

const A_WHILE_MS = 120_000;

/** As a copy has it of a request that was sent a while ago. */
const SENT_BEFORE = {
  [JOURNEY_ATTRIBUTE]: {
    DataType: 'String',
    StringValue: JSON.stringify({
      attempts: 0,
      firstSentAt: new Date(Date.now() - A_WHILE_MS).toISOString(),
      firstMessageId: 'sent-before',
    }),
  },
};

/** Waits for the message, which may be delayed. */
async function receive(sqs: EmbeddedSqs, queueUrl: string): Promise<SQSRecord> {
  for (;;) {
    const { Messages: [message] = [] } = await sqs.client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (message !== undefined) return toRecord(message, sqs.queueArn);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Visible, delayed or hidden. */
async function count(sqs: EmbeddedSqs, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
    Number(Attributes.ApproximateNumberOfMessagesDelayed)
  );
}

const journeyOf = (record: SQSRecord) =>
  parseJourney(record.messageAttributes[JOURNEY_ATTRIBUTE]?.stringValue ?? '');
