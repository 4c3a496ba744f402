// One request for each fate: what is sent, and how the stand-in cluster brings the fate about.
import type { FaultRequest } from './stand-in-broker.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import type { Fault } from './stand-in-faults.ts';

/** A request of the demonstration. */
export interface DemoRequest {
  /** What is special about it, in a few words. */
  readonly label: string;
  readonly body: string;
}

/** The function's settings under which the slow fates come about in seconds instead of hours. */
export const DEMO_SETTINGS = { MAX_RECEIVE_COUNT: '3', RETRY_FOR_SECONDS: '8', HOLD_SECONDS: '1' } as const;

/** The visibility timeout to go with them. */
export const DEMO_VISIBILITY_TIMEOUT_SECONDS = 2;

/** Prepares the cluster, and says what to send. */
export function prepareDemo(cluster: StandInCluster): DemoRequest[] {
  const { tasks } = cluster;
  const open = tasks.create().key;
  const large = tasks.create({ partition: 4 }).key;
  const completed = tasks.create({ state: 'COMPLETED' }).key;
  const listened = tasks.create({ state: 'ASSIGNING' }).key;
  const rejected = tasks.create().key;
  const busy = tasks.create().key;
  const healing = tasks.create().key;
  const broken = tasks.create().key;
  const leaderless = tasks.create().key;
  const faults = new Map<string, (attempt: number) => Fault | undefined>([
    [rejected, () => ({ kind: 'situation', situation: { is: 'bad-key', text: rejected } })],
    [busy, (attempt) => (attempt <= 2 ? EXHAUSTED : undefined)],
    [healing, (attempt) => (attempt <= 1 ? INTERNAL : undefined)],
    [broken, () => INTERNAL],
    [leaderless, () => ({ kind: 'situation', situation: { is: 'no-broker' } })],
  ]);
  cluster.settings.fault = ({ key, attempt }: FaultRequest) => faults.get(key ?? '')?.(attempt);
  return [
    { label: 'an open task', body: request(open) },
    { label: 'the same task again', body: request(open) },
    { label: 'a key above 2^53', body: request(large) },
    { label: 'a key that no task has', body: request(tasks.newKey()) },
    { label: 'a completed task', body: request(completed) },
    { label: "a task in a listener's hands", body: request(listened) },
    { label: 'not JSON', body: `userTaskKey=${open}` },
    { label: 'the key as a JSON number', body: `{"userTaskKey":${large}}` },
    { label: 'an unknown field', body: JSON.stringify({ userTaskKey: open, assignee: null }) },
    { label: 'past its expiresAt', body: request(open, new Date(Date.now() - 60_000)) },
    { label: 'answered with 400', body: request(rejected) },
    { label: 'backpressure, twice', body: request(busy) },
    { label: 'a partition without a leader', body: request(leaderless) },
    { label: 'a partition that is not there', body: request(tasks.newKey(cluster.settings.partitions + 1)) },
    { label: 'a 500 that heals', body: request(healing) },
    { label: 'a 500 that stays', body: request(broken) },
  ];
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
