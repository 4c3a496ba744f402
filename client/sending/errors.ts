// What the client throws.
import { oneLine } from '../contract/text.ts';
import type { EnqueueSummary } from './results.ts';

/** Something that was passed breaks the contract or SQS's rules. Nothing was sent. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly code = 'InvalidRequest';
  readonly retryable = false;
  /** What is wrong, one line each: where, what was expected, what it got instead. At most a thousand. */
  readonly problems: readonly string[];

  /** @param count of all problems, where `problems` does not hold them all */
  constructor(problems: readonly string[], count = problems.length) {
    const shown = problems.slice(0, SHOWN_PROBLEMS);
    const rest = count - shown.length;
    super([...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'));
    this.problems = problems;
  }
}

/** How many problems a message spells out. */
const SHOWN_PROBLEMS = 10;

/** A request could not be sent, or is not known to have been. */
export class EnqueueError extends Error {
  override readonly name = 'EnqueueError';
  /** SQS's own code or the SDK's, Node's where there was no answer; `InDoubt` and `Aborted` are the client's. */
  readonly code: string;
  /** Whether the same may succeed later. At worst it makes a duplicate, which loses nothing. */
  readonly retryable: boolean;

  constructor({ code, message, retryable }: { code: string; message: string; retryable: boolean }) {
    super(`the request was not enqueued: ${code}: ${message}`);
    this.code = code;
    this.retryable = retryable;
  }
}

/** The iterable of requests, or `onProgress`, threw. What was sent before is sent. */
export class EnqueueInterruptedError extends Error {
  override readonly name = 'EnqueueInterruptedError';
  /** What became of the requests before. */
  readonly summary: EnqueueSummary;

  /** @param cause what was thrown */
  constructor(cause: unknown, summary: EnqueueSummary) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const counts = `${summary.sent} sent, ${summary.failed.length} failed`;
    super(`enqueueing ended early (${counts}): ${oneLine(why, 500)}`, { cause });
    this.summary = summary;
  }
}
