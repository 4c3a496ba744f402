// Hundreds of environments of the function at one cluster, as docs/scale.md tells it: held by
// test/docs/scale.test.ts and test/docs/scale-simulated.test.ts.
import { Rate } from '../../functions/unassign/pacing/rate.ts';
import type { OutageKind } from './clusters.ts';
import { HOLD_MS, idealDrainMs, OUTAGE_MS, TARGETS } from './settings.ts';
import { type Setting, simulate } from './simulation.ts';

/** What is simulated: a burst at a cluster that answers in 50 ms and refuses what is more than it can serve. */
export interface Fleet {
  readonly environments: number;
  /** Calls a second that the cluster can serve. */
  readonly capacity: number;
  /** What a refusal costs the cluster, in calls that it could have served. */
  readonly refusalCost: number;
  readonly holdMs: number;
  /** Whether all environments are there at once. Otherwise they come as Lambda's event source scales up. */
  readonly isWarm?: true;
  /** How the cluster is away for the first ten minutes. */
  readonly outage?: OutageKind;
}

/**
 * For standard queues Lambda begins with five batches at once and adds up to 300 a minute (Lambda developer guide,
 * "Configuring scaling behavior for SQS event source mappings").
 */
export const EVENT_SOURCE = { first: 5, perMinute: 300 } as const;

/** What a refusal costs where it costs something: parsing, checking who asks, and an answer. An assumption. */
const DEAR = 0.2;

const DEFAULT = { environments: 5, capacity: 500, refusalCost: DEAR, holdMs: HOLD_MS } as const;

/** All messages at once. */
export const BURSTS: readonly Fleet[] = [
  ...[5, 100, 200, 1_000].map((environments) => ({ ...DEFAULT, capacity: 50, environments })),
  ...[5, 200, 1_000].map((environments) => ({ ...DEFAULT, environments })),
  { ...DEFAULT, environments: 1_000, isWarm: true },
  { ...DEFAULT, environments: 1_000, capacity: 2_000, isWarm: true },
  { ...DEFAULT, environments: 1_000, refusalCost: 0 },
  { ...DEFAULT, environments: 1_000, capacity: 50, refusalCost: 0 },
  { ...DEFAULT, environments: 1_000, capacity: 50, holdMs: 200_000 },
  { ...DEFAULT, environments: 1_000, capacity: 50, holdMs: 0 },
];

/** The same while the cluster is away for ten minutes. */
export const OUTAGES: readonly Fleet[] = [
  ...(['refuses', 'silent'] as const).flatMap((outage) =>
    [5, 200, 1_000].map((environments) => ({ ...DEFAULT, environments, outage })),
  ),
  { ...DEFAULT, environments: 100, capacity: 50, outage: 'refuses' },
  { ...DEFAULT, environments: 1_000, capacity: 50, outage: 'refuses' },
];

/** What came of it. */
export interface FleetFigures {
  /** From the beginning, or the end of the outage, until the last message was served, by the least that it can be. */
  readonly drain: number;
  /** Calls a message. */
  readonly calls: number;
  /** 99th percentile of the time in the queue, by the least time until the last message can be served. */
  readonly p99: number;
  /** Calls a second that the cluster gets in the second half of the outage; 0 without one. */
  readonly outageLoad: number;
  /** The most calls in one second, after the outage where there is one. */
  readonly busiest: number;
  /** Copies a message, back to the queue. */
  readonly copies: number;
  /** Lambda time a message, in seconds. */
  readonly lambdaSeconds: number;
  /** Messages served by one environment: a tenth of them served fewer, half of them, a tenth of them more. */
  readonly servedByOne: readonly [tenth: number, half: number, nineTenths: number];
}

/** As many messages as are that much work for the cluster, and no more than take some 700 MB. */
const WORK_SECONDS = 400;
const MOST_MESSAGES = 400_000;

/** @param messages so many, instead of 400 seconds of work */
export function fleetSetting(fleet: Fleet, messages?: number): Setting {
  const { environments, capacity, refusalCost, holdMs, isWarm = false, outage } = fleet;
  return {
    messages: messages ?? Math.min(MOST_MESSAGES, WORK_SECONDS * capacity),
    poison: 0,
    poisonFirst: false,
    over: 0,
    environments,
    scaleUp: isWarm ? undefined : EVENT_SOURCE,
    cluster: { kind: 'bucket', capacity, latencyMs: 50, refusalCost },
    outage: outage && { kind: outage, ms: OUTAGE_MS },
    holdMs,
  };
}

/** Plays it. The same seed gives the same figures. */
export function simulateFleet(fleet: Fleet, seed: number, messages?: number): FleetFigures {
  const setting = fleetSetting(fleet, messages);
  const outageMs = setting.outage?.ms ?? 0;
  const idealMs = idealDrainMs(setting);
  const callsIn = new Map<number, number>();
  const served = new Array<number>(fleet.environments).fill(0);
  const course = simulate(setting, seed, {
    called: (at) => {
      const second = Math.floor(at / 1_000);
      callsIn.set(second, (callsIn.get(second) ?? 0) + 1);
    },
    served: (environment) => {
      served[environment] = (served[environment] ?? 0) + 1;
    },
  });
  const within = (from: number, to: number) =>
    [...callsIn]
      .filter(([second]) => second * 1_000 >= from && second * 1_000 < to)
      .map(([, count]) => count);
  const inOutage = within(outageMs / 2, outageMs).reduce((sum, count) => sum + count, 0);
  served.sort((a, b) => a - b);
  const servedBy = (part: number) => served[Math.floor(part * (served.length - 1))] ?? 0;
  return {
    drain:
      course.unserved > 0 ? Number.POSITIVE_INFINITY : (course.drainMs - outageMs) / (idealMs - outageMs),
    calls: course.callsPerMessage,
    p99: course.p99Ms / idealMs,
    outageLoad: outageMs === 0 ? 0 : inOutage / (outageMs / 2_000),
    busiest: within(outageMs, Number.POSITIVE_INFINITY).reduce((most, count) => Math.max(most, count), 0),
    copies: course.hopsPerMessage,
    lambdaSeconds: course.billedMs / 1_000 / setting.messages,
    servedByOne: [servedBy(0.1), servedBy(0.5), servedBy(0.9)],
  };
}

/** The slowest that a paced environment calls, whatever it is answered; calls a second. */
export const PACED_FLOOR = slowestRate();

function slowestRate(): number {
  const rate = new Rate(1, 0);
  for (let cuts = 0; cuts < 100; cuts += 1) rate.cut(0);
  return rate.perSecond;
}

/** The floor of all environments together may be this part of what the cluster can serve. */
const MOST_FLOOR = 0.4;

/** The most environments that a cluster is good for which can serve so many calls a second. */
export function mostEnvironments(capacity: number): number {
  return Math.floor((MOST_FLOOR * capacity) / PACED_FLOOR);
}

/** Whether the pace misses what it is to reach, although there are no more environments than the cluster is good for. */
export function fallsShort({ environments, capacity }: Fleet, { drain, calls }: FleetFigures): boolean {
  if (environments > mostEnvironments(capacity)) return !Number.isFinite(drain);
  return drain > TARGETS.drain || calls > TARGETS.calls;
}
