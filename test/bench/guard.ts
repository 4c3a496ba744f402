// What expectedAssignee costs: messages that have it beside messages that do not, in the same rounds.
import type { Artifact } from './contenders.ts';
import { type Services, startContender } from './processes.ts';
import { type Load, playRound, type Speed, type SpeedPlan } from './speed.ts';
import { rotated } from './statistics.ts';

const KINDS = ['guarded', 'unguarded'] as const;

/** Whether messages say whose task it must be. */
type Kind = (typeof KINDS)[number];

/** One round: the function twice, each time in a fresh process, in turns. */
export type GuardRound = Readonly<Record<Kind, Speed>>;

/** What was measured with one load. */
export interface GuardCost {
  readonly load: Load;
  /** Calls to the cluster for 1,000 messages. */
  readonly calls: Readonly<Record<Kind, number>>;
  readonly rounds: readonly GuardRound[];
}

/** Measures one load. The storage takes as long for its answer as the engine. */
export async function measureGuard(
  load: Load,
  plan: SpeedPlan,
  { path }: Artifact,
  services: Services,
  onRound: () => void,
): Promise<GuardCost> {
  const calls = {
    guarded: await countCalls('guarded', load, path, services),
    unguarded: await countCalls('unguarded', load, path, services),
  };
  await services.set({ latencyMs: load.latencyMs, refusedPercent: 0 });
  const rounds: GuardRound[] = [];
  for (let index = 0; index < plan.rounds; index += 1) {
    const players = rotated(KINDS, index).map((name) => ({
      name,
      artifact: path,
      isGuarded: name === 'guarded',
    }));
    const { guarded, unguarded } = await playRound(players, load, plan, services);
    if (guarded === undefined || unguarded === undefined) throw new Error('a kind is missing from a round');
    rounds.push({ guarded, unguarded });
    onRound();
  }
  return { load, calls, rounds };
}

async function countCalls(
  kind: Kind,
  { batchSize }: Load,
  artifact: string,
  services: Services,
): Promise<number> {
  await services.set({ latencyMs: 0, refusedPercent: 0 });
  const process = await startContender({ artifact, env: services.env });
  try {
    await process.serve({ batchSize, isGuarded: kind === 'guarded', atLeastMessages: 1_000 });
    return (await services.count()).cluster;
  } finally {
    process.stop();
  }
}
