// What a task is now, as far as a request to unassign it is concerned. Pure.
import { isOfTheTask } from '../cluster/problem-detail.ts';
import type { Reading } from '../cluster/read-task.ts';
import { oneLine } from '../contract/text.ts';

/**
 * What a task is now:
 * - `gone`: completed, cancelled, or unknown to the cluster;
 * - `free`: nobody has it;
 * - `theirs`: somebody has it;
 * - `busy`: on its way from one state to another, as when a listener holds it;
 * - `unknown`: the cluster did not say.
 */
export const VERDICTS = ['gone', 'free', 'theirs', 'busy', 'unknown'] as const;

/** One of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** A verdict, and what it rests on. */
export interface JudgedTask {
  readonly verdict: Verdict;
  /** Who has the task, where the verdict is `theirs`. */
  readonly assignee?: string;
  /** As Camunda names it. */
  readonly state?: string;
  /** Why the cluster did not say, in one line. */
  readonly reason?: string;
}

/** What a reading says of the task. */
export function verdictOf(reading: Reading, userTaskKey: string): JudgedTask {
  if (reading.type === 'task') return verdictOfTask(reading.assignee, reading.state);
  if (reading.type === 'response' && reading.status === 404 && isOfTheTask(reading, userTaskKey)) {
    return UNKNOWN_TO_THE_CLUSTER;
  }
  return { verdict: 'unknown', reason: oneLine(reasonOf(reading), 200) };
}

/** Of a dead letter whose body has no key. */
export const WITHOUT_KEY: JudgedTask = { verdict: 'unknown', reason: 'its body has no key that can be read' };

const UNKNOWN_TO_THE_CLUSTER: JudgedTask = { verdict: 'gone' };

/** States as Camunda 8 names them (Orchestration Cluster REST API, UserTaskStateEnum). */
function verdictOfTask(assignee: string | null, state = ''): JudgedTask {
  if (['COMPLETED', 'CANCELED', 'FAILED'].includes(state)) return { verdict: 'gone', state };
  if (['CREATING', 'ASSIGNING', 'CLAIMING', 'UPDATING', 'COMPLETING', 'CANCELING'].includes(state)) {
    return { verdict: 'busy', state };
  }
  if (state !== 'CREATED') return { verdict: 'unknown', state, reason: `the state ${oneLine(state, 64)}` };
  return assignee === null ? { verdict: 'free', state } : { verdict: 'theirs', state, assignee };
}

function reasonOf(reading: Exclude<Reading, { type: 'task' }>): string {
  if (reading.type === 'foreign') return `something else than Camunda answered (${reading.response.status})`;
  if (reading.type !== 'response') return reading.cause;
  const { status, title, problem } = reading;
  if (status === 403)
    return '403: this client may not read the task, or the cluster has no secondary storage';
  if (status === 405) return '405: this cluster cannot read user tasks (Camunda 8.8 or later)';
  return problem === 'camunda' ? `${status} ${title}` : `${status}, not in Camunda's words`;
}

/** Whether the request takes the task from somebody. */
export function wouldStrip({ verdict, assignee }: JudgedTask, expectedAssignee: string | undefined): boolean {
  return verdict === 'theirs' && (expectedAssignee === undefined || expectedAssignee === assignee);
}
