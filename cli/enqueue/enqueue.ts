// What `enqueue` does: check everything, ask, send.

import { messageLineOf } from '../../client/sending/message-line.ts';
import type { TaskSelection } from '../../client/tasks/index.ts';
import { chooseCluster } from '../cluster.ts';
import { confirm } from '../confirm.ts';
import { type Connection, sourceText, standInAddress, withConnection } from '../connection.ts';
import { CommandError, EXIT, type ExitCode, UsageError } from '../exit-codes.ts';
import { lookOf, openResults } from '../output.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { readAssignees } from './assignees-file.ts';
import { checkInput } from './check.ts';
import { createFailedFile, type FailedFile } from './failed-to.ts';
import { openFiles } from './files.ts';
import { findTasks } from './find-tasks.ts';
import { requestsOfTasks } from './found-tasks.ts';
import { type EnqueueOrder, formatIn, type Job, messageOf, planIn, type TaskSource } from './order.ts';
import {
  DRY_RUN_OF_TASKS_SHAPE,
  DRY_RUN_SHAPE,
  FAILED_SHAPE,
  noteText,
  plural,
  problemText,
  questionText,
  type Tally,
} from './report.ts';
import { withoutExpired } from './request-line.ts';
import { requestsOfKeys } from './request-lines.ts';
import { keepInvalid, sendAll, writeInvalid } from './send-all.ts';
import { planText, type TaskPlan } from './task-plan.ts';

/** Carries an order out. */
export async function enqueue(order: EnqueueOrder, surroundings: Surroundings): Promise<ExitCode> {
  const { source } = order;
  if (source.from === 'keys') {
    return enqueueLines(order, 'argument', () => requestsOfKeys(source.keys), surroundings);
  }
  if (source.from === 'tasks') return enqueueTasks(order, source, surroundings);
  const files = await unlessInterrupted(openFiles(source, surroundings), surroundings);
  try {
    return await enqueueLines(order, files.name, () => files.read(), surroundings);
  } finally {
    await files.close();
  }
}

async function enqueueTasks(
  order: EnqueueOrder,
  source: TaskSource,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const cluster = chooseCluster(standInAddress(order.connection), surroundings.environment);
  const finding = selectionOf(source, surroundings).then((selection) =>
    findTasks(selection, cluster, surroundings),
  );
  const { input, plan, whyNone } = await unlessInterrupted(finding, surroundings);
  try {
    const look = lookOf(surroundings.stderr, surroundings.environment);
    say(surroundings, whyNone ?? planText(plan, source.guard, surroundings.now(), look));
    const read = () => requestsOfTasks(input, source.guard);
    return await enqueueLines(order, input.name, read, surroundings, plan);
  } finally {
    await input.close();
  }
}

async function selectionOf(
  { selection, assigneesFile }: TaskSource,
  surroundings: Surroundings,
): Promise<TaskSelection> {
  if (assigneesFile === undefined) return selection;
  const { assignees = [] } = selection;
  return { ...selection, assignees: [...assignees, ...(await readAssignees(assigneesFile, surroundings))] };
}

async function enqueueLines(
  order: EnqueueOrder,
  name: string,
  readAll: Job['read'],
  surroundings: Surroundings,
  plan?: TaskPlan,
): Promise<ExitCode> {
  const now = surroundings.now();
  const read = () => withoutExpired(readAll(), order.defaults.delaySeconds, now);
  const checking = checkInput(read(), surroundings.signal);
  const counted = await unlessInterrupted(checking, surroundings);
  // A spreadsheet can only have been at what stands in a file.
  const checked = { ...counted, looksRounded: counted.looksRounded && order.source.from === 'files' };
  const job = { order, name, read, checked, surroundings, plan };
  if (checked.invalid > 0) say(surroundings, problemText(name, checked, formatIn(order.source)));
  const note = noteText(checked);
  if (note !== undefined) say(surroundings, note);
  if (order.dryRun) return unlessInterrupted(dryRun(job), surroundings);
  if (mustRefuse(job) || checked.requests === 0) return sendNothing(job);
  return withConnection(order.connection, ['queue'], (connection) => confirmAndSend(job, connection));
}

