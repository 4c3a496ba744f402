// The stand-in against the recordings of a real 8.6.0: what was recorded is what it must say.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Situation } from '../../../../infra/local/stand-in/answers.ts';
import type { ClusterOptions } from '../../../../infra/local/stand-in/cluster.ts';
import { parseKey, type TaskChanges } from '../../../../infra/local/stand-in/tasks.ts';
import { askOnce } from '../raw-http.ts';
import { assignee, start } from './started.ts';

/** One answer, as on the wire. */
interface Answered {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly [string, string][];
    readonly body: string;
  };
}

/** What many calls had in common while a cluster started, stopped or lost a broker. */
interface Outcome {
  readonly status?: number;
  readonly title?: string;
  readonly detail?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Recording extends Partial<Answered> {
  readonly name: string;
  readonly outcomes?: readonly Outcome[];
}

const folder = new URL('../../../../infra/local/stand-in/recorded/8.6.0/', import.meta.url);

const recordings: readonly Recording[] = readdirSync(folder).map((file) => ({
  name: file.replace('.json', ''),
  ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
}));

const answered = recordings.filter((each): each is Answered => each.response !== undefined);

const outcomes = recordings.flatMap(({ name, outcomes: common = [] }) =>
  common.map((outcome) => ({ name, what: outcome.title ?? outcome.error?.code ?? outcome.status, outcome })),
);

const situation = (is: Situation): ClusterOptions => ({
  fault: () => ({ kind: 'situation', situation: is }),
});
const BEARER: ClusterOptions = { authentication: { bearer: () => true } };

/** How each cluster was set up; by default one partition, no authentication. */
const setUps: Record<string, ClusterOptions> = {
  'processing-paused': { paused: true },
  'disk-full': { diskFull: true },
  'disk-full-2': { diskFull: true },
  backpressure: { limit: 0 },
  'partition-4-success': { partitions: 4 },
  'partition-4-rounded': { partitions: 4 },
  'partition-5-missing': { partitions: 4 },
  'two-brokers-success': { partitions: 2 },
  'gateway-never-saw-a-broker': { partitions: 0 },
  topology: { partitions: 3 },
  'topology-gateway-never-saw-a-broker': { partitions: 0 },
  'gateway-broker-down': situation({ is: 'no-broker' }),
  'gateway-broker-lost': situation({ is: 'no-broker' }),
  leaderless: situation({ is: 'no-broker' }),
  'gateway-broker-hung': situation({ is: 'timeout' }),
  'gateway-timeout-yet-executed': situation({ is: 'timeout' }),
  'auth-success': BEARER,
  'auth-not-found': BEARER,
  'auth-no-token': BEARER,
  'auth-key-not-numeric-no-token': BEARER,
  'auth-basic': BEARER,
  'auth-garbage-token': { authentication: { bearer: () => false } },
  'auth-expired-token': { authentication: { bearer: () => 'the token has expired' } },
  'auth-issuer-down': { authentication: { bearer: () => 'JWKS error' } },
  'auth-wrong-audience': { authentication: { bearer: () => 'the provided claims are invalid' } },
  'auth-wrong-signature': { authentication: { bearer: () => 'the token signature is invalid' } },
};

/** What was special about the task; by default it is open, and exists where unassigning worked. */
const tasks: Record<string, TaskChanges> = {
  'unassign-again': { assignee: null },
  banned: { instance: 'banned' },
  cancelled: { state: 'CANCELED' },
  completed: { state: 'COMPLETED' },
};

/** What the calls of an outcome met, by its title. */
const met: Record<string, ClusterOptions> = {
  RESOURCE_EXHAUSTED: { limit: 0 },
  INTERNAL_ERROR: { paused: true },
  'java.net.ConnectException': situation({ is: 'no-broker' }),
  'java.util.concurrent.TimeoutException': situation({ is: 'timeout' }),
  'io.atomix.cluster.messaging.MessagingException$ConnectionClosed': situation({ is: 'cut' }),
};

it('compares every recording, and uses every set-up', () => {
  const names = recordings.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(60);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(setUps), ...Object.keys(tasks)]));
  const compared = new Set([...answered, ...outcomes].map(({ name }) => name));
  // Times of calls that all answered 204.
  expect(names.filter((name) => !compared.has(name))).toEqual(['latency']);
});

it.each(answered)('answers as recorded: $name', async ({ name, request, response }) => {
  const cluster = await start({ version: '8.6', partitions: 1, ...setUps[name] });
  const told = tasks[name];
  if (told !== undefined || response.status === 204) cluster.tasks.put(keyIn(request.path), told);

  const answer = await askOnce(cluster.url, request.path, request);

  expect(answer.status).toBe(response.status);
  expect(comparable(answer.headers)).toEqual(comparable(Object.fromEntries(response.headers)));
  expect(withoutTimestamp(answer.body)).toBe(withoutTimestamp(response.body));
});

it.each(outcomes.filter(({ outcome }) => outcome.error === undefined))(
  'answers as in $name: $what',
  async ({ outcome: { status, title, detail } }) => {
    const options = title === undefined ? {} : met[title];
    expect(options, `a way to ${title}`).toBeDefined();
    const cluster = await start({ version: '8.6', partitions: 1, ...options });
    const answer = await askOnce(cluster.url, assignee(cluster.tasks.create().key));
    expect(answer.status).toBe(status);
    if (title !== undefined) expect(JSON.parse(answer.body)).toMatchObject({ status, title, detail });
  },
);

// Refused connections are not compared: they are what no server says.
it.each(outcomes.filter(({ outcome }) => outcome.error?.code === 'ECONNRESET'))(
  'fails as in $name: $what',
  async ({ outcome: { error } }) => {
    const cluster = await start({ version: '8.6', fault: () => ({ kind: 'reset', at: 'start' }) });
    await expect(askOnce(cluster.url, assignee(cluster.tasks.newKey()))).rejects.toMatchObject({
      code: error?.code,
    });
  },
);

function keyIn(path: string): string {
  const segment = decodeURIComponent(path.split('/')[3] ?? '').replace(/;.*/, '');
  return String(parseKey(segment));
}

function comparable(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name]) => name !== 'date'));
}

function withoutTimestamp(body: string): string {
  return body.replace(/"timestamp":"[^"]+"/, '"timestamp":""');
}
