// Camunda's official SDK, Powertools' batch processor and an SQS client, each used as its documentation shows.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createCamundaClient, UserTaskKey } from '@camunda8/orchestration-cluster-api';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

const sqs = new SQSClient({});
const processor = new BatchProcessor(EventType.SQS);
// The rest of its settings it reads from the environment.
const camunda = createCamundaClient({ config: await readSecret() });

/** Serves a batch: all messages at once. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  return processPartialResponse(event, unassign, processor, { context, throwOnFullBatchFailure: false });
}

async function unassign(record: SQSRecord): Promise<void> {
  const { userTaskKey } = JSON.parse(record.body) as { userTaskKey: string };
  try {
    await camunda.unassignUserTask({ userTaskKey: UserTaskKey.assumeExists(userTaskKey) });
  } catch (error) {
    const status = statusOf(error);
    if (status === 429 || status === 503) await send(process.env['QUEUE_URL'], record, 30);
    else if ([400, 404, 409].includes(status)) await send(process.env['DEAD_LETTER_QUEUE_URL'], record, 0);
    else throw error;
  }
}

async function send(queueUrl: string | undefined, { body }: SQSRecord, delaySeconds: number): Promise<void> {
  await sqs.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, DelaySeconds: delaySeconds }),
  );
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : 0;
}

async function readSecret(): Promise<Record<string, string>> {
  const arn = process.env['CAMUNDA_SECRET_ARN'];
  if (arn === undefined) return {};
  const answer = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: arn }));
  return JSON.parse(answer.SecretString ?? '{}');
}
