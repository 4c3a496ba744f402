// The whole command line: its commands, and what becomes of their errors.
import { Command, CommanderError } from 'commander';
import { errorText } from '../client/contract/text.ts';
import { addCompletionCommand } from './completion/command.ts';
import { addConsoleCommand } from './console/command.ts';
import { addDeadLettersCommand } from './dead-letters/command.ts';
import { addEnqueueCommand } from './enqueue/command.ts';
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts';
import { packageVersion } from './package-version.ts';
import { hasColours, type Surroundings, say } from './surroundings.ts';

/**
 * Adds a command, with commands of its own or without.
 *
 * @param exit is told how the command ended
 */
export type AddCommand = (
  program: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
) => void;

const COMMANDS: readonly AddCommand[] = [
  addEnqueueCommand,
  addDeadLettersCommand,
  addConsoleCommand,
  addCompletionCommand,
];

const EXAMPLES = `
Examples:
  camunda-unassign enqueue --stage prod 2251799813685249
  camunda-unassign enqueue --stage prod --file keys.txt --expires-in 2h
  camunda-unassign enqueue --local 2251799813685249       # to what \`npm start\` runs

Exit codes: 0 all done, 1 failed, 2 wrong usage, 3 some done and some not, 130 interrupted.
camunda-unassign <command> --help says more, with examples.`;

/**
 * Runs one command line to its end. Never throws.
 *
 * @param argv the arguments, without node and the script
 * @returns what the process is to say at its end
 */
export async function runProgram(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram(surroundings);
  for (const add of COMMANDS) {
    add(program, surroundings, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, surroundings, program.opts().verbose === true);
  }
}

function createProgram(surroundings: Surroundings) {
  const { stdout, stderr, environment } = surroundings;
  return new Command('camunda-unassign')
    .description(
      'Enqueues requests to unassign Camunda user tasks, and shows, redrives or discards those that failed.',
    )
    .version(packageVersion(), '-V, --version', 'the version of this package')
    .helpOption('-h, --help', 'this text')
    .helpCommand('help [command]', 'what a command does')
    .option('--verbose', 'show where an error came from (also DEBUG)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => helpWidth(stdout),
      getErrHelpWidth: () => helpWidth(stderr),
      getOutHasColors: () => hasColours(stdout, environment),
      getErrHasColors: () => hasColours(stderr, environment),
    })
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
}

function helpWidth({ isTTY, columns }: Surroundings['stdout']): number {
  return isTTY ? Math.min(columns ?? 80, 110) : 100;
}

function report(error: unknown, surroundings: Surroundings, verbose: boolean): ExitCode {
  // Commander has said already what it is.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const showStack = verbose || Boolean(surroundings.environment['DEBUG']);
  const isTold = error instanceof CommandError;
  if (isTold) say(surroundings, error.message);
  else if (surroundings.signal.aborted) say(surroundings, 'Interrupted.');
  else if (!showStack) say(surroundings, `${errorText(error)}\n(--verbose shows where)`);
  if (showStack) say(surroundings, stackOf(error));
  if (surroundings.signal.aborted) return EXIT.interrupted;
  return isTold ? error.exitCode : EXIT.failed;
}

/** Its stack and those of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
