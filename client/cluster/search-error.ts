// Why a search for user tasks has no result. Apart from the search itself, which brings undici along.

/** What can go wrong, for programs; each is explained in {@link TaskSearchError}. */
export const TASK_SEARCH_PROBLEMS = [
  'InvalidOptions',
  'CredentialsRefused',
  'Forbidden',
  'NoSecondaryStorage',
  'NoTaskSearch',
  'Rejected',
  'Unavailable',
  'ForeignAnswer',
  'Unreachable',
  'TimedOut',
] as const;

/** One of {@link TASK_SEARCH_PROBLEMS}. */
export type TaskSearchProblem = (typeof TASK_SEARCH_PROBLEMS)[number];

/** What a {@link TaskSearchError} is made of. */
export interface TaskSearchFailure {
  readonly code: TaskSearchProblem;
  readonly message: string;
  readonly retryable?: boolean;
  readonly status?: number | undefined;
}

/**
 * A search for user tasks has ended without its result. The message is for people and holds no secret. By `code`:
 *
 * - `InvalidOptions`: what is searched for, or a setting of the cluster, is missing or wrong; nothing was asked.
 * - `CredentialsRefused`: the cluster (401) or its token endpoint refuses the client.
 * - `Forbidden`: the client may not search (403).
 * - `NoSecondaryStorage`: the cluster has nothing to search in (403 of Camunda 8.8 and later).
 * - `NoTaskSearch`: there is no search at this address: a cluster before Camunda 8.8, or a wrong path.
 * - `Rejected`: the cluster takes the search for invalid (400).
 * - `Unavailable`: the cluster has too much to do or fails (429, 5xx), also after several tries.
 * - `ForeignAnswer`: something answered that is not Camunda's.
 * - `Unreachable`: no connection, or it broke. `TimedOut`: no answer in time.
 */
export class TaskSearchError extends Error {
  override readonly name = 'TaskSearchError';
  readonly code: TaskSearchProblem;
  /** Whether the same search may succeed later. */
  readonly retryable: boolean;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor({ code, message, retryable = false, status }: TaskSearchFailure) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.status = status;
  }
}
