// The files of an order as one input, in the order in which they were named.
import type { Surroundings } from '../surroundings.ts';
import { formatOf, type Input, named, openInput } from './input.ts';
import type { FileSource } from './order.ts';
import type { InputLine } from './request-line.ts';
import { requestsOfFile } from './request-lines.ts';

/** Open files. */
export interface OpenFiles {
  /** For people. */
  readonly name: string;
  /** Reads all of them from the start, each time the same. */
  read(): AsyncIterable<InputLine>;
  close(): Promise<void>;
}

/**
 * Opens all of them before any is read.
 *
 * @throws UsageError where one cannot be opened; then none is left open
 */
export async function openFiles(source: FileSource, surroundings: Surroundings): Promise<OpenFiles> {
  const inputs: Input[] = [];
  const close = async () => {
    await Promise.all(inputs.map((input) => input.close()));
  };
  try {
    for (const path of source.paths) inputs.push(await openInput(path, surroundings));
  } catch (error) {
    await close();
    throw error;
  }
  const [only] = inputs;
  const isOne = inputs.length === 1 && only !== undefined;
  return {
    name: isOne ? only.name : `${inputs.length} files`,
    read: () => linesOf(inputs, source, isOne),
    close,
  };
}

async function* linesOf(
  inputs: readonly Input[],
  { paths, format, column, withAssignee, fromLine }: FileSource,
  isOne: boolean,
): AsyncGenerator<InputLine> {
  for (const [index, input] of inputs.entries()) {
    const reading = { format: format ?? formatOf(paths[index] ?? ''), column, withAssignee };
    for await (const line of named(input.name, requestsOfFile(reading, input.read()))) {
      if (line.line >= fromLine) yield isOne ? line : { ...line, file: input.name };
    }
  }
}
