// A loop with fetch, as tutorials have it: one message after the other.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';

const sqs = new SQSClient({});

/** Serves a batch. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchItemFailure[] = [];
  for (const record of event.Records) {
    try {
      const { userTaskKey } = JSON.parse(record.body);
      const response = await fetch(
        `${process.env['CAMUNDA_REST_ADDRESS']}/v2/user-tasks/${userTaskKey}/assignee`,
        { method: 'DELETE', headers: { accept: 'application/json' } },
      );
      await response.text();
      if (response.status === 503) {
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: process.env['QUEUE_URL'],
            MessageBody: record.body,
            DelaySeconds: 30,
          }),
        );
      } else if ([400, 404, 409].includes(response.status)) {
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: process.env['DEAD_LETTER_QUEUE_URL'],
            MessageBody: record.body,
          }),
        );
      } else if (!response.ok) {
        throw new Error(`the cluster answered ${response.status}`);
      }
    } catch (error) {
      console.error(error);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}
