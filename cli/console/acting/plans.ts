// Plans that wait for their confirmation: each good for a while, once, and only as it was shown.
import { timingSafeEqual } from 'node:crypto';
import { reasonText } from '../../dead-letters/audit/reason.ts';
import type { OperationRequest } from '../api.ts';
import { Refusal } from '../server/refusal.ts';
import type { Plan } from './plan.ts';

/** The plans of one console. */
export interface Plans {
  keep(plan: Plan): void;
  /** For its pages. Throws a Refusal where it is not there. */
  find(planId: string): Plan;
  /** The plan that is confirmed, which is used up by that; with the reason, in one line. Throws a Refusal that says why it is not. */
  confirm(request: OperationRequest): { readonly plan: Plan; readonly reason: string | undefined };
}

/** More than anybody has open. */
const MOST_PLANS = 20;

/** None yet. */
export function createPlans(now: () => number): Plans {
  const plans = new Map<string, Plan>();
  const used = new Set<string>();

  function find(planId: string): Plan {
    const plan = plans.get(planId);
    if (plan !== undefined) return plan;
    throw used.has(planId)
      ? new Refusal('plan-used', 'This plan was confirmed before: make a new one.')
      : new Refusal('plan-expired', 'There is no such plan any more: make a new one.');
  }

  return {
    find,
    keep(plan) {
      plans.set(plan.planId, plan);
      const [oldest] = plans.keys();
      if (plans.size > MOST_PLANS && oldest !== undefined) plans.delete(oldest);
    },
    confirm(request) {
      const plan = find(request.planId);
      if (now() >= plan.expiresAt) {
        plans.delete(plan.planId);
        throw new Refusal('plan-expired', 'This plan is more than five minutes old: make a new one.');
      }
      if (!isSame(plan.digest, request.digest)) {
        throw new Refusal('plan-changed', 'This is not the plan that was shown: make a new one.');
      }
      if (plan.messageIds.size === 0)
        throw new Refusal('invalid', 'The plan has no message: there is nothing to do.');
      const reason = confirmed(plan, request);
      plans.delete(plan.planId);
      used.add(plan.planId);
      return { plan, reason };
    },
  };
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/** Throws a Refusal where what a person must say is missing or wrong; the reason otherwise. */
function confirmed({ needs }: Plan, { count, stageName, reason = '' }: OperationRequest): string | undefined {
  if (needs.count !== null && count !== needs.count) {
    throw new Refusal('not-confirmed', `Type how many are discarded: ${needs.count}.`);
  }
  if (needs.stageName !== null && stageName !== needs.stageName) {
    throw new Refusal('not-confirmed', `Type the name of the stage: ${needs.stageName}.`);
  }
  if (reason.trim() !== '') return reasonText(reason);
  if (needs.reason) throw new Refusal('not-confirmed', 'Give a reason, for the history.');
  return undefined;
}
