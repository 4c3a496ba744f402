import { expect, it } from 'vitest';
import type { StandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import { TASK_STATES, type TaskChanges } from '../../../../infra/local/stand-in/tasks.ts';
import { askOnce } from '../raw-http.ts';
import { assignee, post, start } from './started.ts';

const get = (cluster: StandInCluster, key: string) =>
  askOnce(cluster.url, `/v2/user-tasks/${key}`, { method: 'GET' });

async function search(cluster: StandInCluster, request: unknown = {}) {
  const answer = await post(cluster, '/v2/user-tasks/search', request);
  expect(answer.status, answer.body).toBe(200);
  return JSON.parse(answer.body);
}

/** The tasks that a search finds, by the names that the test has given them. */
async function namesFound(tasks: readonly TaskChanges[], request: unknown): Promise<string[]> {
  const cluster = await start();
  for (const each of tasks) cluster.tasks.create(each);
  const { items } = await search(cluster, request);
  return items.map(({ name }: { readonly name: string }) => name);
}

it('reads a task', async () => {
  const cluster = await start({ version: '8.10', partitions: 4 });
  const { key } = cluster.tasks.create({ partition: 4, assignee: 'anna', candidateGroups: ['sales'] });
  const { status, body } = await get(cluster, key);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({
    userTaskKey: key,
    state: 'CREATED',
    assignee: 'anna',
    candidateGroups: ['sales'],
    tenantId: '<default>',
    completionDate: null,
  });
});

it('writes no fields of null on 8.8, neither in a task nor in a search', async () => {
  const cluster = await start({ version: '8.8' });
  const { key } = cluster.tasks.create({ assignee: null, candidateUsers: ['anna'] });
  const [read, found] = [await get(cluster, key), await search(cluster)];
  const nobody = await search(cluster, { filter: { assignee: 'anna' } });
  expect([read.body, JSON.stringify([found, nobody])].join()).not.toContain('null');
  expect([JSON.parse(read.body), found.items[0]]).toMatchObject([
    { userTaskKey: key, candidateUsers: ['anna'] },
    { userTaskKey: key, candidateUsers: ['anna'] },
  ]);
});

it.each(TASK_STATES)('shows a task that is %s', async (state) => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ state });
  const shown = JSON.parse((await get(cluster, key)).body);
  expect(shown.state).toBe(state === 'CLAIMING' ? 'ASSIGNING' : state);
  expect('completionDate' in shown).toBe(state === 'COMPLETED' || state === 'CANCELED');
});

it('does not know a key that no task has', async () => {
  const cluster = await start();
  const key = cluster.tasks.newKey(9);
  const { status, body } = await get(cluster, key);
  expect(status).toBe(404);
  expect(JSON.parse(body)).toMatchObject({
    title: 'NOT_FOUND',
    detail: `User Task with key '${key}' not found`,
  });
});

it('refuses a key that is no number', async () => {
  const { status, body } = await get(await start(), 'abc');
  expect(status).toBe(400);
  expect(JSON.parse(body).detail).toBe("Failed to convert 'userTaskKey' with value: 'abc'");
});

it('sees what was done when the lag has passed', async () => {
  const cluster = await start({ lagMs: 600_000 });
  const { key } = cluster.tasks.create();
  expect(await get(cluster, key)).toMatchObject({ status: 404 });
  expect((await search(cluster)).items).toEqual([]);
  cluster.settings.lagMs = 0;
  expect(JSON.parse((await get(cluster, key)).body).assignee).toBe('demo');
  cluster.settings.lagMs = 600_000;
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204 });
  expect(JSON.parse((await get(cluster, key)).body).assignee).toBe('demo');
  cluster.settings.lagMs = 0;
  expect(JSON.parse((await get(cluster, key)).body).assignee).toBeUndefined();
});

it('has nothing to read from without a secondary storage', async () => {
  const cluster = await start({ storage: 'absent' });
  const { key } = cluster.tasks.create();
  for (const answer of [await get(cluster, key), await post(cluster, '/v2/user-tasks/search', {})]) {
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({
      title: 'FORBIDDEN',
      detail: expect.stringMatching(/^This endpoint requires a secondary storage, but none is set\./),
    });
  }
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204 });
});

it('lists what cannot be read by key where the storage is broken', async () => {
  const cluster = await start({ storage: 'broken' });
  const { key } = cluster.tasks.create();
  expect((await search(cluster)).items).toMatchObject([{ userTaskKey: key }]);
  expect(await get(cluster, key)).toMatchObject({ status: 404 });
});

it('finds nothing for who may not read, and says so of a single task', async () => {
  const cluster = await start({ version: '8.10', mayRead: false });
  const { key } = cluster.tasks.create();
  expect(await search(cluster)).toEqual({
    items: [],
    page: { totalItems: 0, hasMoreTotalItems: false, startCursor: null, endCursor: null },
  });
  expect(await get(cluster, key)).toMatchObject({ status: 403 });
});

it('finds everything without a body', async () => {
  const cluster = await start();
  cluster.tasks.create();
  const { body } = await askOnce(cluster.url, '/v2/user-tasks/search', { method: 'POST' });
  expect(JSON.parse(body).items).toHaveLength(1);
});

