// The Lambda: an SQS event in, a partial batch response out. Wires the rest once per environment.
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createAuthorization } from '../../client/cluster/authorization.ts';
import { NO_SECRET } from '../../client/cluster/credentials.ts';
import { createHttp } from '../../client/cluster/exchange.ts';
import { createTaskReader } from '../../client/cluster/read-task.ts';
import { clearTextWarnings } from '../../client/cluster/settings.ts';
import { createTopology } from '../../client/cluster/topology.ts';
import { createCluster } from '../../client/cluster/unassign.ts';
import { ADDRESS_TIMEOUT_MS } from '../../client/network/connecting.ts';
import { type BatchDependencies, processBatch } from './batch.ts';
import { type Config, RESERVE_SECONDS, readConfig } from './config.ts';
import { createPace } from './pacing/pace.ts';
import { createSecret } from './secret.ts';
import type { SendBatch } from './sending/settlement.ts';
import { createSqsRequestHandler } from './sending/sqs-requests.ts';
import { createTelemetry } from './telemetry/report.ts';

// For all that this process connects to, whoever makes the connection: exchange.ts to the cluster, the token endpoint and
// SQS, the SDK to Secrets Manager.
setDefaultAutoSelectFamilyAttemptTimeout(ADDRESS_TIMEOUT_MS);

const now = Date.now;
const config = readConfig(process.env);
const telemetry = createTelemetry();
for (const warning of clearTextWarnings(config.cluster, config.credentials)) telemetry.warn(warning);
const dependencies = wire(config);

/**
 * Serves a batch of messages. Does not throw: what is not acknowledged is in `batchItemFailures`, and where not
 * even that is known, the whole batch is (an empty identifier: Lambda developer guide, "Handling errors for an
 * SQS event source in Lambda").
 *
 * @param context absent, as in a bare call: the invocation is taken to have the configured time-out
 */
export async function handler(event: SQSEvent, context?: Context): Promise<SQSBatchResponse> {
  const startedAt = now();
  const remainingMs =
    context?.getRemainingTimeInMillis === undefined
      ? () => config.functionTimeoutMs - (now() - startedAt)
      : () => context.getRemainingTimeInMillis();
  try {
    telemetry.begin(context);
    if (event.Records.some(({ messageId }) => typeof messageId !== 'string' || messageId === '')) {
      throw new Error('the event has a record without a messageId');
    }
    const results = await processBatch(event.Records, remainingMs, dependencies);
    telemetry.report(results, dependencies.pace.state(), now() - startedAt, now());
    const failed = results.filter(({ acknowledged }) => !acknowledged);
    return { batchItemFailures: failed.map(({ message }) => ({ itemIdentifier: message.messageId })) };
  } catch (error) {
    telemetry.failed(error, event?.Records?.length ?? 0);
    return { batchItemFailures: [{ itemIdentifier: '' }] };
  }
}

function wire({
  cluster,
  holdMs,
  credentials,
  policy,
  queueUrl,
  deadLetterQueueUrl,
}: Config): BatchDependencies {
  const { secretArn } = credentials;
  const authorization = createAuthorization(credentials, {
    secret: secretArn === undefined ? NO_SECRET : createSecret(secretArn, now),
    requestToken: async (request, timeoutMs) =>
      (await import('../../client/cluster/oauth.ts')).requestToken(request, timeoutMs, now),
    readTlsIdentity: async (identity) =>
      (await import('../../client/cluster/tls-identity.ts')).readTlsIdentity(identity),
    now,
  });
  const http = createHttp(cluster.origin, cluster.connections, now);
  return {
    cluster: createCluster(cluster.basePath, { http, authorization, now }),
    reader: createTaskReader(cluster.basePath, { http, authorization, now }),
    topology: createTopology(cluster.basePath, { http, authorization, now, pause: setTimeout }),
    pace: createPace({ random: Math.random, changed: telemetry.paceChanged }),
    readingPace: createPace({ random: Math.random, changed: telemetry.readingPaceChanged }),
    holdMs,
    connections: cluster.connections,
    callTimeoutMs: cluster.callTimeoutMs,
    reserveMs: RESERVE_SECONDS * 1000,
    policy,
    ...loadedWhenNeeded(),
    queueUrl,
    deadLetterQueueUrl,
    now,
    random: Math.random,
    pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  };
}

/** Of the SDK's two attempts, each from when it has its connection to the end of its answer; milliseconds. */
const SEND_ATTEMPT_TIMEOUT_MS = 2_500;

/** A batch that just succeeds does not pay for the SQS SDK. */
function loadedWhenNeeded(): Pick<BatchDependencies, 'send' | 'prepareSend'> {
  let loading: Promise<SendBatch> | undefined;
  function load(): Promise<SendBatch> {
    loading ??= import('./sending/sqs.ts').then(
      ({ createSend }) => createSend(createSqsRequestHandler(SEND_ATTEMPT_TIMEOUT_MS, now)),
      (error) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  }
  return {
    prepareSend: () => {
      // The send tries it again, and says why it failed.
      load().catch(() => {});
    },
    send: async (...batch) => (await load())(...batch),
  };
}
