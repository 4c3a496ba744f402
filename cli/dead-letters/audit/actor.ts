// Who acts: as AWS knows whoever's credentials these are, and as the operating system does.
import { userInfo } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { oneLine } from '../../../client/contract/text.ts';
import type { QueueAccess } from '../../../client/dead-letters/index.ts';
import { regionOf } from '../../../client/sqs/endpoint.ts';
import { awsConfig, type ConnectionChoice } from '../../connection.ts';

/** Who acts; null is what could not be found out, which stops nobody. */
export interface Actor {
  /** An ARN. */
  readonly identity: string | null;
  readonly user: string | null;
}

/** For the answer, credentials included. */
const LIMIT_MS = 3_000;

/** Asks who acts on this queue. Never throws. */
export async function whoActs(
  queue: QueueAccess,
  connection: ConnectionChoice,
  signal: AbortSignal,
): Promise<Actor> {
  const asked = hasIdentities(queue, connection);
  return { identity: asked ? await identityOf(queue, connection, signal) : null, user: userName() };
}

/** An SQS on this machine knows nobody, and keys made up for it are no business of AWS's. */
function hasIdentities({ queueUrl }: QueueAccess, { localEndpoint, environment }: ConnectionChoice): boolean {
  if (localEndpoint !== undefined) return false;
  const { AWS_ENDPOINT_URL_STS: ofSts, AWS_ENDPOINT_URL: ofAll } = environment;
  return regionOf(queueUrl) !== undefined || Boolean(ofSts || ofAll);
}

/** Everybody may ask this of themselves (STS API reference, GetCallerIdentity). */
async function identityOf(
  { sqs }: QueueAccess,
  connection: ConnectionChoice,
  signal: AbortSignal,
): Promise<string | null> {
  const ended = new AbortController();
  try {
    const asking = askSts(sqs, connection, AbortSignal.any([signal, ended.signal]));
    return await Promise.race([asking, setTimeout(LIMIT_MS, null, { signal: ended.signal })]);
  } catch {
    return null;
  } finally {
    ended.abort();
  }
}

async function askSts(
  { config }: QueueAccess['sqs'],
  connection: ConnectionChoice,
  abortSignal: AbortSignal,
): Promise<string | null> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  // With the very credentials of the queue's client, which some profiles get only once.
  const { credentials, region } = config;
  const sts = new STSClient({ ...(await awsConfig(connection)), credentials, region, maxAttempts: 1 });
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal });
    return Arn === undefined ? null : oneLine(Arn, 300);
  } finally {
    sts.destroy();
  }
}

function userName(): string | null {
  try {
    return oneLine(userInfo().username, 100);
  } catch {
    // A container's user need not have a name.
    return null;
  }
}
