// Reading a user task, to see who has it. Answers with what came back; never throws, never judges.
import * as z from 'zod/mini';
import {
  type Answer,
  type ClusterDependencies,
  type ClusterResponse,
  createClusterCaller,
} from './authorized-call.ts';
import { parseJson } from './json.ts';

/** What came back from reading a task. */
export type Reading =
  | TaskReading
  | ForeignReading
  /** Whatever else it was, to be judged as if unassigning had got it. Never a response with a status of 200 to 299. */
  | Answer;

/** The task, as the secondary storage has it. */
export interface TaskReading {
  readonly type: 'task';
  /** Calls that left the process. */
  readonly calls: number;
  /** When the first of them did; epoch milliseconds. */
  readonly startedAt: number;
  /** Who has the task, as Camunda keeps it; null for nobody. A person's name: to compare, and never for a log. */
  readonly assignee: string | null;
  /** As the API names it, such as `CREATED` (Camunda 8, Orchestration Cluster REST API, "Get user task"). */
  readonly state?: string | undefined;
}

/**
 * A success that does not say who has the task asked for: another key, no JSON, nothing, or too much. Not
 * a success for anybody who asked, whatever its status means elsewhere.
 */
export interface ForeignReading {
  readonly type: 'foreign';
  /** Without any words of its body, where a person's name could stand. */
  readonly response: Extract<Answer, { type: 'response' }>;
}

/** Reads user tasks. */
export interface TaskReader {
  /**
   * Reads a user task (Camunda 8.8 and later, Orchestration Cluster REST API, "Get user task"). It is answered from the
   * secondary storage, which lags behind the engine, and needs the permission to read the task. After a 401 it is
   * called once more with a fresh token, where there is one.
   *
   * @param userTaskKey digits only
   * @param timeoutMs for all of it: token, call and retry
   * @param answerMs for the answer to one call, without the token
   */
  readTask(userTaskKey: string, timeoutMs: number, answerMs?: number): Promise<Reading>;
}

/** More than this is no task: Camunda's have some hundred bytes, and the names of candidates. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Of the answer to "Get user task" only this. Camunda 8.8 leaves out what is null; later versions write it
 * (github.com/camunda/camunda, gateways/gateway-model: JsonInclude).
 */
const TaskAnswer = z.looseObject({
  userTaskKey: z.string(),
  state: z.optional(z.string()),
  assignee: z.nullish(z.string()),
});

type Owner = Pick<TaskReading, 'assignee' | 'state'>;

/** @param basePath what stands before `/user-tasks`, such as `/v2` */
export function createTaskReader(basePath: string, dependencies: ClusterDependencies): TaskReader {
  const caller = createClusterCaller(dependencies);
  return {
    async readTask(userTaskKey, timeoutMs, answerMs = timeoutMs) {
      const path = `${basePath}/user-tasks/${userTaskKey}`;
      const request = { method: 'GET', path, maxBodyBytes: MAX_BODY_BYTES, answerMs } as const;
      const answer = await caller.read(request, timeoutMs, (response) => taskIn(response, userTaskKey));
      if (answer.type === 'content') {
        const { calls, startedAt, value } = answer;
        return { type: 'task', calls, startedAt, ...value };
      }
      return answer.type === 'response' && isSuccess(answer.status) ? foreign(answer) : answer;
    },
  };
}

function taskIn({ status, body, isComplete }: ClusterResponse, userTaskKey: string): Owner | undefined {
  if (status !== 200 || !isComplete) return undefined;
  const task = TaskAnswer.safeParse(parseJson(body)).data;
  if (task?.userTaskKey !== userTaskKey) return undefined;
  if (task.assignee === undefined && !leavesNullOut(task)) return undefined;
  // An empty name is nobody's, as in the engine's records (Zeebe, UserTaskRecord).
  return { assignee: task.assignee || null, state: task.state };
}

/** Whether it is a task, and written without fields of null. */
function leavesNullOut(task: z.infer<typeof TaskAnswer>): boolean {
  return task.state !== undefined && !Object.values(task).includes(null);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function foreign(response: ForeignReading['response']): ForeignReading {
  const { unshown: _, ...rest } = response;
  return {
    type: 'foreign',
    response: { ...rest, problem: 'none', title: undefined, detail: undefined, excerpt: undefined },
  };
}
