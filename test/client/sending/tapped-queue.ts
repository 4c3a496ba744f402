// An embedded SQS with the fault proxy in front, a client for it, and what is on the queue in the end.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';
import { type Send, type SqsTap, startSqsTap } from '../../support/sqs-tap.ts';

export interface TappedQueue {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly tap: SqsTap;
  /** The embedded SQS itself, without the proxy. */
  readonly direct: { readonly client: SQSClient; readonly queueUrl: string };
  /** Takes every message off the queue. */
  drain(): Promise<Message[]>;
  /** Everything that SQS would have refused of what was sent. */
  violations(): string[];
}

/** Starts it for one test. The client makes one attempt, so that every attempt that is seen is the sender's. */
export async function startTappedQueue(): Promise<TappedQueue> {
  const embedded = await startEmbeddedSqs();
  const tap = await startSqsTap(embedded);
  const sqs = new SQSClient({
    region: embedded.region,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
    logger: QUIET,
  });
  onTestFinished(async () => {
    sqs.destroy();
    await tap.close();
    await embedded.close();
  });
  return {
    sqs,
    queueUrl: tap.queueUrl,
    tap,
    direct: { client: embedded.client, queueUrl: embedded.queueUrl },
    drain: () => drain(embedded.client, embedded.queueUrl),
    violations: () => tap.sends.flatMap(violationsOf),
  };
}

/** The SDK says on each request that the queue's host is not AWS's. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

async function drain(client: SQSClient, queueUrl: string): Promise<Message[]> {
  const found: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        AttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0 && (await isEmpty(client, queueUrl))) return found;
    if (Messages.length === 0) continue;
    found.push(...Messages);
    await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }
}

/** The emulator sometimes gives nothing though there is something. */
async function isEmpty(client: SQSClient, queueUrl: string): Promise<boolean> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Attributes?.ApproximateNumberOfMessages === '0';
}

function violationsOf({ entries }: Send): string[] {
  return sqsViolations(
    entries.map(({ MessageAttributes, MessageSystemAttributes, ...entry }) => ({
      ...entry,
      MessageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes ?? {}).map(([name, { BinaryValue, ...attribute }]) => [
          name,
          BinaryValue === undefined
            ? attribute
            : { ...attribute, BinaryValue: Buffer.from(BinaryValue, 'base64') },
        ]),
      ),
      MessageSystemAttributes: Object.fromEntries(
        Object.entries(MessageSystemAttributes ?? {}).map(([name, { StringValue }]) => [
          name,
          { DataType: 'String', StringValue },
        ]),
      ),
    })),
  );
}
