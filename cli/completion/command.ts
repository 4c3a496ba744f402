// `camunda-unassign completion`: a script for the Tab key of a shell, and the hidden command that the script asks.
import { Argument, type Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { candidatesFor } from './candidates.ts';
import { replyText, SCRIPTS, SHELLS, type Shell } from './scripts.ts';

const HELP = `
In the shell's start-up file:
  bash (~/.bashrc):  eval "$(camunda-unassign completion bash)"
  zsh (~/.zshrc):    eval "$(camunda-unassign completion zsh)"    # after compinit

The command must be found by its name alone, as after npm install --global.`;

/** Adds `completion`, and the hidden command that its scripts ask. */
export function addCompletionCommand(
  program: Command,
  { stdout }: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  const write = async (text: string) => {
    await textSink(stdout).write(text);
    exit(EXIT.done);
  };
  const shell = () => new Argument('<shell>', 'the shell').choices(SHELLS);
  program
    .command('completion')
    .summary('print a script for the Tab key of a shell')
    .description("Prints a script with which a shell's Tab key completes commands, options and their values.")
    .addArgument(shell())
    .addHelpText('after', HELP)
    .action((name: Shell) => write(SCRIPTS[name]));
  program
    .command('complete', { hidden: true })
    .addArgument(shell())
    .argument('[words...]')
    .action((name: Shell, words: string[]) => write(replyText(name, candidatesFor(program, words))));
}
