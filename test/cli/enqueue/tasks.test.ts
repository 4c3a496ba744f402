// `camunda-unassign enqueue --assignee` as people run it, over the embedded SQS and the stand-in cluster.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClusterOptions, StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import type { TaskChanges } from '../../../infra/local/stand-in/tasks.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { startProxy } from '../../support/proxy.ts';
import type { SqsTap } from '../../support/sqs-tap.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { type Ended, runCli, setSqs, startCli } from '../support/binary.ts';

interface Stage {
  readonly cluster: StandInCluster;
  readonly tap: SqsTap;
  /** Runs the command with the queue and the cluster in place. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
  /** The bodies that were sent, in the order of their keys. */
  sent(): unknown[];
}

async function setStage(tasks: readonly TaskChanges[] = [], options: ClusterOptions = {}): Promise<Stage> {
  const cluster = await start(options);
  for (const each of tasks) cluster.tasks.create(each);
  const { tap } = await setSqs();
  const args = ['enqueue', '--queue-url', tap.queueUrl];
  return {
    cluster,
    tap,
    run: (more, environment = {}) =>
      runCli([...args, ...more], { environment: { CAMUNDA_REST_ADDRESS: cluster.url, ...environment } }),
    sent: () =>
      tap
        .sentTo(tap.queueUrl)
        .map(({ MessageBody }) => MessageBody)
        .toSorted()
        .map((body) => JSON.parse(body)),
  };
}

const ANNA = { assignee: 'anna' };
const BERT = { assignee: 'bert' };

const keysOf = ({ cluster }: Stage) => [...cluster.tasks].map(({ key }) => key);

describe('the tasks of a person', () => {
  it('are sent with the person whom the search found', async () => {
    const stage = await setStage([ANNA, BERT, ANNA, { ...ANNA, state: 'COMPLETED' }]);
    const { code, stdout } = await stage.run(['--assignee', 'anna', '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Sent 2 of 2 requests in /) });
    const [first, , third] = keysOf(stage);
    expect(stage.sent()).toEqual([
      { userTaskKey: first, expectedAssignee: 'anna' },
      { userTaskKey: third, expectedAssignee: 'anna' },
    ]);
  });

  it('are sent without the person where that is wanted', async () => {
    const stage = await setStage([ANNA]);
    const { code, stderr } = await stage.run(['--assignee', 'anna', '--yes', '--no-guard']);
    expect({ code, sent: stage.sent() }).toEqual({ code: 0, sent: [{ userTaskKey: keysOf(stage)[0] }] });
    expect(stderr).toContain(
      '--no-guard: whoever has a task when its turn comes loses it, also somebody who takes it after now.',
    );
  });

  it('of several, some of them in a file', async () => {
    const stage = await setStage([ANNA, BERT, { assignee: 'carl' }, { assignee: 'dora' }]);
    const file = await temporaryFile('people.txt', '# left in November\n\ncarl\r\n dora \n');
    const args = ['--assignee', 'anna', '--assignees-file', file, '--yes'];
    expect(await stage.run(args)).toMatchObject({ code: 0 });
    expect(stage.sent()).toMatchObject(['anna', 'carl', 'dora'].map((name) => ({ expectedAssignee: name })));
  });

  it('of several say who has none, whose name may be a slip', async () => {
    const stage = await setStage([ANNA]);
    const args = ['--assignee', 'anna', '--assignee', 'Bert', '--dry-run', '--output', 'json'];
    const { stdout, stderr } = await stage.run(args);
    expect(stderr).toContain('\nWithout such a task: Bert. Names are compared letter by letter.\n');
    expect(JSON.parse(stdout).plan).toMatchObject({ withoutTasks: ['Bert'] });
  });

  it.each<[string, string[], string]>([
    ['--candidate-group', ['--candidate-group', 'sales'], 'a'],
    ['--process', ['--process', 'invoice'], 'b'],
    ['--tenant', ['--tenant', 'blue'], 'c'],
    ['--created-before a time', ['--created-before', '2026-01-01T00:00:00Z'], 'd'],
    ['--created-before a span', ['--created-before', '1h'], 'd'],
    ['--due-before a time', ['--due-before', '2026-01-01T00:00:00Z'], 'e'],
    ['--due-before now', ['--due-before', '0s'], 'e'],
  ])('by %s', async (_, args, name) => {
    const stage = await setStage([
      { assignee: 'a', candidateGroups: ['sales'] },
      { assignee: 'b', processDefinitionId: 'invoice' },
      { assignee: 'c', tenantId: 'blue' },
      { assignee: 'd', creationDate: '2025-11-23T12:00:00Z' },
      { assignee: 'e', dueDate: '2025-11-23T12:00:00Z' },
      { assignee: null, candidateGroups: ['sales'], processDefinitionId: 'invoice', tenantId: 'blue' },
    ]);
    expect(await stage.run([...args, '--yes'])).toMatchObject({ code: 0 });
    expect(stage.sent()).toMatchObject([{ expectedAssignee: name }]);
  });

  it('are sent twice by the same command twice, and unassigned all the same', async () => {
    const stage = await setStage([ANNA]);
    await stage.run(['--assignee', 'anna', '--yes']);
    expect(await stage.run(['--assignee', 'anna', '--yes'])).toMatchObject({ code: 0 });
    const [first, second] = stage.sent();
    expect(second).toEqual(first);
  });

  it('are those of the stand-in that runs beside the queue of npm start', async () => {
    const { cluster } = await setStage([ANNA]);
    const port = String(Number(new URL(cluster.url).port) - 1);
    const environment = {
      CAMUNDA_REST_ADDRESS: 'https://cluster.invalid',
      CAMUNDA_CLIENT_ID: 'client',
      HTTP_PROXY: 'http://127.0.0.1:9',
    };
    const { code, stderr } = await runCli(
      ['enqueue', '--local', '--port', port, '--assignee', 'anna', '--dry-run'],
      { environment },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Found 1 open task,') });
  });

  it('are not found through a proxy that wants a password, which is said', async () => {
    const proxy = await startProxy(407);
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--assignee', 'anna'], {
      environment: { CAMUNDA_REST_ADDRESS: 'https://cluster.invalid', HTTPS_PROXY: proxy.url },
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^The proxy wants a name and a password: give them in HTTPS_PROXY/),
    });
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT cluster.invalid:443']));
  });

  it('are searched for through the proxy of the environment', async () => {
    const stage = await setStage([ANNA]);
    const proxy = await startProxy();
    const args = ['--assignee', 'anna', '--dry-run'];
    expect(await stage.run(args, { HTTP_PROXY: proxy.url })).toMatchObject({ code: 0 });
    expect(new Set(proxy.asked)).toEqual(new Set([`POST ${stage.cluster.url}/v2/user-tasks/search`]));
  });
});

