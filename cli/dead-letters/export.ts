// `dead-letters export`: one look, a line each, in bounded memory.
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { oneLine } from '../../client/contract/text.ts';
import { exportLine } from '../../client/dead-letters/index.ts';
import { CommandError, EXIT, type ExitCode, UsageError } from '../exit-codes.ts';
import { jsonText } from '../output.ts';
import { grouped, messages } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import type { Choice } from './choice.ts';
import { coverageText, lookExitCode } from './coverage.ts';
import type { DeadLetters } from './queues.ts';
import { survey } from './survey.ts';

/** What to export. */
export interface ExportOrder {
  readonly choice: Choice;
  /** A file that is not there yet; stdout without. */
  readonly to: string | undefined;
}

/** Exports. */
export async function exportDeadLetters(
  { deadLetterQueue }: DeadLetters,
  { choice, to }: ExportOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { filter, named } = choice;
  const file = to === undefined ? undefined : await createFile(to);
  const sink = textSink(file ?? surroundings.stdout);
  const unmet = new Set(named);
  let written = 0;
  try {
    const coverage = await survey(
      deadLetterQueue,
      async (letter) => {
        if (!(await sink.write(`${jsonText(exportLine(letter, surroundings.now()))}\n`))) return 'enough';
        written += 1;
        unmet.delete(letter.messageId);
        return named.size > 0 && unmet.size === 0 ? 'enough' : undefined;
      },
      surroundings,
      { filter },
    );
    say(surroundings, coverageText(coverage));
    const where = to === undefined ? '' : ` to ${oneLine(to, 200)}`;
    const missing = unmet.size > 0 ? `; ${grouped(unmet.size)} of those named did not show up` : '';
    say(surroundings, `Wrote ${messages(written)}${where}${missing}.`);
    const code = lookExitCode(coverage);
    if (code !== EXIT.done || unmet.size === 0) return code;
    return written > 0 ? EXIT.partly : EXIT.failed;
  } finally {
    await close(file);
  }
}

/** Only its owner may read it: it holds what requests hold. */
async function createFile(path: string): Promise<Writable> {
  try {
    return (await open(path, 'wx', 0o600)).createWriteStream();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST')
      throw new UsageError(`${oneLine(path, 200)} is there already: choose another name.`);
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`--to cannot be written: ${oneLine(why, 300)}`, EXIT.usage, { cause: error });
  }
}

function close(file: Writable | undefined): Promise<void> | undefined {
  return (
    file &&
    new Promise((resolve, reject) => file.end((error?: Error | null) => (error ? reject(error) : resolve())))
  );
}
