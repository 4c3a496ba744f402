// What an action is about to do, before it does it. Pure.
import type { DeadLetter } from './dead-letter.ts';
import { createGrouping, type DeadLetterGroup } from './group.ts';
import { type Redrivable, type RedriveChanges, redrivable } from './redrive-message.ts';
import { summarise } from './summary.ts';

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
   * How many requests without an `expectedAssignee` were first sent more than {@link LATE_MS} ago: Camunda unassigns
   * without a precondition, so that a late request can take a task from whoever took it since.
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

/** Collects what was seen into a plan, one message after the other; of each it keeps the id. */
export interface Planner<Plan extends ActionPlan> {
  add(letter: DeadLetter): void;
  /** Whether it is of the plan so far. */
  has(messageId: string): boolean;
  plan(): Plan;
}

/**
 * Plans to discard.
 *
 * @param now epoch milliseconds
 */
export function planDiscard(now: number): Planner<ActionPlan> {
  const grouping = createGrouping();
  const messageIds = new Set<string>();
  let oldest = Number.POSITIVE_INFINITY;
  return {
    add(letter) {
      messageIds.add(letter.messageId);
      grouping.add(summarise(letter, now));
      oldest = Math.min(oldest, letter.firstSentAt);
    },
    has: (messageId) => messageIds.has(messageId),
    plan: () => ({
      messageIds,
      groups: grouping.groups(),
      oldestRequestAt: messageIds.size === 0 ? undefined : new Date(oldest).toISOString(),
    }),
  };
}

/**
 * Plans to redrive with that changes.
 *
 * @param now epoch milliseconds
 */
export function planRedrive(changes: RedriveChanges, now: number): Planner<RedrivePlan> {
  const planner = planDiscard(now);
  const leftOut: LeftOut[] = [];
  let late = 0;
  return {
    add(letter) {
      const found = redrivable(letter, changes, now);
      if (found.ok) {
        planner.add(letter);
        const isGuarded = found.request.expectedAssignee !== undefined;
        if (!isGuarded && now - letter.firstSentAt > LATE_MS) late += 1;
      } else {
        leftOut.push(leftOutAs(letter, found));
      }
    },
    has: planner.has,
    plan: () => ({ ...planner.plan(), leftOut, late }),
  };
}

/**
 * Why a redrive with these changes leaves a dead letter where it is; undefined where it does not.
 *
 * @param now epoch milliseconds
 */
export function leftOutOf(letter: DeadLetter, changes: RedriveChanges, now: number): LeftOut | undefined {
  const found = redrivable(letter, changes, now);
  return found.ok ? undefined : leftOutAs(letter, found);
}

function leftOutAs({ messageId }: DeadLetter, { code, reason }: Extract<Redrivable, { ok: false }>): LeftOut {
  return { messageId, code, reason };
}
