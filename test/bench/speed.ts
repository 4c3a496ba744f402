// How fast a warm environment serves: messages a second, CPU a message, and the time of a batch.
import type { Served } from './contender.ts';
import { type Artifact, CONTENDERS, type Contender } from './contenders.ts';
import { type ContenderProcess, type Services, startContender } from './processes.ts';
import { percentile, rotated } from './statistics.ts';

/** What is served. */
export interface Load {
  readonly latencyMs: number;
  readonly batchSize: number;
}

/** How long it is measured. */
export interface SpeedPlan {
  readonly rounds: number;
  /** In each round every process has so many turns of so much time, or one batch where that takes longer. */
  readonly turns: number;
  readonly turnMs: number;
  /** Before the first turn at least so much of both, for the compiler to have done its work. */
  readonly warmUpMs: number;
  readonly warmUpMessages: number;
}

/** What one contender did in one round. */
export interface Speed {
  readonly messagesPerSecond: number;
  readonly cpuMicrosPerMessage: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One round: each contender in a fresh process, in turns, so that noise is shared out among them. */
export type SpeedRound = Readonly<Partial<Record<Contender, Speed>>>;

/** The loop serves one message after the other, so with latency a large batch would only take longer. */
export function contendersFor({ latencyMs, batchSize }: Load): readonly Contender[] {
  return latencyMs > 0 && batchSize > 10 ? CONTENDERS.filter((name) => name !== 'loop') : CONTENDERS;
}

/** Measures one load. */
export async function measureSpeed(
  load: Load,
  plan: SpeedPlan,
  artifacts: Readonly<Record<Contender, Artifact>>,
  services: Services,
  onRound: () => void,
): Promise<SpeedRound[]> {
  await services.set({ latencyMs: load.latencyMs, refusedPercent: 0 });
  const rounds: SpeedRound[] = [];
  for (let index = 0; index < plan.rounds; index += 1) {
    const order = rotated(contendersFor(load), index);
    const players = order.map((name) => ({ name, artifact: artifacts[name].path, isGuarded: false }));
    rounds.push(await playRound(players, load, plan, services));
    onRound();
  }
  return rounds;
}

/** Who takes turns in a round. */
export interface Player<Name extends string> {
  readonly name: Name;
  readonly artifact: string;
  /** Whether its messages say whose task it must be. */
  readonly isGuarded: boolean;
}

/** Plays one round: each in a fresh process, in turns. */
export async function playRound<Name extends string>(
  players: readonly Player<Name>[],
  { batchSize }: Load,
  { turns, turnMs, warmUpMs, warmUpMessages }: SpeedPlan,
  services: Services,
): Promise<Partial<Record<Name, Speed>>> {
  const processes: { player: Player<Name>; process: ContenderProcess; served: Served[] }[] = [];
  try {
    for (const player of players) {
      const { artifact, isGuarded } = player;
      const process = await startContender({ artifact, env: services.env });
      processes.push({ player, process, served: [] });
      await process.serve({
        batchSize,
        isGuarded,
        atLeastMs: warmUpMs,
        atLeastMessages: warmUpMessages,
      });
    }
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { player, process, served } of rotated(processes, turn)) {
        served.push(await process.serve({ batchSize, isGuarded: player.isGuarded, atLeastMs: turnMs }));
      }
    }
  } finally {
    for (const { process } of processes) process.stop();
  }
  const speeds: Partial<Record<Name, Speed>> = {};
  for (const { player, served } of processes) speeds[player.name] = speedOf(player.name, served);
  return speeds;
}

/** @throws where a message was reported as failed: then the figures would not be of what they say */
function speedOf(name: string, served: readonly Served[]): Speed {
  const total = (of: (each: Served) => number) => served.reduce((sum, each) => sum + of(each), 0);
  if (total(({ unserved }) => unserved) > 0) throw new Error(`${name} did not serve every message`);
  const messages = total((each) => each.messages);
  const batchMs = served.flatMap((each) => each.batchMs);
  return {
    messagesPerSecond: (messages / total(({ wallMs }) => wallMs)) * 1000,
    cpuMicrosPerMessage: (total(({ cpuMs }) => cpuMs) / messages) * 1000,
    p50Ms: percentile(batchMs, 0.5),
    p99Ms: percentile(batchMs, 0.99),
  };
}
