// The tasks of a selection, each once, in memory that does not grow with them.
import type { SearchOptions, TaskCount, TaskSearch } from '../cluster/search.ts';
import type { FoundTask } from '../cluster/search-answer.ts';
import { REQUEST } from '../sending/request-input.ts';
import { isSelected, type ReadSelection } from './selection.ts';

/**
 * A user task that somebody has. It can be enqueued as it is: the request is to unassign it as long as this person has
 * it.
 */
export class AssignedTask {
  readonly userTaskKey: string;
  readonly assignee: string;
  /** `CREATED`: no listener holds it. */
  readonly state: string;
  /** The BPMN id of the process. */
  readonly processDefinitionId: string;
  readonly name?: string;
  readonly tenantId: string;
  /** ISO 8601. */
  readonly creationDate: string;
  readonly dueDate?: string;

  constructor(task: FoundTask & { readonly assignee: string }) {
    this.userTaskKey = task.userTaskKey;
    this.assignee = task.assignee;
    this.state = task.state;
    this.processDefinitionId = task.processDefinitionId;
    if (task.name !== undefined) this.name = task.name;
    this.tenantId = task.tenantId;
    this.creationDate = task.creationDate;
    if (task.dueDate !== undefined) this.dueDate = task.dueDate;
  }

  /** What the client enqueues for it. */
  get [REQUEST](): { readonly userTaskKey: string; readonly expectedAssignee: string } {
    return { userTaskKey: this.userTaskKey, expectedAssignee: this.assignee };
  }
}

/**
 * The open tasks of a selection, the oldest first among those of up to a hundred people.
 *
 * @throws {TaskSearchError} with what was found before already given
 */
export async function* findAssignedTasks(
  search: TaskSearch,
  selection: ReadSelection,
  options: SearchOptions,
): AsyncGenerator<AssignedTask, void, undefined> {
  const recent = new RecentTasks();
  for (const filter of selection.filters) {
    for await (const page of search.pages({ ...filter, state: 'CREATED' }, options)) {
      for (const task of page) {
        if (isSelected(task, selection) && recent.add(task)) yield new AssignedTask(task);
      }
    }
  }
}

/**
 * How many tasks of a selection are on their way from one state to another: a task listener has them, or they are being
 * completed, so that they cannot be unassigned now.
 */
export async function countInTransition(
  search: TaskSearch,
  { filters }: ReadSelection,
  options: SearchOptions,
): Promise<TaskCount> {
  let total: TaskCount = { count: 0, isAtLeast: false };
  for (const filter of filters) {
    const found = await search.count({ ...filter, state: { $in: IN_TRANSITION } }, options);
    total = { count: total.count + found.count, isAtLeast: total.isAtLeast || found.isAtLeast };
  }
  return total;
}

const IN_TRANSITION = ['CREATING', 'ASSIGNING', 'UPDATING', 'COMPLETING', 'CANCELING'];

/**
 * The tasks that came last. Pages follow a cursor in an order that does not change, so a task that comes twice comes
 * on neighbouring pages; one that comes again much later does no harm. Whoever has it counts, too: where it went from
 * one of those people to another meanwhile, the request for the first is superseded.
 */
class RecentTasks {
  readonly #assignees = new Map<string, string>();

  /** Whether it is new. */
  add({ userTaskKey, assignee }: FoundTask & { readonly assignee: string }): boolean {
    if (this.#assignees.get(userTaskKey) === assignee) return false;
    this.#assignees.set(userTaskKey, assignee);
    const [oldest] = this.#assignees.keys();
    if (this.#assignees.size > MOST_RECENT && oldest !== undefined) this.#assignees.delete(oldest);
    return true;
  }
}

/** Ten pages. */
const MOST_RECENT = 10_000;
