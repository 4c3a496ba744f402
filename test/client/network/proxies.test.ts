import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectCluster } from '../../../client/cluster/connection.ts';
import { readClusterEnvironment } from '../../../client/cluster/environment.ts';
import { proxiesOf } from '../../../client/network/proxies.ts';
import type { ClusterOptions } from '../../../infra/local/stand-in/cluster.ts';
import { startStandInIssuer } from '../../../infra/local/stand-in/issuer.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startProxy } from '../../support/proxy.ts';

const OPTIONS = { timeoutMs: 20_000 };

/** How many tasks a search finds in an environment, whose names are those of a process. */
async function count(environment: Readonly<Record<string, string>>): Promise<number> {
  const settings = readClusterEnvironment(environment, () => '');
  if (!settings.ok) throw new Error(settings.problems.join());
  const connection = connectCluster(settings, await proxiesOf(environment));
  onTestFinished(() => connection.close());
  return (await connection.tasks.count({}, OPTIONS)).count;
}

async function clusterWithTask(options: ClusterOptions = {}): Promise<string> {
  const cluster = await start(options);
  cluster.tasks.create();
  return cluster.url;
}

describe('a cluster is reached', () => {
  it('over https through a tunnel of the proxy, by its own certificate and ours', async () => {
    const authority = await createAuthority();
    const [server, client] = [await authority.issue('localhost'), await authority.issue('client')];
    const url = await clusterWithTask({
      tls: { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    });
    const proxy = await startProxy();
    const environment = {
      CAMUNDA_REST_ADDRESS: url,
      CAMUNDA_MTLS_CA: authority.cert,
      CAMUNDA_MTLS_CERT: client.cert,
      CAMUNDA_MTLS_KEY: client.key,
      HTTPS_PROXY: proxy.url,
    };
    expect(await count(environment)).toBe(1);
    expect(proxy.asked).toEqual([`CONNECT ${new URL(url).host}`]);
  });

  it('over http by the proxy, with a password', async () => {
    const url = await clusterWithTask();
    const proxy = await startProxy();
    const address = proxy.url.replace('http://', 'http://anna:a-password@');
    expect(await count({ CAMUNDA_REST_ADDRESS: url, http_proxy: address })).toBe(1);
    expect(proxy.asked).toEqual([`POST ${url}/v2/user-tasks/search`]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('anna:a-password').toString('base64')}`]);
  });

  it('by a proxy without http:// before its name', async () => {
    const url = await clusterWithTask();
    const proxy = await startProxy();
    const environment = { CAMUNDA_REST_ADDRESS: url, HTTP_PROXY: proxy.url.replace('http://', '') };
    expect(await count(environment)).toBe(1);
    expect(proxy.asked).toHaveLength(1);
  });

  it.each(['127.0.0.1', '*', 'example.com, 127.0.0.1'])(
    'without the proxy by NO_PROXY=%s',
    async (noProxy) => {
      const url = await clusterWithTask();
      const proxy = await startProxy();
      const environment = { CAMUNDA_REST_ADDRESS: url, HTTP_PROXY: proxy.url, NO_PROXY: noProxy };
      expect(await count(environment)).toBe(1);
      expect(proxy.asked).toEqual([]);
    },
  );

  it('with a token that comes through the proxy, too', async () => {
    const issuer = await startStandInIssuer();
    onTestFinished(() => issuer.close());
    const url = await clusterWithTask({ authentication: { bearer: (token) => issuer.check(token) } });
    const proxy = await startProxy();
    const environment = {
      CAMUNDA_REST_ADDRESS: url,
      CAMUNDA_OAUTH_URL: issuer.url,
      CAMUNDA_CLIENT_ID: 'client',
      CAMUNDA_CLIENT_SECRET: 'a-secret-of-ours',
      HTTP_PROXY: proxy.url,
    };
    expect(await count(environment)).toBe(1);
    expect(proxy.asked).toEqual([`POST ${issuer.url}`, `POST ${url}/v2/user-tasks/search`]);
  });
});

describe('a proxy', () => {
  it.each([407, 403])('that makes no tunnel (%i) is told as no connection', async (status) => {
    const proxy = await startProxy(status);
    const environment = { CAMUNDA_REST_ADDRESS: 'https://cluster.invalid', HTTPS_PROXY: proxy.url };
    await expect(count(environment)).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining(String(status)),
    });
  });

  it('that says nothing is waited for as long as an answer may take', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const held: Socket[] = [];
    silent.on('connection', (socket) => void held.push(socket));
    onTestFinished(() => held.forEach((socket) => void socket.destroy()));
    const HTTPS_PROXY = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const dispatcher = (await proxiesOf({ HTTPS_PROXY }))?.({ headersTimeout: 50 });
    onTestFinished(() => dispatcher?.destroy());
    const asked = dispatcher?.request({ origin: 'https://cluster.invalid', path: '/', method: 'GET' });
    await expect(asked).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
  });

  it('is not used where nobody asks for one, as in the function', async () => {
    const url = await clusterWithTask();
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const settings = readClusterEnvironment({ CAMUNDA_REST_ADDRESS: url }, () => '');
    if (!settings.ok) throw new Error(settings.problems.join());
    const connection = connectCluster(settings);
    onTestFinished(() => connection.close());
    expect(await connection.tasks.count({}, OPTIONS)).toMatchObject({ count: 1 });
    expect(proxy.asked).toEqual([]);
  });

  it('is not there where the environment names none', async () => {
    expect(await proxiesOf({ HTTPS_PROXY: '', no_proxy: 'x' })).toBeUndefined();
  });

  it.each(['http://', 'ftp://proxy', 'http://a b'])('%j is refused without repeating it', async (address) => {
    await expect(proxiesOf({ HTTPS_PROXY: address })).rejects.toThrow(
      "The environment variable HTTPS_PROXY: expected a proxy's address such as http://proxy:3128.",
    );
  });
});
