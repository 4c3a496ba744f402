// What the reading of a task means for a request that says whose it must be. What is no word about the task is judged by
// the one table of answers, as if the call to unassign had got it.

import { isOfTheTask } from '../../../client/cluster/problem-detail.ts';
import type { TaskReading } from '../../../client/cluster/read-task.ts';
import type { UnassignRequest } from '../../../client/contract/request.ts';
import { type Attempt, FOREIGN, isBare, isCamundas, type Meaning, meaningOf } from './meaning.ts';

/** A request that holds only as long as this person has the task. */
export type GuardedRequest = UnassignRequest & { readonly expectedAssignee: string };

export function isGuarded(request: UnassignRequest): request is GuardedRequest {
  return request.expectedAssignee !== undefined;
}

/**
 * What the attempt to read a task means; undefined where the expected person has it still, so that the call may follow.
 */
export function meaningOfReading(
  attempt: TaskReading | Attempt,
  request: GuardedRequest,
): Meaning | undefined {
  if (attempt.type === 'task') return meaningOfAssignee(attempt.assignee, request.expectedAssignee);
  const { underWay: _, ...meaning } = refusalOf(attempt, request) ?? meaningOf(attempt, request.userTaskKey);
  return { ...meaning, isReading: true };
}

function meaningOfAssignee(assignee: string | null, expected: string): Meaning | undefined {
  if (assignee === expected) return undefined;
  const by = assignee === null || assignee === '' ? 'nobody' : 'somebody else';
  return { verdict: { do: 'supersede', by }, signal: 'served', isReading: true };
}

/** Answers that mean something else to a reading than to the call. */
function refusalOf(attempt: Attempt, { userTaskKey }: GuardedRequest): Meaning | undefined {
  if (attempt.type !== 'response') return undefined;
  const { status } = attempt;
  // A reading changes nothing, so that no answer to it says that the task is unassigned.
  if (status >= 200 && status <= 299) return NOT_THE_TASK;
  if (status === 404 && isOfTheTask(attempt, userTaskKey)) return NOT_FOUND;
  if (status === 404 && isBare(attempt)) return BARE_NOT_FOUND;
  if (status === 403 && isCamundas(attempt)) return NOT_READABLE;
  return status === 405 && isBare(attempt) ? NO_SUCH_CALL : undefined;
}

const NOT_THE_TASK: Meaning = { verdict: { do: 'ask-witness', kind: 'foreign-answer' }, ...FOREIGN };

const NOT_FOUND: Meaning = {
  verdict: { do: 'dead-letter', kind: 'not-found', unlessYoung: true },
  signal: 'served',
};

/** A gateway may have taken the body away. */
const BARE_NOT_FOUND: Meaning = {
  verdict: { do: 'ask-witness', kind: 'not-found', unlessYoung: true },
  ...FOREIGN,
};

/** Camunda 8, Orchestration Cluster REST API, "Get user task": both causes are answered with 403. */
const NOT_READABLE: Meaning = {
  verdict: {
    do: 'redeliver',
    reason:
      'the task could not be read: the permission READ_USER_TASK on PROCESS_DEFINITION, or READ on USER_TASK, is missing, or the cluster has no secondary storage',
  },
  signal: 'nothing',
};

/** Camunda 8.6 knows no GET at this path, and says so as its web server does, without a problem detail. */
const NO_SUCH_CALL: Meaning = {
  verdict: {
    do: 'ask-witness',
    kind: 'rejected',
    atOnce: 'this cluster cannot read user tasks (Camunda 8.8 or later)',
  },
  ...FOREIGN,
};
