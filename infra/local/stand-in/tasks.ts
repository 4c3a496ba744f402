// The stand-in's user tasks and what their keys mean.

/** Zeebe's life cycle of a user task (LifecycleState); unassigning works in CREATED only. */
export const TASK_STATES = [
  'CREATING',
  'CREATED',
  'ASSIGNING',
  'CLAIMING',
  'UPDATING',
  'COMPLETING',
  'COMPLETED',
  'CANCELING',
  'CANCELED',
] as const;

/** One of {@link TASK_STATES}. */
export type TaskState = (typeof TASK_STATES)[number];

/** How a process instance can be; commands on the tasks of the last two are rejected by 8.10. */
export const INSTANCE_STATES = ['active', 'suspended', 'banned'] as const;

/** One of {@link INSTANCE_STATES}. */
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** A user task as the engine keeps it: what is read here changes with {@link Tasks.put} and with commands. */
export interface Task {
  readonly key: string;
  readonly assignee: string | null;
  readonly state: TaskState;
  /** A listener's reason: every assignment is denied with it. */
  readonly denial?: string | undefined;
  /** How often an unassign was carried out on it. */
  readonly unassigned: number;
  /** How its process instance is. */
  readonly instance: InstanceState;
  readonly name: string | null;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly tenantId: string;
  readonly elementId: string;
  readonly elementInstanceKey: string;
  readonly processDefinitionId: string;
  readonly processDefinitionKey: string;
  readonly processInstanceKey: string;
  /** Dates are ISO 8601 in UTC. */
  readonly creationDate: string;
  /** When it was completed or cancelled. */
  readonly completionDate: string | null;
  readonly dueDate: string | null;
  readonly followUpDate: string | null;
  /** 0 to 100. */
  readonly priority: number;
}

/** What can be told about a task. */
export type TaskChanges = Partial<Omit<Task, 'key' | 'unassigned'>>;

/** Hears of every change: a copy of the task as it is now, or undefined when it is deleted. */
export type TaskListener = (key: string, task: Task | undefined) => void;

/** User tasks by key. Keys are strings: from partition 4 on they exceed what a number keeps exactly. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #counters = new Map<bigint, bigint>();
  readonly #listener: TaskListener;

  constructor(listener: TaskListener = () => {}) {
    this.#listener = listener;
  }

  /** Makes a task with a fresh key of that partition, open and assigned unless said otherwise. */
  create(changes: TaskChanges & { readonly partition?: number } = {}): Task {
    const { partition = 1, ...rest } = changes;
    return this.put(this.newKey(partition), rest);
  }

  /** A key of that partition that no task has. */
  newKey(partition = 1): string {
    const base = BigInt(partition) << PARTITION_SHIFT;
    let counter = this.#counters.get(base) ?? 0n;
    do counter += 1n;
    while (this.#tasks.has(String(base + counter)));
    this.#counters.set(base, counter);
    return String(base + counter);
  }

  /** Makes or changes the task of that key. */
  put(key: string, changes: TaskChanges = {}): Task {
    const task = this.#tasks.get(key) ?? newTask(key);
    this.#tasks.set(key, task);
    return this.#change(task, changes);
  }

  /** Takes the assignee off a task that exists, and counts that. */
  unassign(key: string): void {
    const task = this.#tasks.get(key);
    if (task !== undefined) this.#change(task, { assignee: null, unassigned: task.unassigned + 1 });
  }

  get(key: string): Task | undefined {
    return this.#tasks.get(key);
  }

  delete(key: string): boolean {
    const existed = this.#tasks.delete(key);
    if (existed) this.#listener(key, undefined);
    return existed;
  }

  [Symbol.iterator](): IterableIterator<Task> {
    return this.#tasks.values();
  }

  #change(task: Task, changes: Partial<Task>): Task {
    Object.assign(task, changes);
    const ended = task.state === 'COMPLETED' || task.state === 'CANCELED';
    Object.assign(task, { completionDate: ended ? (task.completionDate ?? new Date().toISOString()) : null });
    this.#listener(task.key, { ...task });
    return task;
  }
}

function newTask(key: string): Task {
  return {
    key,
    assignee: 'demo',
    state: 'CREATED',
    unassigned: 0,
    instance: 'active',
    name: 'Review the request',
    candidateGroups: [],
    candidateUsers: [],
    tenantId: '<default>',
    elementId: 'review',
    // Keys of the task's own partition that no task of the stand-in has.
    elementInstanceKey: String(BigInt(key) ^ (1n << 49n)),
    processDefinitionId: 'request',
    processDefinitionKey: '2251799813685248',
    processInstanceKey: String(BigInt(key) ^ (1n << 50n)),
    creationDate: new Date().toISOString(),
    completionDate: null,
    dueDate: null,
    followUpDate: null,
    priority: 50,
  };
}

/**
 * A path segment as Spring reads a Long (NumberUtils.parseNumber): blanks dropped, hexadecimal with 0x or #,
 * a sign, leading zeros. Undefined where it is no 64-bit integer.
 */
export function parseKey(segment: string): bigint | undefined {
  const text = segment.replaceAll(/\s/g, '');
  const match = /^([+-]?)(?:(?:0x|0X|#)([\da-f]+)|(\d+))$/i.exec(text);
  if (match === null) return undefined;
  const [, sign, hexadecimal, decimal] = match;
  if (hexadecimal !== undefined && sign === '+') return undefined;
  const magnitude = BigInt(hexadecimal === undefined ? (decimal ?? '') : `0x${hexadecimal}`);
  const key = sign === '-' ? -magnitude : magnitude;
  return key === BigInt.asIntN(64, key) ? key : undefined;
}

const PARTITION_SHIFT = 51n;
