// The options that say which tasks are searched for, and what they come to.
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';
import { moment, timeOf } from '../argument-values.ts';
import type { NoOptions, OptionsOf } from '../options.ts';
import type { TaskSource } from './order.ts';

/** Adds the options to a command. */
export function addTaskOptions<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>) {
  return command
    .optionsGroup('Which tasks, where the cluster is searched:')
    .option('--assignee <name>', 'those of this person; may be repeated', names)
    .option('--assignees-file <path>', 'those of the people in a file, one a line; - is stdin')
    .option('--candidate-group <name>', 'those of this candidate group that somebody has', name)
    .option('--process <id>', 'those of the process with this BPMN id', name)
    .option('--tenant <id>', 'those of this tenant', name)
    .option('--created-before <time>', 'created before this time, or at least this span ago: 30d', moment)
    .option('--due-before <time>', 'due before this time, or overdue for at least this span: 0s', moment)
    .option('--no-guard', 'unassign whoever has the task by then, also somebody who takes it after now')
    .optionsGroup('Options:');
}

/** The options that say which tasks are searched for. */
type TaskOptions = OptionsOf<typeof addTaskOptions<[], NoOptions, NoOptions>>;

/**
 * What the options come to; undefined where none of them is there. Pure.
 *
 * @param now milliseconds since 1970
 */
export function readTaskSource(options: TaskOptions, now: number): TaskSource | undefined {
  const { assignee, assigneesFile, candidateGroup, process, tenant, createdBefore, dueBefore, guard } =
    options;
  const selection = {
    ...(assignee !== undefined && { assignees: assignee }),
    ...(candidateGroup !== undefined && { candidateGroup }),
    ...(process !== undefined && { process }),
    ...(tenant !== undefined && { tenant }),
    ...(createdBefore !== undefined && { createdBefore: new Date(timeOf(createdBefore, now)) }),
    ...(dueBefore !== undefined && { dueBefore: new Date(timeOf(dueBefore, now)) }),
  };
  if (Object.keys(selection).length === 0 && assigneesFile === undefined) return undefined;
  return { from: 'tasks', selection, assigneesFile, guard };
}

/** A variable of a script that is not set would choose everybody's. */
function name(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected a name; this one is empty.');
}

function names(text: string, before: string[] | undefined = []): string[] {
  return [...before, name(text)];
}
