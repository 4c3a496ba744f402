// From a caller's options to the queue and a client that reaches it.
import { SQSClient } from '@aws-sdk/client-sqs';
import { asksForProxies } from '../network/proxies.ts';
import { type AwsAccess, awsClientConfig } from '../sqs/aws-client.ts';
import { endpointOf } from '../sqs/endpoint.ts';
import {
  LOCAL_CREDENTIALS,
  LOCAL_PORT,
  LOCAL_QUEUE,
  LOCAL_REGION,
  localEndpoint,
  localQueueUrl,
} from '../sqs/local-queues.ts';
import { findQueueUrl } from './queue-addresses.ts';
import type { UnassignQueueOptions } from './queue-options.ts';

/** A queue, and a client that sends to it. */
export interface QueueConnection {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
}

/**
 * @throws {QueueAddressError} the queue cannot be found
 * @throws {ProxySettingError} a proxy's address in the environment is none
 */
export async function connectQueue(options: UnassignQueueOptions): Promise<QueueConnection> {
  const { stage, client, environment = process.env } = options;
  const access = accessOf(options);
  const ssm = () => awsClientConfig(access);
  const queueUrl = await findQueueUrl({ url: urlIn(options), stage, environment, ssm });
  if (client !== undefined) return { sqs: client, queueUrl };
  const { region = access.region, ...endpoint } = endpointOf(queueUrl);
  return {
    sqs: new SQSClient({
      ...(await awsClientConfig({ ...access, ...(region !== undefined && { region }) })),
      ...endpoint,
      // Every attempt is the sender's own, so that its bound is one.
      maxAttempts: 1,
    }),
    queueUrl,
  };
}

function urlIn({ queueUrl, local, port = LOCAL_PORT }: UnassignQueueOptions): string | undefined {
  return local === true ? localQueueUrl(localEndpoint(port), LOCAL_QUEUE) : queueUrl;
}

function accessOf({
  aws,
  local,
  proxyFromEnvironment,
  environment = process.env,
}: UnassignQueueOptions): AwsAccess {
  if (local === true) {
    return { region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS, ...aws, environment, usesProxies: false };
  }
  return { ...aws, environment, usesProxies: proxyFromEnvironment ?? asksForProxies(environment) };
}
