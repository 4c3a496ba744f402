// How many dead letters SQS deletes soon. Pure.
import type { Coverage, DeadLetter } from '../../client/dead-letters/index.ts';
import { grouped } from '../progress.ts';

const MINUTE_MS = 60_000;
const SOON_MS = 24 * 3_600_000;

/** Counts when messages were sent, by the minute: how long the queue keeps them is known only after the look. */
export class SendTimes {
  readonly #counts = new Map<number, number>();

  add({ sentAt }: Pick<DeadLetter, 'sentAt'>): void {
    const minute = Math.floor(sentAt / MINUTE_MS);
    this.#counts.set(minute, (this.#counts.get(minute) ?? 0) + 1);
  }

  /** How many SQS deletes within 24 hours: it counts from when each was sent. */
  expiringSoon({ retentionSeconds }: Pick<Coverage, 'retentionSeconds'>, now: number): number {
    if (retentionSeconds === undefined) return 0;
    const latest = now + SOON_MS - retentionSeconds * 1000;
    const counts = [...this.#counts].filter(([minute]) => minute * MINUTE_MS <= latest);
    return counts.reduce((sum, [, count]) => sum + count, 0);
  }
}

/** The warning; undefined where nothing is to be said. */
export function expiringText(count: number): string | undefined {
  return count === 0 ? undefined : `Warning: SQS deletes ${grouped(count)} of these within 24 h.`;
}
