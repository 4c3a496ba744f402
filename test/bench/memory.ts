// How much memory a handler takes at most, and whether it keeps any of it: over 100,000 messages.
import { type Artifact, CONTENDERS, type Contender } from './contenders.ts';
import { type Services, startContender } from './processes.ts';
import { rotated } from './statistics.ts';

/** Of one contender in one round; bytes. */
export interface MemoryUse {
  /** The largest resident set. */
  readonly peakBytes: number;
  /** What is alive at the end and was not at the start. */
  readonly growthBytes: number;
}

/** One round: each contender in a fresh process, one after the other. */
export type MemoryRound = Readonly<Record<Contender, MemoryUse>>;

/** Measures it, in batches of ten after a warm-up of 10,000 messages. */
export async function measureMemory(
  rounds: number,
  messages: number,
  artifacts: Readonly<Record<Contender, Artifact>>,
  services: Services,
  onRound: () => void,
): Promise<MemoryRound[]> {
  await services.set({ latencyMs: 0, refusedPercent: 0 });
  const measured: MemoryRound[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const uses: [Contender, MemoryUse][] = [];
    for (const name of rotated(CONTENDERS, index)) {
      uses.push([name, await useOf(artifacts[name], messages, services)]);
    }
    measured.push(Object.fromEntries(uses) as Record<Contender, MemoryUse>);
    onRound();
  }
  return measured;
}

async function useOf({ path }: Artifact, messages: number, services: Services): Promise<MemoryUse> {
  const process = await startContender({ artifact: path, env: services.env, execArgv: ['--expose-gc'] });
  try {
    await process.serve({ batchSize: 10, atLeastMessages: 10_000 });
    const before = await process.measureMemory();
    await process.serve({ batchSize: 10, atLeastMessages: messages });
    const after = await process.measureMemory();
    return { peakBytes: after.peakBytes, growthBytes: after.liveBytes - before.liveBytes };
  } finally {
    process.stop();
  }
}
