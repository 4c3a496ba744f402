// HTTP as it goes over the wire, for tests: paths verbatim, headers as they came, one connection or a new one.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** One exchange. */
export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to ask; DELETE unless said otherwise. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A client that keeps one connection alive for as long as the server lets it. */
export function keptAlive(origin: string): (path: string, asked?: Asked) => Promise<Exchange> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return (path, asked = {}) => ask(agent, origin, path, asked);
}

/** One exchange over a connection of its own. */
export async function askOnce(origin: string, path: string, asked: Asked = {}): Promise<Exchange> {
  const agent = new Agent({ keepAlive: true });
  try {
    return await ask(agent, origin, path, asked);
  } finally {
    agent.destroy();
  }
}

function ask(agent: Agent, origin: string, path: string, asked: Asked): Promise<Exchange> {
  const { method = 'DELETE', headers = {}, body, signal } = asked;
  return new Promise((resolve, reject) => {
    const call = request(origin, {
      agent,
      method,
      path,
      headers,
      ...(signal === undefined ? {} : { signal }),
    });
    call.once('error', reject);
    call.once('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      text(response).then((read) => resolve({ status: statusCode, headers: answered, body: read }), reject);
    });
    call.end(body);
  });
}
