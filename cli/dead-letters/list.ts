// `dead-letters list`: one row a message.
import { type DeadLetterFilter, type DeadLetterSummary, summarise } from '../../client/dead-letters/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { lookOf, type OutputFormat, openResults } from '../output.ts';
import { grouped } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { coverageJson, coverageText, lookExitCode } from './coverage.ts';
import { expiringText, SendTimes } from './expiring.ts';
import type { DeadLetters } from './queues.ts';
import { listShape } from './rows.ts';
import { comparisonFor, type Sorting } from './sorting.ts';
import { survey } from './survey.ts';

/** What to list. */
export interface ListOrder {
  readonly filter: DeadLetterFilter;
  readonly sort: Sorting;
  /** At most so many rows. */
  readonly limit: number | undefined;
  readonly output: OutputFormat;
}

/** Lists. */
export async function list(
  { deadLetterQueue }: DeadLetters,
  order: ListOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { filter, sort, limit, output } = order;
  const now = surroundings.now();
  const rows: DeadLetterSummary[] = [];
  const sendTimes = new SendTimes();
  const coverage = await survey(
    deadLetterQueue,
    (letter) => {
      rows.push(summarise(letter, now));
      sendTimes.add(letter);
      return undefined;
    },
    surroundings,
    { filter },
  );
  const expiring = sendTimes.expiringSoon(coverage, now);
  rows.sort(comparisonFor(sort));
  const shown = rows.slice(0, limit);
  const { width } = lookOf(surroundings.stdout, surroundings.environment);
  const results = openResults(surroundings, output, listShape(shown, now, width));
  for (const row of shown) if (!(await results.write(row))) break;
  await results.end({ matched: rows.length, expiringSoon: expiring, coverage: coverageJson(coverage) });
  const matched = rows.length === coverage.seen ? '' : ` ${grouped(rows.length)} match.`;
  const listed = shown.length === rows.length ? '' : ` Showing ${grouped(shown.length)}.`;
  say(surroundings, `${coverageText(coverage)}${matched}${listed}`);
  const warning = expiringText(expiring);
  if (warning !== undefined) say(surroundings, warning);
  return lookExitCode(coverage);
}
