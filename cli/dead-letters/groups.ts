// `dead-letters groups`: dead letters that are there for the same reason, together.
import {
  createGrouping,
  type DeadLetterFilter,
  type DeadLetterGroup,
  summarise,
} from '../../client/dead-letters/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { lookOf, type OutputFormat, openResults } from '../output.ts';
import { grouped } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import { coverageJson, coverageText, lookExitCode } from './coverage.ts';
import { expiringText, SendTimes } from './expiring.ts';
import { groupsText } from './groups-text.ts';
import type { DeadLetters } from './queues.ts';
import { survey } from './survey.ts';

/** What to group. */
export interface GroupsOrder {
  readonly filter: DeadLetterFilter;
  readonly output: OutputFormat;
}

/** Shows the groups. */
export async function groups(
  { deadLetterQueue }: DeadLetters,
  { filter, output }: GroupsOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const now = surroundings.now();
  const grouping = createGrouping();
  const sendTimes = new SendTimes();
  let matched = 0;
  const coverage = await survey(
    deadLetterQueue,
    (letter) => {
      grouping.add(summarise(letter, now));
      sendTimes.add(letter);
      matched += 1;
      return undefined;
    },
    surroundings,
    { filter },
  );
  const found = grouping.groups();
  const expiring = sendTimes.expiringSoon(coverage, now);
  if (output === 'table') await writeText(found, now, surroundings);
  else {
    const results = openResults<DeadLetterGroup>(surroundings, output, {
      columns: [],
      rowsField: 'groups',
      json: (group) => group,
    });
    for (const group of found) if (!(await results.write(group))) break;
    await results.end({ matched, expiringSoon: expiring, coverage: coverageJson(coverage) });
  }
  const match = matched === coverage.seen ? '' : ` ${grouped(matched)} match.`;
  say(surroundings, `${coverageText(coverage)}${match}`);
  const warning = expiringText(expiring);
  if (warning !== undefined) say(surroundings, warning);
  return lookExitCode(coverage);
}

async function writeText(
  found: readonly DeadLetterGroup[],
  now: number,
  { stdout, environment }: Surroundings,
): Promise<void> {
  if (found.length === 0) return;
  await textSink(stdout).write(`${groupsText(found, now, lookOf(stdout, environment))}\n`);
}
