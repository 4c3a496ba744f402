// Where this program keeps what must outlast it, and what to do where it cannot.
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Surroundings } from './surroundings.ts';

/** This program's folder (XDG Base Directory Specification, which has relative paths ignored). Nothing is made. */
export function stateFolder({ XDG_STATE_HOME: folder = '' }: Surroundings['environment']): string {
  return join(isAbsolute(folder) ? folder : join(homedir(), '.local', 'state'), 'camunda-unassign');
}

/** Makes a folder, and those above it, for their owner alone. One that is there stays as it is. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** What to do where nothing can be written there. */
export const STATE_FOLDER_ADVICE =
  'Make room on its disk, or let this user write there; or have XDG_STATE_HOME name another folder, by its whole path.';
