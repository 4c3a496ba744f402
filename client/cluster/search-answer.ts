// What came back from a search for user tasks, read: a page, or why there is none. Pure.
import * as z from 'zod/mini';
import { UnassignRequest } from '../contract/request.ts';
import type { Answer, ClusterResponse, Content } from './authorized-call.ts';
import { LATE_CAUSE } from './exchange.ts';
import { parseJson } from './json.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { TaskSearchError, type TaskSearchProblem } from './search-error.ts';

/** A user task as the secondary storage has it, which may be some seconds behind the engine. */
export interface FoundTask {
  readonly userTaskKey: string;
  /** One of Camunda's states, such as `CREATED`. */
  readonly state: string;
  readonly assignee?: string;
  readonly name?: string;
  /** The BPMN id of the process. */
  readonly processDefinitionId: string;
  readonly tenantId: string;
  /** ISO 8601. */
  readonly creationDate: string;
  readonly dueDate?: string;
}

/** A page of what was found. */
export interface TaskPage {
  readonly type: 'page';
  readonly tasks: readonly FoundTask[];
  /** Of all pages together. */
  readonly totalItems: number;
  /** There are more than were counted. */
  readonly hasMoreTotalItems: boolean;
  /** Where the next page begins. */
  readonly endCursor: string | undefined;
}

/** More than {@link MAX_PAGE_BYTES}. */
export interface TooLarge {
  readonly type: 'too-large';
}

/** No page. */
export interface NoPage {
  readonly type: 'no-page';
  readonly error: TaskSearchError;
  /** It may pass within a search's patience; once the cluster has answered, or in any case. */
  readonly passes: 'always' | 'once-answered' | 'never';
  /** How long the cluster wants to be left alone; 0 where that was not said. */
  readonly retryAfterSeconds: number;
}

/** What came back. */
export type SearchAnswer = TaskPage | TooLarge | NoPage;

/** So much of a page is read: a task takes less than a kilobyte, unless its lists and custom headers are long. */
export const MAX_PAGE_BYTES = 32 * 1_048_576;

/**
 * Reads what came back of a call for a page.
 *
 * @param now epoch milliseconds
 */
export function readAnswer(answer: Content<TaskPage | TooLarge> | Answer, now: number): SearchAnswer {
  switch (answer.type) {
    case 'content':
      return answer.value;
    case 'response':
      return refusal(answer, now);
    case 'unreadable':
      return noPage(foreignAnswer(answer.cause));
    case 'no-answer': {
      const code = answer.cause === LATE_CAUSE ? 'TimedOut' : 'Unreachable';
      const message = `the cluster gave no answer: ${answer.cause}`;
      return noPage(new TaskSearchError({ code, message, retryable: true }), 'once-answered');
    }
    case 'no-credentials': {
      const { cause: message, refused, retryAfterSeconds: wait } = answer;
      const code = refused ? 'CredentialsRefused' : 'Unreachable';
      const error = new TaskSearchError({ code, message, retryable: !refused });
      return noPage(error, refused ? 'never' : 'once-answered', wait);
    }
  }
}

/** What a success says; undefined where it is no page. */
export function pageIn({ status, body, isComplete }: ClusterResponse): TaskPage | TooLarge | undefined {
  if (status !== 200) return undefined;
  // What broke off is no answer, and does not come here.
  if (!isComplete) return { type: 'too-large' };
  const { data } = SearchResult.safeParse(parseJson(body));
  if (data === undefined) return undefined;
  const { totalItems, hasMoreTotalItems, endCursor } = data.page;
  return {
    type: 'page',
    tasks: data.items.map(taskOf),
    totalItems,
    hasMoreTotalItems: hasMoreTotalItems ?? false,
    endCursor: endCursor ?? undefined,
  };
}

/** Something answers that is not Camunda. */
export function foreignAnswer(said: string, status?: number): TaskSearchError {
  const answered = status === undefined ? 'something answered' : `something answered ${status}`;
  const message = `${answered} that is not Camunda's: ${said}`;
  return new TaskSearchError({ code: 'ForeignAnswer', message, status });
}

function refusal(answer: Extract<Answer, { type: 'response' }>, now: number): NoPage {
  const { status, problem, title, detail, excerpt, contentType, retryAfter } = answer;
  const isCamundas = problem === 'camunda';
  const what = `(content-type: ${contentType || 'none'}) ${excerpt ?? 'nothing'}`;
  const said = isCamundas ? `${title}: ${detail}` : what;
  const message = `the cluster answered ${status}: ${said}`;
  if (status === 429 || status >= 500) {
    const error = new TaskSearchError({ code: 'Unavailable', message, retryable: true, status });
    return noPage(error, 'always', retryAfterSeconds(retryAfter, now));
  }
  const code =
    refusalCode(status, isCamundas, detail ?? '') ??
    (isSpringsNotFound(excerpt) ? 'NoTaskSearch' : undefined);
  return noPage(
    code === undefined ? foreignAnswer(said, status) : new TaskSearchError({ code, message, status }),
  );
}

/** Undefined: not Camunda's word. */
function refusalCode(status: number, isCamundas: boolean, detail: string): TaskSearchProblem | undefined {
  // The security filter's, or the management identity's in front of it: either way who calls is refused.
  if (status === 401) return 'CredentialsRefused';
  // As 8.6 answers, where a task's path can be changed and nothing else.
  if (status === 405) return 'NoTaskSearch';
  if (!isCamundas) return undefined;
  if (status === 403) return /secondary storage/i.test(detail) ? 'NoSecondaryStorage' : 'Forbidden';
  if (status === 404) return 'NoTaskSearch';
  return status === 400 ? 'Rejected' : undefined;
}

const SpringsNotFound = z.object({ timestamp: z.string(), status: z.literal(404), path: z.string() });

/** Spring's own error, which a Camunda gives where it has nothing at a path. */
function isSpringsNotFound(excerpt = ''): boolean {
  return SpringsNotFound.safeParse(parseJson(excerpt)).success;
}

function noPage(error: TaskSearchError, passes: NoPage['passes'] = 'never', wait = 0): NoPage {
  return { type: 'no-page', error, passes, retryAfterSeconds: wait };
}

const text = z.string();
const UserTask = z.object({
  userTaskKey: UnassignRequest.shape.userTaskKey,
  state: text,
  assignee: z.nullish(text),
  name: z.nullish(text),
  processDefinitionId: text,
  tenantId: text,
  creationDate: text,
  dueDate: z.nullish(text),
});
const SearchResult = z.object({
  items: z.array(UserTask),
  page: z.object({
    totalItems: z.int().check(z.gte(0)),
    hasMoreTotalItems: z.nullish(z.boolean()),
    endCursor: z.nullish(text),
  }),
});

function taskOf({ assignee, name, dueDate, ...task }: z.infer<typeof UserTask>): FoundTask {
  return {
    ...task,
    ...(typeof assignee === 'string' && { assignee }),
    ...(typeof name === 'string' && { name }),
    ...(typeof dueDate === 'string' && { dueDate }),
  };
}
