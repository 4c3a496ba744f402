// What `enqueue` does: check everything, ask, send, and say what became of it.
import { messageLineOf } from '../../client/message-line.ts';
import type { OutgoingMessage } from '../../client/send-messages.ts';
import { errorText, oneLine } from '../../client/text.ts';
import { confirm } from '../confirm.ts';
import { type Connection, type ConnectionChoice, sourceText, withConnection } from '../connection.ts';
import { adviceFor } from '../connection-errors.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { type OutputFormat, openResults, type Results } from '../output.ts';
import { startProgress } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { type CheckedInput, checkInput, SHOWN_PROBLEMS } from './check.ts';
import { createFailedFile, type FailedFile } from './failed-to.ts';
import { type InputFormat, openInput } from './input.ts';
import {
  DRY_RUN_SHAPE,
  FAILED_SHAPE,
  type FailedRow,
  failedRow,
  invalidRow,
  noteText,
  plural,
  problemText,
  type Tally,
  tallyText,
} from './report.ts';
import { type InputLine, type RequestLine, requestsOfFile, requestsOfKeys } from './request-lines.ts';
import { type Fate, type SendFailure, ship } from './send.ts';

/** What is to be enqueued, and how. */
export interface EnqueueOrder {
  readonly source:
    | { readonly from: 'keys'; readonly keys: readonly string[] }
    | { readonly from: 'file'; readonly path: string; readonly format: InputFormat };
  readonly connection: ConnectionChoice;
  readonly defaults: MessageDefaults;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly skipInvalid: boolean;
  readonly failedTo: string | undefined;
  readonly output: OutputFormat;
}

/** What holds for every message that does not say it itself; the delay holds for all. */
export interface MessageDefaults {
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
  readonly delaySeconds?: number | undefined;
  readonly messageGroupId?: string | undefined;
}

/** Carries an order out. */
export async function enqueue(order: EnqueueOrder, surroundings: Surroundings): Promise<ExitCode> {
  const { source } = order;
  if (source.from === 'keys') {
    return enqueueLines(order, 'argument', () => requestsOfKeys(source.keys), surroundings);
  }
  const input = await unlessInterrupted(openInput(source.path, surroundings), surroundings);
  try {
    const read = () => requestsOfFile(source.format, input.read());
    return await enqueueLines(order, input.name, read, surroundings);
  } finally {
    await input.close();
  }
}

/** A request as it is to stand on the queue. Pure. */
export function messageOf(line: RequestLine, defaults: MessageDefaults): OutgoingMessage {
  const { request, body, attributes, traceHeader } = line;
  const { expiresAt, delaySeconds, messageGroupId } = defaults;
  const isOpen = expiresAt !== undefined && request.expiresAt === undefined;
  return {
    body: isOpen ? JSON.stringify({ ...request, expiresAt }) : body,
    attributes,
    delaySeconds,
    messageGroupId: line.messageGroupId ?? messageGroupId,
    traceHeader,
  };
}

/** Everything but sending looks at the same. */
interface Job {
  readonly order: EnqueueOrder;
  /** Of the input, for people. */
  readonly name: string;
  readonly read: () => Iterable<InputLine> | AsyncIterable<InputLine>;
  readonly checked: CheckedInput;
  readonly surroundings: Surroundings;
}

async function enqueueLines(
  order: EnqueueOrder,
  name: string,
  read: Job['read'],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const checking = checkInput(read(), surroundings.now(), surroundings.signal);
  const checked = await unlessInterrupted(checking, surroundings);
  const job = { order, name, read, checked, surroundings };
  if (checked.invalid > 0) say(surroundings, problemText(name, checked));
  const note = noteText(checked);
  if (note !== undefined) say(surroundings, note);
  if (order.dryRun) return dryRun(job);
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
  const { order, checked, read, surroundings } = job;
  const results = openResults(surroundings, order.output, DRY_RUN_SHAPE);
  for await (const line of order.output === 'table' ? checked.examples : read()) {
    if (!line.ok) continue;
    const message = messageLineOf(messageOf(line, order.defaults));
    if (!(await results.write({ line: line.line, message }))) break;
  }
  await results.end({ requests: checked.requests, invalidCount: checked.invalid });
  const more = checked.requests - checked.examples.length;
  if (order.output === 'table' && more > 0) say(surroundings, `… and ${plural(more, 'request')} more`);
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

/** Since some of the input is wrong, or there is none. */
async function sendNothing(job: Job): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const results = openResults(surroundings, order.output, FAILED_SHAPE);
  await writeInvalid(job, results);
  const { requests, invalid: invalidCount } = checked;
  await results.end({ ...NOTHING_DONE, requests, notSentCount: requests, invalidCount } satisfies Tally);
  if (mustRefuse(job)) {
    const tip = order.source.from === 'file' ? ' --skip-invalid sends the others.' : '';
    say(surroundings, `Nothing was sent.${checked.requests > 0 ? tip : ''}`);
    return EXIT.usage;
  }
  say(surroundings, 'Nothing was sent: there is no request.');
  return checked.invalid > 0 ? EXIT.failed : EXIT.done;
}

const NOTHING_DONE = { sent: 0, failedCount: 0, interrupted: false, seconds: 0 };

async function confirmAndSend(job: Job, connection: Connection): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const queueUrl = await connection.queueUrl();
  // Keys that were typed are meant; how many a file holds, and where they go, is worth a look.
  const question = `Send ${plural(checked.requests, 'request')} to ${queueUrl}`;
  const isMeant = order.yes || order.source.from === 'keys';
  if (!(await confirm(surroundings, question, isMeant))) {
    say(surroundings, 'Nothing was sent.');
    return surroundings.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
  const file = order.failedTo === undefined ? undefined : await createFailedFile(order.failedTo);
  try {
    return await send(job, connection, queueUrl, file);
  } finally {
    await file?.close();
  }
}