describe('the plan', () => {
  it('says how many there are, of which processes, whose, since when, and what is left out', async () => {
    const dayAgo = new Date(Date.now() - 26 * 3_600_000).toISOString();
    const { run } = await setStage([
      { ...ANNA, creationDate: dayAgo },
      { ...ANNA, processDefinitionId: 'invoice' },
      BERT,
      { ...BERT, state: 'ASSIGNING' },
    ]);
    const { code, stderr } = await run(['--assignee', 'anna', '--assignee', 'bert', '--dry-run']);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^Found 3 open tasks, the oldest created 26 h ago\.\n\nTASKS {2}PROCESS\n {4}2 {2}request\n {4}1 {2}invoice\n\nTASKS {2}ASSIGNEE\n {4}2 {2}anna\n {4}1 {2}bert\n\nLeft out: 1 task that a listener holds or that is being completed\.\nEach request names who has the task now: .*\nDry run: would send 3 requests to http/,
    );
  });

  it('is asked about', async () => {
    const stage = await setStage([ANNA]);
    const { code, stderr } = await stage.run(['--assignee', 'anna']);
    expect({ code, sent: stage.sent() }).toEqual({ code: 2, sent: [] });
    expect(stderr).toMatch(
      /Send 1 request to http.*\? There is no terminal to ask this on: --yes answers it\.\n$/,
    );
  });

  it('is carried out as it was made, whatever comes after it', async () => {
    const stage = await setStage([ANNA]);
    const late = stage.cluster.settings;
    let searches = 0;
    late.fault = () => {
      searches += 1;
      // The count of what is left out comes after the list.
      if (searches === 3) stage.cluster.tasks.create(ANNA);
      return undefined;
    };
    await stage.run(['--assignee', 'anna', '--yes']);
    expect(stage.sent()).toHaveLength(1);
  });

  it('is listed by a dry run', async () => {
    const stage = await setStage([
      { ...ANNA, creationDate: '2026-11-23T12:00:00.000Z', dueDate: '2026-11-24T12:00:00Z', name: 'Look' },
    ]);
    const [key] = keysOf(stage);
    const { stdout } = await stage.run(['--assignee', 'anna', '--dry-run']);
    expect(stdout).toBe(
      `KEY               ASSIGNEE  PROCESS  TASK  CREATED     DUE\n${key}  anna      request  Look  2026-11-23  2026-11-24\n`,
    );
    expect(stage.sent()).toEqual([]);
  });

  it('is listed by a dry run to the last task', async () => {
    const { run } = await setStage(Array.from({ length: 50 }, () => ANNA));
    const { stdout, stderr } = await run(['--assignee', 'anna', '--dry-run']);
    expect({ lines: stdout.trimEnd().split('\n').length, more: stderr.includes('…') }).toEqual({
      lines: 51,
      more: false,
    });
  });

  it('is listed by a dry run as lines that --file takes', async () => {
    const stage = await setStage([ANNA]);
    const { stdout } = await stage.run(['--assignee', 'anna', '--dry-run', '--output', 'jsonl']);
    const file = join(await temporaryFolder(), 'tasks.jsonl');
    await writeFile(file, stdout);
    expect(await stage.run(['--file', file, '--yes'])).toMatchObject({ code: 0 });
    expect(stage.sent()).toEqual([{ userTaskKey: keysOf(stage)[0], expectedAssignee: 'anna' }]);
  });

  it.each([['--dry-run'], ['--yes']])('is in the JSON of %s', async (option) => {
    const { run } = await setStage([{ ...ANNA, creationDate: '2026-11-23T12:00:00.000Z' }]);
    const { stdout } = await run(['--assignee', 'anna', option, '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      requests: 1,
      plan: {
        tasks: 1,
        byProcess: [{ processDefinitionId: 'request', tasks: 1 }],
        byAssignee: [{ assignee: 'anna', tasks: 1 }],
        oldest: '2026-11-23T12:00:00.000Z',
        leftOut: { count: 0, isAtLeast: false },
      },
    });
  });
});

