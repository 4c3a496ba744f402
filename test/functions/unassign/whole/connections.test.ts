import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStandInCluster } from '../../../../infra/local/stand-in/cluster.ts';
import {
  ADDRESSES,
  CAN_BE_SLOW,
  LOOKUP_OPTION,
  type SlowAddress,
  startSlowAddress,
} from '../../../support/slow-address.ts';
import { ACKNOWLEDGED, journeyOf, requestFor, type Stage, setStage } from '../../../support/stage.ts';

describe('connections to the cluster', () => {
  it('are kept alive within a batch and between batches', async () => {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '1' } });
    const { tasks } = stage.cluster;
    await stage.invoke([requestFor(tasks.create().key), requestFor(tasks.create().key)]);
    await stage.invoke([requestFor(tasks.create().key)]);
    expect(stage.cluster.calls.map(({ connection }) => connection)).toEqual([1, 1, 1]);
  });

  it('are no more than CAMUNDA_MAX_CONNECTIONS, however large the batch', async () => {
    const stage = await setStage({ cluster: { latencyMs: 20 }, env: { CAMUNDA_MAX_CONNECTIONS: '3' } });
    const keys = Array.from({ length: 12 }, () => stage.cluster.tasks.create().key);
    const response = await stage.invoke(keys.map((key) => requestFor(key)));
    expect({ response, connections: stage.cluster.connections }).toEqual({
      response: ACKNOWLEDGED,
      connections: 3,
    });
  });

  it('serve a call again, once and on a new one, when a kept-alive one was dead', async () => {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '1' } });
    const task = stage.cluster.tasks.create();
    await stage.invoke([requestFor(task.key)]);
    stage.cluster.settings.fault = ({ attempt }) =>
      attempt === 2 ? { kind: 'reset', at: 'start' } : undefined;
    const response = await stage.invoke([requestFor(task.key)]);
    expect({ response, connections: stage.cluster.calls.map(({ connection }) => connection) }).toEqual({
      response: ACKNOWLEDGED,
      connections: [1, 1, 2],
    });
  });

  it('do not serve a call again when a new one broke', async () => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({ kind: 'reset', at: 'start' });
    await stage.invoke([requestFor('1')]);
    expect({ calls: stage.cluster.calls.length, attempts: journeyOf(stage.requeued()[0])?.attempts }).toEqual(
      {
        calls: 1,
        attempts: 1,
      },
    );
  });

  it('count both calls as attempts when the second broke as well', async () => {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '1' } });
    const task = stage.cluster.tasks.create();
    await stage.invoke([requestFor(task.key)]);
    stage.cluster.settings.fault = () => ({ kind: 'reset', at: 'start' });
    await stage.invoke([requestFor(task.key)]);
    expect({ calls: stage.cluster.calls.length, attempts: journeyOf(stage.requeued()[0])?.attempts }).toEqual(
      {
        calls: 3,
        attempts: 2,
      },
    );
  });

  it('are new after a freeze of the environment, for the old ones may be half open', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create();
    await stage.invoke([requestFor(task.key)]);
    const { pid } = stage.unassign;
    if (pid === undefined) throw new Error('the function does not run');
    process.kill(pid, 'SIGSTOP');
    stage.cluster.goSilent();
    // Longer than the keep-alive of 4 s, as the wall clock counts it.
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    process.kill(pid, 'SIGCONT');
    const response = await stage.invoke([requestFor(task.key)]);
    expect({ response, connections: stage.cluster.calls.map(({ connection }) => connection) }).toEqual({
      response: ACKNOWLEDGED,
      connections: [1, 2],
    });
  });

  it('follow no redirect', async () => {
    const stage = await setStage();
    const elsewhere = `${stage.cluster.url}/elsewhere`;
    stage.cluster.settings.fault = () => ({ kind: 'answer', status: 307, headers: { location: elsewhere } });
    await stage.invoke([requestFor('1')]);
    expect({ paths: stage.cluster.calls.map(({ path }) => path), requeued: stage.requeued().length }).toEqual(
      {
        paths: ['/v2/user-tasks/1/assignee', '/v2/topology'],
        requeued: 1,
      },
    );
  });

  it.each(['', '/v2', '/', '/v2/'])(
    'reach a cluster behind a path prefix, address ending in "%s"',
    async (end) => {
      const prefix = '/0b2b2c6e-1f0a-4c8b-9f3e-0c5f0c6d7e8f';
      const stage = await setStage({ cluster: { basePath: prefix } });
      const unassign = await setStage({
        env: { CAMUNDA_REST_ADDRESS: `${stage.cluster.url}${end}` },
      });
      const task = stage.cluster.tasks.create();
      await unassign.invoke([requestFor(task.key)]);
      expect(stage.cluster.calls.map(({ path }) => path)).toEqual([
        `${prefix}/v2/user-tasks/${task.key}/assignee`,
      ]);
    },
  );

  it('reach a physical tenant by its prefix, and ask for its topology, not for that of the default one', async () => {
    const stage = await setStage({ cluster: { version: '8.10', physicalTenants: ['default', 'risk'] } });
    const tenant = await setStage({
      env: { CAMUNDA_REST_ADDRESS: `${stage.cluster.url}/physical-tenants/risk` },
    });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    stage.cluster.settings.fault = ({ key }) =>
      key === '1' ? { kind: 'answer', status: 404, body: 'default backend' } : undefined;
    await tenant.invoke([requestFor(task.key), requestFor('1')]);
    expect({
      assignee: task.assignee,
      paths: stage.cluster.calls.map(({ path }) => path).toSorted(),
    }).toEqual({
      assignee: null,
      paths: [
        '/physical-tenants/risk/v2/topology',
        '/physical-tenants/risk/v2/user-tasks/1/assignee',
        `/physical-tenants/risk/v2/user-tasks/${task.key}/assignee`,
      ],
    });
  });

  it('lose nothing at a physical tenant that there is not', async () => {
    const stage = await setStage({ cluster: { version: '8.10' } });
    const tenant = await setStage({
      env: { CAMUNDA_REST_ADDRESS: `${stage.cluster.url}/physical-tenants/mistyped` },
    });
    await tenant.invoke([requestFor(stage.cluster.tasks.create().key)]);
    expect(tenant.requeued().map(journeyOf)).toMatchObject([{ attempts: 1, lastStatus: 404 }]);
  });
});

