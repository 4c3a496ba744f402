// The file of who did what: appended to, never rewritten, and for nobody's eyes but its owner's.
import { constants, type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText, oneLine } from '../../../client/contract/text.ts';
import { CommandError, EXIT } from '../../exit-codes.ts';
import { jsonText } from '../../output.ts';
import { makePrivateFolder, STATE_FOLDER_ADVICE, stateFolder } from '../../state-folder.ts';
import type { Surroundings } from '../../surroundings.ts';
import { AuditRecord } from './record.ts';

/** Where it is. */
export function auditPath(environment: Surroundings['environment']): string {
  return join(stateFolder(environment), 'audit.jsonl');
}

/** Whoever may put a link there must not choose what is written to. Windows has no such flag. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/**
 * Appends a record as one line in one write, so that the lines of two processes do not mix. Resolves when it is on the disk.
 *
 * @throws CommandError that says what to do
 */
export async function appendRecord(path: string, record: AuditRecord): Promise<void> {
  let file: FileHandle | undefined;
  try {
    await makePrivateFolder(dirname(path));
    file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_LINK, 0o600);
    const line = Buffer.from(`${await separator(file)}${jsonText(record)}\n`);
    const { bytesWritten } = await file.write(line);
    if (bytesWritten < line.length) throw new Error('the disk took only a part of a line');
    await file.sync();
  } catch (error) {
    throw new CommandError(
      `The audit file ${oneLine(path, 500)} cannot be written: ${accessText(error)}. ${STATE_FOLDER_ADVICE}`,
      EXIT.failed,
      { cause: error },
    );
  } finally {
    await file?.close();
  }
}

/** A line that a full disk has cut off must not take the next one with it. */
async function separator(file: FileHandle): Promise<string> {
  const { size, mode } = await file.stat();
  if ((mode & 0o077) !== 0) await file.chmod(0o600);
  if (size === 0) return '';
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n' ? '' : '\n';
}

/** What the file has. */
export interface AuditTrail {
  /** Each action once, as its last line has it, in the order in which they began. */
  readonly records: readonly AuditRecord[];
  /** Numbers of the lines that are none, from 1 on. */
  readonly damaged: readonly number[];
}

/** Reads the file; undefined where there is none. Throws a CommandError where it cannot be read. */
export async function readTrail(path: string): Promise<AuditTrail | undefined> {
  const records = new Map<string, AuditRecord>();
  const damaged: number[] = [];
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | NO_LINK);
    let number = 0;
    for await (const line of file.readLines({ autoClose: false })) {
      number += 1;
      if (line.trim() === '') continue;
      const record = recordIn(line);
      if (record === undefined) damaged.push(number);
      else records.set(record.id, record);
    }
    return { records: [...records.values()], damaged };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CommandError(
      `The audit file ${oneLine(path, 500)} cannot be read: ${accessText(error)}.`,
      EXIT.failed,
      {
        cause: error,
      },
    );
  } finally {
    await file?.close();
  }
}

function recordIn(line: string): AuditRecord | undefined {
  try {
    return AuditRecord.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function accessText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ELOOP' || code === 'EMLINK'
    ? 'it is a symbolic link, and none is followed'
    : errorText(error);
}