describe('a task of somebody whose name no request can have', () => {
  const UNFIT = { assignee: 'anna\u0007' };

  it('is told, and nothing is sent', async () => {
    const stage = await setStage([ANNA, UNFIT]);
    const { code, stderr } = await stage.run(['--process', 'request', '--yes']);
    expect({ code, sent: stage.sent() }).toEqual({ code: 2, sent: [] });
    expect(stderr).toMatch(
      /task 2: expectedAssignee: expected 1 to 256 characters .*\n1 of 2 lines is invalid\.\nNothing was sent\. --skip-invalid sends the others\.\n$/,
    );
  });

  it('is left out where that is wanted', async () => {
    const stage = await setStage([ANNA, UNFIT]);
    const { code } = await stage.run(['--process', 'request', '--yes', '--skip-invalid']);
    expect({ code, sent: stage.sent() }).toMatchObject({ code: 3, sent: [{ expectedAssignee: 'anna' }] });
  });
});

describe('an interruption', () => {
  it('while it searches sends nothing', async () => {
    const stage = await setStage([], { fault: () => ({ kind: 'hang' }) });
    const running = startCli(['enqueue', '--queue-url', stage.tap.queueUrl, '--assignee', 'anna', '--yes'], {
      environment: { CAMUNDA_REST_ADDRESS: stage.cluster.url },
    });
    await eventually(() => expect(stage.cluster.calls).not.toEqual([]));
    running.child.kill('SIGINT');
    const { code, stderr } = await running.end;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringContaining('Interrupted: nothing was sent.'),
    });
  });

  it('while it sends says what was sent and how to go on', async () => {
    const stage = await setStage(Array.from({ length: 300 }, () => ANNA));
    stage.tap.fault = () => (stage.tap.sends.length > 3 ? { kind: 'hang', sent: false } : undefined);
    const running = startCli(['enqueue', '--queue-url', stage.tap.queueUrl, '--assignee', 'anna', '--yes'], {
      environment: { CAMUNDA_REST_ADDRESS: stage.cluster.url },
    });
    await eventually(() => expect(stage.tap.sends.length).toBeGreaterThan(4));
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.end;
    expect({ code, stdout }).toEqual({
      code: 130,
      stdout: expect.stringMatching(/^Interrupted: sent \d+ of 300 requests in .*; \d+ not tried\.\n$/m),
    });
    expect(stderr).toContain('The same command goes on: it finds what is not unassigned by then');
  });
});

