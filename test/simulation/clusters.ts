// Clusters of limited capacity, as far as a caller can tell them apart.
import type { Answer } from '../../functions/unassign/cluster.ts';
import type { Timeline } from './timeline.ts';

/** What a cluster is made of. */
export interface ClusterModel {
  /**
   * `bucket`: as many calls a second as its capacity are served, with a fifth of a second's worth, at least twenty,
   * saved up; the rest is refused. `slots`: as many workers as the latency needs for that capacity; calls wait
   * for one of them, and beyond a fifth of a second's worth, at least twenty, the rest is refused.
   */
  readonly kind: 'bucket' | 'slots';
  /** Calls a second. */
  readonly capacity: number;
  /** From a call to its answer where nothing is in the way; milliseconds. */
  readonly latencyMs: number;
  /** What happens to every call until it ends. */
  readonly outage?: { readonly kind: OutageKind; readonly endsAt: number } | undefined;
}

/** How a cluster is away: it refuses for load, nobody is there, or somebody is and never answers. */
export type OutageKind = 'refuses' | 'unreachable' | 'silent';

/** A cluster in virtual time. */
export interface SimulatedCluster {
  /** @param poison whether the key belongs to a partition that does not exist */
  call(poison: boolean, answered: (answer: Answer) => void): void;
}

/** How long a worker is busy with one call, where the cluster consists of some; milliseconds. */
export function serviceMs(model: Omit<ClusterModel, 'outage'>): number {
  return model.kind === 'slots' ? (slotCount(model) / model.capacity) * 1_000 : 0;
}

/** How many workers a cluster has that consists of some. */
export function slotCount({ capacity, latencyMs }: Omit<ClusterModel, 'outage'>): number {
  return Math.max(1, Math.round((capacity * latencyMs) / 1_000));
}

/** @param callTimeoutMs after which the caller gives up */
export function createSimulatedCluster(
  model: ClusterModel,
  timeline: Timeline,
  callTimeoutMs: number,
): SimulatedCluster {
  const { outage, latencyMs } = model;
  const admit = model.kind === 'bucket' ? bucket(model, timeline) : slots(model, timeline);

  function play(poison: boolean): { afterMs: number; says: Saying } {
    if (outage !== undefined && timeline.now < outage.endsAt) {
      const afterMs = outage.kind === 'silent' ? callTimeoutMs : latencyMs;
      return { afterMs, says: outage.kind === 'refuses' ? REFUSED : 'nothing' };
    }
    // The gateway answers it itself, however much the brokers have to do.
    if (poison) return { afterMs: latencyMs, says: UNDELIVERABLE };
    const servedInMs = admit();
    return { afterMs: latencyMs + (servedInMs ?? 0), says: servedInMs === undefined ? REFUSED : DONE };
  }

  return {
    call(poison, answered) {
      const startedAt = timeline.now;
      const { afterMs, says } = play(poison);
      timeline.after(afterMs, () => answered(answerOf(says, startedAt)));
    },
  };
}

type Saying = { readonly status: number; readonly title: string | undefined } | 'nothing';

const DONE: Saying = { status: 204, title: undefined };
const REFUSED: Saying = { status: 503, title: 'RESOURCE_EXHAUSTED' };
const UNDELIVERABLE: Saying = { status: 503, title: 'UNAVAILABLE' };

function answerOf(says: Saying, startedAt: number): Answer {
  if (says === 'nothing') return { type: 'no-answer', calls: 1, startedAt, cause: 'no answer' };
  const { status, title } = says;
  const problem = title !== undefined;
  return {
    type: 'response',
    calls: 1,
    startedAt,
    status,
    title,
    problem,
    detail: undefined,
    retryAfter: undefined,
  };
}

/** Milliseconds that the cluster needs for this call, or undefined where it refuses. */
type Admit = () => number | undefined;

function reserveOf(capacity: number): number {
  return Math.max(20, capacity / 5);
}

function bucket({ capacity }: ClusterModel, timeline: Timeline): Admit {
  const most = reserveOf(capacity);
  let tokens = most;
  let filledAt = timeline.now;
  return () => {
    tokens = Math.min(most, tokens + ((timeline.now - filledAt) / 1_000) * capacity);
    filledAt = timeline.now;
    if (tokens < 1) return undefined;
    tokens -= 1;
    return 0;
  };
}

function slots(model: ClusterModel, timeline: Timeline): Admit {
  const freeAt = new Array<number>(slotCount(model)).fill(timeline.now);
  const busyMs = serviceMs(model);
  const longestWaitMs = (reserveOf(model.capacity) / model.capacity) * 1_000;
  let next = 0;
  return () => {
    // All calls take the same time, so the slots come free in the order in which they were taken.
    const startsAt = Math.max(timeline.now, freeAt[next] ?? timeline.now);
    if (startsAt - timeline.now > longestWaitMs) return undefined;
    freeAt[next] = startsAt + busyMs;
    next = (next + 1) % freeAt.length;
    return startsAt + busyMs - timeline.now;
  };
}