async function unlessInterrupted<T>(work: Promise<T>, { signal }: Surroundings): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandError('Interrupted: nothing was sent.', EXIT.interrupted, { cause: error });
  }
}

function mustRefuse({ order, checked }: Job): boolean {
  return checked.invalid > 0 && !order.skipInvalid;
}

async function dryRun(job: Job): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  await listDryRun(job);
  const where = sourceText(order.connection.queue, 'queue');
  say(
    surroundings,
    mustRefuse(job)
      ? 'Dry run: nothing would be sent.'
      : `Dry run: would send ${plural(checked.requests, 'request')} to ${where}.`,
  );
  if (checked.invalid === 0) return EXIT.done;
  if (mustRefuse(job)) return EXIT.usage;
  return checked.requests > 0 ? EXIT.partly : EXIT.failed;
}

/** Of a file, people know what is in it: a few lines are enough for them. */
async function listDryRun(job: Job): Promise<void> {
  const { order, checked, read, plan, surroundings } = job;
  const isShort = order.output === 'table' && plan === undefined;
  const shape = plan === undefined ? DRY_RUN_SHAPE : DRY_RUN_OF_TASKS_SHAPE;
  const results = openResults(surroundings, order.output, shape);
  for await (const line of isShort ? checked.examples : read()) {
    surroundings.signal.throwIfAborted();
    if (!line.ok) continue;
    const message = messageLineOf(messageOf(line, order.defaults));
    if (!(await results.write({ file: line.file, line: line.line, message, task: line.task }))) break;
  }
  await results.end({ requests: checked.requests, invalidCount: checked.invalid, ...planIn(job) });
  const more = checked.requests - checked.examples.length;
  if (isShort && more > 0) say(surroundings, `… and ${plural(more, 'request')} more`);
}

/** Since some of the input is wrong, or there is none. */
async function sendNothing(job: Job): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  if (!mustRefuse(job) && checked.invalid > 0) await withFailedFile(job, (file) => keepInvalid(job, file));
  const results = openResults(surroundings, order.output, FAILED_SHAPE);
  await writeInvalid(job, results);
  const { requests, invalid: invalidCount } = checked;
  const tally = { ...NOTHING_DONE, requests, notSentCount: requests, invalidCount } satisfies Tally;
  await results.end({ ...tally, ...planIn(job) });
  if (mustRefuse(job)) {
    const tip = order.source.from === 'keys' ? '' : ' --skip-invalid sends the others.';
    say(surroundings, `Nothing was sent.${checked.requests > 0 ? tip : ''}`);
    return EXIT.usage;
  }
  say(surroundings, 'Nothing was sent: there are no requests.');
  return checked.invalid > 0 ? EXIT.failed : EXIT.done;
}

function readsStdin(source: EnqueueOrder['source']): boolean {
  if (source.from === 'tasks') return source.assigneesFile === '-';
  return source.from === 'files' && source.paths.includes('-');
}

const NOTHING_DONE = { sent: 0, failedCount: 0, interrupted: false, seconds: 0 };

async function confirmAndSend(job: Job, connection: Connection): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const queue = await connection.queue();
  const question = questionText(checked, queue.queueUrl);
  // Keys that were typed are meant; how many a file holds, and where they go, is worth a look.
  const isMeant = order.yes || order.source.from === 'keys';
  if (!isMeant && readsStdin(order.source)) {
    throw new UsageError(`${question}? stdin is the input, and cannot answer: --yes does.`);
  }
  if (!(await confirm(surroundings, question, isMeant))) {
    say(surroundings, 'Nothing was sent.');
    return surroundings.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
  return withFailedFile(job, async (file) => {
    await keepInvalid(job, file);
    return sendAll(job, queue, file);
  });
}

async function withFailedFile<T>(
  { order }: Job,
  work: (file: FailedFile | undefined) => Promise<T>,
): Promise<T> {
  const file = order.failedTo === undefined ? undefined : await createFailedFile(order.failedTo);
  try {
    return await work(file);
  } finally {
    await file?.close();
  }
}
