// How often a handler calls the cluster and SQS for 1,000 messages, some of which the cluster refuses.
import { type Artifact, CONTENDERS, type Contender } from './contenders.ts';
import { type Services, startContender } from './processes.ts';
import type { Counts } from './services.ts';

/** What is served. */
export interface Refusals {
  readonly refusedPercent: number;
  readonly batchSize: number;
}

/** What is measured. */
export const REFUSALS: readonly Refusals[] = [0, 10, 50].flatMap((refusedPercent) =>
  [10, 100, 1000].map((batchSize) => ({ refusedPercent, batchSize })),
);

/** Counts the calls for 1,000 messages. */
export async function countCalls(
  { refusedPercent, batchSize }: Refusals,
  artifacts: Readonly<Record<Contender, Artifact>>,
  services: Services,
): Promise<Readonly<Record<Contender, Counts>>> {
  const counts: [Contender, Counts][] = [];
  for (const name of CONTENDERS) {
    const process = await startContender({ artifact: artifacts[name].path, env: services.env });
    try {
      await services.set({ latencyMs: 0, refusedPercent });
      await process.serve({ batchSize, atLeastMessages: 1_000 });
      counts.push([name, await services.count()]);
    } finally {
      process.stop();
    }
  }
  return Object.fromEntries(counts) as Record<Contender, Counts>;
}
