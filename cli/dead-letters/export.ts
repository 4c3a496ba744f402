// `dead-letters export`: one look, a line each, in bounded memory.
import { oneLine } from '../../client/contract/text.ts';
import { exportLine, type Onlooker } from '../../client/dead-letters/index.ts';
import type { ConnectionChoice } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { createNewFile } from '../new-file.ts';
import { jsonText } from '../output.ts';
import { grouped, messages } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import type { Choice } from './choice.ts';
import { coverageOfBoth, coverageText, lookExitCode } from './coverage.ts';
import type { DeadLetters } from './queues.ts';
import { survey } from './survey.ts';
import { chooseByVerdict } from './verdicts.ts';

/** What to export. */
export interface ExportOrder {
  readonly choice: Choice;
  readonly connection: ConnectionChoice;
  /** A file that is not there yet; stdout without. */
  readonly to: string | undefined;
}

/** Exports. */
export async function exportDeadLetters(
  queues: DeadLetters,
  { choice, connection, to }: ExportOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const chosen = await chooseByVerdict(queues, choice, connection, surroundings);
  const { filter, named, limit } = chosen;
  const file = to === undefined ? undefined : await createNewFile('--to', to);
  const sink = textSink(surroundings.stdout);
  const write = (line: string) => (file === undefined ? sink.write(line) : file.write(line).then(() => true));
  const exporter = startExport(named, write, surroundings);
  try {
    const seen = await survey(queues.deadLetterQueue, exporter.onlooker, surroundings, { filter, limit });
    const coverage = coverageOfBoth(chosen.judgedIn, seen);
    await file?.sync();
    say(surroundings, coverageText(coverage));
    const where = to === undefined ? '' : ` to ${oneLine(to, 200)}`;
    const { unmet, written } = exporter;
    const missing = unmet.size > 0 ? `; ${grouped(unmet.size)} of those named did not show up` : '';
    say(surroundings, `Wrote ${messages(written)}${where}${missing}.`);
    const code = lookExitCode(coverage);
    if (code !== EXIT.done || unmet.size === 0) return code;
    return written > 0 ? EXIT.partly : EXIT.failed;
  } finally {
    await file?.close();
  }
}

/** A look whose letters are written. */
export interface Exporter {
  readonly onlooker: Onlooker;
  /** How many were written. */
  readonly written: number;
  /** Those that were named and have not been seen. */
  readonly unmet: ReadonlySet<string>;
}

/**
 * Writes each letter that a look sees, a line each, until all that were named are written.
 *
 * @param write returns false where nobody reads any more
 */
export function startExport(
  named: ReadonlySet<string>,
  write: (line: string) => Promise<boolean>,
  { now }: Pick<Surroundings, 'now'>,
): Exporter {
  const unmet = new Set(named);
  let written = 0;
  return {
    unmet,
    get written() {
      return written;
    },
    async onlooker(letter) {
      if (!(await write(`${jsonText(exportLine(letter, now()))}\n`))) return 'enough';
      written += 1;
      unmet.delete(letter.messageId);
      return named.size > 0 && unmet.size === 0 ? 'enough' : undefined;
    },
  };
}
