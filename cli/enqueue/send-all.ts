// Sends an order whose input is in order, and says what became of it.

import { errorText, oneLine } from '../../client/contract/text.ts';
import { messageLineOf } from '../../client/sending/message-line.ts';
import type { ConnectedQueue } from '../connection.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { openResults, type Results } from '../output.ts';
import { startProgress } from '../progress.ts';
import { say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { Account, exitCodeOf } from './account.ts';
import { SHOWN_PROBLEMS } from './check.ts';
import type { FailedFile } from './failed-to.ts';
import { FirstUnsent, goOnText, type Position } from './going-on.ts';
import { type Job, messageOf, pathsOf, planIn } from './order.ts';
import { FAILED_SHAPE, type FailedRow, failedRow, invalidRow, plural, tallyText } from './report.ts';
import type { RequestLine } from './request-line.ts';
import { type RequestState, sendRequests } from './send.ts';

/**
 * Sends all requests of a job.
 *
 * @param file takes what was not sent, and is closed here
 * @throws CommandError where something else than SQS failed in between; it says what was done
 */
export async function sendAll(
  job: Job,
  { sqs, queueUrl }: ConnectedQueue,
  file: FailedFile | undefined,
): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const results = openResults(surroundings, order.output, FAILED_SHAPE);
  await writeInvalid(job, results);
  const account = new Account(job);
  const goOnFrom = new FirstUnsent(pathsOf(order));
  const progress = startProgress(surroundings, 'sent', checked.requests);
  try {
    const sent = sendRequests({
      sqs,
      queueUrl,
      requests: () => requestsIn(job.read()),
      toMessage: (request) => messageOf(request, order.defaults),
      isHopeless: (failure) => account.isHopeless(failure),
      signal: surroundings.signal,
      yieldsRest: file !== undefined,
    });
    for await (const { request, fate } of sent) {
      account.add(fate);
      if (fate.state === 'failed' && (order.output !== 'table' || account.failed <= SHOWN_PROBLEMS)) {
        await results.write(failedRow(request, fate.failure));
      }
      goOnFrom.hear(request, fate);
      if (fate.state === 'sent') progress.update(account.sent);
      else await keep(job, request, fate, file);
    }
    await file?.close();
  } catch (error) {
    // Where stdout itself is what failed, nothing more can be written to it.
    await results.end({ ...account.tally(), ...planIn(job) }).catch(() => undefined);
    const lacks = `${oneLine(order.failedTo ?? '', 200)} lacks some of what was not sent.`;
    throw stoppedBy(error, account, [
      'Some more may have been sent.',
      ...(file === undefined ? [] : [lacks]),
    ]);
  } finally {
    progress.stop();
  }
  if (file === undefined) account.countRest();
  try {
    return await conclude(job, account, results, goOnFrom.position);
  } catch (error) {
    throw stoppedBy(error, account);
  }
}

/** Writes the lines that are no requests, but into a table: stderr has told of them already. */
export async function writeInvalid(
  { order, checked, read }: Job,
  results: Results<FailedRow>,
): Promise<void> {
  if (order.output === 'table' || checked.invalid === 0) return;
  for await (const line of read()) {
    if (line.ok === false && !(await results.write(invalidRow(line)))) return;
  }
}

/** Writes the invalid lines into the file of what was not sent, for somebody to correct their bodies. */
export async function keepInvalid({ checked, read }: Job, file: FailedFile | undefined): Promise<void> {
  if (file === undefined || checked.invalid === 0) return;
  for await (const line of read()) {
    if (line.ok !== false) continue;
    const { file: source, line: number, code, message, retryable } = invalidRow(line);
    await file.add({ body: line.body }, { file: source, line: number, code, message, retryable });
  }
}

async function keep(
  job: Job,
  line: RequestLine,
  fate: RequestState,
  file: FailedFile | undefined,
): Promise<void> {
  const why =
    fate.state === 'failed'
      ? fate.failure
      : { code: 'NotSent', message: 'the sending was stopped before', retryable: true };
  const { code, message, retryable } = why;
  await file?.add(messageLineOf(messageOf(line, job.order.defaults)), {
    file: line.file,
    line: line.line,
    code,
    message,
    retryable,
  });
}

function stoppedBy(error: unknown, account: Account, more: readonly string[] = []): CommandError {
  const why = error instanceof CommandError ? error.message : errorText(error);
  const lines = [`Stopped by an error: ${why}`, `${tallyText(account.tally())}.`, ...more];
  return new CommandError(lines.join('\n'), account.sent > 0 ? EXIT.partly : EXIT.failed, { cause: error });
}

async function conclude(
  job: Job,
  account: Account,
  results: Results<FailedRow>,
  firstUnsent: Position,
): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const tally = account.tally();
  const paths = pathsOf(order);
  await results.end({ ...tally, ...planIn(job) });
  const unseen = account.failed - SHOWN_PROBLEMS;
  if (order.output === 'table' && unseen > 0) say(surroundings, `… and ${plural(unseen, 'request')} more`);
  if (account.advice !== undefined) say(surroundings, account.advice);
  if (order.output === 'table') await textSink(surroundings.stdout).write(`${tallyText(tally)}.\n`);
  else say(surroundings, `${tallyText(tally)}.`);
  const undone = tally.failedCount + tally.notSentCount;
  if (undone + tally.invalidCount > 0 && order.failedTo !== undefined) {
    const invalid = tally.invalidCount > 0 ? ', invalid lines once their bodies are corrected' : '';
    say(
      surroundings,
      `What was not sent is in ${oneLine(order.failedTo, 200)}; --file takes it again${invalid}.`,
    );
  }
  if (tally.notSentCount > 0 && order.failedTo === undefined && paths.length > 0) {
    say(surroundings, goOnText(paths, firstUnsent));
  }
  if (undone > 0 && job.plan !== undefined) say(surroundings, AGAIN);
  if (tally.sent + undone !== checked.requests) {
    say(
      surroundings,
      `${job.name} was changed while it was read: it held ${plural(checked.requests, 'request')} before.`,
    );
    return EXIT.partly;
  }
  return exitCodeOf(tally);
}

const AGAIN =
  'The same command goes on: it finds what is not unassigned by then, and what is sent twice does no harm.';

async function* requestsIn(lines: ReturnType<Job['read']>): AsyncGenerator<RequestLine> {
  for await (const line of lines) {
    if (line.ok) yield line;
  }
}
