// What Camunda's own public tests of unassigning assert, in our own words: github.com/camunda/camunda, below
// qa/c8-orchestration-cluster-e2e-test-suite, tests/api/v2/user-task/user-task-unassign-api-tests.spec.ts and
// user-task-permission-api-tests.spec.ts, and the generated v2-stateless-tests/tests/request-validation/
// usertasks-validation-api-tests.spec.ts. What they say of a key beyond 64 bits is recorded (key-over-int64.json).
import { describe, expect, it } from 'vitest';
import { CAMUNDA_VERSIONS, type CamundaVersion } from '../../../../infra/local/stand-in/answers.ts';
import type { ClusterOptions, StandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import type { Task } from '../../../../infra/local/stand-in/tasks.ts';
import { askOnce, type Exchange } from '../raw-http.ts';
import { assignee, post, start } from './started.ts';

const PASSWORD = { username: 'demo', password: 'demo' };
const headers = { authorization: `Basic ${Buffer.from('demo:demo').toString('base64')}` };

/** Who unassigns with credentials. */
const unassign = (cluster: StandInCluster, key: string) => askOnce(cluster.url, assignee(key), { headers });

function expectProblem({ status, headers: answered, body }: Exchange, told: object): void {
  expect(answered['content-type']).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status, ...told });
}

const begin = (version: CamundaVersion, options: ClusterOptions = {}) =>
  start({ version, authentication: { basic: PASSWORD }, ...options });

describe.each(CAMUNDA_VERSIONS)('on %s', (version) => {
  it('a task is assigned and unassigned', async () => {
    const cluster = await begin(version);
    const task = cluster.tasks.create({ assignee: null });
    const assigned = await post(
      cluster,
      `/v2/user-tasks/${task.key}/assignment`,
      { assignee: 'demo' },
      { headers },
    );
    expect(assigned).toMatchObject({ status: 204, body: '' });
    expect(task.assignee).toBe('demo');
    expect(await unassign(cluster, task.key)).toMatchObject({ status: 204, body: '' });
    expect(task.assignee).toBeNull();
  });

  it('a task is unassigned twice', async () => {
    const cluster = await begin(version);
    const { key } = cluster.tasks.create();
    expect(await unassign(cluster, key)).toMatchObject({ status: 204 });
    expect(await unassign(cluster, key)).toMatchObject({ status: 204 });
  });

  it('nobody unassigns without credentials', async () => {
    const cluster = await begin(version);
    const task = cluster.tasks.create();
    const answer = await askOnce(cluster.url, assignee(task.key), {
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(401);
    expectProblem(answer, { title: 'Unauthorized' });
    expect(task.assignee).toBe('demo');
  });

  it('a key that no task has is not found, by name', async () => {
    const cluster = await begin(version);
    const key = '9999999999999999';
    const answer = await unassign(cluster, key);
    expect(answer.status).toBe(404);
    expectProblem(answer, {
      title: 'NOT_FOUND',
      detail: `Command 'ASSIGN' rejected with code 'NOT_FOUND': Expected to assign user task with key '${key}', but no such user task was found`,
    });
  });

  it.each(['invalidKey', 'a', '9223372036854775808'])('%s is no key', async (key) => {
    const answer = await unassign(await begin(version), key);
    expect(answer.status).toBe(400);
    expectProblem(answer, {
      title: 'Bad Request',
      detail: `Failed to convert 'userTaskKey' with value: '${key}'`,
    });
  });

  it.each<unknown[]>([[{ __unexpectedField: 'x' }], [[]], [{}]])('nobody is assigned by %j', async (body) => {
    const cluster = await begin(version);
    const task = cluster.tasks.create();
    const answer = await post(cluster, `/v2/user-tasks/${task.key}/assignment`, body, { headers });
    expect(answer.status).toBe(400);
    expect(task.assignee).toBe('demo');
  });
});

/** What the caller may not do; from 8.9 on there are two permissions that would do (AuthorizationRequest). */
const LACKING = {
  '8.8': ({ processDefinitionId }: Task) =>
    `Insufficient permissions to perform operation 'UPDATE_USER_TASK' on resource 'PROCESS_DEFINITION', required resource identifiers are one of '[*, ${processDefinitionId}]'`,
  '8.10': (task: Task): string =>
    `${LACKING['8.8'](task)}; and Insufficient permissions to perform operation 'UPDATE' on resource 'USER_TASK', required resource identifiers are one of '[*, ${task.key}]' or resource must match property constraints '[assignee, candidateGroups, candidateUsers]'`,
} as const;

const READING = {
  '8.8': "Unauthorized to perform operation 'READ_USER_TASK' on resource 'PROCESS_DEFINITION'",
  '8.10':
    "Unauthorized to perform any of the operations: 'READ_USER_TASK' on 'PROCESS_DEFINITION' or 'READ' on 'USER_TASK'",
} as const;

describe.each(['8.8', '8.10'] as const)('on %s', (version) => {
  it('nobody unassigns without the permission', async () => {
    const cluster = await begin(version, { mayUpdate: false });
    const task = cluster.tasks.create();
    const answer = await unassign(cluster, task.key);
    expect(answer.status).toBe(403);
    expectProblem(answer, {
      title: 'FORBIDDEN',
      detail: `Command 'ASSIGN' rejected with code 'FORBIDDEN': ${LACKING[version](task)}`,
    });
    expect(task.assignee).toBe('demo');
  });

  it('nobody reads a task without the permission', async () => {
    const cluster = await begin(version, { mayRead: false });
    const { key } = cluster.tasks.create();
    const answer = await askOnce(cluster.url, `/v2/user-tasks/${key}`, { method: 'GET', headers });
    expect(answer.status).toBe(403);
    expectProblem(answer, { title: 'FORBIDDEN', detail: READING[version] });
  });
});
