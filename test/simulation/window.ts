// What is left of the window in which a newer assignee can lose a task: requests wait in an outage while their tasks change
// hands, and the storage that says who has them lags behind.
import { message, SENT_AT } from '../support/messages.ts';
import { createSimulatedCluster, type SimulatedTasks } from './clusters.ts';
import { startEnvironment, type Tracked } from './environment.ts';
import { createSimulatedQueue } from './queue.ts';
import { HOLD_MS, OUTAGE_MS } from './settings.ts';
import { CALL_TIMEOUT_MS, chance } from './simulation.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** What the storage shows: the tasks as they were so many seconds ago, or as they were when the outage began. */
export type StorageLag = number | 'stands still';

/** What is simulated. */
export interface Window {
  readonly storage: StorageLag;
  /** Whether the requests say whose task it must be. */
  readonly isGuarded: boolean;
}

/** What came of all requests, in numbers of them. */
export interface WindowCounts {
  /** Somebody lost a task who had come to it after the request was sent. */
  readonly stripped: number;
  /** Ended without an effect, although the expected person had the task. */
  readonly dropped: number;
  /** Took the task from the person that they were about. */
  readonly served: number;
  /** Ended without an effect, since somebody else had the task. */
  readonly superseded: number;
}

/** The windows of the table. */
export const STORAGE_LAGS: readonly StorageLag[] = [0, 1, 5, 30, 120, 'stands still'];

export const REQUESTS = 10_000;

/** How long a task stays with one person, on average; milliseconds. */
export const MEAN_HOLDING_MS = 600_000;

/** Requests are sent all through the outage and for a minute after it: those are young when they are served. */
const SENDING_MS = OUTAGE_MS + 60_000;

/** As the settings of the table have it that are in the middle. */
const ENVIRONMENTS = 10;
const CLUSTER = { kind: 'bucket', capacity: 500, latencyMs: 50 } as const;

/** A storage as the table has it. */
export function nameOfStorage(storage: StorageLag): string {
  return storage === 'stands still' ? storage : `${storage} s behind`;
}

/** What is read counts against a request from when it is so old; seconds. */
const PATIENCE_SECONDS = 60;

/** Where the storage lags by less than the function's patience, nobody who is right may be turned away. */
export function isUnjust({ storage, isGuarded }: Window, { dropped }: WindowCounts): boolean {
  const isPatient = !isGuarded || (storage !== 'stands still' && storage < PATIENCE_SECONDS);
  return isPatient && dropped > 0;
}

/**
 * Plays it: requests are sent while nobody answers for ten minutes, and for a minute more, each when somebody has its
 * task, which goes on to the next person at random times. The same seed gives the same tasks, and the same counts.
 */
export function simulateWindow(
  { storage, isGuarded }: Window,
  seed: number,
  requests = REQUESTS,
): WindowCounts {
  const timeline = createTimeline(SENT_AT);
  const sentAtOf = (index: number) => SENT_AT + (index / requests) * SENDING_MS;
  const tasks = createChangingTasks(timeline, storage, chance(seed));
  const queue = createSimulatedQueue<Tracked>(timeline);
  const outage = { kind: 'unreachable', endsAt: SENT_AT + OUTAGE_MS } as const;
  const cluster = createSimulatedCluster({ ...CLUSTER, outage }, timeline, CALL_TIMEOUT_MS, tasks);
  for (let index = 0; index < requests; index += 1) {
    const sentAt = sentAtOf(index);
    const userTaskKey = String((1n << 51n) + BigInt(index));
    tasks.create(userTaskKey, sentAt);
    queue.send(requestFor(userTaskKey, sentAt, isGuarded), sentAt);
  }
  let left = requests;
  let dropped = 0;
  let superseded = 0;
  const random = chance(seed + 1);
  for (let count = 0; count < ENVIRONMENTS; count += 1) {
    startEnvironment({
      timeline,
      queue,
      cluster,
      random,
      holdMs: HOLD_MS,
      billed: () => {},
      decided: ({ message: { request } }, outcome) => {
        const hasEnded = outcome.type === 'acknowledge' || outcome.type === 'dead-letter';
        if (!hasEnded) return;
        left -= 1;
        if (outcome.type === 'acknowledge' && outcome.superseded === undefined) return;
        if (tasks.holder(request.userTaskKey) === EXPECTED) dropped += 1;
        else superseded += 1;
      },
      served: () => {},
    });
  }
  timeline.run(() => left === 0);
  return { ...tasks.losses(), dropped, superseded };
}

const EXPECTED = 'demo';

function requestFor(userTaskKey: string, sentAt: number, isGuarded: boolean): Tracked {
  const request = isGuarded ? { userTaskKey, expectedAssignee: EXPECTED } : { userTaskKey };
  return {
    message: message({ request, sentAt }),
    state: 'open',
    arrivedAt: sentAt,
    servedAt: undefined,
    deadLetter: undefined,
    calls: 0,
    hops: 0,
  };
}

/** From then on, that person has the task; epoch milliseconds. */
interface Holding {
  readonly at: number;
  readonly assignee: string | null;
}

interface ChangingTasks extends SimulatedTasks {
  /** A task that the expected person has at that time. */
  create(userTaskKey: string, at: number): void;
  holder(userTaskKey: string): string | null;
  /** Who lost a task. */
  losses(): Pick<WindowCounts, 'stripped' | 'served'>;
}

/** Nobody waits as long for the end of an outage. */
const LONGEST_MS = 6 * OUTAGE_MS;

function createChangingTasks(timeline: Timeline, storage: StorageLag, random: () => number): ChangingTasks {
  const holdings = new Map<string, Holding[]>();
  const losses = { stripped: 0, served: 0 };

  function holderAt(userTaskKey: string, time: number): string | null {
    return holdings.get(userTaskKey)?.findLast(({ at }) => at <= time)?.assignee ?? null;
  }

  /** As long as one person has a task: whoever has had it for long keeps it as long as anybody else. */
  function holdingMs(): number {
    return -Math.log(1 - random()) * MEAN_HOLDING_MS;
  }

  return {
    create(userTaskKey, at) {
      const all: Holding[] = [
        { at: Number.NEGATIVE_INFINITY, assignee: 'whoever was before' },
        { at: at - holdingMs(), assignee: EXPECTED },
      ];
      for (let next = at + holdingMs(); next < SENT_AT + LONGEST_MS; next += holdingMs()) {
        all.push({ at: next, assignee: `person ${all.length}` });
      }
      holdings.set(userTaskKey, all);
    },
    unassign(userTaskKey) {
      if (holderAt(userTaskKey, timeline.now) === EXPECTED) losses.served += 1;
      else losses.stripped += 1;
    },
    shown: (userTaskKey) =>
      holderAt(userTaskKey, storage === 'stands still' ? SENT_AT : timeline.now - storage * 1_000),
    holder: (userTaskKey) => holderAt(userTaskKey, timeline.now),
    losses: () => losses,
  };
}
