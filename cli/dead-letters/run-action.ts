// What redriving and discarding have in common: survey, show the plan, ask, act, say what became of it.

import { errorText } from '../../client/contract/text.ts';
import type {
  ActionPlan,
  ActionResult,
  ActionSummary,
  ActOptions,
  Coverage,
  LeftOut,
} from '../../client/dead-letters/index.ts';
import { confirm, requireTerminal } from '../confirm.ts';
import type { ConnectionChoice } from '../connection.ts';
import { connectionError } from '../connection-errors.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { lookOf, type OutputFormat, openResults } from '../output.ts';
import { startProgress } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { actUntilHopeless, isDoneAs } from './act-until-hopeless.ts';
import {
  ACTION_SHAPE,
  type ActionRow,
  actionExitCode,
  leftOutRow,
  resultRow,
  tallyJson,
  tallyText,
  unmetRows,
} from './action-report.ts';
import { audited, type Trace } from './audit/audited.ts';
import { isReasonMissing, reasonFor, requireReason } from './audit/reason.ts';
import type { Choice } from './choice.ts';
import { coverageJson, coverageText, hiddenTexts, lookExitCode } from './coverage.ts';
import { AND_THE_REST, passText, restTexts } from './passes.ts';
import { planText } from './plan-text.ts';
import type { Watching } from './watch.ts';

/** How an action is carried out. */
export interface ActionOrder {
  readonly choice: Choice;
  /** Where it goes, for advice on what goes wrong. */
  readonly connection: ConnectionChoice;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Why, in a line; in production it is asked for where it is missing. */
  readonly reason: string | undefined;
  readonly output: OutputFormat;
}

/** An action whose plan is made. */
export interface PlannedAction {
  readonly plan: ActionPlan;
  readonly leftOut: readonly LeftOut[];
  /** Of the look that the plan is made of. */
  readonly coverage: Coverage;
  /** Such as `Redrive 3 messages to …`. */
  readonly headline: string;
  /** What else is worth knowing before. */
  readonly remarks: readonly string[];
  /** What else a dry run's `json` says. */
  readonly facts: object;
  /** Of what is done, such as `redriven`. */
  readonly done: string;
  /** For the audit file. */
  readonly trace: Trace;
  act(options: ActOptions): Promise<ActionSummary>;
  /** Whether it goes on, pass after pass, with what the look could not see. */
  readonly goesOn: boolean;
  /** Where what was sent is followed. */
  readonly watching?: Watching | undefined;
}

/**
 * Before a long look whose plan nobody could answer, or not say why.
 *
 * @param verb such as `Redrive`
 * @throws UsageError where there is no terminal to ask on, and something is to be asked
 */
export function requireAnswer(
  order: Pick<ActionOrder, 'dryRun' | 'yes' | 'reason' | 'connection'>,
  verb: string,
  surroundings: Surroundings,
): void {
  if (order.dryRun) return;
  if (!order.yes) requireTerminal(surroundings, verb);
  requireReason(order, surroundings);
}

/** Whether anything stands between the plan and the action: a question, or that there is none. */
export function asksSomebody(order: Pick<ActionOrder, 'dryRun' | 'yes' | 'reason' | 'connection'>): boolean {
  return order.dryRun || !order.yes || isReasonMissing(order);
}

