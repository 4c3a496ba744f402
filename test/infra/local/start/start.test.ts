// `npm start` as people run it, but for the build, which the tests have behind them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startStandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import { eventually } from '../eventually.ts';
import { askOnce } from '../raw-http.ts';

const SCRIPT = fileURLToPath(new URL('../../../../infra/local/start/start.ts', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  output(): string;
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [SCRIPT, '--no-build', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return {
    child,
    output: () => chunks.join(''),
    exit: once(child, 'close').then(([code]) => code),
  };
}

/** The events of one request, in their order. */
function eventsOf(output: string, label: string): string[] {
  const lines = output.split('\n').filter((line) => line.slice(25).startsWith(label.padEnd(29)));
  return lines.map((line) => line.slice(10, 23).trim());
}

it('shows each fate and ends by itself', async () => {
  const { output, exit } = run(['--once', '--port', '0'], { RETRY_FOR_SECONDS: '15' });
  expect(await exit, output()).toBe(0);
  const fates = {
    'an open task': ['sent', 'acknowledged'],
    'the same task again': ['sent', 'acknowledged'],
    'a key above 2^53': ['sent', 'acknowledged'],
    'the expected person has it': ['sent', 'acknowledged'],
    'somebody else has it by now': ['sent', 'acknowledged'],
    'a key that no task has': ['sent', 'dead-lettered'],
    'a completed task': ['sent', 'dead-lettered'],
    "a task in a listener's hands": ['sent', 'dead-lettered'],
    'not JSON': ['sent', 'dead-lettered'],
    'the key as a JSON number': ['sent', 'dead-lettered'],
    'an unknown field': ['sent', 'dead-lettered'],
    'past its expiresAt': ['sent', 'dead-lettered'],
    'answered with 400': ['sent', 'dead-lettered'],
    'backpressure, twice': ['sent', 'requeued', 'requeued', 'acknowledged'],
    'a 500 that heals': ['sent', 'redelivered', 'acknowledged'],
    'a 500 that stays': ['sent', 'redelivered', 'redelivered', 'dead-lettered'],
  };
  for (const [label, events] of Object.entries(fates))
    expect(eventsOf(output(), label), label).toEqual(events);
  for (const label of ['a partition without a leader', 'a partition that is not there']) {
    const circled = eventsOf(output(), label);
    expect(circled.slice(0, 2)).toEqual(['sent', 'requeued']);
    expect(circled.at(-1)).toBe('dead-lettered');
  }

  expect(output()).toMatch(/somebody else has it by now +superseded: somebody else has the task/);

  const table = output().slice(output().indexOf('The dead-letter queue, 11 messages:'));
  const kinds = [...table.matchAll(/^│ ([a-z-]+) +│/gm)].map(([, kind]) => kind).sort();
  expect(kinds.filter((kind) => kind !== 'kind')).toEqual([
    'expired',
    'failed-repeatedly',
    'malformed',
    'malformed',
    'malformed',
    'not-found',
    'not-found',
    'rejected',
    'rejected',
    'unavailable-too-long',
    'wrong-state',
  ]);
  for (const alarm of ['\u001b', 'function says', 'trouble']) expect(output()).not.toContain(alarm);
});

it('stays up for more, shows it, and ends on Ctrl-C', async () => {
  const { child, output, exit } = run(['--port', '0'], { RETRY_FOR_SECONDS: '1' });
  await expect.poll(output, { timeout: 150_000, interval: 100 }).toContain('Ctrl-C ends it.');
  const [, endpoint = '', queueUrl = '', body = ''] =
    /curl (\S+) -d Action=SendMessage -d QueueUrl=(\S+) \\\n +--data-urlencode 'MessageBody=(.*)'/.exec(
      output(),
    ) ?? [];
  const key: string = JSON.parse(body).userTaskKey;
  expect(output()).toContain('npx camunda-unassign enqueue --assignee demo --local');
  const form = new URLSearchParams({ Action: 'SendMessage', QueueUrl: queueUrl, MessageBody: body });
  const answer = await askOnce(endpoint, '/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  expect(answer.status).toBe(200);
  await eventually(() => expect(eventsOf(output(), key)).toEqual(['received', 'acknowledged']));
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});

it('uses a real cluster where one is named, and sends nothing by itself', async () => {
  const cluster = await startStandInCluster({
    authentication: { basic: { username: 'demo', password: 'secret' } },
  });
  onTestFinished(() => cluster.close());
  const { child, output, exit } = run(['--port', '0'], {
    CAMUNDA_REST_ADDRESS: cluster.url,
    CAMUNDA_BASIC_AUTH_USERNAME: 'demo',
    CAMUNDA_BASIC_AUTH_PASSWORD: 'secret',
  });
  await eventually(() => expect(output()).toContain('Ctrl-C ends it.'));
  expect(cluster.calls).toEqual([]);
  const [, queueUrl = ''] = /queue +(http\S+)/.exec(output()) ?? [];
  const { key } = cluster.tasks.create();
  const MessageBody = JSON.stringify({ userTaskKey: key });
  await askOnce(new URL(queueUrl).origin, '/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: 'SendMessage', QueueUrl: queueUrl, MessageBody }).toString(),
  });
  await eventually(() => expect(eventsOf(output(), key)).toEqual(['received', 'acknowledged']));
  expect(cluster.calls).toMatchObject([{ key, status: 204 }]);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

it('says which port is taken and how to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const { output, exit } = run(['--port', port]);
  expect(await exit).toBe(1);
  expect(output()).toMatch(new RegExp(`^Port ${port} is taken, .* --port <n>.* PORT=<n>`));
  expect(output().trim().split('\n')).toHaveLength(1);
});

it('says what is wrong with the settings', async () => {
  const { output, exit } = run(['--port', '0'], { MAX_RECEIVE_COUNT: 'many' });
  expect(await exit).toBe(1);
  expect(output()).toMatch(/^The function does not start: .*\n +- MAX_RECEIVE_COUNT expected a whole number/);
});

it.each([
  ['--help', 0],
  ['--nonsense', 2],
])('prints how to use it: %s', async (argument, code) => {
  const { output, exit } = run([argument]);
  expect(await exit).toBe(code);
  expect(output()).toContain('Usage: npm start -- [options]');
});

it('prints the link to a console that may act first, and tells it of the function', async () => {
  const { child, output, exit } = run(['--port', '0']);
  await eventually(() => expect(output()).toContain('acknowledged'));
  const [, origin = '', token = ''] = /^console {13}(\S+)\/#token=(\S+)/.exec(output()) ?? [];
  const headers = { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const body = JSON.stringify({ token });
  const { secret } = JSON.parse(
    (await askOnce(origin, '/api/session', { method: 'POST', headers, body })).body,
  );
  const authorization = `Bearer ${secret}`;
  const overview = await askOnce(origin, '/api/overview', { method: 'GET', headers: { authorization } });
  const { target, signals } = JSON.parse(overview.body);
  expect(target).toMatchObject({ local: true, actionsAllowed: true });
  expect(signals.breaker.points.length).toBeGreaterThan(0);
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});
