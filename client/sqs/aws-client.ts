// How clients of AWS are made: the region, how long they wait, and what their requests go over. Not for the function's own,
// whose time-outs have to fit into an invocation.
import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } from '@smithy/core/config';
import type { UndiciHttpHandlerOptions } from '@smithy/undici-http-handler';
import { ADDRESS_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../network/connecting.ts';
import { type Environment, proxiesOf } from '../network/proxies.ts';

/** Who calls AWS, and from where. */
export interface AwsAccess {
  /** Of the URL, an option or a caller; where it is empty or missing, the environment's, and then the profile's. */
  readonly region?: SQSClientConfig['region'];
  readonly profile?: string | undefined;
  readonly credentials?: SQSClientConfig['credentials'];
  readonly environment: Environment;
  /** Requests go over the proxies that the environment names. */
  readonly usesProxies: boolean;
}

/** Settings that every client of AWS takes. */
export type AwsClientConfig = Pick<SQSClientConfig, 'region' | 'profile' | 'credentials' | 'requestHandler'>;

/**
 * Settings for one client of AWS: what its requests go over is closed with it.
 *
 * @throws {ProxySettingError} a proxy's address in the environment is none
 */
export async function awsClientConfig(access: AwsAccess): Promise<AwsClientConfig> {
  const { profile, credentials, environment, usesProxies } = access;
  return {
    region: regionFor(access),
    ...(profile !== undefined && { profile }),
    ...(credentials !== undefined && { credentials }),
    requestHandler: (usesProxies ? await proxyHandler(environment) : undefined) ?? REQUEST_HANDLER,
  };
}

/** What is empty is as good as not there. The SDK itself takes an empty AWS_REGION for a region. */
function regionFor({ region, profile, environment }: AwsAccess): NonNullable<SQSClientConfig['region']> {
  return (
    region ||
    environment['AWS_REGION'] ||
    environment['AWS_DEFAULT_REGION'] ||
    loadConfig(
      { ...NODE_REGION_CONFIG_OPTIONS, environmentVariableSelector: () => undefined },
      { ...NODE_REGION_CONFIG_FILE_OPTIONS, ...(profile !== undefined && { profile }) },
    )
  );
}

/** How long an answer may take, and between two parts of it, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** By its agents, since a library must not change what Node.js does for the rest of its process. */
const AGENT = { autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS } as const;

/**
 * For the SDK's `requestHandler`; milliseconds. Time-outs are off by default, and requestTimeout alone only warns (SDK,
 * NodeHttpHandlerOptions).
 */
export const REQUEST_HANDLER = {
  connectionTimeout: CONNECT_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  throwOnRequestTimeout: true,
  httpAgent: AGENT,
  httpsAgent: AGENT,
} as const;

/** The SDK's handler over undici; undefined where the environment names no proxy. */
async function proxyHandler(environment: Environment): Promise<AwsClientConfig['requestHandler']> {
  const proxies = await proxiesOf(environment);
  if (proxies === undefined) return undefined;
  const { UndiciHttpHandler } = await import('@smithy/undici-http-handler');
  const dispatcher = proxies({
    connections: MAX_CONNECTIONS,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    },
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  });
  // The handler brings types of an older undici; of a dispatcher it uses `request`, `close` and `destroy`.
  return new UndiciHttpHandler({ dispatcher: dispatcher as unknown as HandlerDispatcher });
}

type HandlerDispatcher = NonNullable<UndiciHttpHandlerOptions['dispatcher']>;

/** The connections that a client of the SDK opens at most (SDK, NodeHttpHandler: maxSockets). */
export const MAX_CONNECTIONS = 50;
