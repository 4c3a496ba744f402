// The settings that are simulated, what is ideal in each, and what is to be reached.
import { type ClusterModel, serviceMs, slotCount } from './clusters.ts';
import { BATCH_SIZE, POLL_MS, SEND_MS } from './environment.ts';
import type { Course, Setting } from './simulation.ts';

/** What happens in a setting. */
export type Scenario =
  /** All messages are there at the beginning. */
  | 'burst'
  /** They arrive half as fast again as the cluster can serve them. */
  | 'overload'
  /** A burst, and for ten minutes the cluster refuses every call for load. */
  | 'outage'
  /** The same, but nobody is there. */
  | 'unreachable'
  /** The same, but somebody is there and never answers. */
  | 'silent'
  /** A burst, and for ten minutes an ingress answers every call with its own 503. */
  | 'ingress 503'
  /** A burst, and for a minute an ingress answers every call with its own 404. */
  | 'ingress 404'
  /** A burst, half of it of tasks that are over, and a gateway that replaces the bodies of errors. */
  | 'replaced bodies'
  /** A burst behind a thousand keys whose partition does not exist. */
  | 'poison first'
  /** The same behind an outage. */
  | 'poison first, outage';

/** A setting in the words of the table. */
export interface Case {
  readonly scenario: Scenario;
  readonly kind: ClusterModel['kind'];
  /** Calls a second. */
  readonly capacity: number;
  readonly latencyMs: number;
  readonly environments: number;
  /** The part of the messages whose partition does not exist, in percent. */
  readonly poisonPercent: number;
}

/** A case in one line. */
export function nameOf(given: Case): string {
  const { scenario, kind, capacity, environments, latencyMs, poisonPercent } = given;
  return `${scenario}: ${kind} of ${capacity}/s at ${latencyMs} ms, ${environments} environments, ${poisonPercent} % poison`;
}

/** What was measured, by what is ideal. */
export interface Figures {
  /** Time until the last message was served, by the least that it can be. */
  readonly drain: number;
  /** Calls a message. */
  readonly calls: number;
  /** 99th percentile of the time in the queue, by the ideal drain. */
  readonly p99: number;
  /** After an outage: the time until the last message was served, by what is allowed; otherwise 0. */
  readonly tail: number;
}

/** What is to be reached in every setting. */
export const TARGETS: Figures = { drain: 1.3, calls: 1.5, p99: 1.2, tail: 1 };

/**
 * In one scenario the last message may come later: where every second answer has to be confirmed, a message that was
 * refused for load, and comes back among them, waits up to a second for each batch before it.
 */
const LATE: Partial<Record<Scenario, Partial<Figures>>> = { 'replaced bodies': { drain: 2.5 } };

export const OUTAGE_MS = 600_000;
const SHORT_OUTAGE_MS = 60_000;

/** How long a batch is held, as deployed. */
export const HOLD_MS = 20_000;

/** As many as make for 20 s of work at least: what the first seconds cost is the same for every capacity. */
function messagesFor(capacity: number): number {
  return Math.max(10_000, 20 * capacity);
}

const OVERLOAD = 1.5;
const POISON_FIRST = 1_000;
const OUTAGES: Partial<Record<Scenario, NonNullable<Setting['outage']>>> = {
  outage: { kind: 'refuses', ms: OUTAGE_MS },
  unreachable: { kind: 'unreachable', ms: OUTAGE_MS },
  silent: { kind: 'silent', ms: OUTAGE_MS },
  'ingress 503': { kind: 'ingress 503', ms: OUTAGE_MS },
  'ingress 404': { kind: 'ingress 404', ms: SHORT_OUTAGE_MS },
  'poison first, outage': { kind: 'refuses', ms: OUTAGE_MS },
};

/** The setting of a case. */
export function settingOf(given: Case, holdMs = HOLD_MS): Setting {
  const { scenario, kind, capacity, latencyMs, environments, poisonPercent } = given;
  const messages = messagesFor(capacity);
  const outage = OUTAGES[scenario];
  const poisonFirst = scenario.startsWith('poison first');
  return {
    messages,
    poison: poisonFirst ? POISON_FIRST : Math.round((messages * poisonPercent) / (100 - poisonPercent)),
    poisonFirst,
    over: scenario === 'replaced bodies' ? messages : 0,
    arrivalsPerSecond: scenario === 'overload' ? OVERLOAD * capacity : undefined,
    environments,
    cluster: { kind, capacity, latencyMs },
    outage,
    holdMs,
  };
}

/**
 * Milliseconds that the work takes at least: as much as the cluster can do, and as much as the environments can, which
 * receive every key whose partition does not exist once at least before the last of the others.
 */
function leastWorkMs(setting: Setting): number {
  const { messages, poison, over, environments, cluster } = setting;
  // A task that is over is called twice, since a first answer that is not Camunda's does not count.
  const batches = (messages + poison + 2 * over) / BATCH_SIZE;
  const batchMs = roundTripMs(cluster) + queueingMs(cluster) + SEND_MS * partThatSends(setting, batches);
  return Math.max(((messages + 2 * over) / cluster.capacity) * 1_000, (batches * batchMs) / environments);
}

/** The part of the batches with a key whose partition does not exist, for which copies are sent. */
function partThatSends({ poison, poisonFirst, over }: Setting, batches: number): number {
  return poisonFirst ? 0 : Math.min(1, (poison + 2 * over) / batches);
}

/** From the queue to the answer for one message. */
function roundTripMs(cluster: Setting['cluster']): number {
  return POLL_MS + cluster.latencyMs + serviceMs(cluster);
}

/** That the last call of a batch waits where there are fewer workers than it has calls. */
function queueingMs(cluster: Setting['cluster']): number {
  const rounds = cluster.kind === 'slots' ? Math.ceil(BATCH_SIZE / slotCount(cluster)) : 1;
  return (rounds - 1) * serviceMs(cluster);
}

/** The least time in which the last message can be served; milliseconds. */
export function idealDrainMs(setting: Setting): number {
  const { messages, poison, arrivalsPerSecond, outage, cluster } = setting;
  const arrivingMs = arrivalsPerSecond === undefined ? 0 : ((messages + poison) / arrivalsPerSecond) * 1_000;
  return (outage?.ms ?? 0) + Math.max(leastWorkMs(setting), arrivingMs) + roundTripMs(cluster);
}

/** Measures a course by what is ideal in its setting. */
export function figuresOf(setting: Setting, course: Course): Figures {
  const { outage } = setting;
  const ideal = idealDrainMs(setting);
  const allowedTailMs = outage && 1.5 * leastWorkMs(setting) + outage.ms / 10;
  return {
    drain: course.unserved > 0 ? Number.POSITIVE_INFINITY : course.drainMs / ideal,
    calls: course.callsPerMessage,
    p99: course.p99Ms / ideal,
    tail: outage && allowedTailMs ? (course.drainMs - outage.ms) / allowedTailMs : 0,
  };
}

/** The names of the figures that miss their target. */
export function missed(figures: Figures, scenario: Scenario): (keyof Figures)[] {
  const targets = { ...TARGETS, ...LATE[scenario] };
  return (Object.keys(targets) as (keyof Figures)[]).filter((name) => !(figures[name] <= targets[name]));
}
