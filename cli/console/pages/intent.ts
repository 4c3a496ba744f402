// What somebody is about to do, until the plan for it is made and confirmed. Pure.
import type { FilterQuery, PlanRequest } from '../api.ts';
import type { Place } from './address.ts';

/** An action that was asked for. */
export interface Intent {
  readonly request: PlanRequest;
  /** Where it was asked for, to go back to. */
  readonly from: Place;
}

/** Which messages are meant. */
export type Choice = Pick<PlanRequest, 'messageIds' | 'filter' | 'all' | 'limit'>;

/** After a redrive it is looked for so long which messages come back: most of those that do come within seconds. */
const WATCH_MS = 120_000;

/** All that a filter means; without any condition all there are, which the server wants said. */
export function choiceOf(filter: FilterQuery): Choice {
  return Object.values(filter).some((value) => !!value) ? { filter } : { all: true };
}

/** The request for an action, with what it is begun with. */
export function planRequest(action: PlanRequest['action'], choice: Choice): PlanRequest {
  return { action, ...choice, ...(action === 'redrive' ? { watchForMs: WATCH_MS } : {}) };
}

/** What a confirmation has, as it is typed. */
export interface Confirmation {
  readonly count: string;
  readonly stageName: string;
  readonly reason: string;
}

export const NOTHING_TYPED: Confirmation = { count: '', stageName: '', reason: '' };

/** What of a confirmation is sent; blank fields are not there. */
export function confirmationBody({ count, stageName, reason }: Confirmation) {
  const number = Number(count.replaceAll(/[\s,]/g, ''));
  return {
    ...(count.trim() === '' || !Number.isInteger(number) ? {} : { count: number }),
    ...(stageName.trim() === '' ? {} : { stageName: stageName.trim() }),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  };
}

/** The command that exports these, made of the one that shows the first of them. */
export function exportCommand(showCommand: string, messageIds: readonly string[]): string {
  const [first = '', ...others] = messageIds.filter((id) => /^[\w-]+$/.test(id));
  const words = showCommand.replace(/\b(dlq|dead-letters) show\b/, '$1 export');
  return [words.includes(first) ? words : `${words} ${first}`, ...others].join(' ');
}
