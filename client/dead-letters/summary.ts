// One dead letter in a row: what a list shows of it, small enough to keep a hundred thousand. Pure.
import type { DeadLetter, LetterKind } from './dead-letter.ts';

/** Why a redriven request would come straight back, without a call to the cluster. */
export type Return = 'expired' | 'malformed';

/**
 * What `list` says about a dead letter. The names are stable: scripts read them. Times are ISO 8601 in UTC; what is
 * not known is null.
 */
export interface DeadLetterSummary {
  readonly messageId: string;
  readonly userTaskKey: string | null;
  readonly kind: LetterKind;
  /** The cluster's last answer: HTTP status, title, detail. */
  readonly status: number | null;
  readonly title: string | null;
  readonly detail: string | null;
  /** The function's own words. */
  readonly reason: string | null;
  /** Calls to the cluster. */
  readonly attempts: number | null;
  readonly sender: string | null;
  /** When the request was first sent. */
  readonly firstSentAt: string;
  /** How often it has been redriven before, and when last. */
  readonly redriven: number;
  readonly redrivenAt: string | null;
  /** When it became a dead letter. */
  readonly failedAt: string;
  /** After this nobody wants the request any more; null where it has no such time, or breaks the contract. */
  readonly expiresAt: string | null;
  /** Whether, and why, the function would send it straight back here. */
  readonly wouldReturn: Return | null;
  /** The names of attributes that cannot be carried: with one, a redrive leaves it where it is. */
  readonly lostAttributes: readonly string[];
}

/**
 * Sums up a dead letter.
 *
 * @param now epoch milliseconds, by which a request has expired or not
 */
export function summarise(letter: DeadLetter, now: number): DeadLetterSummary {
  return {
    messageId: letter.messageId,
    userTaskKey: letter.userTaskKey ?? null,
    kind: letter.kind,
    status: letter.status ?? null,
    title: letter.title ?? null,
    detail: letter.detail ?? null,
    reason: letter.reason ?? null,
    attempts: letter.attempts ?? null,
    sender: letter.sender ?? null,
    firstSentAt: isoTime(letter.firstSentAt),
    redriven: letter.redriven,
    redrivenAt: letter.redrivenAt === undefined ? null : isoTime(letter.redrivenAt),
    failedAt: isoTime(letter.failedAt),
    expiresAt: (letter.request.ok && letter.request.request.expiresAt) || null,
    wouldReturn: wouldReturn(letter, now) ?? null,
    lostAttributes: letter.lostAttributes,
  };
}

/** Whether the function would dead-letter this body again without calling the cluster. */
export function wouldReturn({ request }: Pick<DeadLetter, 'request'>, now: number): Return | undefined {
  if (!request.ok) return 'malformed';
  const { expiresAt } = request.request;
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : undefined;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
