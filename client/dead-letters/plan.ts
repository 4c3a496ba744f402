// What an action is about to do, before it does it. Pure.
import type { DeadLetter } from './dead-letter.ts';
import { type DeadLetterGroup, groupDeadLetters } from './group.ts';
import { type Mend, type Redrivable, redriveMessage } from './redrive-message.ts';
import { type DeadLetterSummary, summarise } from './summary.ts';

/** What to do, and to which messages; everything else on the queue is left alone. */
export interface ActionPlan {
  readonly messageIds: ReadonlySet<string>;
  readonly groups: readonly DeadLetterGroup[];
  /** When the oldest of these requests was first sent; absent where there are none. */
  readonly oldestRequestAt: string | undefined;
}

/** A redrive. */
export interface RedrivePlan extends ActionPlan {
  /** Those that would come straight back, or that SQS would not take, and are therefore left where they are. */
  readonly leftOut: readonly LeftOut[];
  /**
   * How many requests were first sent more than {@link LATE_MS} ago: Camunda unassigns without a precondition, so
   * that a late request can take a task from whoever took it since.
   */
  readonly late: number;
}

/** A message that a redrive leaves where it is. */
export interface LeftOut {
  readonly messageId: string;
  readonly code: Extract<Redrivable, { ok: false }>['code'];
  readonly reason: string;
}

/** From this age on, in milliseconds, a redrive warns. */
export const LATE_MS = 24 * 3600 * 1000;

/** Collects what was seen into a plan, one message after the other, and keeps no more than a row of each. */
export interface Planner<Plan extends ActionPlan> {
  add(letter: DeadLetter): void;
  plan(): Plan;
}

/**
 * Plans to discard.
 *
 * @param now epoch milliseconds
 */
export function planDiscard(now: number): Planner<ActionPlan> {
  const summaries: DeadLetterSummary[] = [];
  return {
    add: (letter) => void summaries.push(summarise(letter, now)),
    plan: () => planFor(summaries),
  };
}

/**
 * Plans to redrive with that mend.
 *
 * @param now epoch milliseconds
 */
export function planRedrive(mend: Mend, now: number): Planner<RedrivePlan> {
  const summaries: DeadLetterSummary[] = [];
  const leftOut: LeftOut[] = [];
  return {
    add(letter) {
      const redrivable = redriveMessage(letter, mend, now);
      if (redrivable.ok) summaries.push(summarise(letter, now));
      else leftOut.push({ messageId: letter.messageId, code: redrivable.code, reason: redrivable.reason });
    },
    plan: () => ({
      ...planFor(summaries),
      leftOut,
      late: summaries.filter(({ firstSentAt }) => now - Date.parse(firstSentAt) > LATE_MS).length,
    }),
  };
}

function planFor(summaries: readonly DeadLetterSummary[]): ActionPlan {
  return {
    messageIds: new Set(summaries.map(({ messageId }) => messageId)),
    groups: groupDeadLetters(summaries),
    // ISO times of one form compare as texts.
    oldestRequestAt: summaries.reduce<string | undefined>(
      (oldest, { firstSentAt }) => (oldest === undefined || firstSentAt < oldest ? firstSentAt : oldest),
      undefined,
    ),
  };
}