const PEOPLE: readonly TaskChanges[] = [
  { name: 'a', assignee: 'anna', candidateGroups: ['sales', 'legal'], priority: 80, tenantId: 'blue' },
  { name: 'b', assignee: 'bert', candidateGroups: ['sales'], dueDate: '2026-11-23T12:00:00Z' },
  { name: 'c', assignee: null, state: 'COMPLETED', dueDate: '2026-11-24T13:00:00+01:00', priority: 10 },
];

it.each<[string, object, string]>([
  ['a value', { assignee: 'anna' }, 'a'],
  ['null, which asks nothing', { assignee: null }, 'abc'],
  ['$eq', { assignee: { $eq: 'bert' } }, 'b'],
  ['$neq, where nobody is another, too', { assignee: { $neq: 'anna' } }, 'bc'],
  ['$exists', { assignee: { $exists: true } }, 'ab'],
  ['not $exists', { assignee: { $exists: false } }, 'c'],
  ['$in', { assignee: { $in: ['anna', 'bert'] } }, 'ab'],
  ['$notIn', { assignee: { $notIn: ['anna'] } }, 'bc'],
  ['$like with a star', { assignee: { $like: '*n*' } }, 'a'],
  ['$like with a question mark', { assignee: { $like: 'b?rt' } }, 'b'],
  ['$like with an escaped star', { assignee: { $like: 'b\\*' } }, ''],
  ['$like with what a regular expression would read', { assignee: { $like: '.*' } }, ''],
  ['two operators', { assignee: { $exists: true, $neq: 'anna' } }, 'b'],
  ['two fields', { assignee: 'anna', candidateGroup: 'legal' }, 'a'],
  ['one of several groups', { candidateGroup: 'sales' }, 'ab'],
  ['none of several groups', { candidateGroup: { $neq: 'legal' } }, 'bc'],
  ['a state', { state: 'CREATED' }, 'ab'],
  ['states', { state: { $in: ['COMPLETED', 'CANCELED'] } }, 'c'],
  ['a number', { priority: 50 }, 'b'],
  ['numbers', { priority: { $gt: 10, $lte: 80 } }, 'ab'],
  ['a tenant', { tenantId: 'blue' }, 'a'],
  ['a date', { dueDate: { $lt: '2026-11-24T00:00:00Z' } }, 'b'],
  ['a date in another zone', { dueDate: '2026-11-24T12:00:00Z' }, 'c'],
  ['a process', { processDefinitionId: 'request' }, 'abc'],
])('filters by %s', async (_, filter, names) => {
  expect(await namesFound(PEOPLE, { filter })).toEqual([...names]);
});

it('filters by keys', async () => {
  const cluster = await start();
  const [first, second] = [cluster.tasks.create(), cluster.tasks.create()];
  const found = async (filter: object) => (await search(cluster, { filter })).items;
  expect(await found({ userTaskKey: second.key })).toMatchObject([{ userTaskKey: second.key }]);
  expect(await found({ processInstanceKey: first.processInstanceKey })).toMatchObject([
    { userTaskKey: first.key },
  ]);
});

it.each<[object[], string]>([
  [[], 'abc'],
  [[{ field: 'priority' }], 'cba'],
  [[{ field: 'priority', order: 'DESC' }], 'abc'],
  [[{ field: 'dueDate', order: 'ASC' }], 'bca'],
  [[{ field: 'dueDate', order: 'DESC' }], 'cba'],
  [[{ field: 'completionDate' }, { field: 'name', order: 'DESC' }], 'cba'],
])('sorts by %j', async (sort, names) => {
  expect(await namesFound(PEOPLE, { sort })).toEqual([...names]);
});

it('sorts keys as numbers', async () => {
  const cluster = await start({ partitions: 5 });
  const partitions = [5, 4, 1];
  const keys = partitions.map((partition) => cluster.tasks.create({ partition }).key);
  const { items } = await search(cluster);
  expect(items.map(({ userTaskKey }: { readonly userTaskKey: string }) => userTaskKey)).toEqual(
    keys.reverse(),
  );
});

it.each(['creationDate', 'priority'])('pages through all, sorted by %s', async (field) => {
  const cluster = await start();
  const keys = Array.from({ length: 25 }, (_, index) => cluster.tasks.create({ priority: index % 3 }).key);
  const seen: string[] = [];
  let after: string | undefined;
  for (const size of [10, 10, 5, 0]) {
    const page = { limit: 10, ...(after === undefined ? {} : { after }) };
    const found = await search(cluster, { sort: [{ field }], page });
    expect(found.page).toMatchObject({ totalItems: 25, hasMoreTotalItems: false });
    expect(found.items).toHaveLength(size);
    seen.push(...found.items.map(({ userTaskKey }: { readonly userTaskKey: string }) => userTaskKey));
    after = found.page.endCursor ?? undefined;
  }
  expect(seen).toHaveLength(25);
  expect(new Set(seen)).toEqual(new Set(keys));
});

