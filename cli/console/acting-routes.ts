// The routes that ask the cluster, plan, act, and tell what was done.
import { readFile, stat } from 'node:fs/promises';
import { keyIn, parseBody } from '../../client/contract/request.ts';
import { wouldReturn } from '../../client/dead-letters/summary.ts';
import { readTrail } from '../dead-letters/audit/audit-file.ts';
import type { Choice } from '../dead-letters/choice.ts';
import type { strippingOf } from '../dead-letters/verdicts.ts';
import type { Operations } from './acting/operations.ts';
import { makePlan, type Plan } from './acting/plan.ts';
import type { Plans } from './acting/plans.ts';
import { hasVerdict, type Verdicts } from './acting/verdicts.ts';
import {
  BodyCheckRequest,
  NoBody,
  OperationRequest,
  PageQuery,
  type PlanAnswer,
  PlanRequest,
  type Target,
  VerdictsRequest,
} from './api.ts';
import { filterWords, readChoiceBody } from './filter-query.ts';
import { pageOf, snapshotOf } from './looking-routes.ts';
import { Refusal } from './server/refusal.ts';
import type { Routes } from './server/routes.ts';
import type { Looking } from './snapshot/looking.ts';
import type { Row } from './snapshot/row.ts';

/** What these routes act with. */
export interface Means {
  readonly target: Target;
  readonly looking: Looking;
  readonly verdicts: Verdicts;
  readonly plans: Plans;
  readonly operations: Operations;
  /** How many of these would take a task from somebody, and what to say of it; see `strippingOf`. */
  readonly stripping: (plan: Plan) => ReturnType<typeof strippingOf>;
  /** Throws a UsageError where nobody has said which cluster. */
  readonly requireCluster: () => void;
  /** What to type in a terminal for it. */
  readonly typed: (command: 'redrive' | 'discard' | 'export', words: readonly string[]) => string;
  readonly auditPath: string;
  readonly now: () => number;
}

/** Ids of a hundred thousand messages, and a body of one. */
const LONGEST_CHOICE = 8 * 1024 * 1024;

/** Of what SQS takes (SQS Developer Guide, "Amazon SQS message quotas"), escaped. */
const LONGEST_MESSAGE = 4 * 1024 * 1024;

/** A longer export is better copied on the machine. */
const LONGEST_DOWNLOAD = 128 * 1024 * 1024;

/** So many are shown at once with a plan. */
const SHOWN = 100;

/** The latest are told of. */
const MOST_ACTIONS = 1_000;

