// What the function is to reach, and whether it does. Pure.
import type { FirstBatch } from './cold-start.ts';
import type { Contender } from './contenders.ts';
import type { Results } from './results.ts';
import type { Load, Speed, SpeedRound } from './speed.ts';
import { pairedRatio, type Spread, spreadOf } from './statistics.ts';

/** A target and what was measured. */
export interface Verdict {
  readonly what: string;
  readonly against: string;
  readonly figure: Spread;
  readonly target: string;
  readonly reached: boolean;
}

interface Bound {
  readonly text: string;
  readonly holds: (figure: number) => boolean;
}

const atLeast = (bound: number): Bound => ({ text: `at least ${bound}`, holds: (figure) => figure >= bound });
const atMost = (bound: number): Bound => ({ text: `at most ${bound}`, holds: (figure) => figure <= bound });
const moreThan = (bound: number): Bound => ({
  text: `more than ${bound}`,
  holds: (figure) => figure > bound,
});

const AGAINST = { floor: 'the floor', sdk: 'SDK + Powertools' } as const;
type Rival = keyof typeof AGAINST;

/** A verdict on each target for which there are figures. */
export function judge(results: Results): Verdict[] {
  return [
    ...judgeSpeed(results),
    ...judgeColdStart(results),
    ...judgeSize(results),
    ...judgeMemory(results),
    ...judgeCalls(results),
  ];
}

interface SpeedTarget {
  readonly what: string;
  readonly of: (speed: Speed) => number;
  readonly latenciesMs: readonly number[];
  readonly batchSizes: readonly number[];
  readonly against: Rival;
  readonly bound: Bound;
}

const throughput = { what: 'throughput', of: (speed: Speed) => speed.messagesPerSecond };
const cpu = { what: 'CPU a message', of: (speed: Speed) => speed.cpuMicrosPerMessage };

const SPEED_TARGETS: readonly SpeedTarget[] = [
  { ...throughput, latenciesMs: [0], batchSizes: [10], against: 'floor', bound: atLeast(0.85) },
  { ...throughput, latenciesMs: [0], batchSizes: [10], against: 'sdk', bound: atLeast(3) },
  { ...throughput, latenciesMs: [5, 20], batchSizes: [10, 100], against: 'floor', bound: atLeast(0.97) },
  { ...throughput, latenciesMs: [5, 20], batchSizes: [10], against: 'sdk', bound: moreThan(1) },
  { ...cpu, latenciesMs: [0], batchSizes: [10, 100, 1000], against: 'floor', bound: atMost(1.25) },
  { ...cpu, latenciesMs: [0], batchSizes: [10, 100, 1000], against: 'sdk', bound: atMost(0.3) },
];

function judgeSpeed({ speed }: Results): Verdict[] {
  return SPEED_TARGETS.flatMap(({ what, of, latenciesMs, batchSizes, against, bound }) =>
    speed
      .filter(({ load }) => latenciesMs.includes(load.latencyMs) && batchSizes.includes(load.batchSize))
      .map(({ load, rounds }) =>
        verdict(`${what}, ${nameOf(load)}`, AGAINST[against], speedRatio(rounds, of, against), bound),
      ),
  );
}

/** How a load is called in the tables. */
export function nameOf({ latencyMs, batchSize }: Load): string {
  return `${latencyMs} ms, batches of ${batchSize}`;
}

/** The function's figure against another's, round by round. */
export function speedRatio(
  rounds: readonly SpeedRound[],
  of: (speed: Speed) => number,
  against: Contender,
): Spread {
  const figure = (name: Contender) => (round: SpeedRound) => of(measured(round[name]));
  return pairedRatio(rounds, figure('function'), figure(against));
}

const COLD_START_TARGETS: readonly (readonly [FirstBatch, Rival, Bound])[] = [
  ['fine', 'floor', atMost(0.9)],
  ['fine', 'sdk', atMost(0.45)],
  ['refused', 'floor', atMost(1.4)],
  ['refused', 'sdk', atMost(0.45)],
];

function judgeColdStart({ coldStart }: Results): Verdict[] {
  if (coldStart.length === 0) return [];
  return COLD_START_TARGETS.map(([first, against, bound]) =>
    verdict(
      `cold start, first batch ${first}`,
      AGAINST[against],
      pairedRatio(
        coldStart,
        (round) => measured(round[first].function),
        (round) => measured(round[first][against]),
      ),
      bound,
    ),
  );
}

function judgeSize({ size }: Results): Verdict[] {
  if (size === undefined) return [];
  const ratio = (part: 'read' | 'all', against: Rival) =>
    spreadOf([size.function[part] / size[against][part]]);
  const read = 'bundle read on the happy path';
  const all = 'bundle, all of it';
  return [
    verdict(read, AGAINST.floor, ratio('read', 'floor'), atMost(0.78)),
    verdict(read, AGAINST.sdk, ratio('read', 'sdk'), atMost(0.37)),
    verdict(all, AGAINST.floor, ratio('all', 'floor'), atMost(1.45)),
    verdict(all, AGAINST.sdk, ratio('all', 'sdk'), atMost(0.7)),
  ];
}

function judgeMemory({ memory }: Results): Verdict[] {
  if (memory.length === 0) return [];
  const ratio = (against: Rival) =>
    pairedRatio(
      memory,
      (round) => round.function.peakBytes,
      (round) => round[against].peakBytes,
    );
  const growth = spreadOf(memory.map((round) => round.function.growthBytes / 1024 ** 2));
  return [
    verdict('peak memory', AGAINST.floor, ratio('floor'), atMost(1.1)),
    verdict('peak memory', AGAINST.sdk, ratio('sdk'), atMost(0.5)),
    verdict('growth over 100,000 messages, MB', 'nothing', growth, atMost(2)),
  ];
}

function judgeCalls({ calls }: Results): Verdict[] {
  return calls.flatMap(({ refusals, counts }) => {
    const { refusedPercent, batchSize } = refusals;
    const what = `SQS calls, ${refusedPercent} % refused, batches of ${batchSize}`;
    const sqs = counts.function.sqs;
    if (refusedPercent === 0) return [verdict(what, 'nothing', spreadOf([sqs]), atMost(0))];
    return [verdict(what, AGAINST.sdk, spreadOf([sqs / counts.sdk.sqs]), atMost(0.2))];
  });
}

function verdict(what: string, against: string, figure: Spread, bound: Bound): Verdict {
  return { what, against, figure, target: bound.text, reached: bound.holds(figure.median) };
}

function measured<Figure>(figure: Figure | undefined): Figure {
  if (figure === undefined) throw new Error('a contender is missing from a round');
  return figure;
}
