// A file that a command makes: never over one that is there, for nobody's eyes but its owner's, and never half written
// without a word.
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorText, oneLine } from '../client/contract/text.ts';
import { CommandError, EXIT, UsageError } from './exit-codes.ts';

/** A file that was not there before. Whatever fails is thrown as a CommandError. */
export interface NewFile {
  readonly isEmpty: boolean;
  /** One call at a time. */
  write(text: string): Promise<void>;
  /** Resolves when all that was written is on the disk, and stays there if the power fails. */
  sync(): Promise<void>;
  /** Writes what is held back. Safe to call again. */
  close(): Promise<void>;
  /** Closes it and takes it away. */
  remove(): Promise<void>;
}

/** Written at once from so many characters on. */
const CHUNK = 64 * 1024;

/**
 * Makes a file.
 *
 * @param option what names it, such as `--to`
 * @param advice what its errors say besides
 * @throws UsageError where it cannot be made, or is there already: it may hold what is nowhere else
 */
export async function createNewFile(option: string, path: string, advice = ''): Promise<NewFile> {
  const name = `${option} ${oneLine(path, 200)}`;
  const file = await create(name, path, advice);
  let held = '';
  let isEmpty = true;
  let isOpen = true;
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new CommandError(`${name}: ${errorText(error)}${advice}`, EXIT.failed, { cause: error });
    }
  }
  async function flush(): Promise<void> {
    const text = held;
    held = '';
    if (text !== '') await attempt(() => file.appendFile(text));
  }
  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    try {
      await flush();
    } finally {
      await attempt(() => file.close());
    }
  }
  return {
    get isEmpty() {
      return isEmpty;
    },
    async write(text) {
      isEmpty = false;
      held += text;
      if (held.length >= CHUNK) await flush();
    },
    async sync() {
      await flush();
      await attempt(() => file.sync());
      await syncFolder(path);
    },
    close,
    async remove() {
      held = '';
      await close();
      await attempt(() => rm(path));
    },
  };
}

async function create(name: string, path: string, advice: string): Promise<FileHandle> {
  try {
    // What requests hold may say more than everybody should read.
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = isThere
      ? 'this file is there already, and may hold what is nowhere else: name another.'
      : `${errorText(error)}${advice}`;
    throw new UsageError(`${name}: ${why}`, { cause: error });
  }
}

/** The file's name is in its folder. Not every system lets a folder be opened (Windows does not). */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(dirname(path));
    await folder.sync();
  } catch {
    // As safe as this system makes it.
  } finally {
    await folder?.close();
  }
}
