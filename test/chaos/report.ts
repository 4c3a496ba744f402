// A chaos run as text for people.
import Table from 'cli-table3';
import { DEAD_LETTER_KINDS } from '../../client/contract/journey.ts';
import { oneLine } from '../../client/contract/text.ts';
import type { Accounts, End } from './accounting.ts';
import { describe, type Ledger } from './ledger.ts';
import { FATES } from './requests.ts';
import type { RunResult } from './run.ts';

const ENDS: readonly End[] = ['unassigned', 'superseded', ...DEAD_LETTER_KINDS, 'moved by SQS', 'lost'];
const MOST_FINDINGS = 20;
const MOST_BODY = 120;

/** Without lines between the rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** What happened, in tables and a few lines. */
export function reportOf(result: RunResult): string {
  const { scenario, accounts, played, unseen, kills, overruns, peakKiB, wallMs } = result;
  const { duplicates } = accounts;
  const count = scenario.messages.length;
  const perMessage = (total: number) => (total / count).toFixed(2);
  return [
    endsTable(
      accounts,
      scenario.messages.map(({ fate }) => fate),
    ),
    playedTable(played),
    `messages      ${count}, seed ${scenario.seed}`,
    `lost          ${accounts.lost}`,
    `findings      ${accounts.findings.length}`,
    `deliveries    ${perMessage(duplicates.deliveries)} per message`,
    `calls         ${perMessage(duplicates.calls)} per message, at most ${duplicates.mostCalls}`,
    `duplicates    ${duplicates.unassignedAgain} tasks unassigned again, ${duplicates.severalLetters} messages with several dead letters, ${duplicates.both} both unassigned and a dead letter`,
    `newer         ${unseen} assignees lost a task since the storage did not show them yet`,
    `kills         ${kills}, and ${overruns} invocations that overran their time`,
    `memory        ${peakKiB === 0 ? 'not known without /proc' : `${Math.ceil(peakKiB / 1024)} MiB at most in one process of the function (VmHWM)`}`,
    `wall time     ${Math.round(wallMs / 1000)} s`,
    ...findings(accounts, result.ledger),
  ].join('\n');
}

/** One line, for a list of runs. */
export function summaryOf({ scenario, accounts, kills, peakKiB, wallMs }: RunResult): string {
  return `seed ${scenario.seed}: ${scenario.messages.length} messages, ${accounts.lost} lost, ${accounts.findings.length} findings, ${kills} kills, ${Math.ceil(peakKiB / 1024)} MiB, ${Math.round(wallMs / 1000)} s`;
}

function endsTable({ ends }: Accounts, fates: readonly string[]): string {
  const seen = ENDS.filter((end) => end === 'lost' || FATES.some((fate) => ends.get(fate)?.has(end)));
  const table = new Table({
    head: ['fate', 'messages', ...seen],
    colAligns: ['left', ...['messages', ...seen].map(() => 'right' as const)],
    ...PLAIN,
  });
  for (const fate of FATES) {
    const count = fates.filter((each) => each === fate).length;
    table.push([fate, String(count), ...seen.map((end) => String(ends.get(fate)?.get(end) ?? 0))]);
  }
  return table.toString();
}

function playedTable(played: ReadonlyMap<string, number>): string {
  const table = new Table({
    head: ['fault', 'played'],
    colAligns: ['left', 'right'],
    ...PLAIN,
  });
  for (const [name, count] of [...played].sort(([a], [b]) => a.localeCompare(b))) {
    table.push([name, String(count)]);
  }
  return table.toString();
}

/** What does not add up, with all that is known of the messages in question. */
function findings({ findings: all }: Accounts, ledger: Ledger): string[] {
  if (all.length === 0) return ['\nEverything adds up: nothing was lost.'];
  const shown = all
    .slice(0, MOST_FINDINGS)
    .flatMap(({ body, what }) => [
      `\n${what}\n  ${oneLine(body, MOST_BODY)}`,
      ...ledger
        .historyOf(body)
        .map(
          (happening) => `    ${new Date(happening.at).toISOString().slice(11, 23)} ${describe(happening)}`,
        ),
    ]);
  const hidden = all.length - MOST_FINDINGS;
  return ['\nDoes not add up:', ...shown, ...(hidden > 0 ? [`\n… and ${hidden} more`] : [])];
}
