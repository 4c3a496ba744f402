// What came back from a search for user tasks, read: a page, or why there is none. Pure.
import * as z from 'zod/mini';
import { UnassignRequest } from '../contract/request.ts';
import type { NoAccess } from './authorization.ts';
import { causeOf, type HttpExchange, headerIn, LATE_CAUSE } from './exchange.ts';
import { parseJson } from './json.ts';
import { showable } from './outside-text.ts';
import { readBody } from './problem-detail.ts';
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

/** Makes of a text from outside one line of at most so many characters that may be shown. */
type Show = (text: string, maximum: number) => string;

/** There was nothing to call with. */
export function noAccess({ cause, refused, retryAfterSeconds: wait }: NoAccess): NoPage {
  const code = refused ? 'CredentialsRefused' : 'Unreachable';
  const error = new TaskSearchError({ code, message: cause, retryable: !refused });
  return noPage(error, refused ? 'never' : 'once-answered', wait);
}

/**
 * Reads what came back.
 *
 * @param secrets what the call carried: a proxy may echo what it was sent
 * @param now epoch milliseconds
 */
export function readExchange(exchange: HttpExchange, secrets: readonly string[], now: number): SearchAnswer {
  const show: Show = (text, maximum) => showable(text, maximum, secrets);
  if (exchange.type !== 'response') return noAnswer(exchange, show);
  return exchange.status === 200 ? success(exchange, show) : refusal(exchange, show, now);
}

/** Something answers that is not Camunda. */
export function foreignAnswer(said: string, status?: number): TaskSearchError {
  const answered = status === undefined ? 'something answered' : `something answered ${status}`;
  const message = `${answered} that is not Camunda's: ${said}`;
  return new TaskSearchError({ code: 'ForeignAnswer', message, status });
}

type Response = Extract<HttpExchange, { type: 'response' }>;

function noAnswer(exchange: Exclude<HttpExchange, Response>, show: Show): NoPage {
  const cause = causeOf(exchange, (said) => show(said, 500));
  if (exchange.type === 'unreadable') return noPage(foreignAnswer(cause));
  const message = `the cluster gave no answer: ${cause}`;
  if (exchange.tls) return noPage(new TaskSearchError({ code: 'CredentialsRefused', message }));
  const code = exchange.cause === LATE_CAUSE ? 'TimedOut' : 'Unreachable';
  return noPage(new TaskSearchError({ code, message, retryable: true }), 'once-answered');
}

function success({ status, headers, body, isComplete }: Response, show: Show): SearchAnswer {
  if (!isComplete && Buffer.byteLength(body) >= MAX_PAGE_BYTES) return { type: 'too-large' };
  if (!isComplete) {
    const message = 'the answer broke off, or did not come whole in time';
    return noPage(new TaskSearchError({ code: 'Unreachable', message, retryable: true, status }), 'always');
  }
  const page = pageIn(body);
  if (page !== undefined) return page;
  const type = show(headerIn(headers, 'content-type') ?? '', 100) || 'none';
  const said = `expected a page of user tasks, got (content-type: ${type}) ${show(body, 200)}`;
  return noPage(foreignAnswer(said, status));
}

function refusal({ status, headers, body }: Response, show: Show, now: number): NoPage {
  const { problem, title, detail, excerpt } = readBody(body, status, show);
  const isCamundas = problem === 'camunda';
  const said = isCamundas ? `${title}: ${detail}` : (redirectIn(headers, show) ?? excerpt ?? 'nothing');
  const message = `the cluster answered ${status}: ${said}`;
  if (status === 429 || status >= 500) {
    const error = new TaskSearchError({ code: 'Unavailable', message, retryable: true, status });
    return noPage(error, 'always', retryAfterSeconds(headerIn(headers, 'retry-after'), now));
  }
  const code =
    refusalCode(status, isCamundas, detail ?? '') ?? (isSpringsNotFound(body) ? 'NoTaskSearch' : undefined);
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

function redirectIn(headers: Response['headers'], show: Show): string | undefined {
  const location = headerIn(headers, 'location');
  return location === undefined ? undefined : `a redirect to ${show(location, 200)}`;
}

const SpringsNotFound = z.object({ timestamp: z.string(), status: z.literal(404), path: z.string() });

/** Spring's own error, which a Camunda gives where it has nothing at a path. */
function isSpringsNotFound(body: string): boolean {
  return SpringsNotFound.safeParse(parseJson(body)).success;
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

/** Undefined where it is no page. */
function pageIn(body: string): TaskPage | undefined {
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

function taskOf({ assignee, name, dueDate, ...task }: z.infer<typeof UserTask>): FoundTask {
  return {
    ...task,
    ...(typeof assignee === 'string' && { assignee }),
    ...(typeof name === 'string' && { name }),
    ...(typeof dueDate === 'string' && { dueDate }),
  };
}
