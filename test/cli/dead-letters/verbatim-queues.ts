// Two queues over HTTP that hand out any message as it is given to them, also what the embedded SQS would refuse, and take what
// SQS itself takes: as much of SQS as the dead-letter commands ask.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { sqsViolations } from '../../support/sqs-rules.ts';

/** An attribute as it stands on the wire (AWS JSON 1.0): binary values in base64. */
export interface WireAttribute {
  readonly DataType?: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** A message as it stands on the wire, without what the queue itself adds. */
export interface WireMessage {
  readonly Body: string;
  /** Names such as `__proto__` included. */
  readonly MessageAttributes: readonly (readonly [name: string, WireAttribute])[];
  /** System attributes. */
  readonly Attributes: Readonly<Record<string, string>>;
}

/** A message on a queue. */
export type Queued = WireMessage & { readonly MessageId: string };

/** The two queues. */
export interface VerbatimQueues {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** What is on them, hidden or not. */
  onQueue(): Queued[];
  onDeadLetterQueue(): Queued[];
  /** Puts these on the dead-letter queue in the place of what is on both; returns their ids. */
  replace(messages: readonly WireMessage[]): string[];
  /** What SQS would not have taken of what was sent. */
  readonly violations: string[];
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody: string;
  readonly MessageAttributes?: Readonly<Record<string, WireAttribute>>;
  readonly MessageGroupId?: string;
}

interface Input {
  readonly QueueUrl: string;
  readonly Entries: readonly Entry[];
}

const ACCOUNT = '123456789012';
const ARN = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead-letters`;

/** Starts them; they are closed when the test has finished. */
export async function startVerbatimQueues(): Promise<VerbatimQueues> {
  const queue = createQueue();
  const deadLetterQueue = createQueue();
  const violations: string[] = [];
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const input: Input = JSON.parse(await text(request));
    const answer = answerTo(action, input, input.QueueUrl.endsWith('/queue') ? queue : deadLetterQueue);
    response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  function answerTo(action: string, { Entries }: Input, on: Queue): object | undefined {
    switch (action) {
      case 'GetQueueAttributes':
        return { Attributes: on.attributes() };
      case 'ReceiveMessage':
        return { Messages: on.receive() };
      case 'ChangeMessageVisibilityBatch':
        for (const { ReceiptHandle, VisibilityTimeout } of Entries) {
          if (VisibilityTimeout === 0) on.show(ReceiptHandle);
        }
        return { Successful: Entries.map(({ Id }) => ({ Id })) };
      case 'DeleteMessageBatch':
        for (const { ReceiptHandle } of Entries) on.remove(ReceiptHandle);
        return { Successful: Entries.map(({ Id }) => ({ Id })) };
      case 'SendMessageBatch':
        return send(Entries, on);
    }
    return undefined;
  }

  function send(entries: readonly Entry[], on: Queue): object {
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of entries) {
      const faults = sqsViolations([asSent(entry)]);
      violations.push(...faults);
      if (faults.length > 0) {
        const [Message = ''] = faults;
        Failed.push({ Id: entry.Id, Code: 'InvalidParameterValue', Message, SenderFault: true });
        continue;
      }
      const { MessageBody: Body, MessageAttributes = {}, Id } = entry;
      const MessageId = on.add({
        Body,
        MessageAttributes: Object.entries(MessageAttributes),
        Attributes: {},
      });
      Successful.push({ Id, MessageId, MD5OfMessageBody: md5(Body) });
    }
    return { Successful, Failed };
  }

  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${ACCOUNT}`;
  return {
    queueUrl: `${endpoint}/queue`,
    deadLetterQueueUrl: `${endpoint}/dead-letters`,
    onQueue: queue.all,
    onDeadLetterQueue: deadLetterQueue.all,
    violations,
    replace(messages) {
      queue.clear();
      deadLetterQueue.clear();
      violations.length = 0;
      return messages.map(deadLetterQueue.add);
    },
  };
}

/** As the SDK hands it to those who send: bytes where there are bytes. */
function asSent({ MessageAttributes = {}, ...rest }: Entry) {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue, 'base64') }),
      },
    ],
  );
  return { ...rest, MessageAttributes: Object.fromEntries(attributes) };
}

type Queue = ReturnType<typeof createQueue>;

/** First in, first out; what is received stays hidden until it is shown again or deleted. */
function createQueue() {
  let visible: Queued[] = [];
  const hidden = new Map<string, Queued>();
  return {
    attributes: () => ({
      ApproximateNumberOfMessages: String(visible.length),
      ApproximateNumberOfMessagesNotVisible: String(hidden.size),
      MessageRetentionPeriod: '1209600',
      QueueArn: ARN,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: ARN, maxReceiveCount: 20 }),
    }),
    add(message: WireMessage): string {
      const MessageId = randomUUID();
      visible.push({ ...message, MessageId });
      return MessageId;
    },
    receive(): object[] {
      return visible.splice(0, 10).map((message) => {
        const ReceiptHandle = randomUUID();
        hidden.set(ReceiptHandle, message);
        const { MessageAttributes, Body } = message;
        return {
          ...message,
          ReceiptHandle,
          MD5OfBody: md5(Body),
          MessageAttributes: Object.fromEntries(MessageAttributes),
        };
      });
    },
    show(handle: string): void {
      const message = hidden.get(handle);
      if (message === undefined) return;
      hidden.delete(handle);
      visible.push(message);
    },
    remove(handle: string): void {
      hidden.delete(handle);
    },
    all: () => [...visible, ...hidden.values()],
    clear(): void {
      visible = [];
      hidden.clear();
    },
  };
}

function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
