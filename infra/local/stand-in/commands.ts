// The engine: commands on a task's assignee, checked in the engine's order.
import * as z from 'zod';
import { type CamundaVersion, type Command, isSince, type Situation } from './answers.ts';
import { type Read, readBody } from './bodies.ts';
import { parseKey, type Task, type Tasks } from './tasks.ts';

/** What decides about a command besides the task. */
export interface CommandSettings {
  readonly version: CamundaVersion;
  /** The caller may change tasks. */
  readonly mayUpdate: boolean;
}

/** Who is to get a task. */
export interface Assignment {
  readonly assignee: string;
  /** Takes the task from somebody else (ASSIGN); otherwise a task is only claimed. */
  readonly allowOverride: boolean;
}

/** Carries out `DELETE /v2/user-tasks/{userTaskKey}/assignee`. */
export function unassign(tasks: Tasks, text: string, settings: CommandSettings): Situation {
  return carryOut(tasks, text, settings, 'ASSIGN', ({ key }) => {
    tasks.unassign(key);
    return { is: 'done' };
  });
}

/** Carries out `POST /v2/user-tasks/{userTaskKey}/assignment`. */
export function assign(
  tasks: Tasks,
  text: string,
  { assignee, allowOverride }: Assignment,
  settings: CommandSettings,
): Situation {
  return carryOut(tasks, text, settings, allowOverride ? 'ASSIGN' : 'CLAIM', (task) => {
    if (!allowOverride && task.assignee !== null && task.assignee !== assignee) {
      return { is: 'already-assigned', key: task.key };
    }
    tasks.put(task.key, { assignee });
    return { is: 'done' };
  });
}

/** Reads the body of an assignment. */
export function readAssignment(body: string, contentType: string | undefined): Read<Assignment> {
  const read = readBody(body, contentType, ASSIGNMENT);
  if ('wrong' in read) return read;
  const { assignee = '', allowOverride = true } = read.value;
  return assignee === '' ? { wrong: { is: 'no-assignee' } } : { value: { assignee, allowOverride } };
}

const ASSIGNMENT = z
  .strictObject({ assignee: z.string(), allowOverride: z.boolean(), action: z.string() })
  .partial();

/** Existence, process instance, permission, state, the listener, and then the command's own rule. */
function carryOut(
  tasks: Tasks,
  text: string,
  { version, mayUpdate }: CommandSettings,
  command: Command,
  apply: (task: Task) => Situation,
): Situation {
  const key = String(parseKey(text) ?? text);
  const task = tasks.get(key);
  if (task === undefined || task.state === 'COMPLETED' || task.state === 'CANCELED') {
    return { is: 'not-found', key, command };
  }
  if (task.instance !== 'active' && isSince(version, '8.10')) {
    return { is: task.instance, instance: task.processInstanceKey, command };
  }
  if (!mayUpdate) return { is: 'forbidden', key, processDefinitionId: task.processDefinitionId, command };
  return heldByListener(task, version, command) ?? apply(task);
}

/** 8.6 runs no task listeners: nothing holds a task on its way from state to state there, and nobody denies it. */
function heldByListener(task: Task, version: CamundaVersion, command: Command): Situation | undefined {
  const { key, state, denial } = task;
  if (!isSince(version, '8.8')) return undefined;
  if (state !== 'CREATED') return { is: 'in-transition', key, state, command };
  return denial === undefined ? undefined : { is: 'denied', key, reason: denial, command };
}
