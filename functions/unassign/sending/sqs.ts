// The SQS SDK, a chunk of its own: read only when something has to be sent.
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SendBatch } from './settlement.ts';
import type { SqsRequestHandler } from './sqs-requests.ts';

/**
 * Both attempts and the pause between them, which may be as long as SQS asks for. Long enough for the slowest
 * connection, and an attempt on it and one more, to their ends.
 */
const SEND_TIMEOUT_MS = 10_000;

/**
 * Sends through one client of the SDK, with the credentials and the region of the environment.
 *
 * @param requestHandler what carries its requests
 */
export function createSend(requestHandler: SqsRequestHandler): SendBatch {
  const client = new SQSClient({ maxAttempts: 2, requestHandler });
  return async (queueUrl, entries, signal) => {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
    try {
      return await client.send(command, { abortSignal });
    } catch (error) {
      throw withStatus(error);
    }
  };
}

/** What hangs on an error of the SDK: on one of SQS's, and on one of an answer that cannot be read. */
interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

/** With the HTTP status, which the SDK's words for an answer that it cannot read do not tell. */
function withStatus(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { $metadata, $response }: SdkError = error;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status !== undefined) error.message += ` (HTTP ${status})`;
  return error;
}
