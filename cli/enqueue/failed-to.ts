// What was not sent, in a file that `--file` accepts again.
import type { MessageLine } from '../../client/sending/message-line.ts';
import { createNewFile } from '../new-file.ts';

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

/**
 * Makes the file, before anything is sent.
 *
 * @throws UsageError where it cannot be made, or is there already
 */
export async function createFailedFile(path: string): Promise<FailedFile> {
  const file = await createNewFile('--failed-to', path);
  let isOpen = true;
  return {
    add: (message, why) => file.write(`${JSON.stringify({ ...message, ...why })}\n`),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await (file.isEmpty ? file.remove() : file.close());
    },
  };
}
