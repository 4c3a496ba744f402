import { expect, it } from 'vitest';
import { FRONT_ANSWERS, type FrontAnswer } from '../../../../infra/local/stand-in/front.ts';
import { askOnce } from '../raw-http.ts';
import { assignee, start } from './started.ts';

const names = Object.keys(FRONT_ANSWERS) as FrontAnswer[];

it.each(names)('answers in the place of the cluster: %s', async (says) => {
  const cluster = await start({
    fault: () => ({ kind: 'front', says }),
    authentication: { bearer: () => true },
  });
  const { key } = cluster.tasks.create();
  const answer = await askOnce(cluster.url, assignee(key));
  const { status, headers, body } = FRONT_ANSWERS[says];
  expect(answer).toMatchObject({ status, headers, body });
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(body)));
  expect(answer.headers['x-frame-options'], 'nothing of Camunda').toBeUndefined();
  expect(cluster.tasks.get(key)?.unassigned).toBe(0);
});

it.each(names)('is never taken for a problem detail of Camunda: %s', (says) => {
  const { body } = FRONT_ANSWERS[says];
  const type = body.startsWith('{') ? JSON.parse(body).type : undefined;
  if (body.startsWith('{')) expect(type).toMatch(/^https:\/\/developers\.cloudflare\.com\//);
  expect(body).not.toContain('about:blank');
});

it('may have let the command through', async () => {
  const cluster = await start({ fault: () => ({ kind: 'front', says: 'cloudflare-524', carriedOut: true }) });
  const { key } = cluster.tasks.create();
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 524 });
  expect(cluster.tasks.get(key)?.unassigned).toBe(1);
});

it('is remembered as not the answer of the cluster', async () => {
  const fault = { kind: 'front', says: 'nginx-404' } as const;
  const cluster = await start({ fault: ({ attempt }) => (attempt === 1 ? fault : undefined) });
  const key = cluster.tasks.newKey();
  for (const _ of [1, 2]) await askOnce(cluster.url, assignee(key));
  expect(cluster.calls.map(({ status, fault }) => [status, fault])).toEqual([
    [404, fault],
    [404, undefined],
  ]);
});

it('answers every call, the topology included', async () => {
  const cluster = await start({ fault: () => ({ kind: 'front', says: 'sign-in-page' }) });
  const answer = await askOnce(cluster.url, '/v2/topology', { method: 'GET' });
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
});

it('is set from outside by name', async () => {
  const cluster = await start();
  const put = (body: string) => askOnce(cluster.url, '/stand-in/fault', { method: 'PUT', body });
  expect(await put('{"kind":"front","says":"ingress-404"}')).toMatchObject({ status: 200 });
  const { key } = cluster.tasks.create();
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({
    status: 404,
    body: 'default backend - 404',
  });
  const refused = await put('{"kind":"front","says":"fog"}');
  expect(refused.status).toBe(400);
  for (const name of names) expect(refused.body).toContain(name);
});