/** The routes. */
export function actingRoutes(means: Means) {
  const { target, looking, verdicts, plans, operations, stripping, requireCluster, typed, now } = means;

  const requireActions = () => {
    if (!target.actionsAllowed) {
      throw new Refusal('read-only', 'This console is read-only: start it with --allow-actions to act.');
    }
  };
  const select = async (choice: Choice): Promise<readonly Row[]> => {
    const rows = await snapshotOf(looking).select(choice.filter);
    const { verdicts: wanted } = choice;
    const chosen = rows.filter(
      ({ messageId }) => wanted === undefined || hasVerdict(verdicts.of(messageId), wanted),
    );
    return chosen.slice(0, choice.limit);
  };
  /** Of those that are still seen. */
  const rowsOf = (messageIds: Iterable<string>, offset: number, limit: number) => {
    const { snapshot } = looking;
    const ids = [...messageIds];
    const rows = ids.slice(offset, offset + limit).flatMap((messageId) => snapshot?.find(messageId) ?? []);
    return { total: ids.length, rows: rows.map((row) => row.summary(now())) };
  };

  const planAnswer = async (plan: Plan, request: PlanRequest): Promise<PlanAnswer> => {
    const { leftOut, oldestRequestAt = null, perSecond = null, watchForMs = null, changes } = plan;
    const stripped = plan.action === 'redrive' ? await stripping(plan) : undefined;
    const byCode = Map.groupBy(leftOut, ({ code }) => code);
    return {
      planId: plan.planId,
      digest: plan.digest,
      expiresAt: new Date(plan.expiresAt).toISOString(),
      action: plan.action,
      headline: plan.headline,
      messages: rowsOf(plan.messageIds, 0, SHOWN),
      leftOut: {
        total: leftOut.length,
        rows: leftOut.slice(0, SHOWN),
        byCode: [...byCode].map(([code, of]) => ({ code, count: of.length })),
      },
      unseen: plan.unseen,
      groups: plan.groups,
      oldestRequestAt,
      late: plan.late,
      wouldStrip: stripped === undefined ? null : { count: stripped.count ?? null, text: stripped.text },
      edit: plan.edit,
      perSecond,
      delaySeconds: changes.delaySeconds ?? null,
      expiresAtOfRequests: changes.expiresAt,
      watchForMs,
      remarks: plan.remarks,
      needs: plan.needs,
      command: commandFor(request, typed, now()),
    };
  };

  return {
    'POST /api/verdicts': {
      body: VerdictsRequest,
      longestBody: LONGEST_CHOICE,
      async answer({ body }) {
        requireCluster();
        const rows = await select(readChoiceBody('triage', body, now()));
        verdicts.ask(rows);
        return verdicts.state();
      },
    },
    'GET /api/verdicts': { isPolled: true, answer: () => verdicts.state() },
    'POST /api/body-check': {
      body: BodyCheckRequest,
      longestBody: LONGEST_MESSAGE,
      answer({ body: { body } }) {
        const request = parseBody(body);
        const returns = wouldReturn({ request }, now()) ?? null;
        const expired =
          request.ok && returns !== null ? `expiresAt ${request.request.expiresAt} has passed` : null;
        return {
          problem: request.ok ? expired : request.reason,
          wouldReturn: returns,
          userTaskKey: (request.ok ? request.request.userTaskKey : keyIn(body)) ?? null,
        };
      },
    },
    'POST /api/plans': {
      body: PlanRequest,
      longestBody: LONGEST_CHOICE,
      async answer({ body }) {
        requireActions();
        const choice = readChoiceBody(body.action, body, now());
        const rows = await select(choice);
        const plan = await makePlan(body, choice, rows, target, now);
        plans.keep(plan);
        return planAnswer(plan, body);
      },
    },
    'GET /api/plans/:planId/messages': {
      query: PageQuery,
      answer({ params: { planId = '' }, query }) {
        const { offset, limit } = pageOf(query);
        return rowsOf(plans.find(planId).messageIds, offset, limit);
      },
    },
    'GET /api/plans/:planId/left-out': {
      query: PageQuery,
      answer({ params: { planId = '' }, query }) {
        const { offset, limit } = pageOf(query);
        const { leftOut } = plans.find(planId);
        return { total: leftOut.length, rows: leftOut.slice(offset, offset + limit) };
      },
    },
    'POST /api/operations': {
      body: OperationRequest,
      answer({ body }) {
        requireActions();
        operations.requireFree();
        if (looking.state().state === 'looking') {
          throw new Refusal('busy', 'The look goes on, and holds the messages: wait for its end.');
        }
        const { plan, reason } = plans.confirm(body);
        return operations.begin(plan, reason);
      },
    },
    'GET /api/operation': { isPolled: true, answer: () => operations.state() },
    'GET /api/operation/results': {
      query: PageQuery,
      answer({ query }) {
        const { offset, limit } = pageOf(query);
        return operations.results(offset, limit);
      },
    },
    'POST /api/operation/cancel': { body: NoBody, answer: () => operations.cancel() },
    'GET /api/operation/export': {
      type: 'application/jsonl; charset=utf-8',
      answer: () => exportedText(operations),
    },
    'GET /api/history': {
      async answer() {
        const { records, damaged } = (await readTrail(means.auditPath)) ?? { records: [], damaged: [] };
        return { actions: records.slice(-MOST_ACTIONS), damagedLines: damaged, path: means.auditPath };
      },
    },
  } satisfies Routes;
}

async function exportedText(operations: Operations): Promise<string> {
  const operation = operations.state();
  const path = operation?.exportPath ?? null;
  if (path === null || operation?.endedAt === null) {
    throw new Refusal('not-found', 'The last operation has written no file, or is still writing it.');
  }
  if ((await stat(path)).size > LONGEST_DOWNLOAD) {
    throw new Refusal('too-large', `The file is too large for this: it is ${path}.`);
  }
  return readFile(path, 'utf8');
}

/** More ids make no command that anybody could read. */
const TYPED_IDS = 20;

/** What to type for the same plan; null where nobody would. Pure. */
function commandFor(
  {
    action,
    messageIds = [],
    filter = {},
    all,
    limit,
    expiresAt,
    delaySeconds,
    perSecond,
    edit,
    watchForMs,
  }: PlanRequest,
  typed: Means['typed'],
  now: number,
): string | null {
  if (messageIds.length > TYPED_IDS) return null;
  const span = (milliseconds: number) => `${Math.max(1, Math.round(milliseconds / 1000))}s`;
  const options: readonly (readonly [boolean, readonly string[]])[] = [
    [all === true, ['--all']],
    [limit !== undefined, ['--limit', String(limit)]],
    [edit !== undefined, ['--edit']],
    [expiresAt === null, ['--no-expiry']],
    [typeof expiresAt === 'string', ['--expires-in', span(Date.parse(expiresAt ?? '') - now)]],
    [delaySeconds !== undefined, ['--delay', `${delaySeconds}s`]],
    [perSecond !== undefined, ['--rate', `${Math.max(1, Math.round((perSecond ?? 0) * 60))}/m`]],
    [Boolean(watchForMs), ['--watch-for', span(watchForMs ?? 0)]],
  ];
  const words = options.flatMap(([isMeant, option]) => (isMeant ? option : []));
  return typed(action, [...messageIds, ...filterWords(filter), ...words]);
}
