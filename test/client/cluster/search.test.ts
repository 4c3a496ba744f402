import { describe, expect, it, onTestFinished } from 'vitest';
import type { Access, Authorization, NoAccess } from '../../../client/cluster/authorization.ts';
import { connectCluster } from '../../../client/cluster/connection.ts';
import { readClusterEnvironment } from '../../../client/cluster/environment.ts';
import type { Http, HttpExchange, HttpRequest } from '../../../client/cluster/exchange.ts';
import { createTaskSearch, PAGE_SIZE, type TaskSearch } from '../../../client/cluster/search.ts';
import type { FoundTask } from '../../../client/cluster/search-answer.ts';
import type { ClusterOptions, StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import { startStandInIssuer } from '../../../infra/local/stand-in/issuer.ts';
import { start } from '../../infra/local/stand-in/started.ts';

const OPTIONS = { timeoutMs: 20_000 };

/** A search of a stand-in, as a client makes it. */
async function searched(
  options: ClusterOptions = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<{ cluster: StandInCluster; search: TaskSearch }> {
  const cluster = await start(options);
  const settings = readClusterEnvironment({ CAMUNDA_REST_ADDRESS: cluster.url, ...environment }, () => '');
  if (!settings.ok) throw new Error(settings.problems.join());
  const connection = connectCluster(settings);
  onTestFinished(() => connection.close());
  return { cluster, search: connection.tasks };
}

async function found(search: TaskSearch, filter = {}, options = OPTIONS): Promise<FoundTask[]> {
  const tasks: FoundTask[] = [];
  for await (const page of search.pages(filter, options)) tasks.push(...page);
  return tasks;
}

const searchesOf = ({ calls }: StandInCluster) => calls.filter(({ path }) => path.endsWith('/search')).length;

/** How the search fails: the error, or undefined where it does not. */
async function failureOf(search: TaskSearch, options = OPTIONS): Promise<unknown> {
  return found(search, {}, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a search', () => {
  it('finds a task with what is known of it', async () => {
    const { cluster, search } = await searched();
    const { key, creationDate } = cluster.tasks.create({
      partition: 4,
      assignee: 'anna',
      dueDate: '2026-11-23T12:00:00Z',
      name: null,
    });
    expect(await found(search)).toEqual([
      {
        userTaskKey: key,
        assignee: 'anna',
        state: 'CREATED',
        processDefinitionId: 'request',
        tenantId: '<default>',
        creationDate,
        dueDate: '2026-11-23T12:00:00Z',
      },
    ]);
  });

  it('leaves out who has a task that nobody has', async () => {
    const { cluster, search } = await searched();
    cluster.tasks.create({ assignee: null });
    expect((await found(search)).flatMap(Object.keys)).not.toContain('assignee');
  });

  it('finds the oldest first, over all pages, those of the same time in the order of their keys', async () => {
    const { cluster, search } = await searched();
    const count = 2 * PAGE_SIZE + 5;
    for (let index = 0; index < count; index += 1) {
      // A hundred to a second, the last ones first.
      const second = Math.floor((count - index) / 100);
      cluster.tasks.create({ creationDate: new Date(second * 1_000).toISOString() });
    }
    const tasks = await found(search);
    const place = ({ creationDate, userTaskKey }: FoundTask) => `${creationDate} ${userTaskKey}`;
    expect(tasks).toHaveLength(count);
    expect(tasks.map(place)).toEqual(tasks.map(place).toSorted());
  });

  it('misses none of those that stay while others leave the result', async () => {
    const { cluster, search } = await searched();
    const keys = Array.from({ length: 2 * PAGE_SIZE }, () => cluster.tasks.create().key);
    const seen = new Set<string>();
    for await (const page of search.pages({ state: 'CREATED' }, OPTIONS)) {
      for (const { userTaskKey } of page) seen.add(userTaskKey);
      for (const { userTaskKey } of page) cluster.tasks.put(userTaskKey, { state: 'COMPLETED' });
    }
    expect(keys.filter((key) => !seen.has(key))).toEqual([]);
  });

  it('asks for a page when it is wanted', async () => {
    const { cluster, search } = await searched();
    for (let index = 0; index < 2 * PAGE_SIZE; index += 1) cluster.tasks.create();
    const pages = search.pages({}, OPTIONS);
    await pages.next();
    await pages.return();
    expect(searchesOf(cluster)).toBe(1);
  });

  it('counts without listing', async () => {
    const { cluster, search } = await searched();
    for (let index = 0; index < 3; index += 1) cluster.tasks.create();
    cluster.tasks.create({ state: 'COMPLETED' });
    expect(await search.count({ state: 'CREATED' }, OPTIONS)).toEqual({ count: 3, isAtLeast: false });
  });

  it('says that there are more than are counted', async () => {
    const { cluster, search } = await searched();
    for (let index = 0; index < 10_001; index += 1) cluster.tasks.create();
    expect(await search.count({}, OPTIONS)).toEqual({ count: 10_000, isAtLeast: true });
  });

  it('shows who searches by name and password', async () => {
    const { cluster, search } = await searched(
      { authentication: { basic: { username: 'demo', password: 'a-password' } } },
      { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: 'a-password' },
    );
    cluster.tasks.create();
    expect(await found(search)).toHaveLength(1);
  });

  it('searches once more with a fresh token where the first is refused', async () => {
    const issuer = await startStandInIssuer();
    onTestFinished(() => issuer.close());
    const { cluster, search } = await searched(
      { authentication: { bearer: (token) => issuer.check(token) } },
      {
        CAMUNDA_OAUTH_URL: issuer.url,
        CAMUNDA_CLIENT_ID: 'client',
        CAMUNDA_CLIENT_SECRET: 'a-secret-of-ours',
      },
    );
    cluster.tasks.create();
    await found(search);
    issuer.revoke();
    expect(await found(search)).toHaveLength(1);
    expect(issuer.requests).toHaveLength(2);
  });
});

describe('what is no result is told apart:', () => {
  it.each<[string, ClusterOptions, object]>([
    [
      'credentials that are refused',
      { authentication: { basic: { username: 'demo', password: 'a-password' } } },
      { code: 'CredentialsRefused', status: 401, retryable: false },
    ],
    [
      'no secondary storage',
      { storage: 'absent' },
      {
        code: 'NoSecondaryStorage',
        status: 403,
        message: expect.stringContaining('requires a secondary storage'),
      },
    ],
    [
      'no permission',
      { fault: () => ({ kind: 'situation', situation: { is: 'unreadable' } }) },
      { code: 'Forbidden', status: 403, message: expect.stringContaining('READ_USER_TASK') },
    ],
    ['Camunda 8.6, which has no search', { version: '8.6' }, { code: 'NoTaskSearch', status: 405 }],
    [
      'a search that Camunda takes for invalid',
      { fault: () => ({ kind: 'situation', situation: { is: 'bad-property', path: 'filter.x' } }) },
      { code: 'Rejected', status: 400, message: expect.stringContaining('filter.x') },
    ],
    [
      'a sign-in page',
      { fault: () => ({ kind: 'front', says: 'sign-in-page' }) },
      { code: 'ForeignAnswer', status: 200 },
    ],
    [
      'a redirect to a login',
      { fault: () => ({ kind: 'front', says: 'login-redirect' }) },
      { code: 'ForeignAnswer', status: 302 },
    ],
    [
      'an ingress without a backend',
      { fault: () => ({ kind: 'front', says: 'ingress-404' }) },
      { code: 'ForeignAnswer', status: 404 },
    ],
    [
      'a 403 that is not Camunda’s',
      { fault: () => ({ kind: 'answer', status: 403, body: 'no' }) },
      { code: 'ForeignAnswer', status: 403 },
    ],
    ['what is not HTTP', { fault: () => ({ kind: 'garbage' }) }, { code: 'ForeignAnswer' }],
    ['a connection that breaks', { fault: () => ({ kind: 'reset', at: 'start' }) }, { code: 'Unreachable' }],
  ])('%s', async (_, options, failure) => {
    const { cluster, search } = await searched(options);
    expect(await failureOf(search)).toMatchObject({ name: 'TaskSearchError', ...failure });
    expect(searchesOf(cluster)).toBe(1);
  });

  it('a wrong path of a Camunda', async () => {
    const cluster = await start();
    const { search } = await searched({}, { CAMUNDA_REST_ADDRESS: `${cluster.url}/elsewhere` });
    expect(await failureOf(search)).toMatchObject({ code: 'NoTaskSearch', status: 404 });
  });

  it('nobody there', async () => {
    const { cluster, search } = await searched();
    await cluster.close();
    expect(await failureOf(search)).toMatchObject({ code: 'Unreachable', retryable: true });
    await cluster.reopen();
  });

  it('no answer in time', async () => {
    const { search } = await searched({ fault: () => ({ kind: 'hang' }) });
    expect(await failureOf(search, { timeoutMs: 50 })).toMatchObject({ code: 'TimedOut', retryable: true });
  });

  it.each([
    ['no JSON', 'text'],
    ['no items', '{"page":{"totalItems":0}}'],
    ['no page', '{"items":[]}'],
    ['a key that is a number', page({ userTaskKey: 2_251_799_813_685_249 })],
    ['a key that is no key', page({ userTaskKey: '0x7' })],
    ['a task without a state', page({ state: undefined })],
    ['an assignee that is an object', page({ assignee: {} })],
    ['nothing but brackets', '['.repeat(1_000_000)],
  ])('a page with %s', async (_, body) => {
    const { search } = await searched({ fault: () => ({ kind: 'answer', status: 200, body }) });
    expect(await failureOf(search)).toMatchObject({
      code: 'ForeignAnswer',
      status: 200,
      message: expect.stringMatching(
        /^something answered 200 that is not Camunda's: \(content-type: none\) ./,
      ),
    });
  });

  it('the same cursor for ever', async () => {
    const { search } = await searched({ fault: () => ({ kind: 'answer', status: 200, body: page({}) }) });
    expect(await failureOf(search)).toMatchObject({
      code: 'ForeignAnswer',
      message: expect.stringContaining('the same cursor came twice'),
    });
  });

  it('cursors that go round in a circle', async () => {
    let calls = 0;
    const { search } = await searched({
      fault: () => {
        calls += 1;
        return { kind: 'answer', status: 200, body: page({}, `cursor ${calls % 3}`) };
      },
    });
    expect(await failureOf(search)).toMatchObject({
      code: 'ForeignAnswer',
      message: expect.stringContaining('the same cursor came twice'),
    });
    expect(calls).toBe(4);
  });

  it('a full page that leaves out where it goes on', async () => {
    const items = Array.from({ length: PAGE_SIZE }, () => TASK);
    const body = JSON.stringify({ items, page: { totalItems: PAGE_SIZE + 1 } });
    const { search } = await searched({ fault: () => ({ kind: 'answer', status: 200, body }) });
    expect(await failureOf(search)).toMatchObject({
      code: 'ForeignAnswer',
      message: expect.stringContaining('a full page without a cursor'),
    });
  });

  it('a secret in an answer, which is withheld', async () => {
    const password = 'a-password-of-mine';
    const { search } = await searched(
      { fault: () => ({ kind: 'answer', status: 200, body: `you said ${password}` }) },
      { CAMUNDA_BASIC_AUTH_USERNAME: 'demo', CAMUNDA_BASIC_AUTH_PASSWORD: password },
    );
    expect(String(await failureOf(search))).not.toContain(password);
  });
});

describe('an abort', () => {
  it('ends a search that waits for an answer', async () => {
    const { cluster, search } = await searched({ fault: () => ({ kind: 'hang' }) });
    const controller = new AbortController();
    const failing = found(search, {}, { ...OPTIONS, signal: controller.signal } as typeof OPTIONS);
    while (searchesOf(cluster) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error('enough'));
    await expect(failing).rejects.toThrow('enough');
  });

  it('ends a search that waits for a token', async () => {
    const stage = new Stage(() => ok([]));
    stage.access = new Promise(() => {});
    const controller = new AbortController();
    const failing = stage.tasks({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(failing).rejects.toThrow('enough');
  });
});

describe('trying again', () => {
  it.each([429, 503, 500, 502, 504])('after %i, once Camunda answers', async (status) => {
    const stage = new Stage((attempt) => (attempt < 4 ? answered(status, '') : ok([TASK])));
    expect(await stage.tasks()).toHaveLength(1);
    expect(stage.pauses).toEqual([250, 500, 1_000]);
  });

  it('ends after eight times, with what was answered last', async () => {
    const stage = new Stage(() => answered(503, problem(503, 'UNAVAILABLE', 'not now')));
    await expect(stage.tasks()).rejects.toMatchObject({
      code: 'Unavailable',
      status: 503,
      retryable: true,
      message: 'the cluster answered 503: UNAVAILABLE: not now',
    });
    expect(stage.requests).toHaveLength(8);
    expect(stage.pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 7_500, 7_500]);
  });

  it('keeps to Retry-After', async () => {
    const stage = new Stage((attempt) =>
      attempt === 1 ? answered(429, '', { 'retry-after': '30' }) : ok([]),
    );
    await stage.tasks();
    expect(stage.pauses).toEqual([30_000]);
  });

  it('does not wait for whoever wants to be left alone for more than two minutes', async () => {
    const stage = new Stage(() => answered(503, '', { 'retry-after': '121' }));
    await expect(stage.tasks()).rejects.toMatchObject({ code: 'Unavailable' });
    expect(stage.pauses).toEqual([]);
  });

  it.each([
    ['a lost connection', LOST],
    ['an answer that broke off', { ...ok([TASK]), isComplete: false }],
    ['an answer that did not come in time', { ...LOST, cause: 'no answer in time' }],
  ])('after %s, once the cluster has answered', async (_, lost) => {
    const stage = new Stage((attempt) => {
      if (attempt === 1) return ok([TASK], 'a');
      return attempt === 2 ? lost : ok([]);
    });
    expect(await stage.tasks()).toHaveLength(1);
    expect(stage.requests).toHaveLength(3);
  });

  it('does not follow a token that is refused', async () => {
    const stage = new Stage(() => ok([]));
    stage.access = { type: 'no-access', cause: 'wrong secret', refused: true, retryAfterSeconds: 1 };
    await expect(stage.tasks()).rejects.toMatchObject({
      code: 'CredentialsRefused',
      message: 'wrong secret',
    });
    expect(stage.requests).toEqual([]);
  });
});

describe('a page that is too large', () => {
  it('is asked for again with half as many tasks', async () => {
    const stage = new Stage((_, { limit }) => (limit > 300 ? TOO_LARGE : ok(limit === 250 ? [TASK] : [])));
    expect(await stage.tasks()).toHaveLength(1);
    expect(stage.limits()).toEqual([1_000, 500, 250]);
  });

  it('is foreign where it has one task', async () => {
    const stage = new Stage(() => TOO_LARGE);
    await expect(stage.tasks()).rejects.toMatchObject({ code: 'ForeignAnswer' });
    expect(stage.limits().at(-1)).toBe(1);
  });
});

/** A search over an HTTP and an authorization that a test holds in its hands. Half of every pause is by chance: 0. */
class Stage {
  access: Access | NoAccess | Promise<Access | NoAccess> = {
    type: 'access',
    header: undefined,
    secrets: [],
    renewable: false,
    tls: {},
  };
  readonly requests: HttpRequest[] = [];
  readonly pauses: number[] = [];
  readonly search: TaskSearch;

  constructor(answer: (attempt: number, page: { limit: number }) => HttpExchange) {
    const authorization: Authorization = {
      access: async () => this.access,
      renew: async () => undefined,
      credentialsRejected() {},
      credentialsAccepted() {},
    };
    const http: Http = {
      exchange: async (request) => {
        this.requests.push(request);
        return answer(this.requests.length, pageOf(request));
      },
      destroy: async () => {},
    };
    this.search = createTaskSearch('/v2', {
      http,
      authorization,
      now: () => 0,
      random: () => 0,
      pause: async (milliseconds) => void this.pauses.push(milliseconds),
    });
  }

  async tasks(options: { signal?: AbortSignal } = {}): Promise<FoundTask[]> {
    return found(this.search, {}, { ...OPTIONS, ...options });
  }

  limits(): number[] {
    return this.requests.map((request) => pageOf(request).limit);
  }
}

function pageOf({ body }: HttpRequest): { limit: number } {
  return JSON.parse(String(body)).page;
}

const TASK = {
  userTaskKey: '2251799813685249',
  state: 'CREATED',
  assignee: 'demo',
  name: null,
  processDefinitionId: 'request',
  tenantId: '<default>',
  creationDate: '2026-11-23T12:00:00Z',
  dueDate: null,
};

const LOST = {
  type: 'no-answer',
  calls: 1,
  tls: false,
  sent: true,
  cause: 'no connection',
  said: 'other side closed (UND_ERR_SOCKET)',
} as const;

function answered(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Extract<HttpExchange, { type: 'response' }> {
  return { type: 'response', calls: 1, status, headers, body, isComplete: true, isRepeat: false };
}

const TOO_LARGE = { ...answered(200, ' '.repeat(32 * 1_048_576)), isComplete: false };

function ok(items: readonly object[], endCursor: string | null = null) {
  return answered(200, JSON.stringify({ items, page: { totalItems: items.length, endCursor } }));
}

function problem(status: number, title: string, detail: string): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail });
}

/** A page with one task. */
function page(changes: object, endCursor = 'again'): string {
  return JSON.stringify({ items: [{ ...TASK, ...changes }], page: { totalItems: 1, endCursor } });
}
