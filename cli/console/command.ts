// `camunda-unassign console`: its options, and what they come to.
import { type Command, InvalidArgumentError } from 'commander';
import { addBothQueuesOptions, chooseConnection } from '../connection.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';

/** Where it serves unless told otherwise: always there, so that bookmarks lead back to it. */
const CONSOLE_PORT = 9330;

/** Adds `console`. */
export function addConsoleCommand(
  program: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  const command = program
    .command('console')
    .summary('look at the dead letters and the queue in a browser')
    .description(
      'Serves a page on 127.0.0.1 that shows the dead letters and the queue, and opens the browser there.',
    )
    .option('--no-open', 'print the link, and open no browser')
    .option(
      '--console-port <n>',
      `serve there (default: ${CONSOLE_PORT}); 0 takes any that is free`,
      consolePort,
    );
  addBothQueuesOptions(command)
    .addHelpText('after', HELP)
    .action(async ({ open, consolePort: port = CONSOLE_PORT, ...typed }) => {
      const connection = chooseConnection(typed, surroundings.environment);
      // Only now: no other command needs a server.
      const { serveConsole } = await import('./serve.ts');
      const order = { connection, typed, actionsAllowed: false, opensBrowser: open, port };
      exit(await serveConsole(order, surroundings));
    });
}

const HELP = `
It looks at the dead-letter queue once, keeps what it saw in memory and says how old that is; it looks again only when asked.
Each look counts as a receive and hides the messages for a moment. Counts of both queues are asked for every few seconds.

The link is good once, and only on this machine: press Enter for a fresh one. The page and this program talk over 127.0.0.1
alone; AWS credentials never reach the page. The console ends on Ctrl-C, or when nobody has done anything for 30 minutes.

With --dead-letter-queue-url alone it shows the dead letters, and no counts of the queue.

Examples:
  camunda-unassign console --stage prod
  camunda-unassign console --stage prod --profile ops
  camunda-unassign console --local --no-open      # what \`npm start\` runs

Exit codes: 0 ended, 1 could not begin, 2 wrong usage.`;

/** A TCP port to serve on; 0 is any. */
function consolePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('Expected a number from 0 to 65535.');
}
