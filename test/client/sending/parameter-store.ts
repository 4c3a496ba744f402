// A Parameter Store as the SDKs see it: it answers GetParameter, and nothing else.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/**
 * Starts it for one test; returns its endpoint.
 *
 * @param error answers everything with it
 * @param connected told of every connection
 */
export async function startParameterStore(
  parameters: Readonly<Record<string, string>>,
  error?: { readonly status: number; readonly type: string },
  connected: (socket: Socket) => void = () => undefined,
): Promise<string> {
  // An idle connection is the client's to close.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
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
