// What a search for tasks comes to, for people and for programs: how many, of which processes, and whose. Pure.
import type { TaskCount } from '../../client/cluster/search.ts';
import { oneLine } from '../../client/contract/text.ts';
import type { AssignedTask } from '../../client/tasks/index.ts';
import { renderTable, type TableLook } from '../output.ts';
import { grouped, spanText } from '../progress.ts';
import { plural } from './report.ts';

/** What was found, as `json` writes it. These fields stay. */
export interface TaskPlan {
  readonly tasks: number;
  /** The most frequent first, at most {@link MOST_ROWS}; so are the people. */
  readonly byProcess: readonly { readonly processDefinitionId: string; readonly tasks: number }[];
  readonly byAssignee: readonly { readonly assignee: string; readonly tasks: number }[];
  /** The first of the people who were asked for and have no task that fits, at most {@link MOST_ROWS}. */
  readonly withoutTasks: readonly string[];
  /** When the oldest was created, ISO 8601; null where there are none. */
  readonly oldest: string | null;
  /** Tasks that a listener holds, or that are being completed. */
  readonly leftOut: TaskCount;
}

/** More are not counted one by one. */
const MOST_COUNTED = 10_000;

/** Of processes and of people in a {@link TaskPlan}. */
export const MOST_ROWS = 100;

/** Counts tasks as they are found. */
export class TaskTally {
  tasks = 0;
  oldest: string | null = null;
  readonly #processes = new Counts();
  readonly #people = new Counts();
  readonly #withoutTasks: Set<string>;

  /** @param people who were asked for */
  constructor(people: Iterable<string> = []) {
    this.#withoutTasks = new Set(people);
  }

  add({ processDefinitionId, assignee, creationDate }: AssignedTask): void {
    this.tasks += 1;
    this.#processes.add(processDefinitionId);
    this.#people.add(assignee);
    this.#withoutTasks.delete(assignee);
    if (this.oldest === null || Date.parse(creationDate) < Date.parse(this.oldest))
      this.oldest = creationDate;
  }

  plan(leftOut: TaskCount): TaskPlan {
    return {
      tasks: this.tasks,
      byProcess: this.#processes
        .most()
        .map(([processDefinitionId, tasks]) => ({ processDefinitionId, tasks })),
      byAssignee: this.#people.most().map(([assignee, tasks]) => ({ assignee, tasks })),
      withoutTasks: [...this.#withoutTasks].slice(0, MOST_ROWS),
      oldest: this.oldest,
      leftOut,
    };
  }
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    const count = this.#counts.get(name);
    if (count !== undefined || this.#counts.size < MOST_COUNTED) this.#counts.set(name, (count ?? 0) + 1);
  }

  most(): (readonly [name: string, count: number])[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).slice(0, MOST_ROWS);
  }
}

/** So many rows of each table are shown to people. */
const SHOWN_ROWS = 10;

/**
 * The plan, without a line break at its end.
 *
 * @param guard each request names the person who has the task
 * @param now milliseconds since 1970
 */
export function planText(plan: TaskPlan, guard: boolean, now: number, look: TableLook): string {
  const { tasks, oldest, byProcess, byAssignee } = plan;
  const age = oldest === null ? Number.NaN : now - Date.parse(oldest);
  const since = Number.isNaN(age) ? '' : `, the oldest created ${spanText(Math.max(0, age))} ago`;
  return [
    `Found ${plural(tasks, 'open task')}${since}.`,
    '',
    countsText(
      'PROCESS',
      byProcess.map(({ processDefinitionId, tasks: count }) => [processDefinitionId, count]),
      look,
    ),
    '',
    countsText(
      'ASSIGNEE',
      byAssignee.map(({ assignee, tasks: count }) => [assignee, count]),
      look,
    ),
    '',
    ...withoutTasksText(plan.withoutTasks),
    ...leftOutText(plan.leftOut),
    guard ? GUARDED : UNGUARDED,
  ].join('\n');
}

const GUARDED =
  'Each request names who has the task now: a task that changes hands before its turn comes stays as it is.';

const UNGUARDED =
  '--no-guard: whoever has a task when its turn comes loses it, also somebody who takes it after now.';

function withoutTasksText(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, SHOWN_ROWS).map((name) => oneLine(name, 200));
  const more = names.length > shown.length ? ' and others' : '';
  return [`Without such a task: ${shown.join(', ')}${more}. Names are compared letter by letter.`];
}

/** What was not taken, in a line; no line where nothing was. */
export function leftOutText({ count, isAtLeast }: TaskCount): string[] {
  if (count === 0) return [];
  const many = `${isAtLeast ? 'at least ' : ''}${plural(count, 'task')}`;
  return [`Left out: ${many} that a listener holds or that ${count === 1 ? 'is' : 'are'} being completed.`];
}

function countsText(title: string, counts: readonly (readonly [string, number])[], look: TableLook): string {
  const shown = counts.slice(0, SHOWN_ROWS);
  const table = renderTable(
    [
      { title: 'TASKS', text: ([, count]) => grouped(count), align: 'right' },
      { title, text: ([name]) => oneLine(name, 200), flexible: true },
    ],
    shown,
    look,
  );
  const more = counts.length - shown.length;
  return more > 0
    ? `${table}\n… and ${counts.length >= MOST_ROWS ? 'more' : `${grouped(more)} more`}`
    : table;
}
