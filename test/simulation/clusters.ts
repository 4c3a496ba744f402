// Clusters of limited capacity, as far as a caller can tell them apart.

import type { Answer } from '../../client/cluster/authorized-call.ts';
import type { TaskReading } from '../../client/cluster/read-task.ts';
import type { Witness } from '../../client/cluster/topology.ts';
import { empty, NO_ANSWER, page, problem, type Response } from '../support/answers.ts';
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
  /** What a bucket pays for a call that it refuses, in calls that it could have served; nothing unless given. */
  readonly refusalCost?: number | undefined;
  /** What happens to every call until it ends. */
  readonly outage?: { readonly kind: OutageKind; readonly endsAt: number } | undefined;
}

/**
 * How a cluster is away: it refuses for load, nobody is there, somebody is and never answers, or an ingress answers in
 * its place, with its own 503 or with a 404.
 */
export type OutageKind = 'refuses' | 'unreachable' | 'silent' | 'ingress 503' | 'ingress 404';

/** A task, as the cluster finds it: `nowhere` is of a partition that does not exist, `over` is completed. */
export type TaskState = 'open' | 'nowhere' | 'over';

/** Who has which task. */
export interface SimulatedTasks {
  /** Takes it from whoever has it. */
  unassign(userTaskKey: string): void;
  /** Who has it, as the storage shows it. */
  shown(userTaskKey: string): string | null;
}

/** A task that nobody asks after. */
const NOBODYS: SimulatedTasks = { unassign() {}, shown: () => null };

/** What a cluster has to know of a message. */
interface Asked {
  readonly state: TaskState;
  readonly message: { readonly request: { readonly userTaskKey: string } };
}

/** A cluster in virtual time. */
export interface SimulatedCluster {
  call(asked: Asked, answered: (answer: Answer) => void): void;
  /** Reads a task. */
  read(userTaskKey: string, answered: (reading: TaskReading | Answer) => void): void;
  /** Asks for the topology. */
  ask(answered: (witness: Witness) => void): void;
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
  tasks: SimulatedTasks = NOBODYS,
): SimulatedCluster {
  const { outage, latencyMs } = model;
  const admit = model.kind === 'bucket' ? bucket(model, timeline) : slots(model, timeline);

  function isAway(): boolean {
    return outage !== undefined && timeline.now < outage.endsAt;
  }

  function play(state: TaskState): { afterMs: number; says: Answer } {
    if (outage !== undefined && isAway()) {
      const afterMs = outage.kind === 'silent' ? callTimeoutMs : latencyMs;
      return { afterMs, says: AWAY[outage.kind] };
    }
    // The gateway answers it itself, however much the brokers have to do.
    if (state === 'nowhere') return { afterMs: latencyMs, says: UNDELIVERABLE };
    const servedInMs = admit();
    if (servedInMs === undefined) return { afterMs: latencyMs, says: REFUSED };
    return { afterMs: latencyMs + servedInMs, says: state === 'open' ? DONE : WITHOUT_ITS_BODY };
  }

  return {
    call({ state, message }, answered) {
      const startedAt = timeline.now;
      const { afterMs, says } = play(state);
      // It is carried out when it has arrived, and its answer still has to come back.
      if (says === DONE) {
        timeline.after(afterMs - latencyMs / 2, () => tasks.unassign(message.request.userTaskKey));
      }
      timeline.after(afterMs, () => answered({ ...says, startedAt } as Answer));
    },
    read(userTaskKey, answered) {
      const startedAt = timeline.now;
      const answer = (said: TaskReading | Answer) => timeline.after(latencyMs / 2, () => answered(said));
      timeline.after(latencyMs / 2, () => {
        if (outage !== undefined && isAway()) answer({ ...AWAY[outage.kind], startedAt } as Answer);
        else answer({ type: 'task', calls: 1, startedAt, assignee: tasks.shown(userTaskKey) });
      });
    },
    ask(answered) {
      const isForeign = isAway() && outage?.kind !== 'refuses';
      timeline.after(latencyMs, () => answered(isForeign ? 'foreign' : 'camunda'));
    },
  };
}

const DONE = empty(204);
const REFUSED = problem(503, { title: 'RESOURCE_EXHAUSTED' });
const UNDELIVERABLE = problem(503, { title: 'UNAVAILABLE' });
/** A gateway in front of this cluster replaces the bodies of errors. */
const WITHOUT_ITS_BODY: Response = empty(404);

const AWAY: Readonly<Record<OutageKind, Answer>> = {
  refuses: REFUSED,
  unreachable: NO_ANSWER,
  silent: NO_ANSWER,
  'ingress 503': page(503),
  'ingress 404': page(404, { contentType: 'text/plain', excerpt: 'default backend - 404' }),
};

/** Milliseconds that the cluster needs for this call, or undefined where it refuses. */
type Admit = () => number | undefined;

function reserveOf(capacity: number): number {
  return Math.max(20, capacity / 5);
}

function bucket({ capacity, refusalCost = 0 }: ClusterModel, timeline: Timeline): Admit {
  const most = reserveOf(capacity);
  let tokens = most;
  let filledAt = timeline.now;
  return () => {
    tokens = Math.min(most, tokens + ((timeline.now - filledAt) / 1_000) * capacity);
    filledAt = timeline.now;
    if (tokens < 1) {
      tokens -= refusalCost;
      return undefined;
    }
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
