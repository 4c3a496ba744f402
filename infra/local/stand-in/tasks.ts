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

/** A user task as the stand-in keeps it. */
export interface Task {
  readonly key: string;
  assignee: string | null;
  state: TaskState;
  /** A listener's reason: every assignment is denied with it. */
  denial?: string | undefined;
  /** How often an unassign was carried out on it. */
  unassigned: number;
}

/** What can be told about a task. */
export type TaskChanges = Partial<Pick<Task, 'assignee' | 'state' | 'denial'>>;

/** User tasks by key. Keys are strings: from partition 4 on they exceed what a number keeps exactly. */
export class Tasks {
  readonly #tasks = new Map<string, Task>();
  readonly #counters = new Map<bigint, bigint>();

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
    const task = this.#tasks.get(key) ?? { key, assignee: 'demo', state: 'CREATED', unassigned: 0 };
    Object.assign(task, changes);
    this.#tasks.set(key, task);
    return task;
  }

  get(key: string): Task | undefined {
    return this.#tasks.get(key);
  }

  delete(key: string): boolean {
    return this.#tasks.delete(key);
  }

  [Symbol.iterator](): IterableIterator<Task> {
    return this.#tasks.values();
  }
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
