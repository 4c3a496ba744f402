// When dead letters died, by kind, and how old they are. Pure.
import type { TimelineAnswer } from '../api.ts';
import type { Row } from '../snapshot/row.ts';
import { binsFor, binsOf, countIn } from './bins.ts';

/** So many bins fit a chart. */
const MOST_BINS = 60;

/** @param now epoch milliseconds */
export function timelineOf(
  rows: readonly Row[],
  retentionSeconds: number | null,
  now: number,
): TimelineAnswer {
  const times = (of: readonly Row[]) => of.map(({ failedAt }) => failedAt);
  const bins = binsOf(times(rows), now, MOST_BINS);
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  const kinds = [...byKind].sort(([, a], [, b]) => b.length - a.length);
  return {
    matched: rows.length,
    from: new Date(bins.from).toISOString(),
    to: new Date(bins.from + bins.count * bins.binMs).toISOString(),
    binMs: bins.binMs,
    kinds: kinds.map(([kind, of]) => ({ kind, counts: countIn(bins, times(of)) })),
    ages: agesOf(rows, retentionSeconds, now),
  };
}

/** From 0 to the retention's end, so that what is left of it can be seen; or to the oldest. */
function agesOf(rows: readonly Row[], retentionSeconds: number | null, now: number): TimelineAnswer['ages'] {
  const ages = rows.map(({ sentAt }) => Math.max(0, now - sentAt));
  const oldest = ages.reduce((most, age) => Math.max(most, age), 0);
  const bins = binsFor(0, Math.max(oldest, (retentionSeconds ?? 0) * 1000), MOST_BINS);
  return { binMs: bins.binMs, counts: countIn(bins, ages), retentionSeconds };
}
