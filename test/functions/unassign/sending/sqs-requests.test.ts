import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqsRequestHandler } from '../../../../functions/unassign/sending/sqs-requests.ts';
import { CAN_BE_SLOW, startSlowAddress } from '../../../support/slow-address.ts';

const PATIENCE = 20_000;
/** Longer than a test may take. */
const NEVER = 600_000;

/** A server, and a request to it as the SDK hands it over. */
async function startEndpoint(serve: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const body = Buffer.from('{"QueueUrl":"…"}');
  const request = {
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    path: '/a/path',
    headers: {
      host: `127.0.0.1:${port}`,
      'content-length': `${body.length}`,
      'x-amz-target': 'AmazonSQS.SendMessage',
    },
    body,
  };
  return { server, request };
}

function createHandler(timeoutMs = PATIENCE) {
  const handler = createSqsRequestHandler(timeoutMs, Date.now);
  onTestFinished(() => handler.destroy());
  return handler;
}

describe('a request of the SDK', () => {
  it('arrives as it was signed', async () => {
    let arrived = {};
    const { request } = await startEndpoint(async (incoming, response) => {
      const { method, url, headers } = incoming;
      arrived = { method, url, headers, body: await text(incoming) };
      response.end();
    });
    await createHandler().handle(request);
    expect(arrived).toMatchObject({
      method: 'POST',
      url: '/a/path',
      headers: request.headers,
      body: '{"QueueUrl":"…"}',
    });
  });

  it('gets the answer whatever its status', async () => {
    const { request } = await startEndpoint((_, response) => {
      response
        .writeHead(400, { 'x-amzn-requestid': 'an-id', 'set-cookie': ['a=1', 'b=2'] })
        .end('{"no":"✓"}');
    });
    const { response } = await createHandler().handle(request);
    expect({ ...response, body: Buffer.from(response.body).toString() }).toMatchObject({
      statusCode: 400,
      headers: { 'x-amzn-requestid': 'an-id', 'set-cookie': 'a=1,b=2' },
      body: '{"no":"✓"}',
    });
  });

  it('that is not answered in time fails with what the SDK tries again', async () => {
    const { request } = await startEndpoint(() => {});
    await expect(createHandler(1).handle(request)).rejects.toMatchObject({ $retryable: {} });
  });

  it.runIf(CAN_BE_SLOW)('has all of its time once it is connected, however long that took', async () => {
    const { request } = await startEndpoint((_, response) => response.end('{}'));
    const slow = await startSlowAddress(request.port);
    const handling = createHandler(2_500).handle({ ...request, port: slow.port });
    const [{ response }] = await Promise.all([handling, slow.openOnceTried(2_600)]);
    expect(response.statusCode).toBe(200);
  });

  it('that cannot be made fails with what the SDK tries again', async () => {
    const { server, request } = await startEndpoint(() => {});
    server.close();
    await once(server, 'close');
    await expect(createHandler().handle(request)).rejects.toMatchObject({
      $retryable: {},
      name: 'Error',
      message: expect.stringMatching(/^no connection: .*ECONNREFUSED/),
    });
  });

  it('does not wait for the forty-nine before it', async () => {
    const underWay: ServerResponse[] = [];
    const { request } = await startEndpoint((_, response) => {
      underWay.push(response);
      if (underWay.length === 50) for (const waiting of underWay) waiting.end();
    });
    const handler = createHandler();
    const answers = await Promise.all(Array.from({ length: 50 }, () => handler.handle(request)));
    expect(answers.filter(({ response }) => response.statusCode === 200)).toHaveLength(50);
  });

  it('that is aborted is over at once, and nothing is left of its connection', async () => {
    const abort = new AbortController();
    const { server, request } = await startEndpoint(() => abort.abort());
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    await expect(createHandler().handle(request, { abortSignal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await closed;
  });

  it('that is aborted is over at once, also where it is made again on a new connection', async () => {
    const abort = new AbortController();
    const serve = [
      (_: IncomingMessage, response: ServerResponse) => response.end(),
      ({ socket }: IncomingMessage) => socket.destroy(),
      () => abort.abort(),
    ];
    const { request } = await startEndpoint((incoming, response) => serve.shift()?.(incoming, response));
    const handler = createHandler(NEVER);
    await handler.handle(request);
    // undici takes a connection for free from then on.
    await setImmediate();
    await expect(handler.handle(request, { abortSignal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(serve).toEqual([]);
  });

  it('goes on where another one is aborted', async () => {
    const abort = new AbortController();
    const underWay: ServerResponse[] = [];
    const { request } = await startEndpoint((_, response) => {
      underWay.push(response);
      if (underWay.length === 2) abort.abort();
    });
    const handler = createHandler();
    const aborted = handler.handle(request, { abortSignal: abort.signal }).catch(({ name }) => {
      for (const response of underWay) response.end();
      return name;
    });
    const other = handler.handle(request).then(({ response }) => response.statusCode);
    expect(await Promise.all([aborted, other])).toEqual(['AbortError', 200]);
  });

  it('that was aborted before is not made', async () => {
    let arrived = 0;
    const { request } = await startEndpoint(() => {
      arrived += 1;
    });
    const abortSignal = AbortSignal.abort();
    await expect(createHandler().handle(request, { abortSignal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(arrived).toBe(0);
  });

  it('after one that was aborted is made', async () => {
    const abort = new AbortController();
    let served = 0;
    const { request } = await startEndpoint((_, response) => {
      served += 1;
      if (served === 1) abort.abort();
      else response.end();
    });
    const handler = createHandler();
    const aborted = handler
      .handle(request, { abortSignal: abort.signal })
      .catch(() => handler.handle(request));
    expect((await aborted).response.statusCode).toBe(200);
  });
});