/** Shows a plan, asks, acts, and says what became of it. */
export async function carryOut(
  planned: PlannedAction,
  order: ActionOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { plan, coverage, remarks, headline, done } = planned;
  say(surroundings, coverageText(coverage));
  if (coverage.ended === 'aborted') {
    say(surroundings, `Nothing was ${done}.`);
    return EXIT.interrupted;
  }
  await showPlan(planned, order, surroundings);
  for (const remark of remarks) say(surroundings, remark);
  if (order.dryRun) {
    say(surroundings, `Dry run: nothing was ${done}.`);
    return order.choice.named.size > 0 ? EXIT.done : lookExitCode(coverage);
  }
  // What touches no message leaves no trace.
  if (plan.messageIds.size === 0) return act(planned, order, surroundings);
  const { isGiven, reason } = await reasonFor(order, surroundings);
  const question = planned.goesOn ? `${headline}${AND_THE_REST}` : headline;
  if (!isGiven || !(await confirm(surroundings, question, order.yes))) {
    say(surroundings, isGiven ? `Nothing was ${done}.` : `Nothing was ${done}, since no reason was given.`);
    return surroundings.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
  return act(await withAudit(planned, { ...order, reason }, surroundings), order, surroundings);
}

async function withAudit(
  planned: PlannedAction,
  { choice, connection, reason }: ActionOrder,
  surroundings: Surroundings,
): Promise<PlannedAction> {
  const { plan, leftOut, trace } = planned;
  const unseen = unseenOf(choice, leftOut, plan).length;
  const intent = { connection, reason, planned: plan.messageIds.size, leftOut: leftOut.length, unseen };
  return { ...planned, act: await audited(planned.act, trace, intent, surroundings) };
}

async function showPlan(
  { plan, leftOut, coverage, headline, facts }: PlannedAction,
  { dryRun, output }: ActionOrder,
  surroundings: Surroundings,
): Promise<void> {
  const { stdout, stderr, environment, now } = surroundings;
  if (dryRun && output !== 'table') {
    const results = openResults<object>(surroundings, output, {
      columns: [],
      rowsField: 'groups',
      json: (group) => group,
    });
    for (const group of plan.groups) if (!(await results.write(group))) break;
    const { oldestRequestAt = null } = plan;
    await results.end({
      messages: plan.messageIds.size,
      leftOut,
      oldestRequestAt,
      ...facts,
      coverage: coverageJson(coverage),
    });
    return;
  }
  if (plan.messageIds.size === 0) return;
  // A dry run's result is its plan; else the plan is talk, and the result is what became of it.
  const stream = dryRun ? stdout : stderr;
  await textSink(stream).write(`${planText(plan, `${headline}:`, now(), lookOf(stream, environment))}\n`);
}

async function act(
  planned: PlannedAction,
  order: ActionOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { plan, leftOut, done, watching } = planned;
  const { choice, output } = order;
  const results = openResults(surroundings, output, ACTION_SHAPE);
  const isTable = output === 'table';
  const unwatched = watching && { cameBack: null };
  const write = async (row: ActionRow) => void (await results.write({ ...unwatched, ...row }));
  const endWithError = async (rest: object) => {
    for (const row of leftOutRows(leftOut, order)) await write(row);
    if (!isTable) await watching?.writeRows(write);
    await results.end(rest);
  };
  const performed = await perform(planned, order, surroundings, { write, endWithError });
  const summary = withNamedUnseen(performed.summary, choice, leftOut, plan);
  const seen = summary.goneOn === undefined ? planned.coverage : summary.coverage;
  for (const row of leftOutRows(leftOut, order)) await write(row);
  if (tellsUnmet(summary, order)) for (const row of unmetRows(summary)) await write(row);
  const isCutShort = summary.notMet.size > 0 || summary.goneOn?.ended === 'aborted';
  const interrupted = surroundings.signal.aborted && isCutShort;
  if (isTable) await results.end();
  const notes = [...performed.advice, ...hiddenTexts(summary.coverage), ...restTexts(summary)];
  for (const note of notes) say(surroundings, note);
  await textSink(isTable ? surroundings.stdout : surroundings.stderr).write(
    `${tallyText(summary, done, interrupted)}\n`,
  );
  try {
    await watching?.follow(output, write);
  } finally {
    const tally = tallyJson(summary, seen, leftOut.length, interrupted);
    if (!isTable) await results.end({ ...tally, ...(watching && { watch: watching.json() }) });
  }
  const code = actionExitCode(summary, seen, interrupted, leftOut, choice);
  return watching?.exitCode(code) ?? code;
}

/** A table names so few, and what was named. */
function tellsUnmet({ notMet }: ActionSummary, { choice, output }: ActionOrder): boolean {
  return output !== 'table' || choice.named.size > 0 || notMet.size <= 20;
}

/** What filters leave out has been said; what was named is told of one by one. */
function leftOutRows(leftOut: readonly LeftOut[], { choice, output }: ActionOrder): ActionRow[] {
  const told = output === 'table' ? leftOut.filter(({ messageId }) => choice.named.has(messageId)) : leftOut;
  return told.map(leftOutRow);
}

/** Where rows go, and what ends them when an error comes in between. */
interface Output {
  write(row: ActionRow): Promise<void>;
  endWithError(rest: object): Promise<void>;
}

/** Acts, shows how far it has come, and writes a row for what there is to say something of. */
async function perform(
  { plan, leftOut, coverage, done, goesOn, act: run, watching }: PlannedAction,
  { connection, output }: ActionOrder,
  surroundings: Surroundings,
  { write, endWithError }: Output,
): Promise<{ readonly summary: ActionSummary; readonly advice: readonly string[] }> {
  if (plan.messageIds.size === 0) return { summary: nothingToDo(coverage), advice: [] };
  const isTable = output === 'table';
  const progress = startProgress(surroundings, done, goesOn ? undefined : plan.messageIds.size);
  let tally = 0;
  let failed = 0;
  const onResult = async (result: ActionResult) => {
    const isDone = isDoneAs(result);
    if (isDone) tally += 1;
    else failed += 1;
    const isFollowed = watching?.add(result) ?? false;
    if (isTable ? !isDone : !isFollowed) await write(resultRow(result));
    progress.update(tally);
  };
  try {
    const { summary, advice } = await actUntilHopeless(run, connection, {
      signal: surroundings.signal,
      now: surroundings.now,
      onResult,
      onProgress: () => progress.update(tally),
      onPass(pass) {
        progress.stop();
        say(surroundings, passText(pass, done));
      },
    });
    progress.stop();
    return { summary, advice: advice === undefined ? [] : [advice] };
  } catch (error) {
    progress.stop();
    const notMet = Math.max(0, plan.messageIds.size - tally - failed);
    const partial = { done: tally, failed, leftOut: leftOut.length, notMet, interrupted: false };
    const rest = { ...partial, coverage: coverageJson(coverage), error: errorText(error) };
    // Where results cannot be written either, the error is what counts.
    await endWithError(rest).catch(() => undefined);
    say(surroundings, `${done.charAt(0).toUpperCase()}${done.slice(1)} ${tally} before this:`);
    throw tally === 0 || surroundings.signal.aborted ? error : partlyDone(error, connection);
  }
}

/** The same error, where something was done before it. */
function partlyDone(error: unknown, connection: ConnectionChoice): CommandError {
  const told = connectionError(error, connection);
  const message = told instanceof CommandError ? told.message : `${errorText(told)}\n(--verbose shows where)`;
  return new CommandError(message, EXIT.partly, { cause: error });
}

function nothingToDo(coverage: Coverage): ActionSummary {
  return {
    done: 0,
    failed: 0,
    notMet: new Set(),
    holdLost: new Set(),
    inDoubt: 0,
    coverage: { ...coverage, unreleased: 0 },
  };
}

/** What was named and not even seen by the look is in no plan, and not met either. */
function withNamedUnseen(
  summary: ActionSummary,
  choice: Choice,
  leftOut: readonly LeftOut[],
  plan: ActionPlan,
): ActionSummary {
  return { ...summary, notMet: new Set([...summary.notMet, ...unseenOf(choice, leftOut, plan)]) };
}

/** A look that has come to the limit says nothing of those that it was not to see. */
function unseenOf(
  { named, limit }: Choice,
  leftOut: readonly LeftOut[],
  { messageIds }: ActionPlan,
): string[] {
  if (limit !== undefined && messageIds.size + leftOut.length >= limit) return [];
  const left = new Set(leftOut.map(({ messageId }) => messageId));
  return [...named].filter((messageId) => !messageIds.has(messageId) && !left.has(messageId));
}
