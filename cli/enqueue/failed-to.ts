// What was not sent, in a file that `--file` accepts again.
import { type FileHandle, open, rm } from 'node:fs/promises';
import { errorText, oneLine } from '../../client/contract/text.ts';
import type { MessageLine } from '../../client/sending/message-line.ts';
import { CommandError, EXIT, UsageError } from '../exit-codes.ts';

/** Why a message was not sent, and where it stood in the input. */
export interface WhyNotSent {
  /** The file, where there are several. */
  readonly file?: string | undefined;
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/**
 * A file that takes what was not sent.
 *
 * Both throw a CommandError where it cannot be written any more.
 */
export interface FailedFile {
  add(message: MessageLine, why: WhyNotSent): Promise<void>;
  /** Writes what is held back; a file that was never added to is removed. Safe to call again. */
  close(): Promise<void>;
}

/** Written at once from so many characters on. */
const CHUNK = 64 * 1024;

/**
 * Makes the file, before anything is sent.
 *
 * @throws UsageError where it cannot be made, or is there already: it may hold what is nowhere else
 */
export async function createFailedFile(path: string): Promise<FailedFile> {
  const file = await create(path);
  let held = '';
  let isEmpty = true;
  let isOpen = true;
  async function flush(): Promise<void> {
    const text = held;
    held = '';
    if (text === '') return;
    try {
      await file.appendFile(text);
    } catch (error) {
      const what = `--failed-to ${oneLine(path, 200)}: ${errorText(error)}`;
      throw new CommandError(what, EXIT.failed, { cause: error });
    }
  }
  return {
    async add(message, why) {
      isEmpty = false;
      held += `${JSON.stringify({ ...message, ...why })}\n`;
      if (held.length >= CHUNK) await flush();
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      try {
        await flush();
      } finally {
        await file.close();
      }
      if (isEmpty) await rm(path);
    },
  };
}

async function create(path: string): Promise<FileHandle> {
  try {
    // Attributes may say more than everybody should read.
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = isThere
      ? 'this file is there already, and may hold what is nowhere else: name another.'
      : errorText(error);
    throw new UsageError(`--failed-to ${oneLine(path, 200)}: ${why}`, { cause: error });
  }
}
