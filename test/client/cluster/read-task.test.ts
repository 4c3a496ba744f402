import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { UserTaskResult } from '@camunda8/orchestration-cluster-api';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type { Access, Authorization } from '../../../client/cluster/authorization.ts';
import { createHttp, type Http } from '../../../client/cluster/exchange.ts';
import { createTaskReader, type Reading, type TaskReading } from '../../../client/cluster/read-task.ts';
import type { CamundaVersion } from '../../../infra/local/stand-in/answers.ts';
import { type ClusterOptions, startStandInCluster } from '../../../infra/local/stand-in/cluster.ts';

const KEY = '2251799813685249';

/** What the authorization heard, in the order of its hearing. */
type Heard = 'renew' | 'accepted' | 'rejected';

/** Reads the task at that address with the tokens `one` and, after a 401, `two`. */
async function readAt(
  origin: string,
  { key = KEY, heard = [] }: { key?: string; heard?: Heard[] } = {},
): Promise<Reading> {
  const http = createHttp(origin, 1, Date.now);
  onTestFinished(() => http.destroy());
  const authorization: Authorization = {
    access: async () => accessWith('one'),
    renew: async () => {
      heard.push('renew');
      return accessWith('two');
    },
    credentialsRejected: () => heard.push('rejected'),
    credentialsAccepted: () => heard.push('accepted'),
  };
  return createTaskReader('/v2', { http, authorization, now: Date.now }).readTask(key, 20_000);
}

function accessWith(token: string): Access {
  return { type: 'access', header: `Bearer ${token}`, secrets: [token], renewable: true, tls: {} };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Reads a task from a server that answers 200 with that body. */
async function readFrom(body: string | Buffer, status = 200, heard: Heard[] = []): Promise<Reading> {
  return readAt(await serve((_, response) => answer(response, status, body)), { heard });
}

function answer(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

describe.each<CamundaVersion>(['8.8', '8.10'])('a task in Camunda %s', (version) => {
  async function stage(options: ClusterOptions = {}) {
    const cluster = await startStandInCluster({ version, ...options });
    onTestFinished(() => cluster.close());
    return cluster;
  }

  it.each([
    ['of somebody', 'anna'],
    ['of nobody', null],
    ['of somebody with a name in any script', ' Ünï \u{1f600} "x" \\ \u2028'],
  ])('%s', async (_, assignee) => {
    const cluster = await stage();
    const { key } = cluster.tasks.create({ assignee });
    expect(await readAt(cluster.url, { key })).toMatchObject({ type: 'task', calls: 1, assignee });
  });

  it('is read as the storage has it, which lags behind', async () => {
    const cluster = await stage();
    const { key } = cluster.tasks.create({ assignee: 'anna' });
    expect(await readAt(cluster.url, { key })).toMatchObject({ assignee: 'anna' });
    cluster.settings.lagMs = 600_000;
    cluster.tasks.put(key, { assignee: 'bert' });
    expect(await readAt(cluster.url, { key })).toMatchObject({ assignee: 'anna' });
  });

  it.each<[string, ClusterOptions, number, string]>([
    ['which the storage does not have', { lagMs: 600_000 }, 404, 'NOT_FOUND'],
    ['which we may not read', { mayRead: false }, 403, 'FORBIDDEN'],
    ['without a storage', { storage: 'absent' }, 403, 'FORBIDDEN'],
    ['in a storage that is broken', { storage: 'broken' }, 404, 'NOT_FOUND'],
  ])('%s is answered in Camunda’s words, as they are', async (_, options, status, title) => {
    const cluster = await stage(options);
    const { key } = cluster.tasks.create();
    expect(await readAt(cluster.url, { key })).toMatchObject({
      type: 'response',
      status,
      problem: 'camunda',
      title,
    });
  });
});

it('a task in Camunda 8.6, which cannot read tasks, is answered by a bare 405', async () => {
  const cluster = await startStandInCluster({ version: '8.6' });
  onTestFinished(() => cluster.close());
  const { key } = cluster.tasks.create();
  expect(await readAt(cluster.url, { key })).toMatchObject({
    type: 'response',
    status: 405,
    problem: 'none',
  });
});

describe('a success', () => {
  const TASK = { userTaskKey: KEY, state: 'CREATED', assignee: 'anna', name: 'Review', completionDate: null };

  it.each([
    ['as Camunda writes it', JSON.stringify(TASK)],
    ['with fields that nobody knows', JSON.stringify({ ...TASK, more: [{ of: 'it' }] })],
    ['with a byte order mark and white space', `\ufeff\n ${JSON.stringify(TASK)} `],
  ])('is the task: %s', async (_, body) => {
    expect(await readFrom(body)).toMatchObject({ type: 'task', assignee: 'anna' });
  });

  it.each([
    ['without a field of null, as Camunda 8.8 writes it', { userTaskKey: KEY, state: 'CREATED' }],
    ['with null, as later versions write it', { ...TASK, assignee: null }],
    ['with an empty name', { ...TASK, assignee: '' }],
  ])('says that nobody has the task: %s', async (_, task) => {
    expect(await readFrom(JSON.stringify(task))).toMatchObject({ type: 'task', assignee: null });
  });

  const { assignee: _, ...withoutAssignee } = TASK;
  it.each<[string, string | Buffer, number?]>([
    ['of another task', JSON.stringify({ ...TASK, userTaskKey: '2251799813685250' })],
    ['with the key as a number', `{"userTaskKey":${KEY},"assignee":"anna"}`],
    ['without a key', JSON.stringify({ state: 'CREATED', assignee: 'anna' })],
    ['without an assignee, but with another field of null', JSON.stringify(withoutAssignee)],
    ['without an assignee, and without a state', JSON.stringify({ userTaskKey: KEY })],
    ['whose assignee is a number', JSON.stringify({ ...TASK, assignee: 7 })],
    ['whose assignee is an object', JSON.stringify({ ...TASK, assignee: { name: 'anna' } })],
    ['in a list', JSON.stringify([TASK])],
    ['inside something else', JSON.stringify({ items: [TASK] })],
    ['that inherits its fields', `{"__proto__":${JSON.stringify(TASK)}}`],
    ['that is cut off', JSON.stringify(TASK).slice(0, -1)],
    ['that is a page', '<html>Sign in, anna</html>'],
    ['that is Camunda’s problem detail', '{"title":"anna","detail":"anna","status":200}'],
    ['that is null', 'null'],
    ['that is empty', ''],
    ['that is white space', ' '],
    ['that is nested deep', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['that is longer than 64 KiB', JSON.stringify({ ...TASK, more: 'x'.repeat(65_536) })],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['with another status', JSON.stringify(TASK), 201],
    ['with the status of a part', JSON.stringify(TASK), 206],
    ['without content', '', 204],
  ])('is foreign: %s', async (_, body, status = 200) => {
    const heard: Heard[] = [];
    const reading = await readFrom(body, status, heard);
    expect({ reading, heard }).toMatchObject({
      reading: { type: 'foreign', response: { status } },
      heard: [],
    });
  });

  it('that is foreign brings none of its words, since names can stand in them', async () => {
    const bodies = ['anna', '<p>anna</p>', '{"title":"anna","detail":"anna","status":200}', '{"a":"anna"}'];
    const readings = await Promise.all(bodies.map((body) => readFrom(body)));
    expect(JSON.stringify(readings)).not.toContain('anna');
  });

  it('is foreign, whatever its body is', async () => {
    let body = '';
    const origin = await serve((_, response) => answer(response, 200, body));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), async (any) => {
        body = any;
        expect(await readAt(origin)).toMatchObject({ type: 'foreign' });
      }),
      { numRuns: 50 },
    );
  });

  it('that breaks off is no answer', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"userTaskKey"', () => response.destroy());
    });
    expect(await readAt(origin)).toMatchObject({
      type: 'no-answer',
      cause: 'the answer broke off',
      sent: true,
    });
  });
});