it('goes on where a page ended though its tasks have left the result', async () => {
  const cluster = await start();
  const keys = Array.from({ length: 4 }, () => cluster.tasks.create().key);
  const filter = { state: 'CREATED' };
  const { page } = await search(cluster, { filter, page: { limit: 2 } });
  for (const key of keys.slice(0, 2)) cluster.tasks.put(key, { state: 'COMPLETED' });
  const next = await search(cluster, { filter, page: { limit: 2, after: page.endCursor } });
  expect(next.items).toMatchObject(keys.slice(2).map((userTaskKey) => ({ userTaskKey })));
});

it('goes back, and takes a distance', async () => {
  const cluster = await start();
  const keys = Array.from({ length: 5 }, () => cluster.tasks.create().key);
  const { page } = await search(cluster, { page: { from: 3, limit: 1 } });
  const { items } = await search(cluster, { page: { before: page.startCursor, limit: 2 } });
  expect(items).toMatchObject(keys.slice(1, 3).map((userTaskKey) => ({ userTaskKey })));
});

it('counts up to ten thousand', async () => {
  const cluster = await start();
  for (let count = 0; count < 10_001; count += 1) cluster.tasks.create();
  const { items, page } = await search(cluster);
  expect(items).toHaveLength(100);
  expect(page).toMatchObject({ totalItems: 10_000, hasMoreTotalItems: true });
});

it.each<[unknown, string, string]>([
  [{ filters: {} }, 'Bad Request', 'Request property [filters] cannot be parsed'],
  [{ filter: { owner: 'anna' } }, 'Bad Request', 'Request property [filter.owner] cannot be parsed'],
  [{ filter: { assignee: 7 } }, 'Bad Request', 'Request property [filter.assignee] cannot be parsed'],
  [
    { filter: { assignee: { $is: 'a' } } },
    'Bad Request',
    'Request property [filter.assignee.$is] cannot be parsed',
  ],
  [
    { filter: { processDefinitionId: { $eq: 'a' } } },
    'Bad Request',
    'Request property [filter.processDefinitionId] cannot be parsed',
  ],
  [
    { filter: { userTaskKey: 'abc' } },
    'Bad Request',
    'Request property [filter.userTaskKey] cannot be parsed',
  ],
  [
    { filter: { dueDate: { $lt: 'soon' } } },
    'INVALID_ARGUMENT',
    "The provided dueDate 'soon' cannot be parsed as a date according to RFC 3339, section 5.6.",
  ],
  [
    { sort: [{ field: 'owner' }] },
    'Bad Request',
    "Unexpected value 'owner' for enum field 'field'. Use any of the following values: [creationDate, completionDate, followUpDate, dueDate, priority, name]",
  ],
  [
    { sort: [{ field: 'priority', order: 'dsc' }] },
    'Bad Request',
    "Unexpected value 'dsc' for enum field 'order'. Use any of the following values: [ASC, DESC]",
  ],
  [{ sort: [{ order: 'ASC' }] }, 'INVALID_ARGUMENT', 'Sort field must not be null.'],
  [{ page: {} }, 'Bad Request', 'At least one of [from, after, before, limit] is required.'],
  [{ page: 'all' }, 'Bad Request', 'At least one of [from, after, before, limit] is required.'],
  [{ page: { after: 'a', before: 'b' } }, 'Bad Request', 'Only one of [from, after, before] is allowed.'],
  [
    { page: { limit: -1 } },
    'INVALID_ARGUMENT',
    "The value for page.limit is '-1' but must be a non-negative number.",
  ],
  [
    { page: { limit: 0 } },
    'INVALID_ARGUMENT',
    "The value for page.limit is '0' but must be between 1 and 10000.",
  ],
  [
    { page: { limit: 10_001 } },
    'INVALID_ARGUMENT',
    "The value for page.limit is '10001' but must be between 1 and 10000.",
  ],
  [{ page: { limit: 1, size: 2 } }, 'Bad Request', 'Request property [page.size] cannot be parsed'],
  [{ page: { after: 'bm8=' } }, 'INVALID_ARGUMENT', "Cannot decode pagination cursor 'bm8='"],
])('refuses to search by %j', async (request, title, detail) => {
  const cluster = await start();
  const answer = await post(cluster, '/v2/user-tasks/search', request);
  expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(answer.body)).toMatchObject({
    title,
    detail,
    status: 400,
    instance: '/v2/user-tasks/search',
  });
});

it('names the states that a filter can have', async () => {
  const answer = await post(await start(), '/v2/user-tasks/search', { filter: { state: 'CLAIMING' } });
  expect(JSON.parse(answer.body).detail).toMatch(
    /^Unexpected value 'CLAIMING' for enum field 'state'\. Use any of the following values: \[CREATING, CREATED,/,
  );
});

it('cannot be done on 8.6, where a task can only be changed at its path', async () => {
  const cluster = await start({ version: '8.6' });
  const { key } = cluster.tasks.create();
  for (const answer of [await get(cluster, key), await post(cluster, '/v2/user-tasks/search', {})]) {
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'PATCH' } });
  }
});
