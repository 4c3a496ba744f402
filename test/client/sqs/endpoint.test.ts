import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { awsClientConfig } from '../../../client/sqs/aws-client.ts';
import { endpointOf, REGION, regionOf } from '../../../client/sqs/endpoint.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { startProxy } from '../../support/proxy.ts';

const QUEUE = '123456789012/unassign';

afterEach(() => void vi.unstubAllEnvs());

/** The host that a client of the SDK connects to for a queue, as a proxy sees it that connects nobody. */
async function hostFor(queueUrl: string): Promise<string> {
  const proxy = await startProxy(403);
  const environment = { HTTPS_PROXY: proxy.url };
  const access = { region: 'us-west-2', credentials: LOCAL_CREDENTIALS, environment, usesProxies: true };
  const sqs = new SQSClient({ ...(await awsClientConfig(access)), ...endpointOf(queueUrl), maxAttempts: 1 });
  onTestFinished(() => sqs.destroy());
  await expect(sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl }))).rejects.toThrow('403');
  return proxy.asked.join();
}

const OWN = `https://sqs.us-east-1.amazonaws.com/${QUEUE}`;
const VPC = `https://vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com/${QUEUE}`;

describe('a queue is asked for', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['at its region', {}, OWN, 'sqs.us-east-1.amazonaws.com'],
    ['by FIPS', { AWS_USE_FIPS_ENDPOINT: 'true' }, OWN, 'sqs-fips.us-east-1.amazonaws.com'],
    ['over dual stack', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, OWN, 'sqs.us-east-1.api.aws'],
    [
      'over dual stack by FIPS',
      { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      OWN,
      'sqs-fips.us-east-1.api.aws',
    ],
    ['by FIPS, as the URL says', {}, OWN.replace('sqs.', 'sqs-fips.'), 'sqs-fips.us-east-1.amazonaws.com'],
    [
      'over dual stack, as the URL says',
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      OWN.replace('amazonaws.com', 'api.aws'),
      'sqs-fips.us-east-1.api.aws',
    ],
    [
      'by its older name',
      {},
      `https://eu-west-1.queue.amazonaws.com/${QUEUE}`,
      'sqs.eu-west-1.amazonaws.com',
    ],
    ['at a VPC endpoint', { AWS_USE_FIPS_ENDPOINT: 'true' }, VPC, new URL(VPC).host],
    ['where it is nobody of AWS', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'https://sqs.test/1/x', 'sqs.test'],
    [
      'in the sovereign cloud',
      {},
      `https://sqs.eusc-de-east-1.amazonaws.eu/${QUEUE}`,
      'sqs.eusc-de-east-1.amazonaws.eu',
    ],
    ['in China', {}, `https://sqs.cn-north-1.amazonaws.com.cn/${QUEUE}`, 'sqs.cn-north-1.amazonaws.com.cn'],
  ])('%s', async (_, variables, queueUrl, host) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(await hostFor(queueUrl)).toBe(`CONNECT ${host}:443`);
  });
});

describe('a queue’s URL', () => {
  it.each([
    [`https://sqs.eu-central-1.amazonaws.com/${QUEUE}`, 'eu-central-1'],
    ['https://sqs.us-gov-west-1.amazonaws.com/123456789012/x', 'us-gov-west-1'],
    ['https://sqs.cn-north-1.amazonaws.com.cn/123456789012/x', 'cn-north-1'],
    ['https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/x', 'eusc-de-east-1'],
    ['https://sqs-fips.us-east-1.amazonaws.com/123456789012/x', 'us-east-1'],
    ['https://sqs.eu-west-1.api.aws/123456789012/x', 'eu-west-1'],
    ['https://vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com/123456789012/x', 'eu-west-1'],
    ['https://eu-west-1.queue.amazonaws.com/123456789012/x', 'eu-west-1'],
    ['http://127.0.0.1:9324/123456789012/x', undefined],
    ['https://sqs.eu-west-1.example.org/123456789012/x', undefined],
    ['nonsense', undefined],
  ])('says the region: %s', (url, region) => {
    expect(regionOf(url)).toBe(region);
  });
});

// The regions of the SDK's own list (SDK, partitions), and one that is to come.
it.each([
  'us-east-1',
  'eu-central-2',
  'ap-southeast-7',
  'mx-central-1',
  'il-central-1',
  'us-gov-west-1',
  'cn-northwest-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
  'eusc-de-east-1',
  'eu-south-12',
])('%s is a region', (region) => {
  expect(region).toMatch(REGION);
});

it.each(['eu-central', 'frankfurt', 'EU-CENTRAL-1', 'eu_central_1', 'eu-central-1a', ''])(
  '%j is none',
  (text) => {
    expect(text).not.toMatch(REGION);
  },
);
