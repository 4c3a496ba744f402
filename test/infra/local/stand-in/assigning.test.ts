import { expect, it } from 'vitest';
import { askOnce } from '../raw-http.ts';
import { post, start } from './started.ts';

const assignment = (key: string) => `/v2/user-tasks/${key}/assignment`;

it.each([
  ['gives a task that nobody has', null, {}, 204, 'anna'],
  ['takes a task from somebody else', 'demo', {}, 204, 'anna'],
  ['takes it from somebody else when that is allowed', 'demo', { allowOverride: true }, 204, 'anna'],
  ['claims a task that nobody has', null, { allowOverride: false }, 204, 'anna'],
  ['claims a task that the same person has', 'anna', { allowOverride: false }, 204, 'anna'],
  ['does not claim the task of somebody else', 'demo', { allowOverride: false }, 409, 'demo'],
])('%s', async (_, before, how, status, after) => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ assignee: before });
  expect(await post(cluster, assignment(key), { assignee: 'anna', ...how })).toMatchObject({ status });
  expect(cluster.tasks.get(key)).toMatchObject({ assignee: after, unassigned: 0 });
});

it('says why a task cannot be claimed', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ assignee: 'demo' });
  const { body } = await post(cluster, assignment(key), { assignee: 'anna', allowOverride: false });
  expect(JSON.parse(body)).toMatchObject({
    title: 'INVALID_STATE',
    detail: `Command 'CLAIM' rejected with code 'INVALID_STATE': Expected to claim user task with key '${key}', but it has already been assigned`,
  });
});

it('names the command that was rejected', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create({ assignee: null, state: 'COMPLETING' });
  const detailOf = async (how: object) =>
    JSON.parse((await post(cluster, assignment(key), { assignee: 'anna', ...how })).body).detail;
  expect(await detailOf({})).toMatch(/^Command 'ASSIGN' .*Expected to assign user task/);
  expect(await detailOf({ allowOverride: false })).toMatch(/^Command 'CLAIM' .*Expected to claim user task/);
});

it.each([
  ['{}', 400, 'INVALID_ARGUMENT', 'No assignee provided.'],
  ['{"assignee":""}', 400, 'INVALID_ARGUMENT', 'No assignee provided.'],
  ['{"assignee":null}', 400, 'INVALID_ARGUMENT', 'No assignee provided.'],
  ['{"assignee":7}', 400, 'Bad Request', 'Request property [assignee] cannot be parsed'],
  [
    '{"assignee":"a","overrideAllowed":true}',
    400,
    'Bad Request',
    'Request property [overrideAllowed] cannot be parsed',
  ],
  ['{"assignee":', 400, 'Bad Request', 'Failed to read request'],
  ['', 400, 'Bad Request', 'Required request body is missing'],
])('refuses to assign by %j', async (body, status, title, detail) => {
  const cluster = await start();
  const { key } = cluster.tasks.create();
  const headers = { 'content-type': 'application/json' };
  const answer = await askOnce(cluster.url, assignment(key), { method: 'POST', headers, body });
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(answer.body)).toMatchObject({ status, title, detail });
  expect(cluster.tasks.get(key)?.assignee).toBe('demo');
});

it('takes JSON only', async () => {
  const cluster = await start();
  const { key } = cluster.tasks.create();
  const answer = await askOnce(cluster.url, assignment(key), { method: 'POST', body: '{"assignee":"anna"}' });
  expect(answer.status).toBe(415);
});

it('counts against the limit', async () => {
  const cluster = await start({ limit: 0 });
  const { key } = cluster.tasks.create();
  expect(await post(cluster, assignment(key), { assignee: 'anna' })).toMatchObject({ status: 503 });
});
