// The cluster, as the command line calls it: by the environment's settings, and through the proxy that it names.
import { readFileSync } from 'node:fs';
import type { ClusterConnection } from '../client/cluster/connection.ts';
import { type ReadEnvironment, readClusterEnvironment } from '../client/cluster/environment.ts';
import { TaskSearchError, type TaskSearchProblem } from '../client/cluster/search-error.ts';
import { clearTextWarnings } from '../client/cluster/settings.ts';
import { ProxySettingError, proxiesOf } from '../client/network/proxies.ts';
import { proxyAdvice } from './connection-errors.ts';
import { CommandError, EXIT, UsageError } from './exit-codes.ts';
import { type Surroundings, say } from './surroundings.ts';

/** A cluster's settings that are valid. */
export type ClusterChoice = Extract<ReadEnvironment, { ok: true }> & {
  /** It is the stand-in of `npm start`. */
  readonly isLocal: boolean;
};

/**
 * The cluster of the environment, or the stand-in of `npm start`, which takes everybody.
 *
 * @param localAddress of that stand-in, where it is meant
 * @throws UsageError with everything that is missing or wrong
 */
export function chooseCluster(
  localAddress: string | undefined,
  environment: Surroundings['environment'],
): ClusterChoice {
  const isLocal = localAddress !== undefined;
  const settings = isLocal ? { CAMUNDA_REST_ADDRESS: localAddress } : environment;
  const read = readClusterEnvironment(settings, (path) => readFileSync(path, 'utf8'));
  if (read.ok) return { ...read, isLocal };
  throw new UsageError(
    [
      'The cluster cannot be searched with the environment variables that are set:',
      ...read.problems.map((problem) => `  - ${problem}`),
      'They are the settings of the function, which docs/settings.md lists. For what `npm start` runs, say --local.',
    ].join('\n'),
  );
}

/**
 * Connects, works, and closes the connection. What goes wrong with the cluster comes out as one clear message that says
 * what to do.
 */
export async function withCluster<T>(
  choice: ClusterChoice,
  surroundings: Pick<Surroundings, 'environment' | 'stderr'>,
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  const { cluster, credentials, isLocal } = choice;
  for (const warning of clearTextWarnings(cluster, credentials)) say(surroundings, `Warning: ${warning}.`);
  const proxies = isLocal ? undefined : await environmentProxies(surroundings);
  // Only now: whoever enqueues keys has no use for it.
  const { connectCluster } = await import('../client/cluster/connection.ts');
  const connection = connectCluster(choice, proxies);
  try {
    return await work(connection);
  } catch (error) {
    throw clusterError(error, choice);
  } finally {
    await connection.close();
  }
}

async function environmentProxies({
  environment,
}: Pick<Surroundings, 'environment'>): ReturnType<typeof proxiesOf> {
  try {
    return await proxiesOf(environment);
  } catch (error) {
    throw error instanceof ProxySettingError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** An error of the cluster in words that say what to do; any other error itself. Pure. */
export function clusterError(error: unknown, choice: Pick<ClusterChoice, 'cluster' | 'isLocal'>): unknown {
  if (!(error instanceof TaskSearchError)) return error;
  const address = `${choice.cluster.origin}${choice.cluster.basePath}`;
  const advice = (choice.isLocal ? LOCAL_ADVICE[error.code] : undefined) ?? ADVICE[error.code];
  return new CommandError(
    `${proxyAdvice(error.message) ?? advice(address)}\n  (${error.message})`,
    EXIT.failed,
    { cause: error },
  );
}

type Advice = (address: string) => string;

const ADVICE: Readonly<Record<TaskSearchProblem, Advice>> = {
  InvalidOptions: () => 'The search is invalid.',
  CredentialsRefused: (address) =>
    `The cluster at ${address}, or its token endpoint, refuses the credentials: check CAMUNDA_CLIENT_ID and ` +
    'CAMUNDA_CLIENT_SECRET (or CAMUNDA_BASIC_AUTH_USERNAME and CAMUNDA_BASIC_AUTH_PASSWORD), CAMUNDA_TOKEN_AUDIENCE, ' +
    'and whether the endpoint takes the secret in the header only (CAMUNDA_OAUTH_CLIENT_AUTHENTICATION).',
  Forbidden: () =>
    'This client may not search for user tasks: it needs the permission PROCESS_DEFINITION:READ_USER_TASK (from ' +
    '8.9 also USER_TASK:READ).',
  NoSecondaryStorage: () =>
    'This cluster has no secondary storage, so there is nothing to search in: give the keys of the tasks, or --file.',
  NoTaskSearch: (address) =>
    `There is no search for user tasks at ${address}: it came with Camunda 8.8. Check CAMUNDA_REST_ADDRESS; with an ` +
    'older cluster, give the keys of the tasks, or --file.',
  Rejected: () => 'The cluster says that the search is invalid: check the options.',
  Unavailable: (address) =>
    `The cluster at ${address} has too much to do, or fails. It was tried several times; try again later.`,
  ForeignAnswer: (address) =>
    `Something else than Camunda answers at ${address}: check CAMUNDA_REST_ADDRESS, and what stands in front of the ` +
    'cluster (a proxy, an ingress, a sign-in page).',
  Unreachable: (address) =>
    `The cluster at ${address}, or its token endpoint, cannot be reached: check CAMUNDA_REST_ADDRESS, the network, ` +
    'HTTPS_PROXY and NO_PROXY, and the certificates (CAMUNDA_MTLS_CA, NODE_EXTRA_CA_CERTS).',
  TimedOut: (address) =>
    `The cluster at ${address} does not answer in time: check the network, try again later, or give it longer ` +
    '(CAMUNDA_CALL_TIMEOUT_SECONDS).',
};

const LOCAL_ADVICE: { readonly [code in TaskSearchProblem]?: Advice } = {
  Unreachable: (address) =>
    `Nothing answers at ${address}: is \`npm start\` running, with its stand-in cluster? If it uses another port, ` +
    'say --port. If it uses a cluster of yours, say --queue-url instead of --local, and set the CAMUNDA_ settings of ' +
    'that cluster.',
};
