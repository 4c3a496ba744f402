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
import { type LetterToJudge, MOST_JUDGED } from '../../dead-letters/verdicts.ts';
import { UsageError } from '../../exit-codes.ts';
import { messages } from '../../progress.ts';
import type { PlanAnswer, PlanRequest, Target } from '../api.ts';
import { type Row, readAll } from '../snapshot/row.ts';

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
  /** As far as the cluster is asked about their tasks: of more than it is asked about, one too many. */
  readonly letters: readonly LetterToJudge[];
}

/** A plan is good for so long; milliseconds. */
export const PLAN_MS = 5 * 60_000;

/**
 * Makes a plan. Reading many letters takes its time, and lets others have their turn.
 *
 * @param chosen those that were seen, in the order in which they are shown, at most as many as were asked for
 * @param now epoch milliseconds
 * @throws UsageError where what was asked for does not fit together
 */
export async function makePlan(
  request: PlanRequest,
  choice: Choice,
  chosen: readonly Row[],
  target: Target,
  now: () => number,
): Promise<Plan> {
  checkRequest(request, target);
  const edit = editOf(request, chosen);
  const changes = changesOf(request);
  const planned =
    request.action === 'redrive' ? await redriveOf(chosen, changes, now()) : await allOf(chosen, now());
  const rows = chosen.filter(({ messageId }) => planned.messageIds.has(messageId));
  const ids = rows.map(({ messageId }) => messageId);
  const seen = new Set(chosen.map(({ messageId }) => messageId));
  const frozen = { ...planned, messageIds: new Set(ids), action: request.action, edit, changes };
  const { perSecond } = request;
  const watchForMs = request.watchForMs || undefined;
  return {
    ...frozen,
    planId: randomUUID(),
    digest: digestOf({ ...request, ids, target }),
    expiresAt: now() + PLAN_MS,
    headline: headlineOf(request.action, planned, target),
    unseen: [...choice.named].filter((messageId) => !seen.has(messageId)),
    perSecond,
    watchForMs,
    needs: needsOf(request.action, ids.length, target),
    choice,
    letters: rows.slice(0, MOST_JUDGED + 1).map(toJudge),
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

async function allOf(chosen: readonly Row[], now: number) {
  const planner = planDiscard(now);
  for await (const { letter } of readAll(chosen)) planner.add(letter);
  const nothing: readonly LeftOut[] = [];
  return { ...planner.plan(), leftOut: nothing, late: 0, remarks: [] };
}

/** A body that was cut says as little of the whole as its beginning does: what counts is what was read of the whole. */
async function redriveOf(chosen: readonly Row[], changes: RedriveChanges, now: number) {
  const planner = planRedrive(changes, now);
  const unreadable: LeftOut[] = [];
  for await (const { letter, cut } of readAll(chosen)) {
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

function editOf({ edit }: PlanRequest, chosen: readonly Row[]): PlanAnswer['edit'] {
  if (edit === undefined) return null;
  const [only, another] = chosen;
  if (only?.messageId !== edit.messageId || another !== undefined) {
    throw new UsageError('A body is edited for one message, which is then the only one of the plan.');
  }
  return { messageId: edit.messageId, before: only.read().letter.body, after: edit.body };
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

/** Without the row, which would keep all that its look saw. */
function toJudge({ messageId, userTaskKey, expectedAssignee }: Row): LetterToJudge {
  return { messageId, userTaskKey, expectedAssignee };
}

/** Of all that a confirmation confirms. */
function digestOf(plan: PlanRequest & { readonly ids: readonly string[]; readonly target: Target }): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('base64url');
}
