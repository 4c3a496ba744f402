import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Situation } from '../../../../infra/local/stand-in/answers.ts';
import type { StandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import { TASK_STATES } from '../../../../infra/local/stand-in/tasks.ts';
import { eventually } from '../eventually.ts';
import { askOnce, keptAlive } from '../raw-http.ts';
import { assignee, start } from './started.ts';

/** Makes a call, waits until the cluster plays a fault on call number `nth`, and gives up. */
async function abandoned(
  cluster: StandInCluster,
  nth: number,
  ask: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const patience = new AbortController();
  const gaveUp = expect(ask(patience.signal)).rejects.toThrow(/abort/i);
  await eventually(() => expect(cluster.calls[nth - 1]?.fault).toBeDefined());
  patience.abort();
  await gaveUp;
}

const titleOf = (body: string) => (body === '' ? undefined : JSON.parse(body).title);

it('unassigns a task, and again', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create();
  for (const times of [1, 2]) {
    expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204, body: '' });
    expect(cluster.tasks.get(key)).toMatchObject({ assignee: null, unassigned: times });
  }
});

it.each(TASK_STATES)('knows what becomes of a task that is %s', async (state) => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ state });
  const gone = state === 'COMPLETED' || state === 'CANCELED';
  const expected = state === 'CREATED' ? 204 : gone ? 404 : 409;
  const { status, body } = await askOnce(cluster.url, assignee(key));
  expect(status).toBe(expected);
  if (status === 409) {
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'INVALID_STATE',
      status: 409,
      detail: `Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to assign user task with key '${key}', but it is in state '${state}'`,
      instance: assignee(key),
    });
  }
});

it('says what a task listener denied', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ denial: 'not on Sundays' });
  const { status, body } = await askOnce(cluster.url, assignee(key));
  expect(status).toBe(409);
  expect(JSON.parse(body).detail).toBe(
    `Command 'ASSIGN' rejected with code 'INVALID_STATE': Assignment of the User Task with key '${key}' was denied by Task Listener. Reason to deny: 'not on Sundays'`,
  );
});

it('tells a key above 2^53 from its neighbours', async () => {
  const cluster = await start({ partitions: 4 });
  cluster.tasks.put('9007199254741023');
  expect(await askOnce(cluster.url, assignee('9007199254741023'))).toMatchObject({ status: 204 });
  expect(await askOnce(cluster.url, assignee('9007199254741024'))).toMatchObject({ status: 404 });
});

it.each<[Situation, number, string, string]>([
  [{ is: 'exhausted', partition: '1' }, 503, 'RESOURCE_EXHAUSTED', 'close'],
  [{ is: 'disk-full', partition: '1' }, 503, 'RESOURCE_EXHAUSTED', 'close'],
  [{ is: 'no-partition' }, 503, 'UNAVAILABLE', 'close'],
  [{ is: 'no-broker' }, 503, 'UNAVAILABLE', 'close'],
  [{ is: 'paused', partition: '1' }, 503, 'UNAVAILABLE', 'close'],
  [{ is: 'timeout' }, 504, 'DEADLINE_EXCEEDED', 'keep-alive'],
  [{ is: 'cut' }, 502, 'ABORTED', 'keep-alive'],
])('speaks as 8.8 does: %o', async (situation, status, title, connection) => {
  const cluster = await start({
    fault: () => ({ kind: 'situation', situation, headers: { 'retry-after': '7' } }),
  });
  const answer = await askOnce(cluster.url, assignee('2251799813685249'));
  expect(answer).toMatchObject({ status, headers: { connection, 'retry-after': '7' } });
  expect(titleOf(answer.body)).toBe(title);
});

it('refuses what is above its limit while the calls before are in progress', async () => {
  const cluster = await start({ limit: 2, latencyMs: 600_000 });
  const { key } = cluster.tasks.create();
  const stop = new AbortController();
  const inProgress = [1, 2].map(() => askOnce(cluster.url, assignee(key), { signal: stop.signal }));
  await eventually(() => expect(cluster.calls).toHaveLength(2));
  const refused = await askOnce(cluster.url, assignee(key));
  expect(titleOf(refused.body)).toBe('RESOURCE_EXHAUSTED');
  stop.abort();
  await Promise.allSettled(inProgress);
});

it('has place again when a call is over', async () => {
  const cluster = await start({ limit: 1 });
  const { key } = cluster.tasks.create();
  for (let i = 0; i < 3; i += 1)
    expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204 });
});

it('lists as many partitions as it has', async () => {
  const cluster = await start({ partitions: 3 });
  const { status, body } = await askOnce(cluster.url, '/v2/topology', { method: 'GET' });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ partitionsCount: 3, brokers: [{ partitions: { length: 3 } }] });
});

