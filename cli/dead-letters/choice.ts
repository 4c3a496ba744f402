// Which messages an action is about: chosen on purpose, never by saying nothing.
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';
import { oneLine } from '../../client/contract/text.ts';
import { type DeadLetterFilter, VERDICTS, type Verdict } from '../../client/dead-letters/index.ts';
import { count } from '../argument-values.ts';
import { UsageError } from '../exit-codes.ts';
import type { NoOptions, OptionsOf } from '../options.ts';
import { addFilterOptions, isFilter, isUserTaskKey, listOf, readFilter } from './selection.ts';

/** For messages that say what is expected. */
export const SAMPLE_ID = '5fea7756-0ea4-451a-a703-a558b933e274';

/** Which messages are meant. */
export interface Choice {
  readonly filter: DeadLetterFilter;
  /** Those that were named one by one; one that is not met, or is left out, counts as not done. */
  readonly named: ReadonlySet<string>;
  /** At most so many of them, as for a trial; undefined for all. */
  readonly limit: number | undefined;
  /** What their tasks must be now, as the cluster says; undefined where it need not be asked. */
  readonly verdicts: readonly Verdict[] | undefined;
}

/** Adds message ids, `--all` and the filters to a command. */
export function addChoice<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return addVerdictOption(
    addFilterOptions(
      command
        .argument('[message ids...]', 'as list and show have them')
        .option('--all', 'all that are seen')
        .option('--limit <n>', 'at most so many of them, as for a trial', count),
    ),
  );
}

function addVerdictOption<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command.option(
    '--verdict <verdicts>',
    `what its task is now, as the cluster says: ${VERDICTS.join(', ')}`,
    listOf(verdict),
  );
}

function verdict(text: string): Verdict {
  const known = VERDICTS.find((name) => name === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`Expected some of ${VERDICTS.join(', ')}, such as gone,free.`);
}

/** Adds `--from-file`, which takes the place of ids, filters and `--all`. */
export function addFromFile<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>, meaning: string) {
  return command.option('--from-file <path>', meaning);
}

/** The choice, beside the message ids. */
export type ChoiceOptions = OptionsOf<typeof addChoice<[], NoOptions, NoOptions>>;

/**
 * What the choice comes to. Pure.
 *
 * @param verb what will be done, such as `redrive`
 * @param now milliseconds since 1970
 * @throws UsageError where nothing is chosen, or in several ways at once
 */
export function readChoice(
  verb: string,
  ids: readonly string[],
  options: ChoiceOptions,
  now: number,
): Choice {
  const filter = readFilter(options, now);
  const { verdict: verdicts, limit } = options;
  const ways = [ids.length > 0, isFilter(filter), options.all === true].filter(Boolean).length;
  if (ways === 0 && verdicts === undefined) {
    throw new UsageError(
      `Nothing to ${verb} was named: expected message ids, filters such as --kind or --verdict, or --all.`,
    );
  }
  if (ways > 1) throw new UsageError('Expected one of message ids, filters and --all, not several at once.');
  if (ids.length === 0) return { filter, named: new Set(), limit, verdicts };
  return { ...chooseNamed(ids), limit, verdicts };
}

/** What was chosen, or the file that says which. */
export type ChoiceOrFile = Choice | ({ readonly file: string } & Pick<Choice, 'limit' | 'verdicts'>);

/** What the choice comes to where a file may make it, as {@link readChoice} otherwise. Pure. */
export function readChoiceOrFile(
  verb: string,
  ids: readonly string[],
  options: ChoiceOptions & { readonly fromFile?: string | undefined },
  now: number,
): ChoiceOrFile {
  const { fromFile } = options;
  if (fromFile === undefined) return readChoice(verb, ids, options, now);
  if (ids.length > 0 || options.all || isFilter(readFilter(options, now))) {
    throw new UsageError(
      '--from-file says which messages are meant: expected no ids, filters or --all beside it.',
    );
  }
  return { file: fromFile, limit: options.limit, verdicts: options.verdict };
}

/** The choice, where a file makes it from the ids of the messages in it. Throws a UsageError where one is no message id. */
export function choiceOf(choice: ChoiceOrFile, idsInFile: Iterable<string>): Choice {
  if (!('file' in choice)) return choice;
  const { limit, verdicts } = choice;
  return { ...chooseNamed([...idsInFile]), limit, verdicts };
}

/** These messages. Throws a UsageError where one is no message id. */
export function chooseNamed(ids: readonly string[]): Choice {
  const wrong = ids.find((id) => !isMessageId(id));
  if (wrong !== undefined) {
    throw new UsageError(
      isUserTaskKey(wrong)
        ? `${wrong} is the key of a user task, not a message id: say --key ${wrong}.`
        : `Expected message ids such as ${SAMPLE_ID}, got ${JSON.stringify(oneLine(wrong, 60))}.`,
    );
  }
  const named = new Set(ids);
  return { filter: { messageIds: named }, named, limit: undefined, verdicts: undefined };
}

/** SQS's ids are UUIDs, in small letters. */
export function isMessageId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** At least eight characters of one: fewer often fit several. */
export function isMessageIdBeginning(text: string): boolean {
  return text.length >= 8 && isMessageId(`${text}${NO_ID.slice(text.length)}`);
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
