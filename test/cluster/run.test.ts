// `npm run test:cluster` as a person runs it, but for the build, which the tests have behind them: against stand-ins,
// so that it is known to work, to say what it leaves out, and to touch nobody else's task.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type ClusterOptions,
  type StandInCluster,
  startStandInCluster,
} from '../../infra/local/stand-in/cluster.ts';
import { startStandInIssuer } from '../../infra/local/stand-in/issuer.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOUCHED = /^\/v2\/user-tasks\/(\d+)\/assign/;

interface Run {
  readonly code: unknown;
  readonly output: string;
}

/** @param only the name of the one test to run */
function run(env: Record<string, string>, only?: string): Promise<Run> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/cluster/vitest.config.ts'];
  if (only !== undefined) args.push('--testNamePattern', only);
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: ROOT, env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    );
    onTestFinished(() => void child.kill('SIGKILL'));
  });
}

async function start(options: ClusterOptions = {}): Promise<StandInCluster> {
  const cluster = await startStandInCluster(options);
  onTestFinished(() => cluster.close());
  return cluster;
}

/** The keys of the tasks that were assigned or unassigned, or should have been. */
function touchedKeys({ calls, tasks }: StandInCluster): string[] {
  const keys = calls.flatMap(({ path }) => TOUCHED.exec(path)?.[1] ?? []);
  return [...new Set(keys)].filter((key) => tasks.get(key) !== undefined);
}

describe('where nothing can be tried it ends with 3 and says why:', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['no address', {}, ['CAMUNDA_REST_ADDRESS is not set', 'TEST_ASSIGNEE ']],
    ['an empty address', { CAMUNDA_REST_ADDRESS: '' }, ['CAMUNDA_REST_ADDRESS is not set', 'TEST_ASSIGNEE ']],
    [
      'credentials that are not complete',
      { CAMUNDA_REST_ADDRESS: 'http://127.0.0.1:1', CAMUNDA_AUTH_STRATEGY: 'BASIC' },
      ['CAMUNDA_BASIC_AUTH_PASSWORD is required'],
    ],
    [
      'a secret that would have to be fetched',
      {
        CAMUNDA_REST_ADDRESS: 'http://127.0.0.1:1',
        CAMUNDA_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda',
      },
      ['CAMUNDA_SECRET_ARN is set'],
    ],
  ])('%s', async (_, env, words) => {
    const { code, output } = await run(env);
    expect([code, words.filter((text) => !output.includes(text))]).toEqual([3, []]);
  });
});

it('ends with 1 where the address does not answer', async () => {
  const { code, output } = await run({ CAMUNDA_REST_ADDRESS: 'http://127.0.0.1:1' });
  expect([code, output]).toEqual([1, expect.stringContaining('GET /v2/topology: no connection')]);
});

it('ends with 1 where the credentials are refused', async () => {
  const cluster = await start({ authentication: { basic: { username: 'demo', password: 'right-one' } } });
  const { code, output } = await run({
    CAMUNDA_REST_ADDRESS: cluster.url,
    CAMUNDA_BASIC_AUTH_USERNAME: 'demo',
    CAMUNDA_BASIC_AUTH_PASSWORD: 'wrong-one',
  });
  expect([code, output]).toEqual([1, expect.stringContaining('answered with 401')]);
  expect(output).not.toContain('wrong-one');
});

