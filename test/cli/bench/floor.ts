// The least that any program does with the SDK to a queue of dead letters: ten bare loops, without a hold, a check or a report.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

const LOOPS = 10;

const [works = '', deadLetterQueueUrl = '', queueUrl = ''] = process.argv.slice(2);
const sqs = new SQSClient({ endpoint: new URL(deadLetterQueueUrl).origin });

/** What follows a receive. */
const WORK: Readonly<Record<string, (messages: readonly Message[]) => Promise<void>>> = {
  async receive() {},
  // Shown again only when all have been received: else they would be received again.
  async look(messages) {
    toShow.push(messages);
  },
  async discard(messages) {
    await remove(messages);
  },
  async redrive(messages) {
    const Entries = messages.map(({ Body, MessageAttributes }, index) => ({
      Id: String(index),
      MessageBody: Body,
      MessageAttributes,
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    await remove(messages);
  },
};

const toShow: (readonly Message[])[] = [];

async function remove(messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
}

async function receive(): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetterQueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 900,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

async function loop(work: string): Promise<void> {
  for (let messages = await receive(); messages.length > 0; messages = await receive()) {
    await WORK[work]?.(messages);
  }
}

async function show(): Promise<void> {
  for (let messages = toShow.pop(); messages !== undefined; messages = toShow.pop()) {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
  }
}

for (const work of works.split('+')) {
  await Promise.all(Array.from({ length: LOOPS }, () => loop(work)));
  await Promise.all(Array.from({ length: LOOPS }, show));
}