it('stands behind a path prefix', async () => {
  const cluster = await start({ basePath: '/cluster-1' });
  const { key } = cluster.tasks.create();
  expect(cluster.url).toMatch(/\/cluster-1$/);
  expect(await askOnce(cluster.url, `/cluster-1${assignee(key)}`)).toMatchObject({ status: 204 });
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 404 });
});

it('checks Basic credentials', async () => {
  const cluster = await start({ authentication: { basic: { username: 'demo', password: 'päss:wörd' } } });
  const { key } = cluster.tasks.create();
  const authorization = (text: string) => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });
  const ask = (headers: Record<string, string>) => askOnce(cluster.url, assignee(key), { headers });
  expect(await ask({})).toMatchObject({ status: 401 });
  expect(await ask(authorization('demo:demo'))).toMatchObject({ status: 401 });
  expect(await ask(authorization('demo:päss:wörd'))).toMatchObject({ status: 204 });
});

it('remembers each call, its headers and its connection', async () => {
  const cluster = await start({ fault: ({ attempt }) => (attempt === 2 ? { kind: 'hang' } : undefined) });
  const { key } = cluster.tasks.create();
  const ask = keptAlive(cluster.url);
  await ask(assignee(key), { headers: { authorization: 'Bearer x' } });
  await abandoned(cluster, 2, (signal) => ask(assignee(key), { signal }));
  await ask(assignee(key));
  await eventually(() => expect(cluster.calls[1]?.abandoned).toBe(true));
  expect(cluster.calls).toMatchObject([
    { key, attempt: 1, status: 204, connection: 1, headers: { authorization: 'Bearer x' } },
    { key, attempt: 2, fault: { kind: 'hang' }, connection: 1 },
    { key, attempt: 3, status: 204, connection: 2 },
  ]);
  expect(cluster.connections).toBe(2);
});

it.each<[string, Fault, RegExp]>([
  ['reset before an answer', { kind: 'reset', at: 'start' }, /ECONNRESET|hang up/],
  ['reset in the body', { kind: 'reset', at: 'body' }, /aborted|ECONNRESET/],
  ['close without an answer', { kind: 'close' }, /hang up/],
  ['garbage', { kind: 'garbage' }, /Parse Error/],
])('fails by a %s', async (_, fault, message) => {
  const cluster = await start({ fault: () => fault });
  await expect(askOnce(cluster.url, assignee('2251799813685249'))).rejects.toThrow(message);
  expect(cluster.calls).toMatchObject([{ fault }]);
});

it.each<Fault>([
  { kind: 'hang' },
  { kind: 'silence' },
  { kind: 'trickle', from: 'headers', everyMs: 600_000 },
  { kind: 'trickle', from: 'body', everyMs: 600_000 },
])('does not come to an end: %o', async (fault) => {
  const cluster = await start({ fault: () => fault });
  await abandoned(cluster, 1, (signal) => askOnce(cluster.url, assignee('2251799813685249'), { signal }));
});

it('trickles to the end for who waits, and closes the connection then', async () => {
  const cluster = await start({ fault: () => ({ kind: 'trickle', from: 'headers', everyMs: 1 }) });
  const socket = connect(Number(new URL(cluster.url).port), '127.0.0.1');
  socket.write(`DELETE ${assignee('2251799813685249')} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 204 No Content\r\n.*\r\n\r\n$/s);
});

it.each([false, true])('carries out a command whose answer is lost, or does not: %s', async (carriedOut) => {
  const cluster = await start({ fault: () => ({ kind: 'reset', at: 'start', carriedOut }) });
  const { key } = cluster.tasks.create();
  await expect(askOnce(cluster.url, assignee(key))).rejects.toThrow();
  expect(cluster.tasks.get(key)?.unassigned).toBe(carriedOut ? 1 : 0);
});

it('goes silent on the connections it has, and serves new ones', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create();
  const old = keptAlive(cluster.url);
  await old(assignee(key));
  cluster.goSilent();
  await abandoned(cluster, 2, (signal) => old(assignee(key), { signal }));
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204 });
  expect(cluster.calls.map(({ connection, fault }) => [connection, fault?.kind])).toEqual([
    [1, undefined],
    [1, 'silence'],
    [2, undefined],
  ]);
});

it.each(['closeIdleConnections', 'resetConnections'] as const)(
  'cuts kept-alive connections: %s',
  async (cut) => {
    const cluster = await start();
    const { key } = cluster.tasks.create();
    const ask = keptAlive(cluster.url);
    await ask(assignee(key));
    cluster[cut]();
    await eventually(async () => expect(await ask(assignee(key))).toMatchObject({ status: 204 }));
    expect(cluster.calls.at(-1)?.connection).toBe(2);
  },
);
