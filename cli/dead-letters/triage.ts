// `dead-letters triage`: what the tasks of dead letters are now, and what to do about that.
import { VERDICTS, type Verdict } from '../../client/dead-letters/index.ts';
import type { ConnectionChoice } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  type Column,
  lookOf,
  type OutputFormat,
  openResults,
  type ResultShape,
  renderTable,
} from '../output.ts';
import { grouped } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { textSink } from '../text-sink.ts';
import type { Choice } from './choice.ts';
import { coverageJson, coverageText, lookExitCode } from './coverage.ts';
import type { DeadLetters } from './queues.ts';
import { type JudgedLetter, lookAndJudge } from './verdicts.ts';

/** What to triage. */
export interface TriageOrder {
  readonly choice: Choice;
  readonly connection: ConnectionChoice;
  readonly output: OutputFormat;
}

/** Asks the cluster, and shows what it says. */
export async function triageDeadLetters(
  queues: DeadLetters,
  { choice, connection, output }: TriageOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const found = await lookAndJudge(queues, choice, connection, surroundings);
  const { coverage } = found;
  const { verdicts = VERDICTS } = choice;
  const letters = found.letters.filter(({ task }) => verdicts.includes(task.verdict));
  const counts = countsOf(letters);
  if (output === 'table') await writeTable(letters, surroundings);
  else {
    const results = openResults<JudgedLetter>(surroundings, output, SHAPE);
    for (const letter of letters) if (!(await results.write(letter))) break;
    await results.end({ counts, coverage: coverageJson(coverage) });
  }
  say(surroundings, coverageText(coverage));
  const lookCode = lookExitCode(coverage);
  if (surroundings.signal.aborted) return EXIT.interrupted;
  if (lookCode !== EXIT.done || counts.unknown === 0) return lookCode;
  return counts.unknown === letters.length ? EXIT.failed : EXIT.partly;
}

/** These fields stay; null is what is not known. */
const SHAPE: ResultShape<JudgedLetter> = {
  columns: [],
  rowsField: 'deadLetters',
  json: ({ messageId, userTaskKey, expectedAssignee, task }) => ({
    messageId,
    userTaskKey: userTaskKey ?? null,
    expectedAssignee: expectedAssignee ?? null,
    verdict: task.verdict,
    assignee: task.assignee ?? null,
    state: task.state ?? null,
    reason: task.reason ?? null,
  }),
};

function countsOf(letters: readonly JudgedLetter[]): Record<Verdict, number> {
  const counts = { gone: 0, free: 0, theirs: 0, busy: 0, unknown: 0 };
  for (const { task } of letters) counts[task.verdict] += 1;
  return counts;
}

interface Row {
  readonly verdict: Verdict;
  readonly count: number;
  readonly of: readonly JudgedLetter[];
}

async function writeTable(letters: readonly JudgedLetter[], surroundings: Surroundings): Promise<void> {
  const { stdout, environment } = surroundings;
  const rows = VERDICTS.flatMap((verdict): Row[] => {
    const of = letters.filter(({ task }) => task.verdict === verdict);
    return of.length === 0 ? [] : [{ verdict, count: of.length, of }];
  });
  if (rows.length === 0) return;
  const columns: Column<Row>[] = [
    { title: 'VERDICT', text: ({ verdict }) => verdict },
    { title: 'COUNT', text: ({ count }) => grouped(count), align: 'right' },
    { title: 'WHAT TO DO', text: whatToDo, flexible: true, whole: true },
  ];
  await textSink(stdout).write(`${renderTable(columns, rows, lookOf(stdout, environment))}\n`);
}

function whatToDo({ verdict, of }: Row): string {
  const advice = ADVICE[verdict];
  const details =
    verdict === 'theirs' ? of.map(({ task }) => task.assignee) : of.map(({ task }) => task.reason);
  const named = verdict === 'theirs' || verdict === 'unknown' ? mostFrequent(details) : [];
  return named.length === 0 ? advice : `${advice} (${named.join(', ')})`;
}

const ADVICE: Readonly<Record<Verdict, string>> = {
  gone: 'The task is over: nothing is left to unassign. Discard them.',
  free: 'Nobody has the task: what was wanted is so already. Discard them.',
  theirs: 'Somebody has the task. Redrive those that are still meant, and discard the others.',
  busy: 'The task is changing its state, or a listener holds it. Triage them again later.',
  unknown: 'The cluster did not say.',
};

/** So many are named. */
const NAMED = 3;

function mostFrequent(texts: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const named = sorted.slice(0, NAMED).map(([text, count]) => `${text}: ${grouped(count)}`);
  return sorted.length > NAMED ? [...named, '…'] : named;
}
