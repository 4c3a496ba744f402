// Which endpoint of AWS a queue's URL means, and the settings of an SQS client that reaches it. Pure.
import type { SQSClientConfig } from '@aws-sdk/client-sqs';

/** Of an SQS client's settings, those that say where its requests go. */
export type EndpointConfig = Pick<
  SQSClientConfig,
  'region' | 'endpoint' | 'useFipsEndpoint' | 'useDualstackEndpoint' | 'useQueueUrlAsEndpoint'
>;

/**
 * Where requests about a queue go. SQS's own endpoint of a region is left to the SDK, which knows whether the environment or
 * the profile wants FIPS, dual stack or another address (AWS SDKs and Tools Reference Guide, "FIPS endpoints", "Dual-stack
 * endpoints", "Service-specific endpoints"). Anything else, such as a VPC endpoint or an emulator, is meant as it is written;
 * the SDK refuses FIPS or dual stack beside such an address.
 *
 * @param queueUrl a URL
 */
export function endpointOf(queueUrl: string): EndpointConfig {
  const { hostname, origin } = new URL(queueUrl);
  const own = ownEndpoint(hostname);
  if (own !== undefined) return { ...own, useQueueUrlAsEndpoint: false };
  const region = regionOf(queueUrl);
  return {
    ...(region !== undefined && { region }),
    endpoint: origin,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  };
}

/** The region that a queue's URL names; undefined where it is none of AWS's own (SQS endpoints and quotas). */
export function regionOf(queueUrl: string): string | undefined {
  const host = URL.canParse(queueUrl) ? new URL(queueUrl).hostname : '';
  if (![...SUFFIXES, ...DUAL_STACK_SUFFIXES].some((suffix) => host.endsWith(`.${suffix}`))) return undefined;
  return host.split('.').find((label) => REGION.test(label));
}

/** Names of AWS's regions, such as `eu-central-1`, `us-gov-west-1`, `eusc-de-east-1` (AWS General Reference). */
export const REGION = /^[a-z]{2,8}(-[a-z]+)+-\d{1,2}$/;

/** Of the partitions that the SDK knows (SDK, `partitions`). */
const SUFFIXES = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];

const DUAL_STACK_SUFFIXES = [
  'api.aws',
  'api.amazonwebservices.com.cn',
  'api.amazonwebservices.eu',
  'api.aws.ic.gov',
  'api.aws.scloud',
  'api.cloud-aws.adc-e.uk',
  'api.aws.hci.ic.gov',
];

/** `sqs.eu-central-1.amazonaws.com` and its like; the older `eu-central-1.queue.amazonaws.com` is the same endpoint. */
function ownEndpoint(
  host: string,
): Pick<EndpointConfig, 'region' | 'useFipsEndpoint' | 'useDualstackEndpoint'> | undefined {
  const [first = '', second = '', ...rest] = host.split('.');
  const isLegacy = REGION.test(first) && second === 'queue';
  const [service, region] = isLegacy ? ['sqs', first] : [first, second];
  const suffix = rest.join('.');
  const isDualStack = DUAL_STACK_SUFFIXES.includes(suffix);
  if (!['sqs', 'sqs-fips'].includes(service) || !REGION.test(region)) return undefined;
  if (!isDualStack && !SUFFIXES.includes(suffix)) return undefined;
  return {
    region,
    ...(service === 'sqs-fips' && { useFipsEndpoint: true }),
    ...(isDualStack && { useDualstackEndpoint: true }),
  };
}
