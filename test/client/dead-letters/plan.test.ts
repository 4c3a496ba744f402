// What counts as late in a plan to redrive.
import { expect, it } from 'vitest';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import { planRedrive } from '../../../client/dead-letters/index.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOUR = 3_600_000;

it.each([
  ['was first sent two days ago and died an hour ago', 48 * HOUR, HOUR, 1],
  ['was first sent an hour ago and died just now', HOUR, 0, 0],
])('a request that %s: late %#', (_, sentAgo, diedAgo, late) => {
  const letter = readDeadLetter({ MessageId: 'one', Body: '{"userTaskKey":"5"}' }, NOW);
  const planner = planRedrive({}, NOW);
  planner.add({ ...letter, firstSentAt: NOW - sentAgo, failedAt: NOW - diedAgo, sentAt: NOW - diedAgo });
  expect(planner.plan()).toMatchObject({
    late,
    oldestRequestAt: new Date(NOW - sentAgo).toISOString(),
  });
});
