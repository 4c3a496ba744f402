// A gate in front of the embedded SQS: counts the requests of a command, and lets a test act before any of them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { EmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';

/** A gate that is open. */
export interface SqsGate {
  /** How many requests have come so far. */
  readonly count: number;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/**
 * Opens a gate; it is closed when the test has finished.
 *
 * @param before called before each request goes on to SQS; `count` is from 1 on
 * @param refusal the error type with which an action such as `DeleteMessageBatch` is refused (403); undefined: not
 * @param after told what SQS answered to an action that was not refused
 */
export async function openGate(
  sqs: EmbeddedSqs,
  before: (count: number) => void = () => undefined,
  refusal: (action: string) => Promise<string | undefined> | string | undefined = () => undefined,
  after: (action: string, answer: string) => void = () => undefined,
): Promise<SqsGate> {
  let count = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    count += 1;
    before(count);
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const refused = await refusal(action);
    if (refused !== undefined) {
      response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({ __type: `com.amazonaws.sqs#${refused}`, message: 'refused by the test' }),
      );
      return;
    }
    const answer = await fetch(sqs.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': String(request.headers['x-amz-target']),
      },
      body: body.replaceAll(endpoint, sqs.endpoint),
    });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    const answered = await answer.text();
    after(action, answered);
    response.end(answered);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    get count() {
      return count;
    },
    queueUrl: sqs.queueUrl.replace(sqs.endpoint, endpoint),
    deadLetterQueueUrl: sqs.deadLetterQueueUrl.replace(sqs.endpoint, endpoint),
  };
}
