// The real handler, wired as for Lambda, but for the modules that leave the process and the clock.

import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { sqsRecord } from '../support/messages.ts';
import { createInMemorySqs, DEAD_LETTER_QUEUE_URL, QUEUE_URL } from './in-memory-sqs.ts';
import { type Serve, type Surroundings, topologyOf } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { createScriptedCluster } from './scripted-cluster.ts';
import { sleep } from './virtual-time.ts';

const RealDate = Date;
const realNow = Date.now;

type Handler = (event: SQSEvent, context: Partial<Context>) => Promise<SQSBatchResponse>;

/** Loads the handler in surroundings that change with each invocation. Its own settings are the defaults. */
export async function handlerServer(): Promise<Serve> {
  let around = inert();
  vi.doMock('../../client/cluster/unassign.ts', async (original) => ({
    ...(await original<object>()),
    createCluster: () => ({
      unassign: (key: string, timeoutMs: number) => around.cluster.unassign(key, timeoutMs),
    }),
  }));
  vi.doMock('../../client/cluster/read-task.ts', () => ({
    createTaskReader: () => ({
      readTask: (key: string, timeoutMs: number) => around.cluster.readTask(key, timeoutMs),
    }),
  }));
  vi.doMock('../../client/cluster/topology.ts', () => ({
    createTopology: () => topologyOf(() => around),
  }));
  vi.doMock('../../functions/unassign/sending/sqs.ts', () => ({
    createSend:
      () =>
      (...batch: Parameters<Surroundings['sqs']['send']>) =>
        around.sqs.send(...batch),
  }));
  // What is superseded is logged whatever the level is.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.doMock('node:timers/promises', () => ({
    setTimeout: (milliseconds: number, _: undefined, options?: { signal?: AbortSignal }) =>
      sleep(milliseconds, options?.signal),
  }));
  const handler = await load();
  // Loads what is loaded only when something is to be sent.
  await handler({ Records: [sqsRecord({ body: 'nonsense' })] }, contextOf(60_000));

  return async (records, timeoutMs, surroundings) => {
    around = surroundings;
    const { batchItemFailures } = await handler({ Records: [...records] }, contextOf(timeoutMs));
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
}

/** Whatever Date is at the time: the function keeps what it finds when it is loaded. */
function virtualNow(): number {
  return Date === RealDate ? realNow() : Date.now();
}

async function load(): Promise<Handler> {
  vi.stubEnv('QUEUE_URL', QUEUE_URL);
  vi.stubEnv('DEAD_LETTER_QUEUE_URL', DEAD_LETTER_QUEUE_URL);
  vi.stubEnv('CAMUNDA_REST_ADDRESS', 'http://cluster.invalid');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  Date.now = virtualNow;
  try {
    return (await import('../../functions/unassign/handler.ts')).handler as Handler;
  } finally {
    Date.now = realNow;
  }
}

function contextOf(timeoutMs: number): Partial<Context> {
  const endsAt = Date.now() + timeoutMs;
  return { awsRequestId: 'request', getRemainingTimeInMillis: () => endsAt - Date.now() };
}

function inert(): Surroundings {
  const lifeline = createLifeline();
  return {
    cluster: createScriptedCluster(() => ({ kind: 'hangs' }), lifeline),
    sqs: createInMemorySqs(() => ({ kind: 'none', latencyMs: 0 }), lifeline),
  };
}
