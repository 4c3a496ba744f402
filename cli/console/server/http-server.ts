// The HTTP server of the console, on 127.0.0.1 and nowhere else.
import { createServer, type Server } from 'node:http';
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
  const server = createServer(
    // A request without a host is refused like one with a wrong one.
    { requireHostHeader: false, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    gate(
      () => host,
      (request, response) => void answer(request, response),
    ),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: ADDRESS, port, exclusive: true }, resolve);
  });
  host = `${ADDRESS}:${(server.address() as AddressInfo).port}`;
  return { host, close: () => close(server) };
}

/** No option for more: whoever can reach it may try to talk to it. */
const ADDRESS = '127.0.0.1';

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
