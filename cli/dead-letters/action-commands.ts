// `dead-letters redrive`, `discard` and `export`: their options, and what they come to.
import { type Command, InvalidArgumentError, Option, type OptionValues } from 'commander';
import { delaySeconds, positiveMilliseconds } from '../argument-values.ts';
import {
  addBothQueuesOptions,
  addDeadLetterQueueOptions,
  type ConnectionChoice,
  chooseConnection,
} from '../connection.ts';
import { type ExitCode, UsageError } from '../exit-codes.ts';
import type { OptionsOf } from '../options.ts';
import { outputOption } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Keeping } from './audit/kept-file.ts';
import { reasonText } from './audit/reason.ts';
import { addChoice, addFromFile, readChoice, readChoiceOrFile } from './choice.ts';
import { discardDeadLetters } from './discard.ts';
import { exportDeadLetters } from './export.ts';
import { withBothQueues, withDeadLetters } from './queues.ts';
import { type RedriveOrder, redriveDeadLetters } from './redrive.ts';

/** Adds the commands that do something with dead letters. */
export function addActionCommands(
  parent: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  addRedrive(parent, surroundings, exit);
  addDiscard(parent, surroundings, exit);
  addExport(parent, surroundings, exit);
}

function addRedrive(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  declareRedrive(parent).action(async (ids, options) => {
    const connection = chooseConnection(options, surroundings.environment);
    const order = readRedrive(ids, options, connection, surroundings.now());
    exit(await withBothQueues(connection, (queues) => redriveDeadLetters(queues, order, surroundings)));
  });
}

function declareRedrive(parent: Command) {
  const withFile = addFromFile(
    addChoice(parent.command('redrive')),
    'those of a file that export wrote, with the bodies that it has now; - is stdin',
  );
  const command = withFile
    .summary('send them to the queue again')
    .description(
      'Sends dead letters to the queue as their senders sent them, and deletes each when SQS has confirmed its copy. Their journey keeps when and by whom they were first sent, and how often they were redriven.',
    )
    .option('--edit', 'open the body of the one that is chosen in $VISUAL or $EDITOR first')
    .addOption(
      new Option('--expires-in <span>', 'give each a new expiresAt, such as 2h from now')
        .argParser(positiveMilliseconds)
        .conflicts('expiry'),
    )
    .option('--no-expiry', 'remove expiresAt')
    .option('--rate <rate>', 'send no faster than this: 50/s or 600/m', messagesPerSecond)
    .option('--delay <span>', 'SQS delivers each after this span, up to 15m', delaySeconds)
    .option('--force-destination', 'also to a queue that has another dead-letter queue, or none')
    .option('--watch', 'look afterwards which of them come back, and why')
    .addOption(
      new Option('--watch-for <span>', 'watch for so long (default: 2m), up to 1d')
        .argParser(watchMilliseconds)
        .implies({ watch: true }),
    );
  return addBothQueuesOptions(addActionOptions(command)).addHelpText('after', REDRIVE_HELP);
}

type RedriveOptions = OptionsOf<typeof declareRedrive>;

/** What both say of it. */
const LARGE_QUEUES = `SQS lets 120,000 messages be in flight. Where a filter or --all chooses from more than a look can see, the command asks
once, and when its plan is done it goes on, pass after pass, with what else matches and was there when it began. It ends
when nothing is left, or says that more may be there.`;

