// The file that takes what is discarded before it is deleted.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errorText, oneLine } from '../../../client/contract/text.ts';
import { CommandError, EXIT } from '../../exit-codes.ts';
import { createNewFile, type NewFile } from '../../new-file.ts';
import { makePrivateFolder, STATE_FOLDER_ADVICE, stateFolder } from '../../state-folder.ts';
import type { Surroundings } from '../../surroundings.ts';

/** Where discarded messages go first. */
export type Keeping =
  | { readonly in: 'named file'; readonly path: string }
  | { readonly in: 'state folder' | 'no file' };

/** A file that was not there before, and its name. */
export interface KeptFile {
  readonly path: string;
  readonly file: NewFile;
}

/** Makes the file; undefined where nothing is kept. Throws a CommandError that says what to do. */
export async function createKeptFile(
  keeping: Keeping,
  { environment, now }: Pick<Surroundings, 'environment' | 'now'>,
): Promise<KeptFile | undefined> {
  switch (keeping.in) {
    case 'no file':
      return undefined;
    case 'named file':
      return { path: keeping.path, file: await createNewFile('--export-to', keeping.path) };
    case 'state folder': {
      const folder = join(stateFolder(environment), 'exports');
      await makeFolder(folder);
      const path = join(folder, fileName(now()));
      return { path, file: await createNewFile('The export', path, ADVICE) };
    }
  }
}

const ADVICE = `. ${STATE_FOLDER_ADVICE} --export-to names another file, and --no-export does without.`;

async function makeFolder(folder: string): Promise<void> {
  try {
    await makePrivateFolder(folder);
  } catch (error) {
    const why = `The folder ${oneLine(folder, 500)} cannot be made: ${errorText(error)}`;
    throw new CommandError(`${why}${ADVICE}\nNothing was discarded.`, EXIT.failed, { cause: error });
  }
}

/** Names in the order of their times; without colons, which Windows does not take. */
function fileName(now: number): string {
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}Z-${randomBytes(4).toString('hex')}.jsonl`;
}
