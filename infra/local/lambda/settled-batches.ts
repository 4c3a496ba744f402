// What the function has said of its batches, for whoever wants to see its pace and its breaker: its metrics, out of its log.
import type { SettledBatch } from '../../../cli/console/live/local-signals.ts';

/** The batches of some hours at a function's leisure, of minutes when it is busy. */
const KEPT = 2_000;

/** Listens to a function's log. */
export class SettledBatches {
  readonly #batches: SettledBatch[] = [];

  /** The latest, the newest last. */
  get all(): readonly SettledBatch[] {
    return this.#batches;
  }

  /** The function wrote a line. */
  heard(text: string): void {
    const batch = batchIn(text);
    if (batch === undefined) return;
    this.#batches.push(batch);
    if (this.#batches.length > KEPT) this.#batches.shift();
  }
}

/** The batch that a line tells of; undefined for every other line. */
function batchIn(text: string): SettledBatch | undefined {
  if (!text.includes('"BreakerOpen"')) return undefined;
  const { _aws: embedded, Requeued, BreakerOpen, callsPerSecond } = JSON.parse(text) as MetricsLine;
  return {
    at: new Date(embedded.Timestamp).toISOString(),
    requeued: Requeued,
    breakerOpen: BreakerOpen > 0,
    callsPerSecond: callsPerSecond ?? null,
  };
}

/** What functions/unassign/telemetry/report.ts writes of a batch, as far as it is of interest here. */
interface MetricsLine {
  readonly _aws: { readonly Timestamp: number };
  readonly Requeued: number;
  readonly BreakerOpen: number;
  readonly callsPerSecond?: number;
}