describe.runIf(CAN_BE_SLOW)('a host with several addresses', () => {
  async function invokeAndOpen(stage: Stage, slow: SlowAddress, key: string) {
    const [response] = await Promise.all([stage.invoke([requestFor(key)]), slow.openOnceTried()]);
    return response;
  }

  it('is reached over the one that answers after a second, where the other has no route', async () => {
    const server = await startStandInCluster();
    onTestFinished(() => server.close());
    const slow = await startSlowAddress(Number(new URL(server.url).port));
    const stage = await setStage({
      env: { CAMUNDA_REST_ADDRESS: `http://cluster.test:${slow.port}`, NODE_OPTIONS: LOOKUP_OPTION },
    });
    await invokeAndOpen(stage, slow, server.tasks.create().key);
    expect([server.calls.length, stage.requeued()]).toEqual([1, []]);
  });

  it('is reached in the same way where it is Secrets Manager’s', async () => {
    const secrets = createServer((_request, response) => {
      response.end(
        JSON.stringify({
          SecretString: '{"CAMUNDA_BASIC_AUTH_USERNAME":"a","CAMUNDA_BASIC_AUTH_PASSWORD":"b"}',
        }),
      );
    }).listen(0, '127.0.0.1');
    await once(secrets, 'listening');
    onTestFinished(() => {
      secrets.closeAllConnections();
      secrets.close();
    });
    const slow = await startSlowAddress((secrets.address() as AddressInfo).port);
    const stage = await setStage({
      env: {
        CAMUNDA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:camunda-AbCdEf',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://secrets.test:${slow.port}`,
        NODE_OPTIONS: LOOKUP_OPTION,
      },
    });
    expect(await invokeAndOpen(stage, slow, stage.cluster.tasks.create().key)).toEqual(ACKNOWLEDGED);
    expect(stage.cluster.calls.map(({ headers }) => headers.authorization)).toEqual(['Basic YTpi']);
  });

  it('is reached over another one where the first never answers', async () => {
    const server = await startStandInCluster();
    onTestFinished(() => server.close());
    const silent = await startSlowAddress(Number(new URL(server.url).port));
    const healthy = createTcpServer((socket) => {
      const onward = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    }).listen(silent.port, ADDRESSES[1]);
    await once(healthy, 'listening');
    onTestFinished(() => void healthy.close());
    const stage = await setStage({
      env: { CAMUNDA_REST_ADDRESS: `http://cluster.test:${silent.port}`, NODE_OPTIONS: LOOKUP_OPTION },
    });
    await stage.invoke([requestFor(server.tasks.create().key)]);
    expect([server.calls.length, stage.requeued()]).toEqual([1, []]);
  });
});

