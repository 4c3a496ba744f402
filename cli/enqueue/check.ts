// The first reading of all input, before anything is sent.
import { KeySet } from './key-set.ts';
import type { InputLine, InvalidLine, RequestLine } from './request-line.ts';

/** What all input comes to. */
export interface CheckedInput {
  readonly requests: number;
  readonly invalid: number;
  /** The first of the invalid lines, at most {@link SHOWN_PROBLEMS}. */
  readonly problems: readonly InvalidLine[];
  /** The first of the requests, at most {@link SHOWN_PROBLEMS}. */
  readonly examples: readonly RequestLine[];
  /** Requests whose key stood in the input before. */
  readonly duplicates: number;
  /** Whether there were more keys than duplicates can be looked for among. */
  readonly moreThanCompared: boolean;
  /** Requests whose own `expiresAt` has passed. */
  readonly expired: number;
}

/** So many bad lines are shown. */
export const SHOWN_PROBLEMS = 20;

/**
 * Reads all of the input and counts, in bounded memory.
 *
 * @param now milliseconds since 1970
 */
export async function checkInput(
  lines: Iterable<InputLine> | AsyncIterable<InputLine>,
  now: number,
  signal: AbortSignal,
): Promise<CheckedInput> {
  const keys = new KeySet();
  const problems: InvalidLine[] = [];
  const examples: RequestLine[] = [];
  const counts = { requests: 0, invalid: 0, duplicates: 0, expired: 0 };
  for await (const line of lines) {
    signal.throwIfAborted();
    if (!line.ok) {
      counts.invalid += 1;
      if (problems.length < SHOWN_PROBLEMS) problems.push(line);
      continue;
    }
    counts.requests += 1;
    if (examples.length < SHOWN_PROBLEMS) examples.push(line);
    if (keys.add(line.request.userTaskKey)) counts.duplicates += 1;
    if (hasExpired(line, now)) counts.expired += 1;
  }
  return { ...counts, problems, examples, moreThanCompared: keys.isFull };
}

function hasExpired({ request: { expiresAt } }: RequestLine, now: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now;
}
