// `dead-letters show`: everything about one dead letter, and what to do about it.

import { oneLine } from '../../client/contract/text.ts';
import { adviceFor, type Coverage, type DeadLetter, exportLine } from '../../client/dead-letters/index.ts';
import { EXIT, type ExitCode, UsageError } from '../exit-codes.ts';
import { lookOf, type OutputFormat, openResults } from '../output.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { isMessageId, isMessageIdBeginning, SAMPLE_ID } from './choice.ts';
import { coverageJson, coverageText, lookExitCode } from './coverage.ts';
import { letterText } from './letter-text.ts';
import type { DeadLetters } from './queues.ts';
import { isUserTaskKey } from './selection.ts';
import { survey } from './survey.ts';

/** What to show. */
export interface ShowOrder {
  /** A message id, or the beginning of one, or the key of a user task. */
  readonly wanted: string;
  readonly output: OutputFormat;
}

/** One key can have many dead letters; so many are kept to be shown. */
const SHOWN_AT_MOST = 20;

/** Shows it. */
export async function show(
  { deadLetterQueue }: DeadLetters,
  { wanted, output }: ShowOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const found: DeadLetter[] = [];
  const isKey = isUserTaskKey(wanted);
  const id = wanted.toLowerCase();
  if (!isKey && !isMessageIdBeginning(id)) {
    throw new UsageError(
      `Expected a message id such as ${SAMPLE_ID}, its first eight characters, or the key of a user task, got ${JSON.stringify(oneLine(wanted, 60))}.`,
    );
  }
  const isMeant = ({ messageId, userTaskKey }: DeadLetter) =>
    (isKey && userTaskKey === wanted) || (isMessageIdBeginning(id) && messageId.startsWith(id));
  const coverage = await survey(
    deadLetterQueue,
    (letter) => {
      if (isMeant(letter)) found.push(letter);
      const isOnlyOne = isMessageId(id) && found.length === 1;
      return isOnlyOne || found.length === SHOWN_AT_MOST ? 'enough' : undefined;
    },
    surroundings,
  );
  found.sort((a, b) => a.failedAt - b.failedAt);
  await write(found, output, coverage, surroundings);
  const lookCode = lookExitCode(coverage);
  if (found.length > 0 && lookCode !== EXIT.partly) {
    if (found.length === SHOWN_AT_MOST) say(surroundings, `There may be more than these ${SHOWN_AT_MOST}.`);
    return lookCode;
  }
  const what = `${isKey ? 'for the user task' : 'with the message id'} ${wanted}`;
  say(surroundings, `${found.length > 0 ? '' : `No dead letter ${what}. `}${coverageText(coverage)}`);
  return found.length === 0 && lookCode === EXIT.done ? EXIT.failed : lookCode;
}

async function write(
  found: readonly DeadLetter[],
  output: OutputFormat,
  coverage: Coverage,
  surroundings: Surroundings,
): Promise<void> {
  const { stdout, environment, now } = surroundings;
  if (output === 'table') {
    const look = lookOf(stdout, environment);
    const texts = found.map((letter) => letterText(letter, coverage.retentionSeconds, now(), look));
    if (texts.length > 0) await textSink(stdout).write(`${texts.join('\n\n')}\n`);
    return;
  }
  const results = openResults<DeadLetter>(surroundings, output, {
    columns: [],
    rowsField: 'deadLetters',
    json: (letter) => ({ ...exportLine(letter, now()), advice: adviceFor(letter) }),
  });
  for (const letter of found) if (!(await results.write(letter))) break;
  await results.end({ coverage: coverageJson(coverage) });
}
