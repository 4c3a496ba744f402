// Two queues in a process of their own, filled again as each message to the process says: as much of
// SQS as the dead-letter commands ask, and fast, so that what is measured is theirs. Handles are as long as those of SQS.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { burials } from '../../client/dead-letters/dead-letter-stage.ts';

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly MessageBody: string;
  readonly VisibilityTimeout?: number;
}

interface Input {
  readonly Entries: readonly Entry[];
}

/** First in, first out; what is received stays hidden until it is shown again or deleted. */
const visible: object[] = [];
let first = 0;
const hidden = new Map<string, object>();

const ACTIONS: Readonly<Record<string, (input: Input) => object | Promise<object>>> = {
  GetQueueAttributes: () => ({
    Attributes: {
      ApproximateNumberOfMessages: String(visible.length - first),
      ApproximateNumberOfMessagesNotVisible: String(hidden.size),
    },
  }),
  async ReceiveMessage() {
    const Messages = visible.slice(first, first + 10).map((message) => {
      const ReceiptHandle = randomUUID().repeat(11);
      hidden.set(ReceiptHandle, message);
      return { ...message, ReceiptHandle };
    });
    visible.fill(EMPTY, first, first + Messages.length);
    first += Messages.length;
    // A long poll.
    if (Messages.length === 0) await pause(1000);
    return { Messages };
  },
  ChangeMessageVisibilityBatch({ Entries }) {
    for (const { ReceiptHandle, VisibilityTimeout } of Entries) {
      const message = hidden.get(ReceiptHandle);
      if (VisibilityTimeout !== 0 || message === undefined) continue;
      hidden.delete(ReceiptHandle);
      visible.push(message);
    }
    return { Successful: Entries.map(({ Id }) => ({ Id })) };
  },
  DeleteMessageBatch({ Entries }) {
    for (const { ReceiptHandle } of Entries) hidden.delete(ReceiptHandle);
    return { Successful: Entries.map(({ Id }) => ({ Id })) };
  },
  SendMessageBatch: ({ Entries }) => ({
    Successful: Entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: randomUUID(),
      MD5OfMessageBody: md5(MessageBody),
    })),
  }),
};

const EMPTY = {};

function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/** What to fill the dead-letter queue with. */
interface Filling {
  readonly count: number;
  /** Bodies are as long as that at least, with what does not pack well. */
  readonly bodyBytes?: number;
}

/** Only these messages, all of them visible. */
function fill({ count, bodyBytes = 0 }: Filling): void {
  hidden.clear();
  visible.length = 0;
  first = 0;
  for (const { MessageBody: shortBody = '', MessageAttributes } of burials(count)) {
    const MessageBody = longBody(shortBody, bodyBytes);
    const Attributes = { SentTimestamp: String(Date.now()), SenderId: 'AROAEXAMPLE:function' };
    const MD5OfBody = md5(MessageBody);
    visible.push({ MessageId: randomUUID(), Body: MessageBody, MD5OfBody, Attributes, MessageAttributes });
  }
}

function longBody(body: string, bodyBytes: number): string {
  const missing = bodyBytes - body.length;
  return missing <= 0 ? body : `${body}${randomBytes(missing).toString('base64').slice(0, missing)}`;
}

const server = createServer(async (request, response) => {
  const name = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
  const answer = await ACTIONS[name]?.(JSON.parse(await text(request)));
  response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(answer ?? {}));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/123456789012`;
const queues = { queueUrl: `${endpoint}/unassign`, deadLetterQueueUrl: `${endpoint}/unassign-dead-letters` };
process.on('message', (filling) => {
  fill(filling as Filling);
  process.send?.(queues);
});
process.send?.('listening');
process.once('disconnect', () => process.exit());
