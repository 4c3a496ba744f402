// The secondary storage: the tasks as they were some time ago, which is what reading sees.
import { shownState } from './filters.ts';
import type { Task } from './tasks.ts';

/** What is the matter with it: nothing; the cluster has none; a search lists tasks that cannot be read by key. */
export const STORAGE_STATES = ['whole', 'absent', 'broken'] as const;

/** One of {@link STORAGE_STATES}. */
export type StorageState = (typeof STORAGE_STATES)[number];

/** Follows the engine's tasks at a distance. */
export class SecondaryStorage {
  readonly #tasks = new Map<string, Task>();
  readonly #changes: { readonly at: number; readonly key: string; readonly task: Task | undefined }[] = [];
  readonly #lagMs: () => number;

  /** @param lagMs how far behind it is; asked again at every look */
  constructor(lagMs: () => number) {
    this.#lagMs = lagMs;
  }

  /** Hears of a change, and shows it when the lag has passed. */
  hear(key: string, task: Task | undefined): void {
    this.#changes.push({ at: Date.now(), key, task });
    this.#catchUp();
  }

  get(key: string): Task | undefined {
    this.#catchUp();
    return this.#tasks.get(key);
  }

  all(): Iterable<Task> {
    this.#catchUp();
    return this.#tasks.values();
  }

  #catchUp(): void {
    const seen = Date.now() - this.#lagMs();
    const unseen = this.#changes.findIndex(({ at }) => at > seen);
    for (const { key, task } of this.#changes.splice(0, unseen === -1 ? this.#changes.length : unseen)) {
      if (task === undefined) this.#tasks.delete(key);
      else this.#tasks.set(key, task);
    }
  }
}

/**
 * Without the fields that are null, as 8.8 writes what is read; later versions write them (github.com/camunda/camunda,
 * gateways/gateway-model: JsonInclude).
 */
export function withoutNull(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) => (part === null ? undefined : part));
}

/** A task as reading shows it, with every field that the official SDK requires. */
export function documentOf(task: Task): unknown {
  return {
    name: task.name,
    state: shownState(task),
    assignee: task.assignee,
    elementId: task.elementId,
    candidateGroups: task.candidateGroups,
    candidateUsers: task.candidateUsers,
    processDefinitionId: task.processDefinitionId,
    creationDate: task.creationDate,
    completionDate: task.completionDate,
    followUpDate: task.followUpDate,
    dueDate: task.dueDate,
    tenantId: task.tenantId,
    externalFormReference: null,
    processDefinitionVersion: 1,
    customHeaders: {},
    priority: task.priority,
    userTaskKey: task.key,
    elementInstanceKey: task.elementInstanceKey,
    processName: null,
    processDefinitionKey: task.processDefinitionKey,
    processInstanceKey: task.processInstanceKey,
    rootProcessInstanceKey: null,
    formKey: null,
    tags: [],
  };
}
