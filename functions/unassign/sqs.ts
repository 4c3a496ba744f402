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
    const sending = currentClient().send(command, { abortSignal: ended });
    inProgress += 1;
    try {
      return resultOf(await Promise.race([sending, rejectionOf(ended)]));
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

/** The SDK looks at its signal during a request, but not during the pause before its second attempt. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(new Error('no answer to the send in time'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
