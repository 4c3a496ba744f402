// The HTTP server of the console, on 127.0.0.1 and nowhere else.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { type Assets, assetFor, NOT_BUILT } from './assets.ts';
import { gate } from './gate.ts';

/** A server that listens. */
export interface Listening {
  /** Such as `127.0.0.1:9330`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Somebody who sends slowly must not keep a connection for ever; milliseconds. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;

/** Longer than this process may be busy with a hundred thousand messages: a page must not be cut off for that. */
const KEEP_ALIVE_MS = 60_000;

const MOST_CONNECTIONS = 200;

/**
 * Serves the API and the pages.
 *
 * @param port 0: any that is free
 * @throws the error of Node.js where the port cannot be had, such as EADDRINUSE
 */
export async function listen(api: Hono, assets: Assets, port: number): Promise<Listening> {
  let host = '';
  const app = addPages(api, assets);
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const pass: RequestListener = (request, response) => void answer(request, response);
  const gated = gate(() => host, pass);
  const server = createServer(
    // A request without a host is refused like one with a wrong one.
    {
      requireHostHeader: false,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    gated,
  );
  // Requests with `Expect` Node.js would answer itself, whatever host they name.
  server.on('checkExpectation', gated);
  server.on(
    'checkContinue',
    gate(
      () => host,
      (request, response) => {
        response.writeContinue();
        pass(request, response);
      },
    ),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: ADDRESS, port, exclusive: true }, resolve);
  });
  host = hostAt((server.address() as AddressInfo).port);
  return { host, close: () => close(server) };
}

/** No option for more: whoever can reach it may try to talk to it. */
const ADDRESS = '127.0.0.1';

/** As browsers name it: on port 80 they leave that away (RFC 9110, 4.2.1). */
export function hostAt(port: number): string {
  return new URL(`http://${ADDRESS}:${port}`).host;
}

function addPages(app: Hono, assets: Assets): Hono {
  app.get('*', (context) => {
    if (assets.size === 0) return context.text(`${NOT_BUILT}\n`, 503);
    const asset = assetFor(assets, context.req.path);
    if (asset === undefined) return context.text('There is nothing here.\n', 404);
    return context.body(asset.body, 200, { 'Content-Type': asset.type });
  });
  app.all('*', (context) => context.text('Pages are only read.\n', 405));
  return app;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
