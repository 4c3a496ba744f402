// Which settings are played: the table's, all others, and those of them that `npm test` has time for.
import type { Case, Scenario } from './settings.ts';

const KINDS = ['bucket', 'slots'] as const;
const CAPACITIES = [20, 50, 100, 500, 1_000] as const;
const ENVIRONMENTS = [2, 5, 10, 20, 50] as const;
const LATENCIES_MS = [5, 50, 200] as const;
const POISON_PERCENTS = [0, 5, 20] as const;

/** Those of the table: clusters that are overrun at once, all the time, and after they were away. */
export const TABLE: readonly Case[] = product(
  ['burst', 'overload', 'outage'],
  [50, 500],
  [2, 10, 50],
  [50],
  [0],
);

/** Other ways in which a cluster is away, and a queue with keys at its head that are answered 503 for ever. */
const SPECIAL: readonly Case[] = [
  ...product(
    [
      'unreachable',
      'silent',
      'ingress 503',
      'ingress 404',
      'replaced bodies',
      'poison first',
      'poison first, outage',
    ],
    [20, 500],
    [2, 10, 50],
    [50],
    [0],
  ),
];

/** All others. */
const CROSS: readonly Case[] = product(
  ['burst', 'overload', 'outage'],
  CAPACITIES,
  ENVIRONMENTS,
  LATENCIES_MS,
  POISON_PERCENTS,
);

/** Every setting. */
export const ALL: readonly Case[] = [...SPECIAL, ...CROSS];

/**
 * The table's, the special ones, and of all others each scenario, kind, capacity and number of environments together,
 * with a latency and a part of poison that change from one to the next.
 */
export const COVERING: readonly Case[] = [
  ...TABLE,
  ...SPECIAL,
  ...product(['burst', 'overload', 'outage'], CAPACITIES, ENVIRONMENTS, [0], [0]).map((each, index) => ({
    ...each,
    latencyMs: LATENCIES_MS[index % 3] ?? 50,
    poisonPercent: POISON_PERCENTS[Math.floor(index / 3) % 3] ?? 0,
  })),
];

function product(
  scenarios: readonly Scenario[],
  capacities: readonly number[],
  environmentCounts: readonly number[],
  latenciesMs: readonly number[],
  poisonPercents: readonly number[],
): Case[] {
  return scenarios.flatMap((scenario) =>
    KINDS.flatMap((kind) =>
      capacities.flatMap((capacity) =>
        environmentCounts.flatMap((environments) =>
          latenciesMs.flatMap((latencyMs) =>
            poisonPercents.map((poisonPercent) => ({
              scenario,
              kind,
              capacity,
              environments,
              latencyMs,
              poisonPercent,
            })),
          ),
        ),
      ),
    ),
  );
}
