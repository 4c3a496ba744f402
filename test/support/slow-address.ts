// A name with several addresses, of which one answers late: on Linux, which drops a SYN when a listener's queue is full,
// so that the client's TCP sends it again after a second. As real as a handshake gets without a slow network.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** Where the tests here can be run. */
export const CAN_BE_SLOW = process.platform === 'linux';

/** The first answers late, or never; on the second nobody listens, as where there is no route. */
export const ADDRESSES = ['127.0.0.1', '127.0.0.2'] as const;

/** An address in front of a server. */
export interface SlowAddress {
  readonly port: number;
  /**
   * Opens it when somebody has tried to connect: their handshake is not answered before they ask again, a second later.
   *
   * @param whenMs how long to wait before it opens, from the try on; the third SYN comes after three seconds
   */
  openOnceTried(whenMs?: number): Promise<void>;
}

/** What a queue of one holds on Linux, and one that has to wait. */
const FILLING = 3;

/** Starts it on 127.0.0.1, closed, for one test. What it takes goes on to the port of the server. */
export async function startSlowAddress(serverPort: number): Promise<SlowAddress> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(LISTENER, { eval: true, workerData: { gate, serverPort, host: ADDRESSES[0] } });
  const [port] = (await once(worker, 'message')) as [number];
  const filling = Array.from({ length: FILLING }, () => connect(port, ADDRESSES[0]).on('error', () => {}));
  onTestFinished(async () => {
    for (const socket of filling) socket.destroy();
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await worker.terminate();
  });
  await untilTwoAreConnected(filling);
  const unanswered = await countUnanswered(port);
  return {
    port,
    async openOnceTried(whenMs = 0) {
      while ((await countUnanswered(port)) <= unanswered) await pause(5);
      await pause(whenMs);
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    },
  };
}

/** How many sockets of this machine have sent the address a SYN that was not answered yet (proc(5), /proc/net/tcp). */
async function countUnanswered(port: number): Promise<number> {
  const sockets = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to, state]) => to === address && state === SYN_SENT).length;
}

const SYN_SENT = '02';

async function untilTwoAreConnected(sockets: readonly Socket[]): Promise<void> {
  const connected = sockets.map((socket) => once(socket, 'connect'));
  await Promise.any(connected);
  await Promise.any(
    sockets.map((socket, index) =>
      socket.connecting ? connected[index] : Promise.reject(new Error('is the first')),
    ),
  );
}

/** Its thread stands still until the gate opens, and takes no connection. */
const LISTENER = `
  const { connect, createServer } = require('node:net');
  const { parentPort, workerData: { gate, serverPort, host } } = require('node:worker_threads');
  const server = createServer((socket) => {
    const onward = connect(serverPort, '127.0.0.1');
    for (const [from, to] of [[socket, onward], [onward, socket]]) {
      from.on('error', () => to.destroy()).pipe(to);
    }
  });
  server.listen({ host, port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(gate, 0, 0);
  });
`;

/** For NODE_OPTIONS: names that end in .test have both addresses. */
export const LOOKUP_OPTION = `--import=data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns';
  const { lookup } = dns;
  const addresses = ${JSON.stringify(ADDRESSES)}.map((address) => ({ address, family: 4 }));
  dns.lookup = (name, options, callback) =>
    name.endsWith('.test') ? process.nextTick(callback, null, addresses) : lookup(name, options, callback);
`)}`;

/** For a process of one's own: what the option above makes of dns.lookup. */
export function lookUp(
  _name: string,
  _options: unknown,
  callback: (error: null, addresses: { address: string; family: number }[]) => void,
): void {
  process.nextTick(
    callback,
    null,
    ADDRESSES.map((address) => ({ address, family: 4 })),
  );
}
