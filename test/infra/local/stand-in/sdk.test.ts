// The stand-in judged by Camunda's own SDK for JavaScript, which checks every request and every response against its
// types, and says by its typed errors what it takes an answer for.
import { createCamundaClient, type EndCursor, isSdkError } from '@camunda8/orchestration-cluster-api';
import { describe, expect, it } from 'vitest';
import type { CamundaVersion, Situation } from '../../../../infra/local/stand-in/answers.ts';
import type { ClusterOptions, StandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import { start } from './started.ts';

/** How often the SDK tries what it takes for backpressure. */
const ATTEMPTS = 2;

/** It knows the answers of 8.9 and later: those of 8.8, which has no fields of null, are not what it takes for complete. */
const responses = (version: CamundaVersion) => `res:${version === '8.8' ? 'none' : 'strict'}`;

function clientOf(cluster: StandInCluster, validation = `req:strict,${responses(cluster.settings.version)}`) {
  return createCamundaClient({
    env: {},
    config: {
      CAMUNDA_REST_ADDRESS: cluster.url,
      CAMUNDA_AUTH_STRATEGY: 'NONE',
      CAMUNDA_SDK_VALIDATION: validation,
      CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS: ATTEMPTS,
      CAMUNDA_SDK_HTTP_RETRY_BASE_DELAY_MS: 1,
      CAMUNDA_SDK_LOG_LEVEL: 'silent',
    },
  });
}

type Client = ReturnType<typeof clientOf>;
type Key = Parameters<Client['unassignUserTask']>[0]['userTaskKey'];

/** A key in the SDK's own type. */
const keyOf = (key: string) => key as Key;

type SearchRequest = Parameters<Client['searchUserTasks']>[0];

/** The keys that a search finds, page by page until one is not full, or there are too many. */
async function keysByPage(client: Client, request: SearchRequest, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let after: EndCursor | null = null;
  do {
    const page = after === null ? { limit } : { limit, after };
    const found = await client.searchUserTasks({ ...request, page }, AT_ONCE);
    expect(found.page).toMatchObject({ totalItems: 2_500, hasMoreTotalItems: false });
    pages.push(found.items.map(({ userTaskKey }) => userTaskKey));
    after = found.page.endCursor;
  } while (pages.at(-1)?.length === limit && pages.length < 10);
  return pages;
}

const situation = (is: Situation): ClusterOptions => ({
  fault: () => ({ kind: 'situation', situation: is }),
});

/** What the client throws at an unassign call. */
function refusalOf(client: Client, key: string): Promise<unknown> {
  return client.unassignUserTask({ userTaskKey: keyOf(key) }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** Takes the first answer, as it is. */
const AT_ONCE = { consistency: { waitUpToMs: 0 } };

describe.each<CamundaVersion>(['8.8', '8.10'])('the SDK finds that the stand-in of %s', (version) => {
  async function stage(options: ClusterOptions = {}) {
    const cluster = await start({ version, ...options });
    return { cluster, client: clientOf(cluster) };
  }

  it('unassigns', async () => {
    const { cluster, client } = await stage();
    const { key } = cluster.tasks.create();
    await client.unassignUserTask({ userTaskKey: keyOf(key) });
    expect(cluster.tasks.get(key)).toMatchObject({ assignee: null, unassigned: 1 });
  });

  it('assigns', async () => {
    const { cluster, client } = await stage();
    const { key } = cluster.tasks.create({ assignee: null });
    await client.assignUserTask({ userTaskKey: keyOf(key), assignee: 'anna', allowOverride: false });
    expect(cluster.tasks.get(key)?.assignee).toBe('anna');
  });

  it('shows a task', async () => {
    const { cluster, client } = await stage({ partitions: 4 });
    const told = {
      assignee: 'anna',
      candidateGroups: ['sales'],
      candidateUsers: ['bert'],
      dueDate: '2026-11-23T12:00:00.000Z',
      followUpDate: '2026-11-20T12:00:00.000Z',
      priority: 80,
    };
    const { key } = cluster.tasks.create({ partition: 4, state: 'COMPLETED', ...told });
    const task = await client.getUserTask({ userTaskKey: keyOf(key) }, AT_ONCE);
    expect(task).toMatchObject({ userTaskKey: key, state: 'COMPLETED', ...told });
    expect(task.completionDate).not.toBeNull();
  });

  it('lists all pages of 2,500 tasks', async () => {
    const { cluster } = await stage();
    // `fanatical` checks more than `strict`, under which version 9.1.5 sends every page without its cursor.
    const client = clientOf(cluster, `req:fanatical,${responses(version)}`);
    for (let count = 0; count < 2_500; count += 1) {
      cluster.tasks.create({ assignee: 'anna', priority: count % 7 });
      if (count % 10 === 0) cluster.tasks.create({ assignee: 'bert' });
    }
    const request: SearchRequest = {
      filter: { assignee: 'anna', state: { $in: ['CREATED', 'ASSIGNING'] } },
      sort: [{ field: 'priority', order: 'DESC' }],
    };
    const keys = await keysByPage(client, request, 1_000);
    expect(keys.map((page) => page.length)).toEqual([1_000, 1_000, 500]);
    expect(new Set(keys.flat()).size).toBe(2_500);
  });

  it('finds nothing for who may not read', async () => {
    const { cluster, client } = await stage({ mayRead: false });
    cluster.tasks.create();
    const { items, page } = await client.searchUserTasks({}, AT_ONCE);
    expect({ items, totalItems: page.totalItems }).toEqual({ items: [], totalItems: 0 });
  });

  it.each([3, 0])('tells the topology of a cluster that sees %i partitions', async (partitions) => {
    const { client } = await stage({ partitions });
    const topology = await client.getTopology();
    expect(topology).toMatchObject({
      partitionsCount: partitions,
      gatewayVersion: expect.stringMatching(version === '8.8' ? /^8\.8\./ : /^8\.10\./),
      lastCompletedChangeId: '-1',
    });
    expect(topology.brokers.flatMap((broker) => broker.partitions)).toHaveLength(partitions);
  });

  const OUT_OF_RANGE = '99999999999999999999';

  it.each<[number, string, ClusterOptions, { readonly key?: string; readonly tried?: number }?]>([
    [400, 'Bad Request', {}, { key: OUT_OF_RANGE }],
    [401, 'Unauthorized', { authentication: { bearer: () => true } }],
    [403, 'FORBIDDEN', { mayUpdate: false }],
    [404, 'NOT_FOUND', {}, { key: '2251799813700000' }],
    [409, 'INVALID_STATE', situation({ is: 'in-transition', key: '1', state: 'ASSIGNING' })],
    [500, 'INTERNAL', situation({ is: 'internal', message: 'no such thing' })],
    [503, 'UNAVAILABLE', situation({ is: 'no-broker' })],
    [503, 'RESOURCE_EXHAUSTED', situation({ is: 'exhausted', partition: '1' }), { tried: ATTEMPTS }],
    [504, 'DEADLINE_EXCEEDED', situation({ is: 'timeout' })],
  ])('says %i %s', async (status, title, options, { key, tried = 1 } = {}) => {
    const { cluster, client } = await stage(options);
    const userTaskKey = key ?? cluster.tasks.create().key;
    const error = await refusalOf(client, userTaskKey);
    expect(isSdkError(error), String(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'HttpSdkError',
      status,
      type: 'about:blank',
      title,
      detail: expect.stringMatching(/./),
      instance: `/v2/user-tasks/${userTaskKey}/assignee`,
    });
    expect(cluster.calls).toHaveLength(tried);
  });

  it.each([
    ['a task that the storage does not have', {}, 404],
    ['a task that the caller may not read', { mayRead: false }, 403],
    ['any task without a storage', { storage: 'absent' } as const, 403],
  ])('does not show %s', async (_, options, status) => {
    const { cluster, client } = await stage({ ...options, ...(status === 404 ? { lagMs: 600_000 } : {}) });
    const { key } = cluster.tasks.create();
    await expect(client.getUserTask({ userTaskKey: keyOf(key) }, AT_ONCE)).rejects.toMatchObject({
      name: 'HttpSdkError',
      status,
      type: 'about:blank',
      title: status === 404 ? 'NOT_FOUND' : 'FORBIDDEN',
    });
  });
});

it('the SDK takes the 429 of 8.6 for backpressure', async () => {
  const cluster = await start({ version: '8.6', ...situation({ is: 'exhausted', partition: '1' }) });
  expect(await refusalOf(clientOf(cluster), cluster.tasks.create().key)).toMatchObject({
    name: 'HttpSdkError',
    status: 429,
    title: 'RESOURCE_EXHAUSTED',
  });
  expect(cluster.calls).toHaveLength(ATTEMPTS);
});