async function send(
  job: Job,
  { sqs }: Connection,
  queueUrl: string,
  file: FailedFile | undefined,
): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const results = openResults(surroundings, order.output, FAILED_SHAPE);
  await writeInvalid(job, results);
  const account = new Account(job);
  const progress = startProgress(surroundings, 'sent', checked.requests);
  try {
    const fates = ship({
      sqs,
      queueUrl,
      requests: () => requestsIn(job.read()),
      toMessage: (request) => messageOf(request, order.defaults),
      isHopeless: (failure) => account.isHopeless(failure),
      signal: surroundings.signal,
    });
    for await (const { request, fate } of fates) {
      account.add(fate);
      if (fate.state !== 'sent') await keep(job, request, fate, file);
      if (fate.state === 'failed' && account.isWorthShowing())
        await results.write(failedRow(request, fate.failure));
      progress.update(account.sent);
    }
    await file?.close();
  } catch (error) {
    const code = account.sent > 0 ? EXIT.partly : EXIT.failed;
    const what = `Stopped by an error: ${errorText(error)}\n${tallyText(account.tally())}; some more may have been sent.`;
    throw new CommandError(what, code, { cause: error });
  } finally {
    progress.stop();
  }
  return conclude(job, account, results);
}

/** Counts, and judges by the counts. */
class Account {
  sent = 0;
  failed = 0;
  notSent = 0;
  /** What to do about the failure that has ended the sending. */
  advice: string | undefined;
  readonly #job: Job;
  readonly #startedAt: number;

  constructor(job: Job) {
    this.#job = job;
    this.#startedAt = job.surroundings.now();
  }

  add({ state }: Fate): void {
    if (state === 'sent') this.sent += 1;
    else if (state === 'failed') this.failed += 1;
    else this.notSent += 1;
  }

  /** What holds for every message alike ends it all; so does a queue that takes nothing at all. */
  isHopeless({ code, message }: SendFailure): boolean {
    const error = Object.assign(new Error(message), { name: code });
    this.advice ??= adviceFor(error, this.#job.order.connection);
    if (this.advice === undefined && this.sent === 0 && this.failed >= HOPELESS_FAILURES) {
      this.advice = 'SQS has taken none of them: not trying the others.';
    }
    return this.advice !== undefined;
  }

  /** A table shows the first ones only. */
  isWorthShowing(): boolean {
    return this.#job.order.output !== 'table' || this.failed <= SHOWN_PROBLEMS;
  }

  tally(): Tally {
    const { surroundings, checked } = this.#job;
    return {
      requests: checked.requests,
      sent: this.sent,
      failedCount: this.failed,
      invalidCount: checked.invalid,
      notSentCount: this.notSent,
      interrupted: surroundings.signal.aborted && this.failed + this.notSent > 0,
      seconds: (surroundings.now() - this.#startedAt) / 1000,
    };
  }
}

/** As many as are under way at once: a burst of bad luck is shorter. */
const HOPELESS_FAILURES = 100;

async function keep(job: Job, line: RequestLine, fate: Fate, file: FailedFile | undefined): Promise<void> {
  const why =
    fate.state === 'failed'
      ? fate.failure
      : { code: 'NotSent', message: 'the sending was stopped before', retryable: true };
  const { code, message, retryable } = why;
  await file?.add(messageLineOf(messageOf(line, job.order.defaults)), {
    line: line.line,
    code,
    message,
    retryable,
  });
}

async function conclude(job: Job, account: Account, results: Results<FailedRow>): Promise<ExitCode> {
  const { order, checked, surroundings } = job;
  const tally = account.tally();
  await results.end(tally);
  const unseen = account.failed - SHOWN_PROBLEMS;
  if (order.output === 'table' && unseen > 0) say(surroundings, `… and ${plural(unseen, 'request')} more`);
  if (account.advice !== undefined) say(surroundings, account.advice);
  if (order.output === 'table') await textSink(surroundings.stdout).write(`${tallyText(tally)}.\n`);
  else say(surroundings, `${tallyText(tally)}.`);
  const undone = tally.failedCount + tally.notSentCount;
  if (undone > 0 && order.failedTo !== undefined) {
    say(surroundings, `What was not sent is in ${oneLine(order.failedTo, 200)}; --file takes it again.`);
  }
  if (tally.sent + undone !== checked.requests) {
    say(
      surroundings,
      `${job.name} was changed while it was read: it held ${plural(checked.requests, 'request')} before.`,
    );
    return EXIT.partly;
  }
  return exitCodeOf(tally);
}

function exitCodeOf({ sent, failedCount, notSentCount, invalidCount, interrupted }: Tally): ExitCode {
  if (interrupted) return EXIT.interrupted;
  if (failedCount + notSentCount + invalidCount === 0) return EXIT.done;
  return sent > 0 ? EXIT.partly : EXIT.failed;
}

/** A table has told of them already. */
async function writeInvalid({ order, checked, read }: Job, results: Results<FailedRow>): Promise<void> {
  if (order.output === 'table' || checked.invalid === 0) return;
  for await (const line of read()) {
    if (!line.ok && !(await results.write(invalidRow(line)))) return;
  }
}

async function* requestsIn(lines: ReturnType<Job['read']>): AsyncGenerator<RequestLine> {
  for await (const line of lines) {
    if (line.ok) yield line;
  }
}
