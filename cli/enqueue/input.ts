// Where the requests come from, readable twice: the arguments, a file, or a stream that is set aside in a file.
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { errorText, oneLine } from '../../client/contract/text.ts';
import { UsageError } from '../exit-codes.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { plainBytes } from './plain-bytes.ts';

/** What a file's text is made of. */
export const INPUT_FORMATS = ['keys', 'csv', 'json', 'jsonl'] as const;

/** One of {@link INPUT_FORMATS}. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** Bytes of a text that can be read more than once, and are the same each time. */
export interface Input {
  /** For people: the file's name, or `stdin`. */
  readonly name: string;
  /** Reads from the start. */
  read(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** What is read of an input; where it cannot be taken for what it should be, the error names the input. */
export async function* named<T>(name: string, read: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* read;
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${name}: ${error.message}`, { cause: error }) : error;
  }
}

const CHUNK_BYTES = 64 * 1024;

/** The name of a file for people; `-` is stdin. */
export function nameOf(path: string): string {
  return path === '-' ? 'stdin' : oneLine(path, 200);
}

/** The format that a file's name says, without `.gz` at its end; keys where it says nothing. */
export function formatOf(path: string): InputFormat {
  const extension = extname(path.replace(/\.gz$/i, '')).toLowerCase();
  if (extension === '.csv' || extension === '.tsv') return 'csv';
  if (extension === '.json') return 'json';
  return ['.jsonl', '.ndjson'].includes(extension) ? 'jsonl' : 'keys';
}

/**
 * Opens a file; `-` is stdin. What is no regular file, such as a pipe, is first copied to a temporary one, which is
 * never held in memory and is gone when the process is.
 *
 * @param option that names it, for errors
 * @throws UsageError where it cannot be read
 */
export async function openInput(
  path: string,
  surroundings: Surroundings,
  option: '--file' | '--assignees-file' = '--file',
): Promise<Input> {
  if (path === '-') {
    if (surroundings.stdin.isTTY) say(surroundings, 'Reading from the terminal; Ctrl-D ends the input.');
    return setAside(nameOf(path), surroundings.stdin, surroundings.signal);
  }
  const name = nameOf(path);
  const file = await openFile(path, `${option} ${name}`);
  const stats = await file.stat();
  if (stats.isDirectory()) {
    await file.close();
    throw new UsageError(`${option} ${name}: this is a directory; expected a file.`);
  }
  if (stats.isFile()) return fileInput(name, file, stats.size);
  try {
    return await setAside(name, file.createReadStream({ autoClose: false }), surroundings.signal);
  } finally {
    await file.close();
  }
}

async function openFile(path: string, what: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = NOT_OPENED[code] ?? errorText(error);
    throw new UsageError(`${what}: ${why}`, { cause: error });
  }
}

const NOT_OPENED: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file.',
  EACCES: 'this file may not be read.',
};

/** What is appended later is not read, so that each reading sees the same. */
function fileInput(name: string, file: FileHandle, size: number): Input {
  return {
    name,
    read: () => plainBytes(bytesOf(file, size)),
    close: () => file.close(),
  };
}

/** Positions are our own, so that readings that are left early disturb no other. */
async function* bytesOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Copies a stream to a temporary file that nobody else sees, and that is gone when the process is. */
export async function setAside(name: string, source: Readable, signal: AbortSignal): Promise<Input> {
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-'));
  try {
    const file = await open(join(folder, 'input'), 'wx+', 0o600);
    // Where the system allows it, the file has no name from here on, and nobody needs to clean up.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    try {
      await file.writeFile(addAbortSignal(signal, source));
      const { size } = await file.stat();
      const input = fileInput(name, file, size);
      return {
        ...input,
        async close() {
          await input.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
