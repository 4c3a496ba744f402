// Groups as the command line has them, each with its timeline, and what is known of its tasks.
import {
  createGrouping,
  type GroupedLetter,
  VERDICTS,
  type Verdict,
} from '../../../client/dead-letters/index.ts';
import type { ConsoleGroup, GroupsAnswer } from '../api.ts';
import { groupedLetter, type Row } from '../snapshot/row.ts';
import { binsOf, countIn } from './bins.ts';

/** So many bins fit beside a group. */
const MOST_BINS = 40;

/** More groups than anybody reads; the largest come first. */
const MOST_GROUPS = 500;

/** What is known beside the snapshot. */
export interface Known {
  verdictOf(row: Row): Verdict | undefined;
  lastActionOn(groupId: string): ConsoleGroup['lastAction'];
}

/** @param now epoch milliseconds */
export function groupsOf(rows: readonly Row[], known: Known, now: number): Omit<GroupsAnswer, 'command'> {
  const timesOf = (of: readonly Row[]) => of.map(({ failedAt }) => failedAt);
  const bins = binsOf(timesOf(rows), now, MOST_BINS);
  const grouping = createGrouping((letter: GroupedLetter & { readonly groupId: string }) => letter.groupId);
  for (const row of rows) grouping.add(groupedLetter(row));
  const byGroup = Map.groupBy(rows, ({ groupId }) => groupId);
  return {
    matched: rows.length,
    groups: grouping
      .groups()
      .slice(0, MOST_GROUPS)
      .map((group) => {
        const of = byGroup.get(group.id) ?? [];
        return {
          ...group,
          timeline: countIn(bins, timesOf(of)),
          verdicts: verdictCounts(of, known),
          lastAction: known.lastActionOn(group.id),
        };
      }),
    from: new Date(bins.from).toISOString(),
    binMs: bins.binMs,
  };
}

function verdictCounts(rows: readonly Row[], { verdictOf }: Known): ConsoleGroup['verdicts'] {
  const counts = { gone: 0, free: 0, theirs: 0, busy: 0, unknown: 0, unasked: 0 };
  for (const row of rows) counts[verdictOf(row) ?? 'unasked'] += 1;
  return VERDICTS.some((verdict) => counts[verdict] > 0) ? counts : null;
}
