// What a reading means for a request that says whose task it must be, and the outcome that follows.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskReading } from '../../../../client/cluster/read-task.ts';
import {
  type Attempt,
  type Meaning,
  meaningOf,
  signalOf,
} from '../../../../functions/unassign/decision/meaning.ts';
import {
  decide,
  type Evidence,
  type Outcome,
  type Question,
} from '../../../../functions/unassign/decision/outcome.ts';
import { isGuarded, meaningOfReading } from '../../../../functions/unassign/decision/reading.ts';
import type { ValidMessage } from '../../../../functions/unassign/request.ts';
import {
  empty,
  NO_ANSWER,
  NO_CONNECTION,
  otherProblem,
  page,
  problem,
  UNREADABLE,
} from '../../../support/answers.ts';
import { afterSent, journey, KEY, message, SENT_AT } from '../../../support/messages.ts';

const REQUEST = { userTaskKey: KEY, expectedAssignee: 'demo' };

function task(assignee: string | null): TaskReading {
  return { type: 'task', calls: 1, startedAt: SENT_AT, assignee };
}

function meaning(attempt: TaskReading | Attempt): Meaning {
  const found = meaningOfReading(attempt, REQUEST);
  if (found === undefined) throw new Error('the task is still theirs');
  return found;
}

/** What is done, with whose it is or the kind of the dead letter; what the pace hears, and what is counted. */
function inWords(attempt: TaskReading | Attempt): string {
  const { verdict, signal, metric } = meaning(attempt);
  const what = 'by' in verdict ? ` ${verdict.by}` : 'kind' in verdict ? ` ${verdict.kind}` : '';
  return [`${verdict.do}${what}`, signal, ...(metric === undefined ? [] : [metric])].join(', ');
}

function outcomeOf(
  attempt: TaskReading | Attempt,
  ageSeconds: number,
  wish: Partial<ValidMessage> = {},
  evidence: Evidence = {},
): Outcome | Question {
  const circumstances = {
    now: SENT_AT + ageSeconds * 1_000,
    random: () => 0.5,
    policy: { maxReceiveCount: 5, retryForSeconds: 86_400 },
  };
  return decide(message({ request: REQUEST, ...wish }), attempt, meaning(attempt), circumstances, evidence);
}

describe('a reading', () => {
  it('lets the call follow where the expected person has the task', () => {
    expect(meaningOfReading(task('demo'), REQUEST)).toBeUndefined();
  });

  it.each([
    ['somebody else', task('anna'), 'supersede somebody else, served'],
    ['somebody whose name begins alike', task('demo2'), 'supersede somebody else, served'],
    ['the same name in other letters', task('Demo'), 'supersede somebody else, served'],
    ['the same name with a blank', task('demo '), 'supersede somebody else, served'],
    ['nobody', task(null), 'supersede nobody, served'],
    ['a name without characters', task(''), 'supersede nobody, served'],
    ['404 of the task', problem(404), 'dead-letter not-found, served'],
    [
      '404 of a path',
      problem(404, { title: 'Not Found' }),
      'ask-witness foreign-answer, nothing, ForeignAnswers',
    ],
    ['404 without a problem detail', page(404), 'ask-witness not-found, nothing, ForeignAnswers'],
    ['403 of Camunda', problem(403), 'redeliver, nothing'],
    ['403 of a firewall', page(403), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['405 without a problem detail', page(405), 'ask-witness rejected, nothing, ForeignAnswers'],
    ['405 of Camunda', problem(405), 'redeliver, nothing'],
    ['405 of something else', otherProblem(405), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['200 with something else', page(200), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['200 with a problem detail', problem(200), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['200 without a body', empty(200), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['204', empty(204), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['299', empty(299), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
    ['400 of Camunda', problem(400), 'dead-letter rejected, served'],
    ['409 titled as a 404 is', problem(409, { title: 'NOT_FOUND' }), 'dead-letter wrong-state, served'],
    ['401', page(401), 'requeue, nothing, CredentialsRefused'],
    ['429', page(429), 'requeue, load, ClusterBusy'],
    ['503 of Camunda', problem(503), 'requeue, nothing, ClusterBusy'],
    ['503 of an ingress', page(503), 'requeue, silence, ClusterBusy'],
    ['504', problem(504), 'requeue, silence'],
    ['500 of Camunda', problem(500), 'redeliver, nothing'],
    ['no answer', NO_ANSWER, 'requeue, silence'],
    ['no connection', NO_CONNECTION, 'requeue, silence'],
    ['an answer that is not HTTP', UNREADABLE, 'requeue, silence'],
    ['no time', { type: 'out-of-time' } as const, 'pass-over, nothing'],
  ])('that brings %s', (_, attempt, expected) => {
    expect(inWords(attempt)).toBe(expected);
    expect(meaning(attempt).isReading).toBe(true);
  });

  it('never lets a call follow but where exactly that person has the task', () => {
    const statuses = fc.integer({ min: 100, max: 599 });
    const answers = fc.oneof(
      statuses.map((status) => problem(status)),
      statuses.map((status) => page(status)),
      statuses.map((status) => empty(status)),
      fc.option(fc.string()).map((assignee) => task(assignee)),
      fc.constantFrom(NO_ANSWER, NO_CONNECTION, UNREADABLE),
    );
    fc.assert(
      fc.property(answers, (attempt) => {
        const isTheirs = attempt.type === 'task' && attempt.assignee === REQUEST.expectedAssignee;
        expect(meaningOfReading(attempt, REQUEST) === undefined).toBe(isTheirs);
      }),
    );
  });

  it('never acknowledges by the table of calls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
        for (const answer of [problem(status), page(status), empty(status)]) {
          expect(meaning(answer).verdict.do).not.toBe('acknowledge');
        }
      }),
    );
  });

  it('is silence where the witness is not Camunda', () => {
    expect(signalOf(meaning(page(405)), 'foreign')).toBe('silence');
  });
});

describe('a request whose task somebody else has', () => {
  it.each([
    [0, 60],
    [0.5, 60],
    [1, 59],
    [30, 30],
    [59.2, 1],
  ])('%d s after it was sent is requeued for %d s', (age, delaySeconds) => {
    expect(outcomeOf(task('anna'), age)).toMatchObject({ type: 'requeue', delaySeconds });
  });

  it.each([
    ['somebody else', task('anna')],
    ['nobody', task(null)],
  ])('is acknowledged a minute after it was sent: %s has it', (superseded, attempt) => {
    expect(outcomeOf(attempt, 60)).toEqual({ type: 'acknowledge', superseded });
  });

  it('counts its age from the first send, not from that of the copy', () => {
    const copy = { sentAt: SENT_AT + 59_000, journey: journey() };
    expect(outcomeOf(task('anna'), 60, copy)).toEqual({ type: 'acknowledge', superseded: 'somebody else' });
  });

  it('is not given up while it is young, whatever the retry budget is', () => {
    const tried = journey({ attempts: 9, firstTriedAt: afterSent(-86_400) });
    expect(outcomeOf(task('anna'), 1, { journey: tried })).toMatchObject({
      type: 'requeue',
      delaySeconds: 59,
    });
  });

  it('comes back before it expires', () => {
    const request = { ...REQUEST, expiresAt: afterSent(10) };
    expect(outcomeOf(task('anna'), 1, { request })).toMatchObject({ type: 'requeue', delaySeconds: 9 });
  });

  it('remembers that it was tried, and what the last answer was', () => {
    const before = journey({ lastStatus: 503, lastTitle: 'UNAVAILABLE' });
    expect(outcomeOf(task('anna'), 1, { journey: before })).toMatchObject({
      journey: { attempts: 1, firstTriedAt: afterSent(0), lastStatus: 503, lastTitle: 'UNAVAILABLE' },
    });
  });
});

describe('a request whose task cannot be found', () => {
  it('is requeued while it is young', () => {
    expect(outcomeOf(problem(404), 15)).toMatchObject({ type: 'requeue', delaySeconds: 45 });
  });

  it('is a dead letter then also where a call may be under way', () => {
    const underWay = journey({ attempts: 1, firstTriedAt: afterSent(0), underWay: true });
    expect(outcomeOf(problem(404), 60, { journey: underWay })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'not-found' },
    });
  });

  it('is a dead letter from a minute on', () => {
    expect(outcomeOf(problem(404), 60)).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'not-found' },
    });
  });
});

