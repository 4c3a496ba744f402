// The table of "Only while it is still theirs" says of each reading what the code does with it.
import { expect, test } from 'vitest';
import type { TaskReading } from '../../client/cluster/read-task.ts';
import { type Attempt, type Meaning, signalOf } from '../../functions/unassign/decision/meaning.ts';
import { decide } from '../../functions/unassign/decision/outcome.ts';
import { meaningOfReading } from '../../functions/unassign/decision/reading.ts';
import { empty, NO_ANSWER, page, problem } from '../support/answers.ts';
import { KEY, message, SENT_AT } from '../support/messages.ts';
import { codeIn, table } from './pages.ts';

const REQUEST = { userTaskKey: KEY, expectedAssignee: 'demo' };

function task(assignee: string | null): TaskReading {
  return { type: 'task', calls: 1, startedAt: SENT_AT, assignee };
}

/** Of each row of the table, by its first cell, the readings that it speaks of. */
const EXAMPLES: Readonly<Record<string, readonly (TaskReading | Attempt)[]>> = {
  'the task, and the expected person has it': [task('demo')],
  'the task, and somebody else has it, or nobody': [task('anna'), task(null)],
  "404 with Camunda's problem detail and the task's key": [problem(404)],
  "403 with Camunda's problem detail": [problem(403)],
  '405 without a problem detail': [page(405), empty(405)],
  'any 2xx that is not this task': [page(200), empty(200), empty(204), page(206), problem(200)],
  'anything else': [problem(503), page(404), problem(500), NO_ANSWER],
};

const rows = table('readings');

test('the table has the rows that are tried, and no others', () => {
  expect(rows.map(([what]) => what)).toEqual(Object.keys(EXAMPLES));
});

const cases = rows.flatMap(([what = '', fate = '', pace = '', metric = '']) =>
  (EXAMPLES[what] ?? []).map((attempt) => ({ what, fate, pace, metric, attempt })),
);

test.each(cases)('$what: $fate, $pace', ({ fate, pace, metric, attempt }) => {
  const meaning = meaningOfReading(attempt, REQUEST);
  if (meaning === undefined) {
    expect([fate, pace, metric]).toEqual(['call', 'served', '']);
    return;
  }
  // What the other table says of a call is held there.
  if (fate.startsWith('as the table above')) return;
  expect(fate).toMatch(wordsFor(attempt, meaning));
  expect(pace).toBe(
    meaning.verdict.do === 'ask-witness' ? `nothing, or ${signalOf(meaning, 'foreign')}` : meaning.signal,
  );
  const counted = meaning.verdict.do === 'supersede' ? 'Superseded' : meaning.metric;
  expect(codeIn(metric)).toEqual(counted === undefined ? [] : [counted]);
});

/** By what is done with a request that is young, and with one that is not. */
function wordsFor(attempt: TaskReading | Attempt, meaning: Meaning): RegExp {
  const [young, old] = [0, 60].map((seconds) => {
    const policy = { maxReceiveCount: 5, retryForSeconds: 86_400 };
    const now = SENT_AT + seconds * 1_000;
    return decide(message({ request: REQUEST }), attempt, meaning, { now, random: () => 0.5, policy }).type;
  });
  const first = old === 'ask' ? 'ask the witness' : old;
  return new RegExp(`^${first}\\b${young === old ? '' : `.*; ${young} while the request is young$`}`);
}
