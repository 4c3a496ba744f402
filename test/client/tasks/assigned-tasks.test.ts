import { describe, expect, it } from 'vitest';
import type { TaskFilter, TaskSearch } from '../../../client/cluster/search.ts';
import { UnassignQueue } from '../../../client/index.ts';
import { findAssignedTasks } from '../../../client/tasks/find.ts';
import { type AssignedTask, type AssignedTasksOptions, assignedTasks } from '../../../client/tasks/index.ts';
import { PEOPLE_AT_ONCE, readSelection, type TaskSelection } from '../../../client/tasks/selection.ts';
import type { FaultRequest } from '../../../infra/local/stand-in/broker.ts';
import type { StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import type { TaskChanges } from '../../../infra/local/stand-in/tasks.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { startTappedQueue } from '../sending/tapped-queue.ts';

type Options = Omit<AssignedTasksOptions, 'environment'>;

function find(cluster: StandInCluster, options: Options): AsyncGenerator<AssignedTask> {
  return assignedTasks({ ...options, environment: { CAMUNDA_REST_ADDRESS: cluster.url } });
}

async function all(tasks: AsyncIterable<AssignedTask>): Promise<AssignedTask[]> {
  const found: AssignedTask[] = [];
  for await (const each of tasks) found.push(each);
  return found;
}

/** The tasks that are found, by the names that the test has given them. */
async function namesFound(tasks: readonly TaskChanges[], options: Options): Promise<string> {
  const cluster = await start();
  for (const each of tasks) cluster.tasks.create(each);
  const found = await all(find(cluster, options));
  return found.map(({ name }) => name).join('');
}

const TASKS: readonly TaskChanges[] = [
  { name: 'a', assignee: 'anna', candidateGroups: ['sales', 'legal'], tenantId: 'blue' },
  { name: 'b', assignee: 'bert', candidateGroups: ['sales'], dueDate: '2026-11-23T12:00:00Z' },
  { name: 'c', assignee: 'carl', processDefinitionId: 'invoice', creationDate: '2026-11-23T12:00:00Z' },
  { name: 'd', assignee: null, candidateGroups: ['sales'], dueDate: '2026-11-23T12:00:00Z' },
  { name: 'e', assignee: 'anna', state: 'ASSIGNING' },
  { name: 'f', assignee: 'anna', state: 'COMPLETED' },
  { name: 'g', assignee: '', candidateGroups: ['sales'] },
];

describe('the tasks that are found', () => {
  it.each<[string, Options, string]>([
    ['of a person are open', { assignees: 'anna' }, 'a'],
    ['of several people', { assignees: ['carl', 'anna'] }, 'ca'],
    ['of a set of people', { assignees: new Set(['bert', 'anna']) }, 'ab'],
    ['of nobody', { assignees: [] }, ''],
    ['of a group have an assignee', { candidateGroup: 'sales' }, 'ab'],
    ['of a process', { process: 'invoice' }, 'c'],
    ['of a tenant', { tenant: 'blue' }, 'a'],
    ['created before a time', { createdBefore: '2026-11-23T12:00:01Z' }, 'c'],
    ['created before a Date', { createdBefore: new Date('2026-11-23T12:00:01Z') }, 'c'],
    ['due before a time', { dueBefore: '2026-11-23T13:00:01+01:00' }, 'b'],
    ['that satisfy all that is said', { assignees: ['anna', 'bert'], candidateGroup: 'legal' }, 'a'],
  ])('%s', async (_, options, names) => {
    expect(await namesFound(TASKS, options)).toBe(names);
  });

  it('have what is worth knowing of them', async () => {
    const cluster = await start();
    const { key, creationDate } = cluster.tasks.create({ assignee: 'anna' });
    expect(await all(find(cluster, { assignees: 'anna' }))).toEqual([
      {
        userTaskKey: key,
        assignee: 'anna',
        state: 'CREATED',
        name: 'Review the request',
        processDefinitionId: 'request',
        tenantId: '<default>',
        creationDate,
      },
    ]);
  });

  it('are those of all people, of whom so many are asked for at once', async () => {
    const cluster = await start();
    const assignees = Array.from({ length: 2 * PEOPLE_AT_ONCE + 1 }, (_, index) => `person-${index}`);
    for (const assignee of assignees) cluster.tasks.create({ assignee });
    const found = await all(find(cluster, { assignees }));
    expect(found.map(({ assignee }) => assignee)).toEqual(assignees);
  });

  it('are each given once where a page lists again what the page before had', async () => {
    const [a, b, c] = [task('1'), task('2'), task('3')];
    const cluster = await answering([[a, b], [b, c], []]);
    const found = await all(find(cluster, { assignees: 'demo' }));
    expect(found.map(({ userTaskKey }) => userTaskKey)).toEqual(['1', '2', '3']);
  });

  it('are given again where another of the people has one meanwhile', async () => {
    const cluster = await answering([[task('1', 'anna')], [task('1', 'bert')], []]);
    const found = await all(find(cluster, { assignees: ['anna', 'bert'] }));
    expect(found.map(({ assignee }) => assignee)).toEqual(['anna', 'bert']);
  });

  it('are no others, whatever the cluster lists', async () => {
    const others = [task('1', 'bert'), task('2', null), { ...task('3'), state: 'ASSIGNING' }, task('4')];
    const cluster = await answering([others, []]);
    const found = await all(find(cluster, { assignees: 'demo' }));
    expect(found.map(({ userTaskKey }) => userTaskKey)).toEqual(['4']);
  });
});

describe('the search', () => {
  it('is refused at once with everything that is wrong', () => {
    const options = { assignees: 7, dueBefore: '2026-11-23', asignee: 'x', timeoutMs: 0, signal: 'x' };
    expect(() => assignedTasks({ ...options, environment: {} } as unknown as AssignedTasksOptions)).toThrow(
      expect.objectContaining({
        code: 'InvalidOptions',
        message: [
          'unknown option "asignee": did you mean assignees?',
          'timeoutMs: expected milliseconds from 1 to 600000, got the number 0',
          'signal: expected an AbortSignal, got the string "x"',
          'dueBefore: expected a date and time with seconds and offset, in the form of 2026-11-23T12:00:00Z or 2026-11-23T13:00:00+01:00, got the string "2026-11-23" (the time is missing)',
          'assignees: expected a name or several, got the number 7',
          "CAMUNDA_REST_ADDRESS is required: the address of the cluster's REST API, with or without /v2",
        ].join('\n'),
      }),
    );
  });

  it.each<[string, object]>([
    ['nothing at all, which would mean every task', {}],
    ['a person that is undefined', { assignees: undefined, process: 'invoice' }],
    ['a process that is undefined', { assignees: 'anna', process: undefined }],
    ['a blank name', { assignees: ['anna', ' '] }],
    ['a time that is undefined', { assignees: 'anna', createdBefore: undefined }],
    ['an invalid Date', { assignees: 'anna', dueBefore: new Date('x') }],
  ])('is refused for %s', (_, options) => {
    const environment = { CAMUNDA_REST_ADDRESS: 'http://127.0.0.1:1' };
    expect(() => assignedTasks({ ...options, environment } as unknown as AssignedTasksOptions)).toThrow(
      expect.objectContaining({ code: 'InvalidOptions' }),
    );
  });

  it.each([null, undefined, 'anna'])('is refused for %j instead of options', (options) => {
    expect(() => assignedTasks(options as unknown as AssignedTasksOptions)).toThrow(
      expect.objectContaining({
        code: 'InvalidOptions',
        message: expect.stringMatching(/^options: expected an object with assignees, /),
      }),
    );
  });

  it('is refused where only a secret of the function has the credentials', () => {
    const environment = {
      CAMUNDA_REST_ADDRESS: 'http://127.0.0.1:1',
      CAMUNDA_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda',
    };
    expect(() => assignedTasks({ assignees: 'anna', environment })).toThrow('CAMUNDA_SECRET_ARN');
  });

  it('ends with the signal', async () => {
    const cluster = await start({ fault: () => ({ kind: 'hang' }) });
    const signal = AbortSignal.timeout(50);
    await expect(find(cluster, { assignees: 'anna', signal }).next()).rejects.toThrow('timeout');
  });

  it('waits for a page as long as it is told', async () => {
    const cluster = await start({ fault: () => ({ kind: 'hang' }) });
    await expect(find(cluster, { assignees: 'anna', timeoutMs: 50 }).next()).rejects.toMatchObject({
      code: 'TimedOut',
    });
  });
});

describe('the cluster is asked', () => {
  /** What is asked of it in a search for these tasks. */
  async function asked(selection: TaskSelection): Promise<TaskFilter[]> {
    const filters: TaskFilter[] = [];
    const search: TaskSearch = {
      async *pages(filter) {
        filters.push(filter);
        yield [];
      },
      count: async () => ({ count: 0, isAtLeast: false }),
    };
    await all(findAssignedTasks(search, readSelection(selection, []), { timeoutMs: 1 }));
    return filters;
  }

  it('for open tasks alone, and for those that somebody has', async () => {
    const dueBefore = '2026-11-23T12:00:00Z';
    expect(await asked({ process: 'invoice', dueBefore })).toEqual([
      {
        assignee: { $exists: true },
        processDefinitionId: 'invoice',
        dueDate: { $lt: dueBefore },
        state: 'CREATED',
      },
    ]);
  });

  it('once for each person, and not at all for nobody', async () => {
    expect(await asked({ assignees: ['anna', 'anna'] })).toEqual([{ assignee: 'anna', state: 'CREATED' }]);
    expect(await asked({ assignees: [] })).toEqual([]);
  });
});

describe('a task that was found', () => {
  it('is enqueued as it is, as long as this person has it', async () => {
    const cluster = await start();
    const { key } = cluster.tasks.create({ assignee: 'anna' });
    const { sqs, queueUrl, drain } = await startTappedQueue();
    const queue = new UnassignQueue({ queueUrl, client: sqs, environment: {} });
    const results = queue.enqueueEach(find(cluster, { assignees: 'anna' }), {
      expiresAt: '2099-01-01T00:00:00Z',
    });
    for await (const { sent, request } of results) {
      expect({ sent, request }).toMatchObject({ sent: true, request: { name: 'Review the request' } });
    }
    expect((await drain()).map(({ Body = '' }) => JSON.parse(Body))).toEqual([
      { userTaskKey: key, expiresAt: '2099-01-01T00:00:00Z', expectedAssignee: 'anna' },
    ]);
  });

  it('is refused as a copy, which is more than a request', async () => {
    const cluster = await start();
    cluster.tasks.create({ assignee: 'anna' });
    const [found] = await all(find(cluster, { assignees: 'anna' }));
    const queue = new UnassignQueue({ queueUrl: 'http://127.0.0.1:1/queue' });
    const copy = { ...found } as { userTaskKey: string };
    await expect(queue.enqueue(copy)).rejects.toThrow('unknown field "assignee", "state"');
  });
});

/** A cluster that answers with these pages, one after the other. */
function answering(pages: readonly (readonly object[])[]): Promise<StandInCluster> {
  return start({
    fault: ({ attempt }: FaultRequest) => {
      const items = pages[attempt - 1] ?? [];
      const page = { totalItems: items.length, endCursor: String(attempt) };
      return { kind: 'answer', status: 200, body: JSON.stringify({ items, page }) };
    },
  });
}

function task(userTaskKey: string, assignee: string | null = 'demo') {
  return {
    userTaskKey,
    state: 'CREATED',
    assignee,
    name: null,
    processDefinitionId: 'request',
    tenantId: '<default>',
    creationDate: '2026-11-23T12:00:00Z',
    dueDate: null,
  };
}
