// In what order dead letters are listed. Pure.
import type { DeadLetterSummary } from '../../client/dead-letters/index.ts';

/** By what a list is sorted: the newest first, the oldest first, or those of one kind, status and title together. */
export const SORTINGS = ['newest', 'oldest', 'kind'] as const;

/** One of {@link SORTINGS}. */
export type Sorting = (typeof SORTINGS)[number];

/** What the order needs of a dead letter. */
export interface Sortable extends Pick<DeadLetterSummary, 'messageId' | 'kind'> {
  readonly status: number | null | undefined;
  readonly title: string | null | undefined;
  /** ISO 8601 in UTC, or epoch milliseconds: of all the same. */
  readonly failedAt: string | number;
}

/** For `Array.sort`. */
export function comparisonFor(sorting: Sorting): (a: Sortable, b: Sortable) => number {
  return COMPARISONS[sorting];
}

type Comparison = (a: Sortable, b: Sortable) => number;

const oldest: Comparison = (a, b) => compare(a.failedAt, b.failedAt) || compare(a.messageId, b.messageId);

const COMPARISONS: Readonly<Record<Sorting, Comparison>> = {
  oldest,
  newest: (a, b) => -oldest(a, b),
  kind: (a, b) =>
    compare(a.kind, b.kind) ||
    (a.status ?? 0) - (b.status ?? 0) ||
    compare(a.title ?? '', b.title ?? '') ||
    -oldest(a, b),
};

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
