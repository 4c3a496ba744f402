// The clusters that the tests run against: the given one, and one of their own that may be tortured.
import { spawnSync } from 'node:child_process';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { authenticationEnvironment, type Issuer, startIssuer } from '../../infra/local/camunda/issuer.ts';
import { realCluster, whatIsMissing } from '../../infra/local/camunda/real-cluster.ts';

/** The cluster at CAMUNDA_REST_ADDRESS. */
export interface GivenCluster {
  readonly address: string;
  readonly managementAddress: string;
  readonly partitions: number;
}

/**
 * A broker that takes one request at a time and checks tokens, and in front of it a separate gateway that does
 * not and soon gives up on the broker.
 */
export interface OwnCluster {
  readonly address: string;
  readonly tokenEndpoint: string;
  readonly brokerPid: number;
  readonly gatewayAddress: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    given: GivenCluster;
    /** Or why there is none. */
    own: OwnCluster | { readonly missing: string };
  }
}

/** The version whose answers these tests know: later ones answer some situations otherwise. */
const VERSION = /^8\.6\./;

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = await givenCluster();
  project.provide('given', given);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => leave(given));
  const missing = await whatIsMissing();
  if (missing !== undefined) {
    console.warn(
      `${missing}\nLeft out: backpressure, authentication and a hung broker, which need a cluster of their own.`,
    );
    project.provide('own', { missing });
    return async () => {};
  }

  console.log('Starting a cluster for backpressure, authentication and a hung broker …');
  const issuer = await startIssuer();
  const cluster = await realCluster(`test-${process.pid}`);
  const tearDown = async () => {
    await cluster.stop();
    await issuer.close();
  };
  try {
    project.provide('own', await startOwnCluster(cluster, issuer));
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}

async function startOwnCluster(
  cluster: Awaited<ReturnType<typeof realCluster>>,
  issuer: Issuer,
): Promise<OwnCluster> {
  const broker = await cluster.start('broker', {
    FIXED_LIMIT: '1',
    ...authenticationEnvironment(issuer.issuer),
  });
  const gateway = await cluster.start('gateway', { REQUEST_TIMEOUT: '2s' });
  return {
    address: broker.restAddress,
    tokenEndpoint: issuer.tokenEndpoint,
    brokerPid: broker.pid,
    gatewayAddress: gateway.restAddress,
  };
}

/**
 * Vitest leaves without tearing down and without waiting, and perhaps in the middle of the test that pauses the
 * given cluster.
 */
function leave({ managementAddress }: GivenCluster): never {
  const resume = `${managementAddress}/actuator/partitions/resumeProcessing`;
  const post = "fetch(process.argv[1], { method: 'POST' })";
  spawnSync(process.execPath, ['--eval', post, resume], { stdio: 'ignore', timeout: 5_000 });
  process.exit(1);
}

async function givenCluster(): Promise<GivenCluster> {
  const { CAMUNDA_REST_ADDRESS: address, CAMUNDA_MANAGEMENT_ADDRESS: management } = process.env;
  if (!address) {
    refuse(
      'CAMUNDA_REST_ADDRESS is not set. Start a real Camunda with `npm run camunda`, then run\n' +
        '  CAMUNDA_REST_ADDRESS=http://127.0.0.1:8080 npm run test:cluster',
    );
  }
  const root = address.replace(/\/+$/, '').replace(/\/v2$/, '');
  const topology = await fetch(`${root}/v2/topology`, { signal: AbortSignal.timeout(30_000) }).catch(
    () => undefined,
  );
  if (!topology?.ok) {
    refuse(
      `CAMUNDA_REST_ADDRESS=${address}: ${topology ? `/v2/topology answered ${topology.status}` : 'no answer'}. ` +
        'These tests need a Camunda without authentication, such as `npm run camunda` starts.',
    );
  }
  const { gatewayVersion, partitionsCount } = (await topology.json()) as {
    gatewayVersion: string;
    partitionsCount: number;
  };
  if (!VERSION.test(gatewayVersion)) {
    refuse(
      `CAMUNDA_REST_ADDRESS=${address} is Camunda ${gatewayVersion}; these tests know the answers of 8.6.`,
    );
  }
  const managementAddress = management || `http://${new URL(root).hostname}:9600`;
  const partitions = await fetch(`${managementAddress}/actuator/partitions`, {
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  if (!partitions?.ok) {
    refuse(
      `${managementAddress}/actuator/partitions: ${partitions ? `answered ${partitions.status}` : 'no answer'}. These tests pause the cluster's ` +
        'processing for a moment: set CAMUNDA_MANAGEMENT_ADDRESS to where its management API listens.',
    );
  }
  return { address: root, managementAddress, partitions: partitionsCount };
}

/** Before anything was started; thrown, the message would drown in vitest's words about its own failure. */
function refuse(message: string): never {
  console.error(`\n${message}\n`);
  process.exit(1);
}
