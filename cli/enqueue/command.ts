// `camunda-unassign enqueue`: its options, and what they come to. What it does is in enqueue.ts.
import { type Command, Option } from 'commander';
import { assignee, delaySeconds, messageGroup, positiveMilliseconds, time } from '../argument-values.ts';
import { addQueueOptions, chooseConnection } from '../connection.ts';
import { type ExitCode, UsageError } from '../exit-codes.ts';
import type { OptionsOf } from '../options.ts';
import { outputOption } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import { enqueue } from './enqueue.ts';
import { formatOf, INPUT_FORMATS } from './input.ts';
import type { EnqueueOrder } from './order.ts';
import { addTaskOptions, readTaskSource } from './task-options.ts';

const HELP = `
A file has one key a line (# starts a comment), or is a CSV with a column
userTaskKey and, if you like, expiresAt and expectedAssignee, or has JSON lines:
  {"userTaskKey":"2251799813685249","expiresAt":"2026-11-23T12:00:00Z"}
  {"userTaskKey":"2251799813685249","expectedAssignee":"demo"}
  {"body":"{\\"userTaskKey\\":\\"2251799813685249\\"}","attributes":{…}}
the last as --failed-to and dead-letters export write them. Its name says which
(.csv, .tsv, .jsonl, .ndjson; else keys), or --format does.

With --assignee and the like it searches the cluster for tasks that somebody has (Camunda
8.8 and later), with the CAMUNDA_ settings of the function in the environment.

With an expectedAssignee the function reads the task first, and unassigns it only
while that person has it: Camunda 8.8 and later, with the permission to read tasks.
Where a CSV has that column, no cell of it may be empty.

Nothing is sent before all input has been checked. Keys that were typed are sent
at once; before a file or what a search has found is sent, it asks.

Examples:
  camunda-unassign enqueue --stage prod 2251799813685249
  camunda-unassign enqueue --stage prod --file keys.txt --expires-in 2h --failed-to failed.jsonl
  camunda-unassign enqueue --stage prod --file failed.jsonl --yes
  camunda-unassign enqueue --stage prod --expected-assignee demo 2251799813685249
  some-query | camunda-unassign enqueue --stage prod --file - --format csv --yes
  camunda-unassign enqueue --file keys.csv --dry-run --output jsonl
  camunda-unassign enqueue --stage prod --assignee demo
  camunda-unassign enqueue --stage prod --process invoice --due-before 2d --dry-run

Exit codes: 0 all sent, 1 none sent, 2 wrong usage or input, 3 some sent and some not,
130 interrupted.`;

/** Adds `enqueue`. */
export function addEnqueueCommand(
  program: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  declareEnqueue(program).action(async (keys, options) => {
    const { environment, now } = surroundings;
    exit(await enqueue(readOrder(keys, options, environment, now()), surroundings));
  });
}

function declareEnqueue(program: Command) {
  const command = program
    .command('enqueue')
    .summary('send requests to unassign user tasks')
    .description(
      'Sends requests to unassign user tasks: for the keys given, for those of a file, or for the tasks of people.',
    )
    .argument('[keys...]', 'keys of user tasks')
    .option('-f, --file <path>', 'read them from a file; - is stdin')
    .addOption(new Option('--format <format>', "the file's format").choices(INPUT_FORMATS))
    .addOption(
      new Option(
        '--expires-in <span>',
        'after this span nobody wants it any more, such as 2h; a request may have its own',
      )
        .argParser(positiveMilliseconds)
        .conflicts('expiresAt'),
    )
    .option(
      '--expires-at <time>',
      'after this time nobody wants it any more, such as 2026-11-23T12:00:00Z',
      time,
    )
    .option(
      '--expected-assignee <name>',
      'only while this person has the task; a request may have its own',
      assignee,
    )
    .option('--delay <span>', 'hold each back for this span, up to 15m', delaySeconds)
    .option(
      '--group <name>',
      'message group, so that one tenant does not hold up others (fair queues)',
      messageGroup,
    )
    .option('--failed-to <path>', 'write what was not sent to a new file, which --file accepts')
    .option('--skip-invalid', 'send the valid lines where others are invalid')
    .option('-n, --dry-run', 'check all, and show what would be sent')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption());
  return addQueueOptions(addTaskOptions(command)).addHelpText('after', HELP);
}

/** The options of `enqueue`. */
export type EnqueueOptions = OptionsOf<typeof declareEnqueue>;

/**
 * What arguments and options come to. Pure.
 *
 * @param now milliseconds since 1970
 * @throws UsageError where they do not fit together
 */
export function readOrder(
  keys: readonly string[],
  options: EnqueueOptions,
  environment: Surroundings['environment'],
  now: number,
): EnqueueOrder {
  const { expiresIn, expectedAssignee, delay, group, failedTo, output } = options;
  const expiresAt = expiresIn === undefined ? options.expiresAt : now + expiresIn;
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new UsageError('--expires-at has passed already: the function would dead-letter every request.');
  }
  return {
    source: readSource(keys, options, now),
    connection: chooseConnection(options, environment),
    defaults: {
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
      expectedAssignee,
      delaySeconds: delay,
      messageGroupId: group,
    },
    dryRun: options.dryRun ?? false,
    yes: options.yes ?? false,
    skipInvalid: options.skipInvalid ?? false,
    failedTo,
    output,
  };
}

function readSource(keys: readonly string[], options: EnqueueOptions, now: number): EnqueueOrder['source'] {
  const { file, format } = options;
  const tasks = readTaskSource(options, now);
  if ([keys.length > 0, file !== undefined, tasks !== undefined].filter(Boolean).length > 1) {
    throw new UsageError(
      'Expected either keys, or --file, or which tasks to search for; not several of them.',
    );
  }
  if (tasks === undefined && !options.guard) {
    throw new UsageError(
      '--no-guard is about tasks that are searched for, and goes with --assignee and the like.',
    );
  }
  if (tasks !== undefined && options.expectedAssignee !== undefined) {
    throw new UsageError(
      '--expected-assignee is for keys and files: a search names the person who has each task.',
    );
  }
  if (file !== undefined) return { from: 'file', path: file, format: format ?? formatOf(file) };
  if (format !== undefined) throw new UsageError('--format is the format of --file, and goes with it.');
  if (tasks !== undefined) return tasks;
  if (keys.length > 0) return { from: 'keys', keys };
  throw new UsageError(
    'Nothing to enqueue: expected keys, such as camunda-unassign enqueue --stage prod 2251799813685249, or --file, or ' +
      'whose tasks (--assignee).',
  );
}
