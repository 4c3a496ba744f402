// `camunda-unassign enqueue`: its options, and what they come to. What it does is in enqueue.ts.
import { type Command, Option } from 'commander';
import {
  assignee,
  count,
  delaySeconds,
  messageGroup,
  positiveMilliseconds,
  time,
} from '../argument-values.ts';
import { addQueueOptions, chooseConnection } from '../connection.ts';
import { type ExitCode, UsageError } from '../exit-codes.ts';
import type { OptionsOf } from '../options.ts';
import { outputOption } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import { enqueue } from './enqueue.ts';
import { formatOf, INPUT_FORMATS } from './input.ts';
import type { EnqueueOrder, FileSource } from './order.ts';
import { addTaskOptions, readTaskSource } from './task-options.ts';

const HELP = `
A file has one key a line (# starts a comment), or is a CSV with a column
userTaskKey and, if you like, expiresAt and expectedAssignee, or JSON: lines, an
array, keys as strings, whole tasks, or an answer of the search API that was saved.
Lines are such as
  {"userTaskKey":"2251799813685249","expiresAt":"2026-11-23T12:00:00Z"}
  {"userTaskKey":"2251799813685249","expectedAssignee":"demo"}
  {"body":"{\\"userTaskKey\\":\\"2251799813685249\\"}","attributes":{…}}
the last as --failed-to and dead-letters export write them. Its name says which
(.csv, .tsv, .json, .jsonl, .ndjson; else keys), or --format does.

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

/** Adds the command with its arguments and options, and nothing that it does. */
export function declareEnqueue(program: Command) {
  const command = program
    .command('enqueue')
    .summary('send requests to unassign user tasks')
    .description(
      'Sends requests to unassign user tasks: for the keys given, for those of a file, or for the tasks of people.',
    )
    .argument('[keys...]', 'keys of user tasks')
    .addOption(
      new Option(
        '-f, --file <path>',
        'read them from a file, also .gz; - is stdin; may be repeated',
      ).argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]),
    )
    .addOption(new Option('--format <format>', "the file's format").choices(INPUT_FORMATS))
    .option('--column <name>', 'the column with the keys in a CSV (default: userTaskKey)')
    .option(
      '--with-assignee',
      "of tasks in a file: each request names the task's assignee as the expected one",
    )
    .option('--from-line <n>', 'pass over what stands before this line', count)
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
    .option('--delay <span>', 'SQS delivers each after this span, up to 15m', delaySeconds)
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
  if (expiresAt !== undefined && delay !== undefined && expiresAt <= now + delay * 1000) {
    throw new UsageError(
      'The requests would expire before --delay ends: the function would dead-letter every one. Give them more time, or less delay.',
    );
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

const FLAGS = { column: '--column', withAssignee: '--with-assignee', fromLine: '--from-line' } as const;

function readFiles(paths: readonly string[], options: EnqueueOptions): FileSource {
  const { format, column, withAssignee = false, fromLine = 1, expectedAssignee } = options;
  const formats = new Set(paths.map((path) => format ?? formatOf(path)));
  if (column !== undefined && !formats.has('csv')) {
    throw new UsageError(
      '--column names the column with the keys of a CSV: say --format csv where it is one.',
    );
  }
  if (withAssignee && formats.has('keys')) {
    throw new UsageError('--with-assignee needs files with tasks: JSON, or a CSV with a column assignee.');
  }
  if (withAssignee && expectedAssignee !== undefined) {
    throw new UsageError('Expected either --with-assignee or --expected-assignee, not both.');
  }
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('--file - twice: stdin can be read once.');
  }
  if (fromLine > 1 && paths.length > 1) {
    throw new UsageError('--from-line is about one file: give the others in a command of their own.');
  }
  return { from: 'files', paths, format, column, withAssignee, fromLine };
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
  if (file !== undefined) return readFiles(file, options);
  if (format !== undefined) throw new UsageError('--format is the format of --file, and goes with it.');
  const ofFiles = ['column', 'withAssignee', 'fromLine'] as const;
  const [stray] = ofFiles.filter((name) => options[name] !== undefined);
  if (stray !== undefined) throw new UsageError(`${FLAGS[stray]} is about --file, and goes with it.`);
  if (tasks !== undefined) return tasks;
  if (keys.length > 0) return { from: 'keys', keys };
  throw new UsageError(
    'Nothing to enqueue: expected keys, such as camunda-unassign enqueue --stage prod 2251799813685249, or --file, or ' +
      'whose tasks (--assignee).',
  );
}
