// Something at the cluster's address that writes whatever bytes a test wants, well-formed or not.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What is written on a connection for one request, and then. */
export interface RawAnswer {
  readonly pieces: readonly (string | Buffer)[];
  /**
   * `keep` leaves the connection open for more requests, `repeat` writes the last piece again and again for as long
   * as the other side reads.
   */
  readonly afterwards: 'keep' | 'end' | 'reset' | 'repeat';
}

/** The cluster's own answer where a task was unassigned. */
export const NO_CONTENT: RawAnswer = { pieces: ['HTTP/1.1 204 No Content\r\n\r\n'], afterwards: 'keep' };

const SAID =
  '{"brokers":[],"clusterSize":1,"partitionsCount":4095,"replicationFactor":1,"gatewayVersion":"8.8.21"}';

/** That the cluster itself is there. */
const TOPOLOGY: RawAnswer = {
  pieces: [`HTTP/1.1 200 OK\r\ncontent-length: ${SAID.length}\r\n\r\n${SAID}`],
  afterwards: 'keep',
};

/** A running server. */
export interface RawCluster {
  readonly url: string;
  /** By the key of the task; {@link NO_CONTENT} for every other. */
  readonly answers: Map<string, RawAnswer>;
  /** The keys that it was asked for, in order. */
  readonly asked: string[];
}

/** Starts it on 127.0.0.1, for one test. */
export async function startRawCluster(): Promise<RawCluster> {
  const answers = new Map<string, RawAnswer>();
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  function answerTo(request: string): RawAnswer {
    if (request.includes('/v2/topology ')) return TOPOLOGY;
    const key = /\/user-tasks\/(\d+)\/assignee /.exec(request)?.[1] ?? '';
    asked.push(key);
    return answers.get(key) ?? NO_CONTENT;
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const request = received.slice(0, end);
        received = received.slice(end + 4);
        play(socket, answerTo(request));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answers, asked };
}

function play(socket: Socket, { pieces, afterwards }: RawAnswer): void {
  for (const piece of pieces) socket.write(piece);
  if (afterwards === 'end') socket.end();
  else if (afterwards === 'reset') socket.write('', () => socket.resetAndDestroy());
  else if (afterwards === 'repeat') repeat(socket, pieces.at(-1) ?? 'x');
}

function repeat(socket: Socket, piece: string | Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', write);
  write();
}