describe('a whole run', () => {
  const OTHERS = ['somebody else', 'dem', 'demo2', null] as const;

  it('with a password tries everything, on one task of TEST_ASSIGNEE', async () => {
    const cluster = await start({
      authentication: { basic: { username: 'unassign', password: 'pass-phrase' } },
      lagMs: 200,
    });
    for (const assignee of OTHERS) cluster.tasks.create({ assignee });
    cluster.tasks.create({ state: 'COMPLETED' });
    const { key } = cluster.tasks.create();
    const { code, output } = await run({
      CAMUNDA_REST_ADDRESS: `${cluster.url}/v2/`,
      CAMUNDA_BASIC_AUTH_USERNAME: 'unassign',
      CAMUNDA_BASIC_AUTH_PASSWORD: 'pass-phrase',
      TEST_ASSIGNEE: 'demo',
    });
    expect([code, output]).toEqual([0, expect.stringMatching(/Tests +8 passed \(8\)/)]);
    expect([touchedKeys(cluster), cluster.tasks.get(key)]).toMatchObject([
      [key],
      { assignee: null, unassigned: 2 },
    ]);
    expect(output).not.toContain('pass-phrase');
  });

  it('with tokens tries everything, also behind a gateway that answers 401 to paths it does not know', async () => {
    const issuer = await startStandInIssuer({ clientId: 'unassign', clientSecret: 'client-secret' });
    onTestFinished(() => issuer.close());
    const cluster = await start({
      authentication: { bearer: (token) => issuer.check(token) },
      basePath: '/0b0c',
      fault: ({ path }) => (path.startsWith('/0b0c/v2/') ? undefined : { kind: 'answer', status: 401 }),
    });
    const { key } = cluster.tasks.create();
    const { code, output } = await run({
      CAMUNDA_REST_ADDRESS: cluster.url,
      CAMUNDA_OAUTH_URL: issuer.url,
      CAMUNDA_CLIENT_ID: 'unassign',
      CAMUNDA_CLIENT_SECRET: 'client-secret',
      TEST_ASSIGNEE: 'demo',
    });
    expect([code, output]).toEqual([0, expect.stringMatching(/Tests +8 passed \(8\)/)]);
    expect(cluster.tasks.get(key)).toMatchObject({ assignee: null, unassigned: 2 });
    expect(output).not.toContain('client-secret');
  });

  it.each<[string, ClusterOptions, string]>([
    ['of 8.6', { version: '8.6' }, '(the cluster answered 405: '],
    [
      'without a secondary storage',
      { version: '8.10', storage: 'absent' },
      '(the cluster answered 403: FORBIDDEN: This endpoint requires a secondary storage',
    ],
  ])('against a cluster %s says what it left out', async (_, options, why) => {
    const cluster = await start(options);
    cluster.tasks.create();
    const { code, output } = await run({ CAMUNDA_REST_ADDRESS: cluster.url, TEST_ASSIGNEE: 'demo' });
    expect([code, output]).toEqual([0, expect.stringMatching(/Tests +5 passed \| 3 skipped \(8\)/)]);
    expect(output).toContain('[the cluster answers without credentials]');
    expect(output).toContain(`[the cluster has no search for user tasks ${why}`);
    expect(touchedKeys(cluster)).toEqual([]);
  });
});

describe('no task is touched', () => {
  const OPEN_TASK = 'an open task of TEST_ASSIGNEE';

  it('without TEST_ASSIGNEE', async () => {
    const cluster = await start();
    cluster.tasks.create();
    const { output } = await run({ CAMUNDA_REST_ADDRESS: cluster.url }, OPEN_TASK);
    expect(output).toContain('[TEST_ASSIGNEE is not set, so no task may be unassigned]');
    expect(touchedKeys(cluster)).toEqual([]);
  });

  it.each<[string, ClusterOptions]>([
    ['that cannot be read by its key', { storage: 'broken' }],
    ['that nobody may read', { mayRead: false }],
  ])('%s', async (_, options) => {
    const cluster = await start(options);
    cluster.tasks.create();
    const { output } = await run({ CAMUNDA_REST_ADDRESS: cluster.url, TEST_ASSIGNEE: 'demo' }, OPEN_TASK);
    expect(output).toContain('[no open task of demo can be read,');
    expect(touchedKeys(cluster)).toEqual([]);
  });

  it('that search gives and that is somebody else’s, by its own word or by the reading', async () => {
    const cluster = await start();
    const { key: another } = cluster.tasks.create({ assignee: 'somebody else' });
    const { key: taken } = cluster.tasks.create({ assignee: 'somebody else' });
    const { key: done } = cluster.tasks.create({ state: 'COMPLETED' });
    const listed = { state: 'CREATED', processDefinitionId: 'p', tenantId: 't', creationDate: '2026-11-23' };
    const items = [
      { ...listed, userTaskKey: another, assignee: 'somebody else' },
      { ...listed, userTaskKey: taken, assignee: 'demo' },
      { ...listed, userTaskKey: done, assignee: 'demo' },
    ];
    cluster.settings.fault = ({ path }) =>
      path.endsWith('/search')
        ? { kind: 'answer', status: 200, body: JSON.stringify({ items, page: { totalItems: 3 } }) }
        : undefined;
    const { output } = await run({ CAMUNDA_REST_ADDRESS: cluster.url, TEST_ASSIGNEE: 'demo' }, OPEN_TASK);
    expect(output).toContain('[no open task of demo can be read,');
    expect(touchedKeys(cluster)).toEqual([]);
    expect(cluster.calls.filter(({ path }) => path === `/v2/user-tasks/${another}`)).toEqual([]);
  });

  it('that somebody has taken since', async () => {
    const cluster = await start();
    const { key } = cluster.tasks.create();
    cluster.settings.fault = ({ method, path }) => {
      const isReading = method === 'GET' && path.endsWith(key);
      if (isReading && cluster.tasks.get(key)?.assignee === null) {
        cluster.tasks.put(key, { assignee: 'somebody else' });
      }
      return undefined;
    };
    const { output } = await run({ CAMUNDA_REST_ADDRESS: cluster.url, TEST_ASSIGNEE: 'demo' }, OPEN_TASK);
    expect(output).toContain('[somebody has taken the task since it was unassigned,');
    expect(cluster.tasks.get(key)).toMatchObject({ assignee: 'somebody else', unassigned: 1 });
  });
});
