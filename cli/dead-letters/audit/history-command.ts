// `dead-letters history`: who did what from this machine.
import type { Command } from 'commander';
import { oneLine } from '../../../client/contract/text.ts';
import { count } from '../../argument-values.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { type OutputFormat, openResults, outputOption } from '../../output.ts';
import { grouped } from '../../progress.ts';
import { type Surroundings, say } from '../../surroundings.ts';
import { auditPath, readTrail } from './audit-file.ts';
import { HISTORY_SHAPE } from './history-rows.ts';

/** Adds the command. */
export function addHistory(
  parent: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  parent
    .command('history')
    .summary('who redrove and discarded what from this machine')
    .description('Shows what was redriven and discarded by this user on this machine, the newest last.')
    .option('--limit <n>', 'show so many at most, the newest', count)
    .addOption(outputOption())
    .addHelpText('after', HELP)
    .action(async (options) => exit(await showHistory(options, surroundings)));
}

const HELP = `
It reads the audit file, $XDG_STATE_HOME/camunda-unassign/audit.jsonl, or ~/.local/state/camunda-unassign/audit.jsonl where
that variable is not set. Every action writes a line there before it begins, and one with the same id when it has ended.

json: {"actions":[…],"damagedLines":[…]}; jsonl: an action a line. An action has id, at, endedAt (null where it goes on,
or was killed), action (redrive, discard), identity (an ARN), user (of the operating system), stage, deadLetterQueueUrl,
queueUrl, choice {all, ids, file, filter, verdicts, limit}, reason, planned, leftOut, done, failed, notMet, error, export (the
file that has what was discarded); null is what does not apply or is not known.

Examples:
  camunda-unassign dlq history --limit 20
  camunda-unassign dlq history --output jsonl | jq -r 'select(.action == "discard") | .export'`;

interface HistoryOptions {
  readonly limit?: number | undefined;
  readonly output: OutputFormat;
}

async function showHistory({ limit, output }: HistoryOptions, surroundings: Surroundings): Promise<ExitCode> {
  const path = auditPath(surroundings.environment);
  const trail = await readTrail(path);
  const { records, damaged } = trail ?? { records: [], damaged: [] };
  const shown = records.slice(limit === undefined ? 0 : -limit);
  const results = openResults(surroundings, output, HISTORY_SHAPE);
  for (const record of shown) if (!(await results.write(record))) break;
  await results.end({ damagedLines: damaged });
  const name = oneLine(path, 500);
  if (trail === undefined) say(surroundings, `Nothing was done from here yet: there is no ${name}.`);
  if (damaged.length > 0) say(surroundings, `Skipped what is damaged in ${name}: ${linesText(damaged)}.`);
  if (shown.length < records.length) {
    say(surroundings, `Showing ${grouped(shown.length)} of ${grouped(records.length)} actions.`);
  }
  return EXIT.done;
}

/** So many lines are named. */
const NAMED_LINES = 10;

function linesText(numbers: readonly number[]): string {
  const named = numbers.slice(0, NAMED_LINES).join(', ');
  const more = numbers.length - NAMED_LINES;
  return `line${numbers.length === 1 ? '' : 's'} ${named}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}