describe('a request whose task cannot be found, as a gateway says that replaces the bodies of errors', () => {
  const again = { journey: journey({ attempts: 1, firstTriedAt: afterSent(0), foreignStatus: 404 }) };
  const evidence: Evidence = { witness: 'camunda', confirmation: 'camunda' };

  it('is requeued while it is young, however often that is said', () => {
    expect(outcomeOf(page(404), 15, again, evidence)).toMatchObject({
      type: 'requeue',
      delaySeconds: 45,
      journey: { foreignStatus: 404 },
    });
  });

  it('is a dead letter from a minute on, the second time', () => {
    expect(outcomeOf(page(404), 60, again, evidence)).toMatchObject({ journey: { kind: 'not-found' } });
  });
});

describe('a request whose task may not be read', () => {
  const reason =
    'the task could not be read: the permission READ_USER_TASK on PROCESS_DEFINITION, or READ on USER_TASK, is missing, or the cluster has no secondary storage';

  it('is delivered again', () => {
    expect(outcomeOf(problem(403), 999)).toMatchObject({ type: 'redeliver', reason });
  });

  it('is a dead letter on the last receive, which names both causes', () => {
    expect(outcomeOf(problem(403), 999, { receiveCount: 5 })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'failed-repeatedly', reason: `gave up after receive 5: ${reason}` },
    });
  });
});

describe('a cluster that cannot read tasks', () => {
  it('is asked whether it is Camunda', () => {
    expect(outcomeOf(page(405), 1)).toEqual({ type: 'ask', about: 'confirmation' });
  });

  it('makes a dead letter at once where it is', () => {
    expect(outcomeOf(page(405), 1, {}, { confirmation: 'camunda' })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'rejected', reason: 'this cluster cannot read user tasks (Camunda 8.8 or later)' },
    });
  });

  it.each(['foreign', 'unknown'] as const)('is waited for where the witness is %s', (confirmation) => {
    expect(outcomeOf(page(405), 1, {}, { confirmation })).toMatchObject({ type: 'requeue' });
  });
});

describe('a call that may be under way', () => {
  const underWay = journey({ attempts: 1, firstTriedAt: afterSent(0), underWay: true });

  it.each([
    ['the storage', task('anna')],
    ['a 503', problem(503)],
    ['a 404', problem(404)],
  ])('stays so whatever %s says', (_, attempt) => {
    expect(outcomeOf(attempt, 1, { journey: underWay })).toMatchObject({ journey: { underWay: true } });
  });

  it('is none where a reading had no answer', () => {
    expect(outcomeOf(NO_ANSWER, 1)).not.toHaveProperty('journey.underWay', true);
  });
});

it.each([
  [{ userTaskKey: KEY }, false],
  [{ userTaskKey: KEY, expiresAt: afterSent(0) }, false],
  [REQUEST, true],
])('%j is guarded: %s', (request, guarded) => {
  expect(isGuarded(request)).toBe(guarded);
});

it('the table of calls has no word for a reading', () => {
  expect(meaningOf(problem(404), KEY)).not.toHaveProperty('isReading');
});
