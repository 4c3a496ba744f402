// Searches for user tasks (Camunda 8.8 and later, Orchestration Cluster REST API, "Search user tasks"), page by page.
import { type ClusterDependencies, createClusterCaller } from './authorized-call.ts';
import {
  type FoundTask,
  foreignAnswer,
  MAX_PAGE_BYTES,
  pageIn,
  readAnswer,
  type SearchAnswer,
  type TaskPage,
  type TooLarge,
} from './search-answer.ts';
import type { TaskSearchError } from './search-error.ts';

/** What the API takes as a filter, under its own names; a task must satisfy all of it. */
export interface TaskFilter {
  readonly assignee?: string | { readonly $in: readonly string[] } | { readonly $exists: boolean };
  readonly state?: string | { readonly $in: readonly string[] };
  readonly candidateGroup?: string;
  readonly processDefinitionId?: string;
  readonly tenantId?: string;
  /** ISO 8601 with offset. */
  readonly creationDate?: { readonly $lt: string };
  readonly dueDate?: { readonly $lt: string };
}

/** How many tasks a search finds. */
export interface TaskCount {
  readonly count: number;
  /** There are more: Elasticsearch counts up to 10,000. */
  readonly isAtLeast: boolean;
}

/** How one search is carried out. */
export interface SearchOptions {
  /** For each request, token and body included; milliseconds. */
  readonly timeoutMs: number;
  /** Aborted, it ends the search with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told before a request is tried again, with how long that is put off, in milliseconds. */
  readonly onRetry?: ((error: TaskSearchError, waitMs: number) => void) | undefined;
}

/** Searches one cluster. */
export interface TaskSearch {
  /**
   * All that match, the oldest first, in pages that are not empty; the next page is asked for when it is wanted.
   *
   * A 429, a 5xx and, once the cluster has answered, a connection that was lost or an answer that did not come in time
   * are tried again, eight times a page at most, after growing pauses that keep to `Retry-After`.
   *
   * @throws {TaskSearchError} with what was found before already yielded
   */
  pages(filter: TaskFilter, options: SearchOptions): AsyncGenerator<readonly FoundTask[], void, undefined>;
  /**
   * How many match, tried again as {@link pages} is.
   *
   * @throws {TaskSearchError}
   */
  count(filter: TaskFilter, options: SearchOptions): Promise<TaskCount>;
}

/** What the search needs from outside. */
export interface TaskSearchDependencies extends ClusterDependencies {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly pause: (milliseconds: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/**
 * So many tasks are asked for at once, of the 10,000 that the API gives. From 500 on a task costs the client no less (27
 * to 29 us of CPU, measured with the stand-in), from 2,500 on memory grows, and a thousand keep the requests few.
 */
export const PAGE_SIZE = 1_000;

const MAX_ATTEMPTS = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Whoever wants to be left alone for longer is not waited for. */
const LONGEST_RETRY_AFTER_SECONDS = 120;

/** The creation date never changes, and Camunda puts tasks of the same one in the order of their keys. */
const OLDEST_FIRST = [{ field: 'creationDate', order: 'ASC' }];

/** @param basePath what stands before `/user-tasks`, such as `/v2` */
export function createTaskSearch(
  basePath: string,
  { random, pause, ...dependencies }: TaskSearchDependencies,
): TaskSearch {
  const caller = createClusterCaller(dependencies);
  const { now } = dependencies;
  /** From then on, no connection is more likely to pass than a wrong address. */
  let hasAnswered = false;
  /** Less where pages turned out to be too large. */
  let pageSize = PAGE_SIZE;

  /** Tries until there is a page. */
  async function find(query: Query, options: SearchOptions): Promise<TaskPage | TooLarge> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await ask(query, options);
      if (result.type !== 'no-page') return result;
      const mayPass = result.passes === 'always' || (result.passes === 'once-answered' && hasAnswered);
      const isTooLong = result.retryAfterSeconds > LONGEST_RETRY_AFTER_SECONDS;
      if (!mayPass || isTooLong || attempt === MAX_ATTEMPTS) throw result.error;
      const waitMs = Math.max(backoff(attempt), result.retryAfterSeconds * 1_000);
      options.onRetry?.(result.error, waitMs);
      await pause(waitMs, options.signal).catch((error: unknown) => {
        options.signal?.throwIfAborted();
        throw error;
      });
    }
  }

  /** Half of it by chance, so that those who were refused together do not come back together. */
  function backoff(attempt: number): number {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    return (longest * (1 + random())) / 2;
  }

  async function ask(query: Query, { timeoutMs, signal }: SearchOptions): Promise<SearchAnswer> {
    signal?.throwIfAborted();
    const request = {
      method: 'POST',
      path: `${basePath}/user-tasks/search`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
      maxBodyBytes: MAX_PAGE_BYTES,
    } as const;
    const answer = readAnswer(await unlessAborted(caller.read(request, timeoutMs, pageIn), signal), now());
    if (answer.type !== 'no-page') hasAnswered = true;
    return answer;
  }

  /** A page with fewer tasks where it is too large. */
  async function findPage(
    filter: TaskFilter,
    after: string | undefined,
    options: SearchOptions,
  ): Promise<TaskPage> {
    for (;;) {
      const limit = pageSize;
      const page = await find(queryOf(filter, limit, after), options);
      if (page.type === 'page') return page;
      if (limit === 1) throw tooLarge();
      pageSize = Math.ceil(limit / 2);
    }
  }

  return {
    async *pages(filter, options) {
      const cursors = new Set<string>();
      let after: string | undefined;
      do {
        const page = await findPage(filter, after, options);
        if (page.tasks.length === 0) return;
        yield page.tasks;
        after = cursorOf(page, pageSize, cursors);
      } while (after !== undefined);
    },
    async count(filter, options) {
      const page = await find(queryOf(filter, 1), options);
      if (page.type === 'too-large') throw tooLarge();
      return { count: page.totalItems, isAtLeast: page.hasMoreTotalItems };
    },
  };
}

/**
 * Where the search goes on; undefined where it does not.
 *
 * @param asked for so many tasks
 * @param seen the cursors so far
 */
function cursorOf(
  { tasks, totalItems, endCursor }: TaskPage,
  asked: number,
  seen: Set<string>,
): string | undefined {
  if (endCursor === undefined && tasks.length === asked && totalItems > asked) {
    throw foreignAnswer('a full page without a cursor, although there are more tasks', 200);
  }
  if (endCursor === undefined) return undefined;
  if (seen.has(endCursor)) throw foreignAnswer('the same cursor came twice', 200);
  seen.add(endCursor);
  return endCursor;
}

function tooLarge() {
  return foreignAnswer(`a page with a single task has more than ${MAX_PAGE_BYTES} bytes`, 200);
}

/** What is left behind ends with its own time, or with the connections. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface Query {
  readonly filter: TaskFilter;
  readonly sort: typeof OLDEST_FIRST;
  readonly page: { readonly limit: number; readonly after?: string };
}

/** Never `from`: what is finished or unassigned meanwhile leaves the result, and the rest would move up unseen. */
function queryOf(filter: TaskFilter, limit: number, after?: string): Query {
  return { filter, sort: OLDEST_FIRST, page: after === undefined ? { limit } : { limit, after } };
}
