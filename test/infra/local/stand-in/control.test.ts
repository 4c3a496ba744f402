import { expect, it } from 'vitest';
import { answerTo } from '../../../../infra/local/stand-in/answers.ts';
import type { StandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import { askOnce } from '../raw-http.ts';
import { SITUATIONS } from './situations.ts';
import { assignee, start } from './started.ts';

const put = (cluster: StandInCluster, what: string, body: string) =>
  askOnce(cluster.url, `/stand-in/${what}`, { method: 'PUT', body });

it('is set from outside', async () => {
  const cluster = await start();
  const key = '2251799813699999';
  const status = async () => (await askOnce(cluster.url, assignee(key))).status;

  expect(await put(cluster, `tasks/${key}`, '')).toMatchObject({ status: 200 });
  expect(await status()).toBe(204);
  await put(cluster, `tasks/${key}`, '{"state":"COMPLETING"}');
  expect(await status()).toBe(409);
  await put(cluster, 'limit', '0');
  expect(await status()).toBe(503);
  await put(cluster, 'version', '8.6');
  expect(await status()).toBe(429);
  await put(cluster, 'limit', 'off');
  await put(cluster, 'fault', '{"kind":"answer","status":418}');
  expect(await status()).toBe(418);
  await askOnce(cluster.url, '/stand-in/fault', { method: 'DELETE' });
  expect(await status()).toBe(204);
  const shown = await askOnce(cluster.url, '/stand-in', { method: 'GET' });
  expect(JSON.parse(shown.body)).toMatchObject({ version: '8.6', limit: 'off', fault: false });
});

it.each([
  ['may-update', 'false', { mayUpdate: false }],
  ['may-read', 'false', { mayRead: false }],
  ['lag', '5000', { lagMs: 5_000 }],
  ['storage', 'absent', { storage: 'absent' }],
  ['latency', '200', { latencyMs: 200 }],
  ['partitions', '7', { partitions: 7 }],
  ['paused', 'on', { paused: true }],
  ['disk-full', 'true', { diskFull: true }],
  ['tenants', 'default,blue', { physicalTenants: ['default', 'blue'] }],
])('sets %s to %s', async (what, text, settings) => {
  const cluster = await start();
  const answer = await put(cluster, what, text);
  expect(JSON.parse(answer.body)).toMatchObject(settings);
  expect(cluster.settings).toMatchObject(settings);
});

it('makes a task, shows it and takes it away', async () => {
  const cluster = await start();
  const body = '{"assignee":null,"candidateGroups":["sales"],"instance":"suspended"}';
  const made = await askOnce(cluster.url, '/stand-in/tasks', { method: 'POST', body });
  const task = JSON.parse(made.body);
  expect(cluster.tasks.get(task.key)).toMatchObject(JSON.parse(body));
  const ask = (method: string) => askOnce(cluster.url, `/stand-in/tasks/${task.key}`, { method });
  expect(JSON.parse((await ask('GET')).body)).toEqual(task);
  expect(await ask('DELETE')).toMatchObject({ status: 200 });
  expect(await ask('GET')).toMatchObject({ status: 404 });
});

it('says a situation about the key that was asked for', async () => {
  const cluster = await start();
  await put(cluster, 'fault', '{"kind":"situation","situation":{"is":"not-found"}}');
  const { key } = cluster.tasks.create();
  expect((await askOnce(cluster.url, assignee(key))).body).toContain(`user task with key '${key}'`);
});

it.each(SITUATIONS)('says by its name alone what it has to say of $is', async (situation) => {
  const cluster = await start();
  const { is } = situation;
  expect(await put(cluster, 'fault', JSON.stringify({ kind: 'situation', situation: { is } }))).toMatchObject(
    {
      status: 200,
    },
  );
  const { status, body } = await askOnce(cluster.url, assignee('2251799813685249'));
  expect(status).toBe(answerTo(situation, '8.8', '').status);
  expect(body).not.toContain('undefined');
});

it('says a situation with what it is told of it', async () => {
  const cluster = await start();
  const told = { is: 'denied', reason: 'not on Sundays', command: 'CLAIM' };
  await put(cluster, 'fault', JSON.stringify({ kind: 'situation', situation: told }));
  const { body } = await askOnce(cluster.url, assignee(cluster.tasks.create().key));
  expect(body).toMatch(/Command 'CLAIM' .* Reason to deny: 'not on Sundays'/);
});

it.each([
  ['limit', '-1'],
  ['limit', 'many'],
  ['limit', ''],
  ['version', '8.7'],
  ['storage', 'full'],
  ['fault', '{"kind":"unheard-of"}'],
  ['fault', '{"kind":"situation","situation":{"is":"unheard-of"}}'],
  ['fault', '{"kind":"situation","situation":{"is":"denied","why":"not on Sundays"}}'],
  ['fault', 'not JSON'],
  ['tasks/2251799813699999', '{"state":"DANCING"}'],
])('says what it cannot set: %s to %j', async (what, body) => {
  const answer = await put(await start(), what, body);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body).error).not.toBe('');
});

it.each(['weather', 'constructor'])('does not know %s', async (what) => {
  expect(await put(await start(), what, 'fine')).toMatchObject({ status: 404 });
});
