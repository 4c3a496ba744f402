import { expect, it } from 'vitest';
import type { ClusterOptions } from '../../../../infra/local/stand-in/cluster.ts';
import { askOnce } from '../raw-http.ts';
import { assignee, start } from './started.ts';

it.each([
  ['8.6', 'suspended', 204],
  ['8.8', 'suspended', 204],
  ['8.10', 'active', 204],
  ['8.10', 'suspended', 409],
  ['8.10', 'banned', 409],
  ['8.6', 'banned', 204],
] as const)('on %s a task of an instance that is %s answers %i', async (version, instance, status) => {
  const cluster = await start({ version });
  const task = cluster.tasks.create({ instance });
  const answer = await askOnce(cluster.url, assignee(task.key));
  expect(answer.status).toBe(status);
  expect(task.assignee).toBe(status === 204 ? null : 'demo');
  if (status === 409) expect(JSON.parse(answer.body).detail).toContain(`key '${task.processInstanceKey}'`);
});

it.each([
  ['8.6', { state: 'ASSIGNING' }, 204],
  ['8.6', { state: 'COMPLETING' }, 204],
  ['8.6', { denial: 'not on Sundays' }, 204],
  ['8.6', { state: 'COMPLETED' }, 404],
  ['8.8', { state: 'ASSIGNING' }, 409],
  ['8.8', { denial: 'not on Sundays' }, 409],
  ['8.10', { state: 'ASSIGNING' }, 409],
] as const)('on %s a task with %j answers %i: 8.6 runs no task listeners', async (version, task, status) => {
  const cluster = await start({ version });
  const { key } = cluster.tasks.create(task);
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status });
  expect(cluster.tasks.get(key)?.unassigned).toBe(status === 204 ? 1 : 0);
});

it('works again when an instance is resumed', async () => {
  const cluster = await start({ version: '8.10' });
  const { key } = cluster.tasks.create({ instance: 'suspended' });
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 409 });
  cluster.tasks.put(key, { instance: 'active' });
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status: 204 });
});

it.each<[string, string, ClusterOptions, number]>([
  ['its own tenant', '/physical-tenants/blue', { physicalTenants: ['default', 'blue'] }, 204],
  ['the default tenant by name', '/physical-tenants/default', {}, 204],
  ['the default tenant without a name', '', {}, 204],
  ['a tenant that there is not', '/physical-tenants/green', {}, 404],
  ['a tenant behind a path prefix', '/cluster-1/physical-tenants/default', { basePath: '/cluster-1' }, 204],
  ['a tenant on 8.8, which has none', '/physical-tenants/default', { version: '8.8' }, 404],
])('leads to %s', async (_, prefix, options, status) => {
  const cluster = await start({ version: '8.10', ...options });
  const { key } = cluster.tasks.create();
  const path = `${prefix}${assignee(key)}`;
  const answer = await askOnce(cluster.url, path);
  expect(answer.status).toBe(status);
  if (status === 404) {
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toMatchObject({ status: 404, error: 'Not Found', path });
  }
});

it('does not ask who somebody is before it says that there is no such tenant', async () => {
  const cluster = await start({ version: '8.10', authentication: { bearer: () => true } });
  const { key } = cluster.tasks.create();
  const ask = (tenant: string) => askOnce(cluster.url, `/physical-tenants/${tenant}${assignee(key)}`);
  expect(await ask('green')).toMatchObject({ status: 404 });
  expect(await ask('default')).toMatchObject({ status: 401 });
});

it.each([
  ['a task that is not there', {}, 404],
  ['a task that is on its way', { state: 'COMPLETING' } as const, 403],
])('looks at permissions after existence and before state: %s', async (_, changes, status) => {
  const cluster = await start({ mayUpdate: false });
  const key = status === 404 ? cluster.tasks.newKey() : cluster.tasks.create(changes).key;
  expect(await askOnce(cluster.url, assignee(key))).toMatchObject({ status });
});
