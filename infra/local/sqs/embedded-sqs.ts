// SQS on this machine, in this process: the queue and its dead-letter queue.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createRequestHandler } from 'local-aws-sqs';
import {
  LOCAL_ACCOUNT,
  LOCAL_CREDENTIALS,
  LOCAL_DEAD_LETTER_QUEUE,
  LOCAL_QUEUE,
  LOCAL_REGION,
  localEndpoint,
  localQueueUrl,
} from '../../../client/sqs/local-queues.ts';

/** How to start it; the defaults are those of the deployment. */
export interface EmbeddedSqsOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** How long a received message is hidden. */
  readonly visibilityTimeoutSeconds?: number;
  /** After so many receives SQS itself moves a message to the dead-letter queue. */
  readonly maxReceiveCount?: number;
  readonly queueName?: string;
  readonly deadLetterQueueName?: string;
  /** Whether a receive waits for messages as long as it asks for; as SQS does, by default. Tests need not wait. */
  readonly waitsForMessages?: boolean;
  /** What else is answered on this port, as JSON, by its path. */
  readonly alsoAnswers?: ReadonlyMap<string, () => unknown>;
}

/** A running SQS. */
export interface EmbeddedSqs {
  /** For `--endpoint-url`. */
  readonly endpoint: string;
  readonly region: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly queueArn: string;
  readonly client: SQSClient;
  close(): Promise<void>;
}

/** Starts SQS on 127.0.0.1 with an empty queue and an empty dead-letter queue. */
export async function startEmbeddedSqs(options: EmbeddedSqsOptions = {}): Promise<EmbeddedSqs> {
  const queueName = options.queueName ?? LOCAL_QUEUE;
  const deadLetterQueueName = options.deadLetterQueueName ?? LOCAL_DEAD_LETTER_QUEUE;
  const arn = (name: string) => `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
  const { requestHandler, service } = createRequestHandler({
    port: 0,
    hostname: '127.0.0.1',
    region: LOCAL_REGION,
    accountId: LOCAL_ACCOUNT,
    queues: [
      { QueueName: deadLetterQueueName, Attributes: { MessageRetentionPeriod: 1_209_600 } },
      {
        QueueName: queueName,
        Attributes: {
          VisibilityTimeout: options.visibilityTimeoutSeconds ?? 360,
          MessageRetentionPeriod: 604_800,
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: arn(deadLetterQueueName),
            maxReceiveCount: options.maxReceiveCount ?? 20,
          }),
        },
      },
    ],
  });
  service.Queues.forEach(countAsSqsDoes);
  if (options.waitsForMessages === false) service.Queues.forEach(answerAtOnce);
  const server = createServer((request, response) => {
    const other = options.alsoAnswers?.get(request.url ?? '');
    if (other !== undefined && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(other()));
      return;
    }
    // The emulator throws on a request that it cannot parse at all.
    requestHandler(request, response).catch(() => response.writeHead(400).end());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  // Queue URLs are made from the emulator's own idea of its port, which it has only now.
  service.PORT = (server.address() as AddressInfo).port;

  const endpoint = localEndpoint(service.PORT);
  const client = new SQSClient({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
  return {
    endpoint,
    region: LOCAL_REGION,
    queueUrl: localQueueUrl(endpoint, queueName),
    deadLetterQueueUrl: localQueueUrl(endpoint, deadLetterQueueName),
    queueArn: arn(queueName),
    client,
    async close() {
      client.destroy();
      service.resetAll();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** SQS counts hidden messages apart (SQS API reference, GetQueueAttributes); the emulator among the visible, too. */
function countAsSqsDoes(queue: Service['Queues'][number]): void {
  const getAttributes = queue.getAttributes.bind(queue);
  queue.getAttributes = (names) => {
    const found = getAttributes(names);
    if (found?.ApproximateNumberOfMessages === undefined) return found;
    const counts = getAttributes(['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']);
    const visible =
      Number(counts?.ApproximateNumberOfMessages) - Number(counts?.ApproximateNumberOfMessagesNotVisible);
    return { ...found, ApproximateNumberOfMessages: String(visible) };
  };
}

function answerAtOnce(queue: Service['Queues'][number]): void {
  const receive = queue.receive.bind(queue);
  queue.receive = (wish) => receive({ ...wish, WaitTimeSeconds: 0 });
}

type Service = ReturnType<typeof createRequestHandler>['service'];
