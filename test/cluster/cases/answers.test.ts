// What a cluster that a person brings answers, and what becomes of a message by it. Only one case touches a task: one
// that search and a reading just before both say TEST_ASSIGNEE has.
import { describe, expect, type TestContext, test } from 'vitest';
import { fateOf } from '../fate.ts';
import { clusterSettings, givenCluster, UNKNOWN_KEY } from '../given-cluster.ts';

const settings = clusterSettings(process.env);
const cluster = givenCluster(settings);
const assignee = process.env['TEST_ASSIGNEE'] ?? '';

/** Those of nobody, so that no account is locked. A client that the token endpoint refuses makes no call at all. */
const WRONG_CREDENTIALS = {
  NONE: undefined,
  BASIC: {
    settings: { CAMUNDA_BASIC_AUTH_USERNAME: 'no-such-user', CAMUNDA_BASIC_AUTH_PASSWORD: 'no password' },
    journey: { attempts: 1, lastStatus: 401 },
  },
  OAUTH: {
    settings: { CAMUNDA_CLIENT_ID: 'no-such-client', CAMUNDA_CLIENT_SECRET: 'no secret' },
    journey: { attempts: 0 },
  },
};

/** The name of no user. */
const NO_ONE = 'no-such-user-of-test-cluster';

/** How long the storage that is read from may lag behind. */
const MOST_LAG_MS = 120_000;

test('404 of a key that no task has: dead-lettered with Camunda’s title and detail', async () => {
  const detail = `Command 'ASSIGN' rejected with code 'NOT_FOUND': Expected to assign user task with key '${UNKNOWN_KEY}', but no such user task was found`;
  expect(await fateOf(UNKNOWN_KEY, settings)).toMatchObject({
    is: 'dead-lettered',
    failure: `not-found: 404 NOT_FOUND: ${detail}`,
    journey: { kind: 'not-found', attempts: 1, lastStatus: 404, lastTitle: 'NOT_FOUND', lastDetail: detail },
  });
});

test.each([
  ['that is not a number', 'abc'],
  ['beyond 64 bits', '9223372036854775808'],
])('400 of a key %s, which the function itself does not send', async (_, key) => {
  expect(await cluster.unassign(key)).toMatchObject({
    type: 'response',
    status: 400,
    title: 'Bad Request',
    detail: expect.stringContaining(key),
  });
});

test('a wrong path, where no Camunda answers: requeued', async () => {
  const address = settings['CAMUNDA_REST_ADDRESS']?.replace(/\/+$/, '').replace(/\/v2$/, '');
  const wrong = { ...settings, CAMUNDA_REST_ADDRESS: `${address}/no-such-path` };
  // A gateway may answer 401 there, which is tried once more with a fresh token.
  const attempts = cluster.strategy === 'OAUTH' ? expect.toBeOneOf([1, 2]) : 1;
  expect(await fateOf(UNKNOWN_KEY, wrong)).toMatchObject({ is: 'requeued', journey: { attempts } });
});

describe('where the cluster wants credentials', () => {
  async function needCredentials({ skip }: TestContext): Promise<void> {
    if (!(await cluster.wantsCredentials())) skip('the cluster answers without credentials');
  }

  test('401 without any: requeued', async (context) => {
    await needCredentials(context);
    expect(await fateOf(UNKNOWN_KEY, { ...settings, CAMUNDA_AUTH_STRATEGY: 'NONE' })).toMatchObject({
      is: 'requeued',
      journey: { attempts: 1, lastStatus: 401 },
    });
  });

  test('wrong ones: requeued', async (context) => {
    await needCredentials(context);
    const wrong = WRONG_CREDENTIALS[cluster.strategy ?? 'NONE'];
    if (wrong === undefined) return context.skip('no credentials are set, so none can be wrong');
    expect(await fateOf(UNKNOWN_KEY, { ...settings, ...wrong.settings })).toMatchObject({
      is: 'requeued',
      journey: wrong.journey,
    });
  });
});

/** What becomes of a request that says whose task it must be, by what reading a task is answered with. */
const UNREAD: Readonly<Record<number, object>> = {
  404: { is: 'dead-lettered', journey: { kind: 'not-found', attempts: 1, lastStatus: 404 } },
  // No permission, or no secondary storage.
  403: { is: 'redelivered' },
  // Camunda before 8.8.
  405: { is: 'dead-lettered', journey: { kind: 'rejected', attempts: 1, lastStatus: 405 } },
};

test('a key that no task has, and an expected assignee: settled by the reading', async () => {
  const status = await cluster.readingStatus(UNKNOWN_KEY);
  expect(Object.keys(UNREAD)).toContain(String(status));
  expect(await fateOf(UNKNOWN_KEY, settings, NO_ONE)).toMatchObject(UNREAD[status] ?? {});
});

test('an open task of TEST_ASSIGNEE: left alone where another is expected, then unassigned, and again', async ({
  skip,
}) => {
  if (assignee === '') skip('TEST_ASSIGNEE is not set, so no task may be unassigned');
  const found = await cluster.openTasksOf(assignee);
  if (found.type === 'no-search') {
    return skip(
      `the cluster has no search for user tasks (${found.why}): it takes Camunda 8.8 or later with a secondary storage`,
    );
  }
  const key = await firstOf(found.keys, async (one) => (await cluster.assigneeOf(one)) === assignee);
  if (key === undefined) {
    return skip(`no open task of ${assignee} can be read, which takes the permission to read tasks`);
  }
  expect(await fateOf(key, settings, NO_ONE)).toEqual({ is: 'acknowledged' });
  expect(await cluster.assigneeOf(key)).toBe(assignee);
  expect(await fateOf(key, settings, assignee)).toEqual({ is: 'acknowledged' });
  await expect
    .poll(() => cluster.assigneeOf(key), { timeout: MOST_LAG_MS, interval: 200 })
    .not.toBe(assignee);
  if ((await cluster.assigneeOf(key)) !== null) {
    return skip('somebody has taken the task since it was unassigned, so that was not done again');
  }
  expect(await fateOf(key, settings)).toEqual({ is: 'acknowledged' });
});

async function firstOf<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of all) if (await holds(one)) return one;
  return undefined;
}