const REDRIVE_HELP = `
What would come straight back is left where it is: requests that have expired (unless --expires-in or --no-expiry) and
bodies that break the contract (unless --edit or --from-file fixes them). Camunda unassigns whoever has the task by
now: mind the age that the plan shows. A request with an expectedAssignee takes the task only from that person; "late"
does not count it. Interrupted at any point nothing is lost; what was sent and not yet deleted is
on both queues, and unassigning twice does no harm.

${LARGE_QUEUES}

With --watch the command looks at the dead-letter queue after 5, 15, 30 and 60 s, then ever more rarely, and at the end
of --watch-for (2m), and says which of the messages it sent have come back. What has not come back by then may have been
carried out or may still be on the queue, as a request that waits for another try: it can come back later. Each look
counts as a receive and hides the dead letters for a moment. Ctrl-C ends the watching; what is known by then is said.

json: {"messages":[…],"done":n,"failed":n,"leftOut":n,"notMet":n,"passes":n,"interrupted":…,"coverage":{…}}; jsonl: a message
a line. With --watch a message has cameBack, too: {messageId, kind, status, reason} of the dead letter that it is now, or
null while it has not been seen again; and the object has watch: {watched, cameBack, unknown, looks, complete (the last
look saw the whole dead-letter queue), interrupted}. A message has messageId, outcome (redriven, redriven-but-kept, failed, left-out, not-met, not-tried),
newMessageId, code, message, retryable; the code HoldLost says that others may have handled it while this command stood
still. With --dry-run the plan: {"groups":[…],"messages":n,"leftOut":[…],"late":n,
"edited":n,"oldestRequestAt":…,"queueUrl":…,"coverage":{…}}. An error in between adds "error" to the one object of json.

Examples:
  camunda-unassign dlq redrive --stage prod --kind unavailable-too-long --rate 20/s
  camunda-unassign dlq redrive --stage prod --kind expired --since 1d --expires-in 2h
  camunda-unassign dlq redrive --stage prod --edit 5fea7756-0ea4-451a-a703-a558b933e274
  camunda-unassign dlq redrive --stage prod --all --dry-run
  camunda-unassign dlq redrive --stage prod --kind wrong-state --limit 1 --watch

Exit codes: 0 all redriven, 1 none redriven, 2 wrong usage, 3 some redriven and some not, or not all was seen, or some
came back, 130 interrupted. What the plan leaves out of a filter's messages is no failure; ids that were named are one.`;

/**
 * What ids and options of a redrive come to. Pure.
 *
 * @param now milliseconds since 1970
 * @throws UsageError where they do not fit together
 */
export function readRedrive(
  ids: readonly string[],
  options: RedriveOptions,
  connection: ConnectionChoice,
  now: number,
): RedriveOrder {
  const { edit, fromFile, rate, delay, forceDestination, dryRun, yes, reason, output } = options;
  const watchForMs = options.watch ? (options.watchFor ?? DEFAULT_WATCH_MS) : undefined;
  const choice = readChoiceOrFile('redrive', ids, options, now);
  if (options.expiresIn !== undefined && delay !== undefined && options.expiresIn <= delay * 1000) {
    throw new UsageError(
      'The requests would expire before --delay ends: the function would dead-letter every one again. Give them more time, or less delay.',
    );
  }
  if (watchForMs !== undefined && delay !== undefined && watchForMs <= delay * 1000) {
    throw new UsageError('--watch would end before --delay does: give --watch-for a longer span.');
  }
  if (fromFile !== undefined && edit) throw new UsageError('Edit the file itself, or leave --from-file out.');
  return {
    choice,
    connection,
    edit: edit ?? false,
    expiresAt: newExpiry(options, now),
    perSecond: rate,
    delaySeconds: delay,
    forceDestination: forceDestination ?? false,
    watchForMs,
    dryRun: dryRun ?? false,
    yes: yes ?? false,
    reason,
    output,
  };
}

function newExpiry({ expiresIn, expiry }: RedriveOptions, now: number): string | null | undefined {
  if (!expiry) return null;
  return expiresIn === undefined ? undefined : new Date(now + expiresIn).toISOString();
}

function addDiscard(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const withFile = addFromFile(
    addChoice(parent.command('discard')),
    'those of a file that export wrote, and no others; - is stdin',
  );
  const command = withFile
    .summary('delete them')
    .description('Deletes dead letters for good, once they are in a file.')
    .addOption(
      new Option(
        '--export-to <path>',
        'the new file that takes each before it is deleted, as export writes it (default: one beside the audit file)',
      ).conflicts('export'),
    )
    .option('--no-export', 'delete them without keeping them');
  addDeadLetterQueueOptions(addActionOptions(command))
    .addHelpText('after', DISCARD_HELP)
    .action(async (ids, options) => {
      const choice = readChoiceOrFile('discard', ids, options, surroundings.now());
      const { output, dryRun = false, yes = false, reason } = options;
      const connection = chooseConnection(options, surroundings.environment);
      const order = { choice, connection, keeping: readKeeping(options), dryRun, yes, reason, output };
      exit(await withDeadLetters(connection, (queues) => discardDeadLetters(queues, order, surroundings)));
    });
}

