// What an action would do, made of what was seen: the very messages, what is left out, and what a person must say to it.
import { createHash, randomUUID } from 'node:crypto';
import { formatRequest } from '../../../client/contract/request.ts';
import {
  type DeadLetterGroup,
  type LeftOut,
  planDiscard,
  planRedrive,
  type RedriveChanges,
} from '../../../client/dead-letters/index.ts';
import type { Choice } from '../../dead-letters/choice.ts';
import { discardHeadline, leftOutText, redriveHeadline, warningText } from '../../dead-letters/plan-text.ts';
import { type LetterToJudge, letterToJudge, MOST_JUDGED } from '../../dead-letters/verdicts.ts';
import { UsageError } from '../../exit-codes.ts';
import { messages } from '../../progress.ts';
import type { PlanAnswer, PlanRequest, Target } from '../api.ts';
import type { KeptLetter } from '../snapshot/letter-store.ts';

/** A plan, frozen. */
export interface Plan {
  readonly planId: string;
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly action: PlanRequest['action'];
  readonly headline: string;
  /** In the order in which they are shown. */
  readonly messageIds: ReadonlySet<string>;
  readonly leftOut: readonly LeftOut[];
  /** Named, and not seen. */
  readonly unseen: readonly string[];
  readonly groups: readonly DeadLetterGroup[];
  readonly oldestRequestAt: string | undefined;
  readonly late: number;
  readonly remarks: readonly string[];
  readonly edit: PlanAnswer['edit'];
  readonly changes: RedriveChanges;
  readonly perSecond: number | undefined;
  readonly watchForMs: number | undefined;
  readonly needs: PlanAnswer['needs'];
  /** As it was made, for the audit file. */
  readonly choice: Choice;
  /** As far as the cluster is asked about their tasks. */
  readonly letters: readonly LetterToJudge[];
}

/** A plan is good for so long; milliseconds. */
export const PLAN_MS = 5 * 60_000;

/**
 * Makes a plan. Pure, but for its id.
 *
 * @param chosen those that were seen, at most as many as were asked for
 * @param now epoch milliseconds
 * @throws UsageError where what was asked for does not fit together
 */
export function makePlan(
  request: PlanRequest,
  choice: Choice,
  chosen: readonly KeptLetter[],
  target: Target,
  now: number,
): Plan {
  checkRequest(request, target);
  const changes = changesOf(request);
  const planned = request.action === 'redrive' ? redriveOf(chosen, changes, now) : allOf(chosen, now);
  const ids = [...planned.messageIds];
  const seen = new Set(chosen.map(({ letter }) => letter.messageId));
  const frozen = { ...planned, action: request.action, edit: editOf(request, chosen), changes };
  const { perSecond } = request;
  const watchForMs = request.watchForMs || undefined;
  return {
    ...frozen,
    planId: randomUUID(),
    digest: digestOf({ ...request, ids, target }),
    expiresAt: now + PLAN_MS,
    headline: headlineOf(request.action, planned, target),
    unseen: [...choice.named].filter((messageId) => !seen.has(messageId)),
    perSecond,
    watchForMs,
    needs: needsOf(request.action, ids.length, target),
    choice,
    letters: lettersIn(chosen, planned.messageIds),
  };
}

function checkRequest(
  { action, edit, delaySeconds, expiresAt, watchForMs, ...rest }: PlanRequest,
  target: Target,
): void {
  const isRedrive = action === 'redrive';
  const changes = [edit, delaySeconds, expiresAt, rest.perSecond, watchForMs || undefined];
  if (!isRedrive && changes.some((change) => change !== undefined)) {
    throw new UsageError('Only a redrive changes, delays or watches anything.');
  }
  if (isRedrive && target.queueUrl === null) {
    throw new UsageError(
      'The queue was not named: start the console with --queue-url, too, or with --stage.',
    );
  }
  if (isRedrive && target.queueUrl === target.deadLetterQueueUrl) {
    throw new UsageError(
      'The queue and the dead-letter queue are the same: a redrive would go round in circles.',
    );
  }
  if (watchForMs && delaySeconds !== undefined && watchForMs <= delaySeconds * 1000) {
    throw new UsageError('The watching would end before the delay does: watch for longer.');
  }
}

function changesOf({ expiresAt, delaySeconds, edit }: PlanRequest): RedriveChanges {
  const bodies = edit === undefined ? undefined : new Map([[edit.messageId, edit.body]]);
  return { expiresAt, delaySeconds, bodies };
}

function allOf(chosen: readonly KeptLetter[], now: number) {
  const planner = planDiscard(now);
  for (const { letter } of chosen) planner.add(letter);
  const nothing: readonly LeftOut[] = [];
  return { ...planner.plan(), leftOut: nothing, late: 0, remarks: [] };
}

/** A body that was cut says as little of the whole as its beginning does: what counts is what was read of the whole. */
function redriveOf(chosen: readonly KeptLetter[], changes: RedriveChanges, now: number) {
  const planner = planRedrive(changes, now);
  const unreadable: LeftOut[] = [];
  for (const { letter, cut } of chosen) {
    const isWhole = cut === undefined || changes.bodies?.has(letter.messageId);
    const { request, messageId } = letter;
    if (isWhole) planner.add(letter);
    else if (request.ok) planner.add({ ...letter, body: formatRequest(request.request) });
    else unreadable.push({ messageId, code: 'Malformed', reason: request.reason });
  }
  const plan = planner.plan();
  const leftOut = [...plan.leftOut, ...unreadable];
  const remarks = [leftOutText(leftOut), warningText(plan)].filter((text) => text !== undefined);
  return { ...plan, leftOut, remarks };
}

function editOf({ edit }: PlanRequest, chosen: readonly KeptLetter[]): PlanAnswer['edit'] {
  if (edit === undefined) return null;
  const [only, another] = chosen;
  if (only?.letter.messageId !== edit.messageId || another !== undefined) {
    throw new UsageError('A body is edited for one message, which is then the only one of the plan.');
  }
  return { messageId: edit.messageId, before: only.letter.body, after: edit.body };
}

function headlineOf(
  action: PlanRequest['action'],
  plan: {
    readonly messageIds: ReadonlySet<string>;
    readonly groups: readonly DeadLetterGroup[];
    readonly oldestRequestAt: string | undefined;
  },
  { queueUrl, deadLetterQueueUrl }: Target,
): string {
  if (action === 'redrive') return redriveHeadline(plan, queueUrl ?? '');
  if (action === 'discard') return discardHeadline(plan, deadLetterQueueUrl);
  return `Export ${messages(plan.messageIds.size)} to a file on the console's machine`;
}

/** What is done for good wants its number, and what is done in production wants its name and a reason. */
function needsOf(
  action: PlanRequest['action'],
  count: number,
  { production, stage }: Target,
): PlanAnswer['needs'] {
  if (action === 'export') return { count: null, stageName: null, reason: false };
  return {
    count: action === 'discard' ? count : null,
    stageName: production ? stage : null,
    reason: production,
  };
}

/** Of all that a confirmation confirms. */
function digestOf(plan: PlanRequest & { readonly ids: readonly string[]; readonly target: Target }): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('base64url');
}

/** Of more than the cluster is asked about, one too many. */
function lettersIn(chosen: readonly KeptLetter[], messageIds: ReadonlySet<string>): LetterToJudge[] {
  const planned = chosen.filter(({ letter }) => messageIds.has(letter.messageId));
  return planned.slice(0, MOST_JUDGED + 1).map(({ letter }) => letterToJudge(letter));
}
