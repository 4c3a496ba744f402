// A file with the names of people, one a line.

import { oneLine } from '../../client/contract/text.ts';
import { UsageError } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { named, openInput } from './input.ts';
import { decodeText, splitLines } from './text-lines.ts';

/** Longer than any name: a file of something else. UTF-16 units. */
const LONGEST_NAME = 1_000;

/**
 * Reads the names; blank lines and those that begin with `#` are none.
 *
 * @throws UsageError where it cannot be read, or holds no names
 */
export async function readAssignees(path: string, surroundings: Surroundings): Promise<string[]> {
  const file = await openInput(path, surroundings, '--assignees-file');
  try {
    const names: string[] = [];
    for await (const { line, text, cut } of splitLines(
      decodeText(named(file.name, file.read())),
      LONGEST_NAME,
    )) {
      surroundings.signal.throwIfAborted();
      if (cut)
        throw new UsageError(
          `${file.name}:${line}: expected a name, got more than ${LONGEST_NAME} characters.`,
        );
      const name = text.trim();
      if (name !== '' && !name.startsWith('#')) names.push(name);
    }
    if (names.length === 0) {
      throw new UsageError(
        `--assignees-file ${oneLine(path, 200)}: expected names of people, one a line; there are none.`,
      );
    }
    return names;
  } finally {
    await file.close();
  }
}
