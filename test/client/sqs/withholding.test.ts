// The SDK's own attempts at a command, of which each asks first, against a server that fails.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { onlyWhile } from '../../../client/sqs/withholding.ts';

/** Makes a request that always fails for a reason that passes; returns why it ended and how often it was made. */
async function ask(may: (requests: number) => boolean): Promise<[name: string, requests: number]> {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 3 });
  onTestFinished(() => sqs.destroy());
  const command = new DeleteMessageCommand({ QueueUrl: `${endpoint}/1/queue`, ReceiptHandle: 'handle' });
  const error: unknown = await sqs.send(onlyWhile(command, () => may(requests))).catch((thrown) => thrown);
  return [error instanceof Error ? error.name : '', requests];
}

it('makes no request where it may not', async () => {
  expect(await ask(() => false)).toEqual(['Withheld', 0]);
});

it('makes no second one where it may not any more, and is in doubt about the first', async () => {
  expect(await ask((requests) => requests === 0)).toEqual(['InDoubt', 1]);
});

it('makes all of its attempts as long as it may', async () => {
  const [, requests] = await ask(() => true);
  expect(requests).toBe(3);
});
