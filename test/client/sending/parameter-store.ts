// A Parameter Store as the SDKs see it: it answers GetParameter, and nothing else.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What such a store does besides. */
interface StoreOptions {
  /** Answers everything with it. */
  readonly error?: { readonly status: number; readonly type: string } | undefined;
  /** Told of every connection. */
  readonly connected?: ((socket: Socket) => void) | undefined;
  /** Told of every request. */
  readonly asked?: (request: IncomingMessage) => void;
}

/** Starts it for one test; returns its endpoint. */
export async function startParameterStore(
  parameters: Readonly<Record<string, string>>,
  { error, connected = () => undefined, asked = () => undefined }: StoreOptions = {},
): Promise<string> {
  // An idle connection is the client's to close.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    asked(request);
    const { Name } = (await json(request)) as { Name: string };
    const Value = parameters[Name];
    const fault = error ?? (Value === undefined ? { status: 400, type: 'ParameterNotFound' } : undefined);
    response.writeHead(fault?.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(fault ? { __type: fault.type, message: fault.type } : { Parameter: { Name, Value } }),
    );
  });
  server.on('connection', connected).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
