// One invocation of the function between a cluster and an SQS in memory: what it was given, what it did.
import type { SQSRecord } from 'aws-lambda';
import type { TaskReader } from '../../client/cluster/read-task.ts';
import type { Topology, Witness } from '../../client/cluster/topology.ts';
import type { Cluster } from '../../client/cluster/unassign.ts';
import { type BatchDependencies, processBatch } from '../../functions/unassign/batch.ts';
import type { Policy } from '../../functions/unassign/decision/retry-policy.ts';
import { createPace } from '../../functions/unassign/pacing/pace.ts';
import { DEAD_LETTER_QUEUE_URL, type InMemorySqs, QUEUE_URL } from './in-memory-sqs.ts';
import { sleep } from './virtual-time.ts';

/** What the function plays with. */
export interface Surroundings {
  readonly cluster: Cluster & TaskReader;
  readonly sqs: InMemorySqs;
  /** What the cluster says of its partitions, and who answers for it. */
  readonly partitionsCount?: number | undefined;
  readonly witness?: Witness;
}

/** Something that serves a batch and reports, by their identifiers, the messages to deliver again. */
export type Serve = (
  records: readonly SQSRecord[],
  timeoutMs: number,
  around: Surroundings,
) => Promise<string[]>;

/** The settings of the deployment. */
export const POLICY: Policy = { maxReceiveCount: 5, retryForSeconds: 86_400 };

/** What a topology says, by what surrounds the function at the time. */
export function topologyOf(around: () => Surroundings): Topology {
  const partitionsCount = async () => around().partitionsCount;
  return {
    partitionsCount,
    partitionsCountNow: partitionsCount,
    witness: async () => around().witness ?? 'camunda',
    confirmation: async () => around().witness ?? 'camunda',
    pending: async () => {},
  };
}

/** The function without its handler. */
export function batchServer(
  connections: number,
  policy = POLICY,
  random = () => 0.5,
  pace = createPace({ random, changed: () => {} }),
  readingPace = createPace({ random, changed: () => {} }),
): Serve {
  return async (records, timeoutMs, around) => {
    const { cluster, sqs } = around;
    const dependencies: BatchDependencies = {
      cluster,
      reader: cluster,
      topology: topologyOf(() => around),
      pace,
      readingPace,
      holdMs: 20_000,
      connections,
      callTimeoutMs: 20_000,
      reserveMs: 6_000,
      policy,
      send: sqs.send,
      queueUrl: QUEUE_URL,
      prepareSend: () => {},
      deadLetterQueueUrl: DEAD_LETTER_QUEUE_URL,
      now: Date.now,
      random,
      pause: sleep,
    };
    const endsAt = Date.now() + timeoutMs;
    const results = await processBatch(records, () => endsAt - Date.now(), dependencies);
    return results.filter(({ acknowledged }) => !acknowledged).map(({ message }) => message.messageId);
  };
}