describe('any other answer', () => {
  it.each([
    [301, ''],
    [400, '{"title":"Bad Request","detail":"no","status":400}'],
    [429, ''],
    [500, '<html>no</html>'],
    [503, '{"title":"RESOURCE_EXHAUSTED","detail":"no","status":503}'],
  ])('%i comes as it does of an unassign call', async (status, body) => {
    expect(await readFrom(body, status)).toMatchObject({ type: 'response', calls: 1, status });
  });

  it('that is none says why', async () => {
    const origin = await serve((request) => request.socket.destroy());
    expect(await readAt(origin)).toMatchObject({ type: 'no-answer', sent: true });
  });

  it('that is not HTTP says so', async () => {
    const origin = await serve((request) => request.socket.end('anything\r\n\r\n'));
    expect(await readAt(origin)).toMatchObject({ type: 'unreadable' });
  });
});

describe('the credentials', () => {
  it('are renewed after a 401, once, and the same is asked again', async () => {
    const seen: unknown[] = [];
    const heard: Heard[] = [];
    const origin = await serve(({ method, url, headers }, response) => {
      seen.push([method, url, headers.authorization]);
      if (seen.length === 1) return answer(response, 401, '');
      answer(response, 200, JSON.stringify({ userTaskKey: KEY, assignee: null }));
    });
    const reading = await readAt(origin, { heard });
    expect({ reading, seen, heard }).toMatchObject({
      reading: { type: 'task', calls: 2, assignee: null },
      seen: [
        ['GET', `/v2/user-tasks/${KEY}`, 'Bearer one'],
        ['GET', `/v2/user-tasks/${KEY}`, 'Bearer two'],
      ],
      heard: ['renew', 'accepted'],
    });
  });

  it('are refused when the fresh ones are', async () => {
    const heard: Heard[] = [];
    const origin = await serve((_, response) => answer(response, 401, ''));
    const reading = await readAt(origin, { heard });
    expect({ reading, heard }).toMatchObject({
      reading: { type: 'response', status: 401, calls: 2 },
      heard: ['renew', 'rejected'],
    });
  });
});

it('what is read is what Camunda’s own SDK says that there is', () => {
  expectTypeOf<UserTaskResult['assignee']>().toEqualTypeOf<TaskReading['assignee']>();
  expectTypeOf<UserTaskResult['userTaskKey']>().toExtend<string>();
  expectTypeOf<UserTaskResult['state']>().toExtend<string>();
});

describe('the time for an answer', () => {
  it.each([
    ['as asked for', 3_000, 3_000],
    ['no more than there is', 30_000, 20_000],
    ['all that there is, where nothing is asked for', undefined, 20_000],
  ])('is %s', async (_, answerMs, expected) => {
    const given: number[] = [];
    const http: Http = {
      exchange: async ({ timeoutMs }) => {
        given.push(timeoutMs);
        return { type: 'no-answer', calls: 1, cause: 'none', tls: false, sent: true };
      },
      destroy: async () => {},
    };
    const authorization: Authorization = {
      access: async () => accessWith('one'),
      renew: async () => undefined,
      credentialsRejected: () => {},
      credentialsAccepted: () => {},
    };
    const reader = createTaskReader('/v2', { http, authorization, now: () => 0 });
    await reader.readTask(KEY, 20_000, answerMs);
    expect(given).toEqual([expected]);
  });
});
