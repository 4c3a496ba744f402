// A forward proxy as companies have them: tunnels (CONNECT) and plain requests with a whole URL (RFC 9112, section 3.2).
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** A running proxy. */
export interface StandInProxy {
  readonly url: string;
  /** What it was asked for: `CONNECT host:port`, or `POST http://…`. */
  readonly asked: readonly string[];
  /** The `proxy-authorization` headers that came. */
  readonly credentials: readonly (string | undefined)[];
}

/**
 * Starts a proxy for one test.
 *
 * @param refuse the status that it answers with instead
 */
export async function startProxy(refuse?: number): Promise<StandInProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    if (refuse !== undefined) {
      request.resume();
      response.writeHead(refuse).end();
      return;
    }
    const { method, headers } = request;
    const onward = forward(String(request.url), { method: String(method), headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket, head) => {
    asked.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    socket.on('error', () => socket.destroy());
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const [host = '', port] = String(request.url).split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, credentials };
}
