// The tasks that a search has found, set aside, so that what is sent is what the plan was about.
import { Readable } from 'node:stream';
import type { FoundTask } from '../../client/cluster/search-answer.ts';
import type { AssignedTask } from '../../client/tasks/index.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Input, setAside } from './input.ts';
import { type InputLine, requestOfBody } from './request-line.ts';
import { decodeText, splitLines } from './text-lines.ts';

/** Written at once from so many characters on. */
const CHUNK = 64 * 1024;

/** Sets tasks aside in a temporary file, which is never held in memory and is gone when the process is. */
export function setTasksAside(
  tasks: AsyncIterable<AssignedTask>,
  { signal }: Pick<Surroundings, 'signal'>,
): Promise<Input> {
  return setAside('task', Readable.from(linesOf(tasks)), signal);
}

/**
 * The requests for tasks that were set aside.
 *
 * @param guard each names the person who has the task
 */
export async function* requestsOfTasks(input: Input, guard: boolean): AsyncGenerator<InputLine> {
  for await (const { line, text } of splitLines(decodeText(input.read()), Number.POSITIVE_INFINITY)) {
    // Written here, a moment ago.
    const task = JSON.parse(text) as FoundTask;
    const { userTaskKey, assignee } = task;
    const body = JSON.stringify(guard ? { userTaskKey, expectedAssignee: assignee } : { userTaskKey });
    const request = requestOfBody(line, body, text);
    yield request.ok ? { ...request, task } : request;
  }
}

async function* linesOf(tasks: AsyncIterable<AssignedTask>): AsyncGenerator<string> {
  let held = '';
  for await (const task of tasks) {
    held += `${JSON.stringify(task)}\n`;
    if (held.length < CHUNK) continue;
    yield held;
    held = '';
  }
  if (held !== '') yield held;
}
