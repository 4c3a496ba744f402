// A proxy in front of the embedded SQS: shows what was sent, and fails where a test wants SQS to fail.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';

/** An entry of a SendMessageBatch as it stands on the wire (AWS JSON 1.0): binary values in base64. */
export interface SentEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
  readonly MessageAttributes?: Readonly<
    Record<
      string,
      { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }
    >
  >;
  readonly MessageSystemAttributes?: Readonly<Record<string, { readonly StringValue: string }>>;
}

/** One SendMessageBatch that reached the proxy. */
export interface Send {
  readonly queueUrl: string;
  readonly entries: readonly SentEntry[];
}

/** What goes wrong with a send. */
export type SendFault =
  /** These entries fail, the others are sent. */
  | {
      readonly kind: 'failed-entries';
      readonly ids: readonly string[];
      readonly code: string;
      readonly senderFault: boolean;
    }
  /** This status with this error type, sent or not. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly type: string;
      readonly sent: boolean;
      readonly retryAfterSeconds?: number;
    }
  /** The connection is cut, before or after the messages were sent. */
  | { readonly kind: 'reset'; readonly sent: boolean }
  /** No answer, ever. */
  | { readonly kind: 'hang'; readonly sent: boolean }
  /** The headers of an answer and half of its body, and then nothing more. */
  | { readonly kind: 'half-answer'; readonly sent: boolean }
  /** A 200 with neither list in it. */
  | { readonly kind: 'silent-success' };

/** A running proxy. */
export interface SqsTap {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly sends: Send[];
  /** The entries that were sent to a queue, in order, failed ones included. */
  sentTo(queueUrl: string): SentEntry[];
  /** Asked about each SendMessageBatch; `attempt` counts from 1. */
  fault: ((send: Send, attempt: number) => SendFault | undefined) | undefined;
  /** Told of each send whose caller went away before it was answered. */
  onAbandoned: ((send: Send) => void) | undefined;
  close(): Promise<void>;
}

/**
 * Starts a proxy on 127.0.0.1.
 *
 * @param keepSends false keeps nothing in `sends`, for long runs
 */
export async function startSqsTap(sqs: EmbeddedSqs, keepSends = true): Promise<SqsTap> {
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const through = (url: string) => url.replace(sqs.endpoint, endpoint);
  const sends: Send[] = [];
  let attempts = 0;
  const tap: SqsTap = {
    queueUrl: through(sqs.queueUrl),
    deadLetterQueueUrl: through(sqs.deadLetterQueueUrl),
    sends,
    sentTo: (queueUrl) => sends.filter((send) => send.queueUrl === queueUrl).flatMap((send) => send.entries),
    fault: undefined,
    onAbandoned: undefined,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const isSend = request.headers['x-amz-target'] === 'AmazonSQS.SendMessageBatch';
    const fault = isSend ? takeSend(body, response) : undefined;
    if (fault === undefined) return reply(response, await forward(request, body));
    await play(fault, request, body, response);
  }

  function takeSend(body: string, response: ServerResponse): SendFault | undefined {
    const { QueueUrl, Entries } = JSON.parse(body) as { QueueUrl: string; Entries: SentEntry[] };
    const send = { queueUrl: QueueUrl, entries: Entries };
    attempts += 1;
    if (keepSends) sends.push(send);
    response.once('close', () => {
      if (!response.writableFinished) tap.onAbandoned?.(send);
    });
    return tap.fault?.(send, attempts);
  }

  async function play(
    fault: SendFault,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    if (fault.kind === 'failed-entries') return failEntries(fault, request, body, response);
    if (fault.kind === 'silent-success') return reply(response, { status: 200, body: '{}' });
    if (fault.sent) await forward(request, body);
    if (fault.kind === 'reset') request.socket.resetAndDestroy();
    if (fault.kind === 'half-answer') {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).write('{"Successful":[');
    }
    if (fault.kind === 'error') {
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds);
      reply(response, {
        status: fault.status,
        body: JSON.stringify({ __type: fault.type, message: fault.type }),
      });
    }
  }

  async function failEntries(
    { ids, code, senderFault }: Extract<SendFault, { kind: 'failed-entries' }>,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): Promise<void> {
    const { QueueUrl, Entries } = JSON.parse(body) as { QueueUrl: string; Entries: SentEntry[] };
    const sent = Entries.filter(({ Id }) => !ids.includes(Id));
    const answer =
      sent.length === 0
        ? { Successful: [] }
        : JSON.parse((await forward(request, JSON.stringify({ QueueUrl, Entries: sent }))).body);
    const Failed = Entries.filter(({ Id }) => ids.includes(Id)).map(({ Id }) => ({
      Id,
      Code: code,
      Message: 'failed by the test',
      SenderFault: senderFault,
    }));
    reply(response, { status: 200, body: JSON.stringify({ ...answer, Failed }) });
  }

  async function forward(request: IncomingMessage, body: string): Promise<Reply> {
    const answer = await fetch(`${sqs.endpoint}${request.url}`, {
      method: request.method ?? 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': String(request.headers['x-amz-target']),
      },
      body: body.replaceAll(endpoint, sqs.endpoint),
    });
    return { status: answer.status, body: await answer.text() };
  }

  return tap;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

function reply(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}