describe('calls', () => {
  it('go to the configured hosts alone, whatever proxy the environment names', async () => {
    const proxy = await startStandInCluster();
    onTestFinished(() => proxy.close());
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
    const stage = await setStage({ env: Object.fromEntries(names.map((name) => [name, proxy.url])) });
    await stage.invoke([
      requestFor(stage.cluster.tasks.create().key),
      requestFor(stage.cluster.tasks.newKey()),
    ]);
    expect({
      proxied: proxy.connections,
      calls: stage.cluster.calls.length,
      deadLettered: stage.deadLettered().length,
    }).toEqual({ proxied: 0, calls: 2, deadLettered: 1 });
  });
});

describe('answers', () => {
  it('are read by the parser that is in the bundle, whatever the environment asks undici to do', async () => {
    const stage = await setStage({ env: { UNDICI_NO_WASM_SIMD: '1' } });
    const task = stage.cluster.tasks.create();
    expect(await stage.invoke([requestFor(task.key)])).toEqual(ACKNOWLEDGED);
  });
});

describe('bodies of answers', () => {
  it.each([
    { what: 'HTML', body: '<html><body>Service Unavailable</body></html>', detail: undefined },
    { what: 'nothing', body: '', detail: undefined },
    { what: 'broken JSON', body: '{"title":"UNAVAILABLE","detail":"half', detail: undefined },
    { what: 'JSON of another shape', body: '{"detail":{"a":1},"title":["x"]}', detail: undefined },
    {
      what: 'a problem detail',
      body: '{"title":"A","detail":"all is said","status":503}',
      detail: 'all is said',
    },
  ])('may be $what', async ({ body, detail }) => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({ kind: 'answer', status: 503, body });
    await stage.invoke([requestFor('1')]);
    const journey = journeyOf(stage.requeued()[0]);
    expect({ status: journey?.lastStatus, detail: journey?.lastDetail }).toEqual({ status: 503, detail });
  });

  it('are read up to 64 KiB, so that a huge one does not count as no answer', async () => {
    const stage = await setStage();
    const body = JSON.stringify({ title: 'HUGE', detail: 'x'.repeat(5_000_000) });
    stage.cluster.settings.fault = () => ({ kind: 'answer', status: 503, body });
    await stage.invoke([requestFor('1')]);
    expect(journeyOf(stage.requeued()[0])).toMatchObject({
      lastStatus: 503,
      lastBody: expect.stringMatching(/^\{"title":"HUGE"/),
    });
  });

  it('that break off are not Camunda’s word, and nothing is acknowledged by them', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create();
    stage.cluster.settings.fault = ({ key }) =>
      key === undefined ? undefined : { kind: 'reset', at: 'body' };
    await stage.invoke([requestFor(task.key)]);
    expect(stage.requeued().map(journeyOf)).toMatchObject([{ lastStatus: 200, foreignStatus: 200 }]);
  });

  it('that drive a terminal are made harmless before people read them', async () => {
    const stage = await setStage();
    const detail = 'a\u001b]0;owned\u0007b\nc\u202ed';
    const body = JSON.stringify({ title: '\u001b[2J', detail, status: 409 });
    stage.cluster.settings.fault = () => ({ kind: 'answer', status: 409, body });
    await stage.invoke([requestFor('1')]);
    expect(stage.deadLettered()[0]?.MessageAttributes?.['UnassignFailure']?.StringValue).toBe(
      'wrong-state: 409 \ufffd[2J: a\ufffd]0;owned\ufffdb c\ufffdd',
    );
  });
});
