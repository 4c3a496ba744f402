// What becomes of the requests that are enqueued.
import type { RequestInput } from './request-input.ts';

/** A request that is on the queue. */
export interface EnqueuedRequest {
  /** Its place in the iterable, from 0. */
  readonly index: number;
  /** As it was passed. */
  readonly request: RequestInput;
  readonly messageId: string;
}

/** A request that was not sent, or is not known to have been. */
export interface FailedRequest {
  /** Its place in the iterable, from 0. */
  readonly index: number;
  /** As it was passed, so that it can be passed again. */
  readonly request: RequestInput;
  /**
   * SQS's own code or the SDK's, Node's where there was no answer; of the client itself: `InvalidRequest`,
   * `InDoubt` (it may have been sent) and `Aborted` (it was not).
   */
  readonly code: string;
  readonly message: string;
  /** Whether the same may succeed later. At worst that makes a duplicate, which loses nothing. */
  readonly retryable: boolean;
}

/** What became of one request. */
export type EnqueueResult =
  | (EnqueuedRequest & { readonly sent: true })
  | (FailedRequest & { readonly sent: false });

/** What became of many. */
export interface EnqueueSummary {
  /** How many are on the queue. */
  readonly sent: number;
  /** The others that were read, in the order of their index. */
  readonly failed: readonly FailedRequest[];
  /** True where the signal ended it: what the iterable still held was not read. */
  readonly aborted: boolean;
}
