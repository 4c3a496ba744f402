import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHttp, type HttpRequest } from '../../../client/cluster/exchange.ts';

const REQUEST: HttpRequest = { method: 'GET', path: '/', headers: {}, timeoutMs: 20_000 };

describe('an exchange', () => {
  it.each([
    { idleMs: 0, connections: 1 },
    { idleMs: 4_000, connections: 1 },
    { idleMs: 4_001, connections: 2 },
    // The clock was set back.
    { idleMs: -3_600_000, connections: 2 },
  ])(
    'after $idleMs ms by the wall clock, whatever timers say, goes out on connection $connections',
    async ({ idleMs, connections }) => {
      const { origin, seen } = await serve((_, response) => response.writeHead(204).end());
      let now = 0;
      const http = createHttp(origin, 1, () => now);
      onTestFinished(() => http.destroy());
      await http.exchange(REQUEST);
      now = idleMs;
      await http.exchange(REQUEST);
      expect(seen.size).toBe(connections);
    },
  );

  it('does not take the connection away from one that has lasted for long', async () => {
    let now = 0;
    const answers: (() => void)[] = [];
    const { origin } = await serve((_, response) => {
      answers.push(() => response.writeHead(200).end('at last'));
      if (answers.length === 2) for (const answer of answers) answer();
    });
    const http = createHttp(origin, 2, () => now);
    onTestFinished(() => http.destroy());
    const long = http.exchange(REQUEST);
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    now = 10_000;
    const results = await Promise.all([long, http.exchange(REQUEST)]);
    expect(results.map((result) => result.type === 'response' && result.body)).toEqual([
      'at last',
      'at last',
    ]);
  });

  it('with other TLS options leaves those that are under way their connection', async () => {
    const answers: (() => void)[] = [];
    const { origin, seen } = await serve((_, response) => {
      answers.push(() => response.writeHead(204).end());
      if (answers.length === 2) for (const answer of answers.reverse()) answer();
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const before = http.exchange(REQUEST, { ca: 'the old one' });
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const results = await Promise.all([before, http.exchange(REQUEST, { ca: 'the new one' })]);
    expect({ results, connections: seen.size }).toMatchObject({
      results: [{ status: 204 }, { status: 204 }],
      connections: 2,
    });
  });

  it('goes by what comes after a response that only informs', async () => {
    const { origin } = await serve((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(404).end('no');
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    expect(await http.exchange(REQUEST)).toMatchObject({
      type: 'response',
      status: 404,
      body: 'no',
      calls: 1,
    });
  });

  it('keeps the first 64 KiB of a body, to the byte, and does not wait for the rest', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(500);
      response.write('a'.repeat(65_535));
      // The end never comes.
      response.write('bc');
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const result = await http.exchange(REQUEST);
    expect(result).toEqual(expect.objectContaining({ status: 500, body: `${'a'.repeat(65_535)}b` }));
  });

  it('that is out of time in the middle of a body keeps what has arrived', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(503).write('half');
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const result = await http.exchange({ ...REQUEST, timeoutMs: 300 });
    expect(result).toEqual(expect.objectContaining({ type: 'response', status: 503, body: 'half' }));
  });

  it('that is out of time says so, and the next one on that connection is not disturbed', async () => {
    let asked = 0;
    const { origin } = await serve((_, response) => {
      asked += 1;
      if (asked > 1) response.writeHead(204).end();
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const first = await http.exchange({ ...REQUEST, timeoutMs: 200 });
    const second = await http.exchange(REQUEST);
    expect([first, second]).toMatchObject([
      { type: 'no-answer', cause: 'no answer in time', calls: 1 },
      { type: 'response', status: 204 },
    ]);
  });

  it('ends when its own time is up, whichever began or ended first', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/answered') setTimeout(() => response.writeHead(204).end(), 20);
    });
    const http = createHttp(origin, 30, Date.now);
    onTestFinished(() => http.destroy());
    const ends = (timeoutMs: number, path: string) => http.exchange({ ...REQUEST, timeoutMs, path });
    const long = ends(600_000, '/');
    const answered = ends(20_000, '/answered');
    const first = ends(300, '/');
    expect(await answered).toMatchObject({ status: 204 });
    const second = ends(600, '/');
    const third = ends(100, '/');
    const longest = ends(700_000, '/');
    expect(await Promise.all([first, second, third])).toMatchObject(
      [first, second, third].map(() => ({ cause: 'no answer in time' })),
    );
    expect(await Promise.race([long, longest, 'still waiting'])).toBe('still waiting');
  });

  it('whose time counts from its connection waits for one that is free as long as it takes', async () => {
    const answers: (() => void)[] = [];
    const { origin } = await serve((request, response) => {
      if (request.url === '/first') answers.push(() => response.writeHead(200).end());
      else if (request.url === '/second') response.writeHead(204).end();
    });
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const timed = { ...REQUEST, timeoutFrom: 'connection' as const };
    const first = http.exchange({ ...REQUEST, path: '/first' });
    const second = http.exchange({ ...timed, path: '/second', timeoutMs: 2_000 });
    const unanswered = http.exchange({ ...timed, path: '/never', timeoutMs: 200 });
    setTimeout(() => answers.shift()?.(), 2_200);
    expect(await Promise.all([first, second, unanswered])).toMatchObject([
      { status: 200 },
      { status: 204 },
      { type: 'no-answer', cause: 'no answer in time', calls: 1 },
    ]);
  });

  it('whose time counts from its connection ends by its signal before it has one', async () => {
    const { origin } = await serve(() => {});
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    const end = new AbortController();
    const first = http.exchange({ ...REQUEST, signal: end.signal });
    const second = http.exchange({
      ...REQUEST,
      timeoutFrom: 'connection',
      timeoutMs: 600_000,
      signal: end.signal,
    });
    end.abort();
    expect(await Promise.all([first, second])).toMatchObject([
      { cause: 'no answer in time' },
      { cause: 'no answer in time' },
    ]);
  });

  it('that went out a second time leaves no connection behind', { timeout: 15_000 }, async () => {
    let asked = 0;
    const { origin, seen } = await serve((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.writeHead(204).end();
    });
    // An idle connection ends by a timer.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const http = createHttp(origin, 1, Date.now);
    onTestFinished(() => http.destroy());
    await http.exchange(REQUEST);
    expect(await http.exchange(REQUEST)).toMatchObject({ status: 204, isRepeat: true });
    expect(seen.size).toBe(2);
    for (const socket of seen) if (!socket.destroyed) await once(socket, 'close');
  });

  it('waits for no time that has passed, of which Node.js would warn in the log', async () => {
    const { origin } = await serve(() => {});
    const http = createHttp(origin, 2, Date.now);
    onTestFinished(() => http.destroy());
    // Every look at the clock takes so long.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 15;
      return now;
    });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    await Promise.all([1, 2, 3].map(() => http.exchange({ ...REQUEST, timeoutMs: 20 })));
    expect(timers.mock.calls.filter(([, milliseconds = 0]) => milliseconds < 0)).toEqual([]);
  });
});

async function serve(listener: RequestListener): Promise<{ origin: string; seen: Set<Socket> }> {
  const seen = new Set<Socket>();
  // An idle connection is the client's to close.
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  server.on('connection', (socket) => seen.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
