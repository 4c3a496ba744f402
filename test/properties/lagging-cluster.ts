// A cluster in memory whose tasks change hands, and whose storage shows them as they were some time ago.
import type { Answer } from '../../client/cluster/authorized-call.ts';
import type { Reading, TaskReader } from '../../client/cluster/read-task.ts';
import type { Cluster } from '../../client/cluster/unassign.ts';
import { empty, problem } from '../support/answers.ts';
import { sleep } from './virtual-time.ts';

/** From a time on, that person has the task, or nobody; epoch milliseconds. */
export interface Holding {
  readonly at: number;
  readonly assignee: string | null;
}

/** How the cluster is at a time. */
export interface Weather {
  /** How far the storage is behind the engine. */
  readonly lagMs: number;
  /** From a question to its answer. */
  readonly latencyMs: number;
  /** What is answered instead; undefined where all is well. */
  readonly call?: Answer | undefined;
  /** The call is carried out all the same. */
  readonly isCarriedOut?: boolean;
  readonly reading?: Answer | undefined;
}

/** Somebody lost a task to the function. */
export interface Stripped {
  readonly assignee: string | null;
  /** Since when they had it. */
  readonly since: number;
  /** Up to when the storage knew what happened, when the function read the task before; undefined where it did not. */
  readonly knownUntil: number | undefined;
}

/** The cluster, and what was done to its tasks. */
export interface LaggingCluster extends Cluster, TaskReader {
  readonly stripped: ReadonlyMap<string, readonly Stripped[]>;
  /** The answers of the storage, with when they were given; by the key of the task. */
  readonly readings: ReadonlyMap<string, readonly { readonly at: number; readonly answer: Reading }[]>;
}

/**
 * @param tasks who has each task when, in the order of time; before the first there is no task
 * @param weather asked at each question
 */
export function createLaggingCluster(
  tasks: ReadonlyMap<string, readonly Holding[]>,
  weather: () => Weather,
): LaggingCluster {
  const stripped = new Map<string, Stripped[]>();
  const readings = new Map<string, { at: number; answer: Reading }[]>();
  /** Of a task that was read and not called since: up to when the storage knew what happened. */
  const knownUntil = new Map<string, number>();
  /** What the function did, among what people do. */
  const unassigned = new Map<string, number[]>();

  function holderAt(key: string, time: number): Holding | undefined {
    const done = (unassigned.get(key) ?? []).map((at): Holding => ({ at, assignee: null }));
    return [...(tasks.get(key) ?? []), ...done]
      .filter(({ at }) => at <= time)
      .sort((a, b) => a.at - b.at)
      .at(-1);
  }

  function noteReading(key: string, answer: Reading): Reading {
    readings.set(key, [...(readings.get(key) ?? []), { at: Date.now(), answer }]);
    return answer;
  }

  return {
    stripped,
    readings,
    async unassign(key) {
      const startedAt = Date.now();
      const { latencyMs, call, isCarriedOut = false } = weather();
      const known = knownUntil.get(key);
      knownUntil.delete(key);
      if (latencyMs > 0) await sleep(latencyMs);
      const said = { ...(call ?? empty(204)), startedAt } as Answer;
      if (call !== undefined && !isCarriedOut) return said;
      const holder = holderAt(key, Date.now());
      if (holder === undefined) return call === undefined ? { ...problem(404, {}, key), startedAt } : said;
      const loss = { assignee: holder.assignee, since: holder.at, knownUntil: known };
      stripped.set(key, [...(stripped.get(key) ?? []), loss]);
      unassigned.set(key, [...(unassigned.get(key) ?? []), Date.now()]);
      return said;
    },
    async readTask(key) {
      const startedAt = Date.now();
      const { latencyMs, lagMs, reading } = weather();
      knownUntil.delete(key);
      if (latencyMs > 0) await sleep(latencyMs);
      if (reading !== undefined) return noteReading(key, { ...reading, startedAt } as Answer);
      const known = Date.now() - lagMs;
      knownUntil.set(key, known);
      const holder = holderAt(key, known);
      return noteReading(
        key,
        holder === undefined
          ? { ...problem(404, {}, key), startedAt }
          : { type: 'task', calls: 1, startedAt, assignee: holder.assignee },
      );
    },
  };
}