function readKeeping(options: { readonly exportTo?: string | undefined; readonly export: boolean }): Keeping {
  const { exportTo: path, export: isKept } = options;
  if (path !== undefined) return { in: 'named file', path };
  return { in: isKept ? 'state folder' : 'no file' };
}

const DISCARD_HELP = `
${LARGE_QUEUES}

json: {"messages":[…],"done":n,"failed":n,"notMet":n,"passes":n,"interrupted":…,"coverage":{…}}; jsonl: a message a line, with
messageId, outcome (discarded, failed, not-met, not-tried), code, message, retryable. With --dry-run the plan:
{"groups":[…],"messages":n,"leftOut":[],"oldestRequestAt":…,"coverage":{…}}.

Nothing is deleted before it is in a file, on the disk, unless --no-export says otherwise. Without --export-to that file
is in the folder exports beside the audit file; history has its name, and enqueue --file takes it. With --from-file and
what export wrote nothing is deleted that has come since.

Examples:
  camunda-unassign dlq discard --stage prod --kind expired --until 7d
  camunda-unassign dlq discard --stage prod --kind malformed --export-to malformed.jsonl
  camunda-unassign dlq discard --stage prod --from-file malformed.jsonl
  camunda-unassign dlq discard --stage prod 5fea7756-0ea4-451a-a703-a558b933e274 --yes --reason 'INC-4711: sent twice'

Exit codes: 0 all discarded, 1 none discarded, 2 wrong usage, 3 some discarded and some not, or not all was seen, 130
interrupted.`;

function addExport(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const command = addChoice(parent.command('export'))
    .summary('write them as JSON lines')
    .description('Writes dead letters as JSON lines, whole, and leaves them where they are.')
    .option('--to <path>', 'write to a new file instead of stdout');
  addDeadLetterQueueOptions(command)
    .addHelpText('after', EXPORT_HELP)
    .action(async (ids, options) => {
      const choice = readChoice('export', ids, options, surroundings.now());
      const { to } = options;
      const connection = chooseConnection(options, surroundings.environment);
      exit(
        await withDeadLetters(connection, (queues) =>
          exportDeadLetters(queues, { choice, connection, to }, surroundings),
        ),
      );
    });
}

const EXPORT_HELP = `
A line has the fields of list, and body, attributes, messageGroupId, traceHeader, sentAt, failure, journey, unreadable,
movedFrom. dead-letters redrive --from-file takes it: messageId says which, body what to send. enqueue --file takes it,
too: as new requests, which leaves the dead letters where they are.

Examples:
  camunda-unassign dlq export --stage prod --all --to dead-letters.jsonl
  camunda-unassign dlq export --stage prod --kind malformed > malformed.jsonl
  camunda-unassign dlq redrive --stage prod --from-file malformed.jsonl      # after you have edited it

Exit codes: 0 all written, 1 failed, 2 wrong usage, 3 some of the ids were not met, or not all was seen, 130 interrupted.`;

function addActionOptions<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .option('-n, --dry-run', 'show the plan, and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why, for history; asked for in the stage prod', reasonText)
    .addOption(outputOption());
}

const DEFAULT_WATCH_MS = 120_000;

/** After a day no request of theirs is tried any more, as long as nobody has set another retry budget. */
const LONGEST_WATCH_MS = 86_400_000;

function watchMilliseconds(text: string): number {
  const span = positiveMilliseconds(text);
  if (span <= LONGEST_WATCH_MS) return span;
  throw new InvalidArgumentError('Expected at most 1d.');
}

/** `50/s` or `600/m`. */
function messagesPerSecond(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})\/(s|m|min)$/.exec(text) ?? [];
  const perSecond = Number(count) / (unit === 's' ? 1 : 60);
  if (count !== '' && perSecond > 0) return perSecond;
  throw new InvalidArgumentError('Expected messages a second or a minute, such as 50/s or 600/m.');
}
