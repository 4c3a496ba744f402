// The dead-letter queue as a table for people: one row a message, or, where there are many, one a group.
import Table from 'cli-table3';
import { oneLine } from '../../../client/contract/text.ts';
import {
  type Coverage,
  type DeadLetter,
  groupDeadLetters,
  look,
  type QueueAccess,
  summarise,
} from '../../../client/dead-letters/index.ts';

/** What is on a dead-letter queue. */
export interface DeadLettersSeen {
  readonly letters: readonly DeadLetter[];
  readonly coverage: Coverage;
}

/** Looks at everything, and leaves it as it was. */
export async function lookAtAll(queue: QueueAccess): Promise<DeadLettersSeen> {
  const letters: DeadLetter[] = [];
  const coverage = await look(queue, (letter) => void letters.push(letter));
  return { letters: letters.sort((a, b) => a.failedAt - b.failedAt), coverage };
}

/**
 * One row a message.
 *
 * @param width of the whole table, in columns
 */
export function deadLetterTable(letters: readonly DeadLetter[], width: number): string {
  const rows = letters.map(({ kind, body, attempts, failure }) => [
    kind,
    shortly(body),
    String(attempts ?? ''),
    failure.startsWith(`${kind}: `) ? failure.slice(kind.length + 2) : failure,
  ]);
  return draw(['kind', 'task', 'attempts', 'why'], [22, 22, 10], rows, width);
}

/**
 * One row a group of dead letters that are there for the same reason.
 *
 * @param width of the whole table, in columns
 */
export function deadLetterGroupTable(letters: readonly DeadLetter[], width: number): string {
  const groups = groupDeadLetters(letters.map((letter) => summarise(letter, Date.now())));
  const rows = groups.map(({ kind, example, count, status, title, pattern }) => [
    kind,
    example.userTaskKey ?? example.messageId,
    String(count),
    [status, title, pattern].filter((part) => part !== null && part !== '').join(' '),
  ]);
  return draw(['kind', 'for example', 'count', 'why'], [22, 22, 7], rows, width);
}

/** What a body asks for, in a few characters: its key, or what there is instead. */
export function shortly(body: string): string {
  try {
    const key: unknown = JSON.parse(body).userTaskKey;
    if (typeof key === 'string' && key !== '') return oneLine(key, 20);
  } catch {
    // Not JSON: shown as it is.
  }
  return oneLine(body, 20);
}

/** The last column takes what the others leave. */
function draw(
  head: string[],
  fixed: readonly number[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const rest = width - fixed.reduce((sum, column) => sum + column, 0) - head.length - 1;
  const table = new Table({
    head,
    colWidths: [...fixed, Math.max(24, rest)],
    colAligns: ['left', 'left', 'right', 'left'],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
