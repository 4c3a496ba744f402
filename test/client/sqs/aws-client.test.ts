import dns from 'node:dns';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { awsClientConfig, REQUEST_HANDLER } from '../../../client/sqs/aws-client.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { startProxy } from '../../support/proxy.ts';
import { CAN_BE_SLOW, lookUp, startSlowAddress } from '../../support/slow-address.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { startTappedQueue } from '../sending/tapped-queue.ts';

it.runIf(CAN_BE_SLOW)(
  'a host is reached over the address that answers after a second, where its other one has no route',
  async () => {
    const { direct } = await startTappedQueue();
    const slow = await startSlowAddress(Number(new URL(direct.queueUrl).port));
    vi.spyOn(dns, 'lookup').mockImplementation(lookUp as typeof dns.lookup);
    onTestFinished(() => void vi.restoreAllMocks());
    const sqs = new SQSClient({
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
      endpoint: `http://sqs.test:${slow.port}`,
      maxAttempts: 1,
      requestHandler: REQUEST_HANDLER,
    });
    onTestFinished(() => sqs.destroy());
    const [{ QueueUrls }] = await Promise.all([sqs.send(new ListQueuesCommand()), slow.openOnceTried()]);
    expect(QueueUrls).toHaveLength(2);
  },
);

afterEach(() => void vi.unstubAllEnvs());

describe('the region', () => {
  const PROFILES = '[default]\nregion = eu-north-1\n[profile ops]\nregion = eu-west-3\n';

  it.each<[string, Parameters<typeof awsClientConfig>[0]['environment'], object, string]>([
    ['that is given', { AWS_REGION: 'us-west-1' }, { region: 'us-east-2' }, 'us-east-2'],
    ['of AWS_REGION', { AWS_REGION: 'us-west-1', AWS_DEFAULT_REGION: 'x' }, { region: '' }, 'us-west-1'],
    [
      'of AWS_DEFAULT_REGION, AWS_REGION being empty',
      { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-2' },
      {},
      'us-west-2',
    ],
    [
      'of the default profile, both being empty',
      { AWS_REGION: '', AWS_DEFAULT_REGION: '' },
      {},
      'eu-north-1',
    ],
    ['of a profile', { AWS_REGION: '' }, { profile: 'ops' }, 'eu-west-3'],
  ])('is the one %s', async (_, environment, options, region) => {
    const file = join(await temporaryFolder(), 'config');
    await writeFile(file, PROFILES);
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(file, '..', 'none'));
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_PROFILE', undefined);
    const config = await awsClientConfig({ environment, usesProxies: false, ...options });
    const sqs = new SQSClient(config);
    onTestFinished(() => sqs.destroy());
    expect(await sqs.config.region()).toBe(region);
  });
});

describe('the proxies of the environment', () => {
  async function queuesThrough(variables: Record<string, string>): Promise<number | undefined> {
    const { direct } = await startTappedQueue();
    const access = {
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
      environment: variables,
      usesProxies: true,
    };
    const sqs = new SQSClient({
      ...(await awsClientConfig(access)),
      endpoint: new URL(direct.queueUrl).origin,
      maxAttempts: 1,
    });
    onTestFinished(() => sqs.destroy());
    return (await sqs.send(new ListQueuesCommand())).QueueUrls?.length;
  }

  it('carry requests to AWS', async () => {
    const proxy = await startProxy();
    expect(await queuesThrough({ HTTP_PROXY: proxy.url })).toBe(2);
    expect(proxy.asked).toEqual([expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/$/)]);
  });

  it('are left out for hosts of NO_PROXY', async () => {
    const proxy = await startProxy();
    expect(await queuesThrough({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).toBe(2);
    expect(proxy.asked).toEqual([]);
  });

  it('that cannot be reached are told by their code', async () => {
    await expect(queuesThrough({ HTTP_PROXY: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