describe('no tasks', () => {
  it('are no error, and may be a missing permission', async () => {
    const { run } = await setStage([ANNA], { mayRead: false });
    const { code, stderr } = await run(['--assignee', 'anna', '--yes']);
    expect(code).toBe(0);
    expect(stderr).toContain('Found no open task that fits and that somebody has.\n');
    expect(stderr).toContain('This client sees no task of anybody: it may lack the permission to read them');
    expect(stderr).toContain('GET /v2/user-tasks/<key> answers 403 where the permission is missing.');
  });

  it('where there are others are told as such', async () => {
    const { run } = await setStage([ANNA]);
    const { stderr } = await run(['--assignee', 'Anna', '--yes']);
    expect(stderr).toContain('Assignees are compared letter by letter: demo is not Demo.');
    expect(stderr).toContain('This client sees other tasks.');
  });

  it('of a process that the cluster does not know say so', async () => {
    const { run } = await setStage([ANNA]);
    const { stderr } = await run(['--process', 'Request', '--yes']);
    expect(stderr).toContain('The cluster shows no task of the process Request at all');
  });

  it('of a process that it does know do not', async () => {
    const { run } = await setStage([{ assignee: null }]);
    const { stderr } = await run(['--process', 'request', '--yes']);
    expect(stderr).not.toContain('The cluster shows no task of the process');
  });
});

describe('a cluster that cannot be searched', () => {
  it.each<[string, ClusterOptions, string]>([
    [
      'credentials that are refused',
      { authentication: { basic: { username: 'a', password: 'a-password' } } },
      'refuses the credentials: check CAMUNDA_CLIENT_ID',
    ],
    [
      'no permission',
      { fault: () => ({ kind: 'situation', situation: { is: 'unreadable' } }) },
      'This client may not search for user tasks',
    ],
    ['no secondary storage', { storage: 'absent' }, 'This cluster has no secondary storage'],
    ['Camunda 8.6', { version: '8.6' }, 'it came with Camunda 8.8'],
    [
      'a sign-in page',
      { fault: () => ({ kind: 'front', says: 'sign-in-page' }) },
      'Something else than Camunda answers at',
    ],
    ['a broken connection', { fault: () => ({ kind: 'reset', at: 'start' }) }, 'cannot be reached'],
  ])('is told in words that say what to do: %s', async (_, options, words) => {
    const stage = await setStage([ANNA], options);
    const { code, stderr, stdout } = await stage.run(['--assignee', 'anna', '--yes']);
    expect({ code, stdout, sent: stage.sent() }).toEqual({ code: 1, stdout: '', sent: [] });
    expect(stderr).toContain(words);
  });

  it('is told while it is tried again', async () => {
    const { run } = await setStage([ANNA], {
      fault: ({ attempt }) =>
        attempt === 1 ? { kind: 'situation', situation: { is: 'exhausted', partition: '1' } } : undefined,
    });
    const { code, stderr } = await run(['--assignee', 'anna', '--dry-run']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^the cluster answered 503: RESOURCE_EXHAUSTED: .*\. Trying again in 0\.\d s\.\nFound 1/,
      ),
    });
  });

  it('is told where nobody runs npm start', async () => {
    const { code, stderr } = await runCli(['enqueue', '--local', '--port', '1', '--assignee', 'anna']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Nothing answers at http:\/\/127\.0\.0\.1:2\/v2: is `npm start` running/);
  });

  it('is told by the settings that are missing', async () => {
    const args = ['enqueue', '--queue-url', 'https://queue.invalid/q', '--assignee', 'anna'];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain('  - CAMUNDA_REST_ADDRESS is required');
  });
});

describe('options that make no sense', () => {
  it.each<[string, string[], RegExp]>([
    ['a key and a person', ['1', '--assignee', 'anna'], /not several of them/],
    ['a file and a group', ['--file', 'x', '--candidate-group', 'sales'], /not several of them/],
    ['no guard for keys', ['1', '--no-guard'], /--no-guard is about tasks that are searched for/],
    [
      'a person who is expected, and a search',
      ['--process', 'x', '--expected-assignee', 'anna'],
      /--expected-assignee is for keys and files/,
    ],
    ['an empty name', ['--assignee', ' '], /Expected a name; this one is empty/],
    ['a time without an hour', ['--due-before', '2026-11-23'], /the time is missing/],
    ['a file of people that is not there', ['--assignees-file', '/does/not/exist'], /no such file/],
  ])('are refused: %s', async (_, args, problem) => {
    const { code, stderr, stdout } = await runCli(['enqueue', '--local', '--yes', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });

  it.each([
    ['nobody', '# none\n\n'],
    ['something else than names', 'x'.repeat(1_001)],
  ])('are refused: a file of people with %s', async (_, content) => {
    const file = await temporaryFile('people.txt', content);
    const { code, stderr } = await runCli(['enqueue', '--local', '--assignees-file', file, '--yes']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('expected') });
  });
});
