// The SQS SDK, a chunk of its own: read only when something has to be sent.
import { SendMessageBatchCommand, type SendMessageBatchCommandOutput, SQSClient } from '@aws-sdk/client-sqs';
import type { SendBatch, SendResult } from './settle.ts';

/** How long an idle client is kept: after a freeze of the environment its connections may be half open. */
const KEEP_IDLE_MS = 5_000;

/** Both attempts, connections and bodies included: the SDK's own time-out ends when the headers have come. */
const SEND_TIMEOUT_MS = 6_000;

/**
 * Sends through one client of the SDK, with the credentials and the region of the environment.
 *
 * @param now epoch milliseconds: the wall clock, since timers stand still while an environment is frozen
 */
export function createSend(now: () => number): SendBatch {
  let client: SQSClient | undefined;
  let inProgress = 0;
  let lastUsed = 0;

  function currentClient(): SQSClient {
    if (client !== undefined && inProgress === 0 && now() - lastUsed > KEEP_IDLE_MS) {
      client.destroy();
      client = undefined;
    }
    client ??= new SQSClient({
      maxAttempts: 2,
      // Time-outs are off by default, and requestTimeout alone only warns (SDK, NodeHttpHandlerOptions).
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
    });
    return client;
  }

  return async (queueUrl, entries, signal) => {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    const ended = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
    const sender = currentClient();
    inProgress += 1;
    try {
      return resultOf(await sender.send(command, { abortSignal: ended }));
    } finally {
      inProgress -= 1;
      lastUsed = now();
    }
  };
}

/** Both lists are undefined where they are empty. */
function resultOf({ Successful = [], Failed = [] }: Partial<SendMessageBatchCommandOutput>): SendResult {
  return {
    successful: new Set(Successful.map(({ Id }) => Id ?? '')),
    failed: new Map(
      Failed.map(({ Id, Code, Message, SenderFault }) => [
        Id ?? '',
        { code: Code ?? 'unknown', message: Message ?? '', senderFault: SenderFault ?? false },
      ]),
    ),
  };
}
