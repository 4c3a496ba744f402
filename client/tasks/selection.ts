// Which tasks are meant: from options to the filters of the API. Pure.

import * as z from 'zod/mini';
import type { TaskFilter } from '../cluster/search.ts';
import type { FoundTask } from '../cluster/search-answer.ts';
import { kindOf } from '../contract/request.ts';
import { EXPECTED_TIME, timeFault } from '../contract/time.ts';
import { isoOf } from '../sending/request-input.ts';

/**
 * Which tasks are meant; at least one of these, and a task must satisfy all that are there. One that is there and
 * undefined is refused, since without it more tasks would be meant.
 */
export interface TaskSelection {
  /**
   * Whose tasks: one person or several, by the names that Camunda has as assignees, letter by letter. Of an empty list
   * there are none. Left out: everybody's, but never those of nobody.
   */
  readonly assignees?: string | Iterable<string>;
  /** A group whose members may claim the task. */
  readonly candidateGroup?: string;
  /** The BPMN id of the process, such as `invoice`. */
  readonly process?: string;
  /** The id of the tenant. */
  readonly tenant?: string;
  /** Created before this time; ISO 8601 with seconds and offset where it is text. */
  readonly createdBefore?: string | Date;
  /** Due before this time; a task without a due date is not. */
  readonly dueBefore?: string | Date;
}

/** A selection that can be searched for. */
export interface ReadSelection {
  /** To be searched for one after the other: people come in portions. */
  readonly filters: readonly TaskFilter[];
  /** Undefined: everybody. */
  readonly assignees: ReadonlySet<string> | undefined;
}

/** The names of the options. */
export const SELECTION_OPTIONS = [
  'assignees',
  'candidateGroup',
  'process',
  'tenant',
  'createdBefore',
  'dueBefore',
] as const satisfies readonly (keyof TaskSelection)[];

/** So many people are asked for at once: databases bear a thousand in a list (Oracle, ORA-01795), some less. */
export const PEOPLE_AT_ONCE = 100;

/** @param problems is told what is wrong, one line each */
export function readSelection(selection: TaskSelection, problems: string[]): ReadSelection {
  const given = SELECTION_OPTIONS.filter((name) => name in selection);
  if (given.length === 0) {
    problems.push(
      `expected at least one of ${SELECTION_OPTIONS.join(', ')}: without any, all tasks are meant`,
    );
  }
  const { candidateGroup, process, tenant, createdBefore, dueBefore } = selection;
  const rest: TaskFilter = {
    ...('candidateGroup' in selection && {
      candidateGroup: named('candidateGroup', candidateGroup, problems),
    }),
    ...('process' in selection && { processDefinitionId: named('process', process, problems) }),
    ...('tenant' in selection && { tenantId: named('tenant', tenant, problems) }),
    ...('createdBefore' in selection && { creationDate: before('createdBefore', createdBefore, problems) }),
    ...('dueBefore' in selection && { dueDate: before('dueBefore', dueBefore, problems) }),
  };
  if (!('assignees' in selection)) {
    return { filters: [{ assignee: { $exists: true }, ...rest }], assignees: undefined };
  }
  const assignees = peopleIn(selection.assignees, problems);
  return {
    filters: portionsOf(assignees).map((assignee) => ({ assignee, ...rest })),
    assignees: new Set(assignees),
  };
}

/** Whether a task is one of them. The filter has said so; that it was kept to must not be taken on trust. */
export function isSelected(
  task: FoundTask,
  { assignees }: ReadSelection,
): task is FoundTask & { assignee: string } {
  const { assignee, state } = task;
  if (assignee === undefined || assignee === '' || state !== 'CREATED') return false;
  return assignees === undefined || assignees.has(assignee);
}

function named(option: string, value: unknown, problems: string[]): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  problems.push(`${option}: expected text that is not empty, got ${kindOf(value)}`);
  return '';
}

function before(option: string, value: unknown, problems: string[]): { $lt: string } {
  const time = isoOf(value);
  if (z.safeParse(z.iso.datetime({ offset: true }), time).success) return { $lt: String(time) };
  const fault = typeof time === 'string' ? timeFault(time) : '';
  problems.push(`${option}: expected ${EXPECTED_TIME}, got ${kindOf(value)}${fault && ` (${fault})`}`);
  return { $lt: '' };
}

function peopleIn(value: unknown, problems: string[]): readonly string[] {
  if (typeof value !== 'string' && !isIterable(value)) {
    problems.push(`assignees: expected a name or several, got ${kindOf(value)}`);
    return [];
  }
  const names = new Set(typeof value === 'string' ? [value] : value);
  return Array.from(names, (name) => named('assignees', name, problems));
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function portionsOf(people: readonly string[]): NonNullable<TaskFilter['assignee']>[] {
  const [only] = people;
  if (people.length === 1 && only !== undefined) return [only];
  const count = Math.ceil(people.length / PEOPLE_AT_ONCE);
  return Array.from({ length: count }, (_, index) => ({
    $in: people.slice(index * PEOPLE_AT_ONCE, (index + 1) * PEOPLE_AT_ONCE),
  }));
}
