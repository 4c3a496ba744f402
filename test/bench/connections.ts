// What more connections and larger batches are worth on a slow cluster: messages a second of the function alone.
import type { Artifact } from './contenders.ts';
import { type Services, startContender } from './processes.ts';

/** How the function is set up. */
export interface Setting {
  readonly connections: number;
  readonly batchSize: number;
}

/** Against a cluster that takes so long for each call; milliseconds. */
export const CLUSTER_LATENCY_MS = 50;

/** What is measured. */
export const SETTINGS: readonly Setting[] = [10, 25, 50, 100].flatMap((connections) =>
  [10, 100, 1000].map((batchSize) => ({ connections, batchSize })),
);

/** Messages a second. */
export async function measureSetting(
  { connections, batchSize }: Setting,
  { path }: Artifact,
  services: Services,
): Promise<number> {
  await services.set({ latencyMs: CLUSTER_LATENCY_MS, refusedPercent: 0 });
  const env = { ...services.env, CAMUNDA_MAX_CONNECTIONS: String(connections) };
  const process = await startContender({ artifact: path, env });
  try {
    await process.serve({ batchSize, atLeastMs: 500 });
    const { messages, wallMs } = await process.serve({ batchSize, atLeastMs: 2_000 });
    return (messages / wallMs) * 1000;
  } finally {
    process.stop();
  }
}
