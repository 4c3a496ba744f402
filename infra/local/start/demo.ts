// The requests of the demonstration: what is sent, and how the stand-in cluster brings each fate about.
import type { FaultRequest } from '../stand-in/broker.ts';
import type { StandInCluster } from '../stand-in/cluster.ts';
import type { Fault } from '../stand-in/faults.ts';

/** A request of the demonstration. */
export interface DemoRequest {
  /** What is special about it, in a few words. */
  readonly label: string;
  readonly body: string;
  /** When it was first sent, where that is not now; epoch milliseconds. */
  readonly firstSentAt?: number;
}

/** The function's settings under which the slow fates come about in seconds instead of hours. */
export const DEMO_SETTINGS = { MAX_RECEIVE_COUNT: '3', RETRY_FOR_SECONDS: '8', HOLD_SECONDS: '1' } as const;

/** The visibility timeout to go with them. */
export const DEMO_VISIBILITY_TIMEOUT_SECONDS = 2;

/**
 * Prepares the cluster, and says what to send: each fate once, and from there on as many of each as on a bad day.
 *
 * @param count at least {@link FEWEST_REQUESTS}
 */
export function prepareDemo(cluster: StandInCluster, count: number = FEWEST_REQUESTS): DemoRequest[] {
  const { tasks, settings } = cluster;
  const faults: DemoStage['faults'] = new Map();
  const stage = { tasks, partitions: settings.partitions, faults, open: '' };
  settings.fault = ({ key, attempt }: FaultRequest) => faults.get(key ?? '')?.(attempt);
  return fates(count).map(({ label, ageMs, prepare }) => ({
    label,
    body: prepare(stage),
    ...(ageMs === undefined ? {} : { firstSentAt: Date.now() - ageMs }),
  }));
}

/** How a request comes to one end. */
interface Fate {
  readonly label: string;
  /** How many of a hundred requests have it on a bad day. */
  readonly share: number;
  /** How long ago it was first sent, where that is not now: as a request that has waited; milliseconds. */
  readonly ageMs?: number;
  /** Prepares the cluster, and returns the body. */
  readonly prepare: (stage: DemoStage) => string;
}

interface DemoStage {
  readonly tasks: StandInCluster['tasks'];
  readonly partitions: number;
  /** What goes wrong with calls, by key; attempts count from 1. */
  readonly faults: Map<string, (attempt: number) => Fault | undefined>;
  /** The last open task. */
  open: string;
}

const FATES: readonly Fate[] = [
  {
    label: 'an open task',
    share: 38,
    prepare: (stage) => {
      stage.open = stage.tasks.create().key;
      return request(stage.open);
    },
  },
  { label: 'the same task again', share: 2, prepare: ({ open }) => request(open) },
  {
    label: 'a key above 2^53',
    share: 12,
    prepare: ({ tasks }) => request(tasks.create({ partition: 4 }).key),
  },
  {
    label: 'the expected person has it',
    share: 3,
    prepare: ({ tasks }) => guarded(tasks.create({ assignee: 'demo' }).key, 'demo'),
  },
  {
    label: 'somebody else has it by now',
    share: 2,
    // A younger one would be read again a minute after it was sent.
    ageMs: 90_000,
    prepare: ({ tasks }) => guarded(tasks.create({ assignee: 'anna' }).key, 'demo'),
  },
  { label: 'a key that no task has', share: 3, prepare: ({ tasks }) => request(tasks.newKey()) },
  {
    label: 'a completed task',
    share: 13,
    prepare: ({ tasks }) => request(tasks.create({ state: 'COMPLETED' }).key),
  },
  {
    label: "a task in a listener's hands",
    share: 7,
    prepare: ({ tasks }) => request(tasks.create({ state: 'ASSIGNING' }).key),
  },
  { label: 'not JSON', share: 1, prepare: ({ tasks }) => `userTaskKey=${tasks.newKey()}` },
  {
    label: 'the key as a JSON number',
    share: 2,
    prepare: ({ tasks }) => `{"userTaskKey":${tasks.create({ partition: 4 }).key}}`,
  },
  {
    label: 'an unknown field',
    share: 2,
    prepare: ({ tasks }) => JSON.stringify({ userTaskKey: tasks.create().key, assignee: null }),
  },
  {
    label: 'past its expiresAt',
    share: 6,
    prepare: ({ tasks }) => request(tasks.create().key, new Date(Date.now() - 60_000)),
  },
  {
    label: 'answered with 400',
    share: 2,
    prepare: (stage) =>
      failing(stage, (key) => ({ kind: 'situation', situation: { is: 'bad-key', text: key } })),
  },
  {
    label: 'backpressure, twice',
    share: 2,
    prepare: (stage) => failing(stage, (_, attempt) => (attempt <= 2 ? EXHAUSTED : undefined)),
  },
  {
    label: 'a partition without a leader',
    share: 1,
    prepare: (stage) => failing(stage, () => ({ kind: 'situation', situation: { is: 'no-broker' } })),
  },
  {
    label: 'a partition that is not there',
    share: 1,
    prepare: ({ tasks, partitions }) => request(tasks.newKey(partitions + 1)),
  },
  {
    label: 'a 500 that heals',
    share: 1,
    prepare: (stage) => failing(stage, (_, attempt) => (attempt <= 1 ? INTERNAL : undefined)),
  },
  { label: 'a 500 that stays', share: 2, prepare: (stage) => failing(stage, () => INTERNAL) },
];

/** Each fate once. */
export const FEWEST_REQUESTS = FATES.length;

/** Each once in their order; then always the one that is furthest behind its share, which mixes them. */
function fates(count: number): Fate[] {
  const counts = new Map(FATES.map((fate) => [fate, 1]));
  const behind = (fate: Fate) => (counts.get(fate) ?? 0) / fate.share;
  const more = Array.from({ length: count - FATES.length }, () => {
    const next = FATES.reduce((first, fate) => (behind(fate) < behind(first) ? fate : first));
    counts.set(next, (counts.get(next) ?? 0) + 1);
    return next;
  });
  return [...FATES, ...more];
}

function failing(
  { tasks, faults }: DemoStage,
  fault: (key: string, attempt: number) => Fault | undefined,
): string {
  const { key } = tasks.create();
  faults.set(key, (attempt) => fault(key, attempt));
  return request(key);
}

const EXHAUSTED: Fault = { kind: 'situation', situation: { is: 'exhausted', partition: '1' } };

const INTERNAL: Fault = {
  kind: 'answer',
  status: 500,
  headers: { 'content-type': 'application/problem+json', connection: 'close' },
  body: JSON.stringify({
    type: 'about:blank',
    title: 'INTERNAL',
    status: 500,
    detail: 'Unexpected error occurred during the request processing: null',
  }),
};

function request(userTaskKey: string, expiresAt?: Date): string {
  return JSON.stringify({ userTaskKey, expiresAt });
}

function guarded(userTaskKey: string, expectedAssignee: string): string {
  return JSON.stringify({ userTaskKey, expectedAssignee });
}
