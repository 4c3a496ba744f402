// Messages, a queue, warm environments of the function and a cluster, in virtual time and by a seed.
import { message, SENT_AT } from '../support/messages.ts';
import {
  type ClusterModel,
  createSimulatedCluster,
  type OutageKind,
  type SimulatedCluster,
  type TaskState,
} from './clusters.ts';
import { PARTITIONS, startEnvironment, type Tracked } from './environment.ts';
import { createSimulatedQueue } from './queue.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** What is simulated. Times in milliseconds. */
export interface Setting {
  /** Messages that the cluster can serve. */
  readonly messages: number;
  /** Messages whose partition does not exist, evenly among the others, or all before them. */
  readonly poison: number;
  readonly poisonFirst: boolean;
  /** Messages whose task is over, evenly among the others; a gateway replaces the bodies of their 404s. */
  readonly over: number;
  /** How many of all of them arrive in a second; all at the beginning where this is not said. */
  readonly arrivalsPerSecond?: number | undefined;
  /** Warm environments of the function. */
  readonly environments: number;
  /** How many of them there are at first, and how many more a minute until all are; all at first unless given. */
  readonly scaleUp?: { readonly first: number; readonly perMinute: number } | undefined;
  readonly cluster: Omit<ClusterModel, 'outage'>;
  /** From the beginning. */
  readonly outage?: { readonly kind: OutageKind; readonly ms: number } | undefined;
  readonly holdMs: number;
}

/** What came of it: of the messages that the cluster can serve, unless it says otherwise. Times in milliseconds. */
export interface Course {
  /** Messages that were not served when the simulation gave up. */
  readonly unserved: number;
  /** From the beginning until the last was served. */
  readonly drainMs: number;
  /** The 99th percentile of the time from arrival to service. */
  readonly p99Ms: number;
  readonly callsPerMessage: number;
  /** The most calls for one message whose partition does not exist. */
  readonly mostPoisonCalls: number;
  /** The most calls for one message whose task is over, and how many of them became dead letters as `not-found`. */
  readonly mostOverCalls: number;
  readonly notFound: number;
  /** Copies that went back to the queue: the average, and the most of one message. */
  readonly hopsPerMessage: number;
  readonly mostHops: number;
  /** Of all environments: batches, and Lambda time. */
  readonly invocations: number;
  readonly billedMs: number;
}

/** Told of what goes on while a setting is played. Times are milliseconds from the beginning. */
export interface Observer {
  readonly called: (at: number) => void;
  /** @param environment counted from 0 */
  readonly served: (environment: number, at: number) => void;
}

export const CALL_TIMEOUT_MS = 20_000;

/** However slow it gets, there is an end. */
const LONGEST_MS = 4 * 86_400_000;

/** Plays the setting. The same seed gives the same course. */
export function simulate(setting: Setting, seed: number, observer?: Observer): Course {
  const random = chance(seed);
  const timeline = createTimeline(SENT_AT);
  const queue = createSimulatedQueue<Tracked>(timeline);
  const outage = setting.outage && { kind: setting.outage.kind, endsAt: SENT_AT + setting.outage.ms };
  const played = createSimulatedCluster({ ...setting.cluster, outage }, timeline, CALL_TIMEOUT_MS);
  const cluster = observer === undefined ? played : observed(played, timeline, observer.called);
  const all = arrivals(setting);
  for (const tracked of all) queue.send(tracked, tracked.arrivedAt);
  let left = setting.messages;
  let invocations = 0;
  let billedMs = 0;
  function start(environment: number): void {
    startEnvironment({
      timeline,
      queue,
      cluster,
      random,
      holdMs: setting.holdMs,
      billed: (milliseconds) => {
        invocations += 1;
        billedMs += milliseconds;
      },
      decided: () => {},
      served: () => {
        left -= 1;
        observer?.served(environment, timeline.now - SENT_AT);
      },
    });
  }
  for (let environment = 0; environment < setting.environments; environment += 1) {
    const startsInMs = startMs(setting, environment);
    if (startsInMs === 0) start(environment);
    else timeline.after(startsInMs, () => start(environment));
  }
  const isOver = () =>
    left === 0 && all.every(({ state, deadLetter }) => state !== 'over' || deadLetter !== undefined);
  timeline.run(() => (left === 0 && isOver()) || timeline.now > SENT_AT + LONGEST_MS);
  return { ...courseOf(all), invocations, billedMs };
}

/** When an environment is there, from the beginning. */
function startMs({ scaleUp }: Setting, environment: number): number {
  return scaleUp === undefined
    ? 0
    : (Math.max(0, environment + 1 - scaleUp.first) / scaleUp.perMinute) * 60_000;
}

function observed(
  cluster: SimulatedCluster,
  timeline: Timeline,
  called: Observer['called'],
): SimulatedCluster {
  return {
    ...cluster,
    call(asked, answered) {
      called(timeline.now - SENT_AT);
      cluster.call(asked, answered);
    },
  };
}

function arrivals({ messages, poison, poisonFirst, over, arrivalsPerSecond }: Setting): Tracked[] {
  const count = messages + poison + over;
  const isNowhere = (index: number) => (poisonFirst ? index < poison : isAmong(index, poison, count));
  const stateOf = (index: number): TaskState => {
    if (isNowhere(index)) return 'nowhere';
    return isAmong(index, over, count) ? 'over' : 'open';
  };
  return Array.from({ length: count }, (_, index): Tracked => {
    const arrivedAt = SENT_AT + (arrivalsPerSecond === undefined ? 0 : (index / arrivalsPerSecond) * 1_000);
    const state = stateOf(index);
    const partition = state === 'nowhere' ? PARTITIONS + 1 : 1;
    const userTaskKey = String((BigInt(partition) << 51n) + BigInt(index));
    return {
      message: message({ request: { userTaskKey }, sentAt: arrivedAt }),
      state,
      arrivedAt,
      servedAt: undefined,
      deadLetter: undefined,
      calls: 0,
      hops: 0,
    };
  });
}

/** Whether an index is one of some that are spread evenly over all. */
function isAmong(index: number, some: number, all: number): boolean {
  return Math.floor(((index + 1) * some) / all) > Math.floor((index * some) / all);
}

function courseOf(all: readonly Tracked[]): Omit<Course, 'invocations' | 'billedMs'> {
  const good = all.filter(({ state }) => state === 'open');
  const over = all.filter(({ state }) => state === 'over');
  const served = good.flatMap(({ servedAt, arrivedAt }) =>
    servedAt === undefined ? [] : [{ servedAt, arrivedAt }],
  );
  const times = served.map(({ servedAt, arrivedAt }) => servedAt - arrivedAt).sort((a, b) => a - b);
  const total = (what: 'calls' | 'hops') => good.reduce((sum, tracked) => sum + tracked[what], 0);
  return {
    unserved: good.length - served.length,
    drainMs: most(served.map(({ servedAt }) => servedAt - SENT_AT)),
    p99Ms: times[Math.ceil(times.length * 0.99) - 1] ?? 0,
    callsPerMessage: total('calls') / good.length,
    mostPoisonCalls: most(all.filter(({ state }) => state === 'nowhere').map(({ calls }) => calls)),
    mostOverCalls: most(over.map(({ calls }) => calls)),
    notFound: over.filter(({ deadLetter }) => deadLetter === 'not-found').length,
    hopsPerMessage: total('hops') / good.length,
    mostHops: most(good.map(({ hops }) => hops)),
  };
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((highest, number) => Math.max(highest, number), 0);
}

/** Numbers in [0, 1) that a seed decides: mulberry32. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
