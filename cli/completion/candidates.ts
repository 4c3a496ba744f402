// What may stand where the cursor is, by what the commands declare. Pure.
import type { CommandUnknownOpts, Option } from 'commander';

/** What may come next: of these names one, or the name of a file. */
export type Candidates =
  | { readonly files: true }
  | { readonly files: false; readonly found: readonly Candidate[] };

/** A command, an option, or a value that one of them takes. */
export interface Candidate {
  readonly name: string;
  readonly description: string;
}

/** @param words behind the command's own name, of which the last is being typed and may be empty */
export function candidatesFor(program: CommandUnknownOpts, words: readonly string[]): Candidates {
  const apart = words.flatMap(valueApart);
  const typed = apart.at(-1) ?? '';
  const { command, option } = whereIs(program, apart.slice(0, -1));
  if (option !== undefined) {
    return takesFile(option) ? { files: true } : startingWith(typed, (option.argChoices ?? []).map(bare));
  }
  return startingWith(typed, typed.startsWith('-') ? optionsOf(command) : namesIn(command));
}

/** `--output=js` as two words. bash hands it over as three, of which the second is an equals sign, and the third may lack. */
function valueApart(word: string, index: number, words: readonly string[]): string[] {
  const isSign = word === '=' && words[index - 1]?.startsWith('--');
  if (isSign) return index === words.length - 1 ? [''] : [];
  const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  return name === undefined || value === undefined ? [word] : [name, value];
}

/** The command that the words lead to, and the option whose value comes next, if one does. */
function whereIs(
  program: CommandUnknownOpts,
  words: readonly string[],
): { command: CommandUnknownOpts; option?: Option } {
  let command = program;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (word.startsWith('-'))
      option = optionsTaken(command).find((each) => each.required && [each.short, each.long].includes(word));
    else command = command.commands.find((each) => isNamed(each, word)) ?? command;
  }
  return { command, ...(option !== undefined && { option }) };
}

function isNamed(command: CommandUnknownOpts, word: string): boolean {
  return command.name() === word || command.aliases().includes(word);
}

function optionsTaken(command: CommandUnknownOpts): readonly Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function optionsOf(command: CommandUnknownOpts): Candidate[] {
  return optionsTaken(command).map(({ long, short, description }) => ({
    name: long ?? short ?? '',
    description,
  }));
}

/** Commands below it, or the values that its first argument takes. */
function namesIn(command: CommandUnknownOpts): Candidate[] {
  const below = command.createHelp().visibleCommands(command);
  const [argument] = command.registeredArguments;
  return [
    ...below.map((each) => ({ name: each.name(), description: each.summary() || each.description() })),
    ...(argument?.argChoices ?? []).map(bare),
  ];
}

/** As the options declare it: `<path>`. */
function takesFile({ flags }: Option): boolean {
  return flags.endsWith('<path>');
}

function bare(name: string): Candidate {
  return { name, description: '' };
}

function startingWith(typed: string, candidates: readonly Candidate[]): Candidates {
  return { files: false, found: candidates.filter(({ name }) => name.startsWith(typed)) };
}
