import { describe, expect, it } from 'vitest';
import { type Attempt, meaningOf } from '../../../../functions/unassign/decision/meaning.ts';
import {
  decide,
  decideBeforeCall,
  decideOnBug,
  type Evidence,
  mayLackPartition,
  type Outcome,
  type Question,
  tooLargeToRetry,
} from '../../../../functions/unassign/decision/outcome.ts';
import { heldDelay, requeueDelay } from '../../../../functions/unassign/decision/retry-policy.ts';
import type { ValidMessage } from '../../../../functions/unassign/request.ts';
import * as answers from '../../../support/answers.ts';
import { afterSent, journey, KEY, malformedMessage, message, SENT_AT } from '../../../support/messages.ts';

const NOW = SENT_AT + 60_000;
const POLICY = { maxReceiveCount: 5, retryForSeconds: 86_400 };
const random = () => 0.5;
const NEVER_EXPIRES = { secondsUntilExpiry: Number.POSITIVE_INFINITY, random };

const CALLED = { startedAt: NOW - 100 };
const NO_ANSWER = { ...answers.NO_ANSWER, ...CALLED };
const UNREADABLE = { ...answers.UNREADABLE, ...CALLED };

function response(status: number, wish: Partial<answers.Response> = {}): answers.Response {
  return answers.problem(status, { ...CALLED, ...wish });
}

function page(status: number): answers.Response {
  return answers.page(status, CALLED);
}

const NO_CREDENTIALS = {
  type: 'no-credentials',
  cause: 'the token endpoint gave no answer',
  refused: false,
  retryAfterSeconds: 0,
} as const;
const CLIENT_REFUSED = { ...NO_CREDENTIALS, cause: 'invalid_client', refused: true } as const;
const OUT_OF_TIME = { type: 'out-of-time' } as const;
const BUG = { type: 'bug', error: new TypeError('no such thing') } as const;

function decided(
  attempt: Attempt,
  wish: Partial<ValidMessage> = {},
  evidence: Evidence = {},
): Outcome | Question {
  const circumstances = { now: NOW, random, policy: POLICY };
  return decide(message(wish), attempt, meaningOf(attempt, KEY), circumstances, evidence);
}

/** The outcome in two words: its type and, of a dead letter, its kind. */
function fate(outcome: Outcome | Question): string {
  if (outcome.type === 'ask') return `ask about ${outcome.about}`;
  return outcome.type === 'dead-letter' ? `dead-letter ${outcome.journey.kind}` : outcome.type;
}

function reasonOf(outcome: Outcome | Question): string | undefined {
  return outcome.type === 'dead-letter' ? outcome.journey.reason : undefined;
}

const CALLED_LONG_AGO = journey({ attempts: 9, firstTriedAt: new Date(NOW - 86_400_000).toISOString() });
const CALLED_ALMOST_AS_LONG_AGO = journey({
  attempts: 9,
  firstTriedAt: new Date(NOW - 86_399_000).toISOString(),
});
const EXPIRED = { userTaskKey: KEY, expiresAt: new Date(NOW).toISOString() };
const UNAVAILABLE: [string, Attempt][] = [
  ['503', response(503)],
  ['429', response(429)],
  ['502', response(502)],
  ['504', response(504)],
  ['401', response(401)],
  ['503 of an ingress', page(503)],
  ['500 of a proxy', page(500)],
  ['520', page(520)],
  ['no answer', NO_ANSWER],
  ['an answer that is not HTTP', UNREADABLE],
];
const NO_TOKEN: [string, Attempt][] = [
  ['a token endpoint that is down', NO_CREDENTIALS],
  ['a client that is refused', CLIENT_REFUSED],
];
const UNKNOWN: [string, Attempt][] = [
  ...[403, 405, 422, 500, 501, 505].map((status): [string, Attempt] => [
    `${status} of Camunda`,
    response(status),
  ]),
  ['a bug of ours', BUG],
];

describe('before the call', () => {
  it('a request leads to a call', () => {
    expect(decideBeforeCall(message(), NOW)).toEqual({ type: 'call', message: message() });
  });

  it('a request that breaks the contract is a dead letter with the reason', () => {
    const outcome = decideBeforeCall(malformedMessage('body: expected'), NOW);
    expect(outcome).toEqual({
      type: 'dead-letter',
      journey: {
        ...journey(),
        kind: 'malformed',
        reason: 'body: expected',
        failedAt: new Date(NOW).toISOString(),
      },
    });
  });

  it.each([
    ['a minute ago', -60_000, 'expired'],
    ['now', 0, 'expired'],
    ['in a millisecond', 1, 'call'],
    ['in a minute', 60_000, 'call'],
  ])('a request that expires %s', (_, after, expected) => {
    const request = { userTaskKey: KEY, expiresAt: new Date(NOW + after).toISOString() };
    const outcome = decideBeforeCall(message({ request }), NOW);
    expect(outcome.type === 'call' ? 'call' : fate(outcome)).toBe(
      expected === 'call' ? 'call' : `dead-letter ${expected}`,
    );
  });

  it('an expiry is a moment, whatever its offset', () => {
    const request = { userTaskKey: KEY, expiresAt: '2026-11-23T14:00:59+02:00' };
    expect(decideBeforeCall(message({ request }), NOW)).toMatchObject({ journey: { kind: 'expired' } });
  });

  it('the reason of an expired request names its expiry', () => {
    const outcome = decideBeforeCall(message({ request: EXPIRED }), NOW);
    expect(outcome).toMatchObject({ journey: { reason: `expiresAt ${EXPIRED.expiresAt} has passed` } });
  });
});

describe('a bug of ours before the call', () => {
  const circumstances = { now: NOW, random, policy: POLICY };
  const onReceive = (receiveCount: number) =>
    decideOnBug(
      { ...malformedMessage('no key'), receiveCount },
      new TypeError('no such thing'),
      circumstances,
    );

  it('has SQS deliver the message again, whatever its body is', () => {
    expect(onReceive(1)).toMatchObject({ type: 'redeliver', reason: 'TypeError: no such thing' });
  });

  it('makes a dead letter on the last receive, which says what happened', () => {
    expect(onReceive(POLICY.maxReceiveCount)).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'failed-repeatedly', lastDetail: 'TypeError: no such thing', attempts: 0 },
    });
  });
});

describe('a key whose partition may not exist', () => {
  const suspect = { attempts: 3, lastStatus: 503, lastTitle: 'UNAVAILABLE' };

  it.each([
    ['after three attempts with a 503', suspect, true],
    ['after many', { ...suspect, attempts: 99 }, true],
    ['with a 503 that was not Camunda’s', { ...suspect, lastTitle: undefined }, false],
    ['in the words of 8.6', { ...suspect, lastTitle: 'io.camunda.zeebe.PartitionNotFoundException' }, true],
    ['after two attempts', { ...suspect, attempts: 2 }, false],
    ['under load', { ...suspect, lastTitle: 'RESOURCE_EXHAUSTED' }, false],
    ['after another status', { ...suspect, lastStatus: 504 }, false],
    ['after no answer', { ...suspect, lastStatus: undefined }, false],
  ])('is suspected %s: %j', (_, wish, suspected) => {
    expect(mayLackPartition(message({ journey: journey(wish) }))).toBe(suspected);
  });

  it('is not suspected before it was ever called', () => {
    expect(mayLackPartition(message())).toBe(false);
  });

  it('is not suspected where there is no key', () => {
    expect(mayLackPartition({ ...malformedMessage('no key'), journey: journey(suspect) })).toBe(false);
  });

  it.each([
    ['2251799813685248', 3, 'call'],
    ['6755399441055744', 3, 'call'],
    ['9007199254740991', 3, 'call'],
    ['9007199254740992', 3, 'dead-letter rejected'],
    ['9223372036854775807', 4095, 'call'],
    ['9223372036854775807', 4094, 'dead-letter rejected'],
    ['1', 3, 'dead-letter rejected'],
    ['2251799813685247', 3, 'dead-letter rejected'],
  ])('%s with %i partitions: %s', (userTaskKey, partitionsCount, expected) => {
    const outcome = decideBeforeCall(message({ request: { userTaskKey } }), NOW, partitionsCount);
    expect(outcome.type === 'call' ? 'call' : fate(outcome)).toBe(expected);
  });

  it('that does not exist is named in the reason', () => {
    const outcome = decideBeforeCall(message({ request: { userTaskKey: '9007199254740992' } }), NOW, 3);
    expect(reasonOf(outcome as Outcome)).toBe(
      'the key belongs to partition 4, and the cluster has 3 (GET /v2/topology)',
    );
  });

  it('is called while the number of partitions is not known', () => {
    expect(decideBeforeCall(message({ request: { userTaskKey: '1' } }), NOW)).toMatchObject({ type: 'call' });
  });
});

describe.each([200, 204])('an empty %i', (status) => {
  it.each([
    ['on the first receive', {}],
    ['on the last receive', { receiveCount: 5 }],
    ['past the retry budget', { journey: CALLED_LONG_AGO }],
    ['past the expiry', { request: EXPIRED }],
  ])('is acknowledged %s', (_, wish) => {
    expect(decided(answers.empty(status), wish)).toEqual({ type: 'acknowledge' });
  });
});

describe.each([
  [400, 'rejected'],
  [404, 'not-found'],
  [409, 'wrong-state'],
])('%i', (status, kind) => {
  it.each([
    ['on the first receive', {}],
    ['on the last receive', { receiveCount: 5 }],
    ['past the retry budget', { journey: CALLED_LONG_AGO }],
    ['past the expiry', { request: EXPIRED }],
    ['right after it was sent', { sentAt: NOW - 1 }],
  ])(`is dead-lettered as ${kind} %s`, (_, wish) => {
    expect(fate(decided(response(status), wish))).toBe(`dead-letter ${kind}`);
  });

  it('leaves the status, title and detail in the journey, and the time', () => {
    expect(decided(response(status))).toMatchObject({
      journey: {
        attempts: 1,
        lastStatus: status,
        lastTitle: response(status).title,
        lastDetail: response(status).detail,
        lastContentType: undefined,
        failedAt: new Date(NOW).toISOString(),
      },
    });
  });
});

describe.each([...UNAVAILABLE, ...NO_TOKEN])('%s', (_, attempt) => {
  it.each([
    ['on the first receive', {}],
    ['on the last receive', { receiveCount: 5 }],
    ['after the last receive', { receiveCount: 19 }],
    ['a second before the retry budget is used up', { journey: CALLED_ALMOST_AS_LONG_AGO }],
  ])('is requeued %s', (_, wish) => {
    expect(fate(decided(attempt, wish))).toBe('requeue');
  });

  it.each([
    ['on the first receive', {}],
    ['on the last receive', { receiveCount: 5 }],
  ])('is dead-lettered as unavailable-too-long past the retry budget %s', (_, wish) => {
    expect(fate(decided(attempt, { ...wish, journey: CALLED_LONG_AGO }, { partitions: 'unknown' }))).toBe(
      'dead-letter unavailable-too-long',
    );
  });

  it('is dead-lettered as expired where the request expired in between', () => {
    expect(fate(decided(attempt, { request: EXPIRED }))).toBe('dead-letter expired');
    expect(fate(decided(attempt, { request: EXPIRED, journey: CALLED_LONG_AGO }))).toBe(
      'dead-letter expired',
    );
  });

  it('takes a first call that seems to lie in the future for one of now', () => {
    const early = journey({ attempts: 1, firstTriedAt: new Date(NOW + 3_600_000).toISOString() });
    expect(decided(attempt, { journey: early })).toMatchObject({ type: 'requeue', delaySeconds: 1 });
  });
});

describe('never called', () => {
  it.each(NO_TOKEN)('a request waits for %s, however long ago it was sent', (_, attempt) => {
    const old = journey({ firstSentAt: '2020-01-01T00:00:00.000Z' });
    const outcome = decided(attempt, { journey: old });
    expect(outcome).toEqual({ type: 'requeue', delaySeconds: 1, journey: old });
  });

  it('a request waits for as long as the token endpoint is left alone', () => {
    expect(decided({ ...NO_CREDENTIALS, retryAfterSeconds: 31.2 })).toMatchObject({ delaySeconds: 32 });
  });

  it('a request whose first call had no answer counts its age from that call on', () => {
    expect(decided(NO_ANSWER)).toMatchObject({
      delaySeconds: 1,
      journey: {
        attempts: 1,
        firstTriedAt: new Date(NOW - 100).toISOString(),
        lastDetail: 'no answer in time',
      },
    });
  });
});

describe('past the retry budget', () => {
  it.each<[string, Attempt, string]>([
    ['how long it took', response(504), 'still unavailable 86400 s after the first call'],
    [
      'what was missing where there was no token',
      CLIENT_REFUSED,
      'still unavailable 86400 s after the first call; invalid_client',
    ],
    [
      'no more where what went wrong is on the journey anyway',
      NO_ANSWER,
      'still unavailable 86400 s after the first call',
    ],
  ])('the reason says %s', (_, attempt, reason) => {
    expect(reasonOf(decided(attempt, { journey: CALLED_LONG_AGO }))).toBe(reason);
  });
});

describe.each(UNKNOWN)('%s', (_, attempt) => {
  it.each([1, 2, 3, 4])('is redelivered on receive %i', (receiveCount) => {
    expect(fate(decided(attempt, { receiveCount }))).toBe('redeliver');
  });

  it.each([5, 6, 20])('is dead-lettered as failed-repeatedly on receive %i', (receiveCount) => {
    const outcome = decided(attempt, { receiveCount });
    expect(fate(outcome)).toBe('dead-letter failed-repeatedly');
    expect(reasonOf(outcome)).toBe(`gave up after receive ${receiveCount}`);
  });

  it('counts each receive as an attempt where it was called', () => {
    const outcome = decided(attempt, { receiveCount: 5 });
    const made = 'calls' in attempt ? 4 + attempt.calls : 0;
    expect(outcome).toMatchObject({ journey: { attempts: made } });
  });

  it('is redelivered past the retry budget too, which is for what is unavailable', () => {
    expect(fate(decided(attempt, { journey: CALLED_LONG_AGO }))).toBe('redeliver');
  });
});

describe('a message that is redelivered', () => {
  it.each<[string, Attempt, string]>([
    ['what the cluster answered', response(500), 'the cluster answered 500'],
    ['what went wrong with us', BUG, 'TypeError: no such thing'],
    ['that no time was left', OUT_OF_TIME, 'the invocation had no time left for it'],
  ])('says %s', (_, attempt, reason) => {
    expect(decided(attempt)).toMatchObject({ type: 'redeliver', reason });
  });
});

describe('a bug of ours', () => {
  it('is named in the dead letter', () => {
    expect(decided(BUG, { receiveCount: 5 })).toMatchObject({
      journey: { lastDetail: 'TypeError: no such thing' },
    });
  });
});

describe('not attempted', () => {
  it.each([1, 4])('is redelivered on receive %i', (receiveCount) => {
    expect(fate(decided(OUT_OF_TIME, { receiveCount }))).toBe('redeliver');
  });

  it.each([5, 19])('is requeued on receive %i', (receiveCount) => {
    expect(fate(decided(OUT_OF_TIME, { receiveCount }))).toBe('requeue');
  });

  it('is requeued on the last receive past the retry budget too, since it was not tried', () => {
    expect(fate(decided(OUT_OF_TIME, { receiveCount: 5, journey: CALLED_LONG_AGO }))).toBe('requeue');
  });

  it('leaves the journey as it was', () => {
    const before = journey({ attempts: 2, firstTriedAt: afterSent(1), lastStatus: 503 });
    expect(decided(OUT_OF_TIME, { receiveCount: 5, journey: before })).toMatchObject({ journey: before });
  });
});

describe.each([
  ['400', page(400), 'dead-letter rejected'],
  ['404', page(404), 'dead-letter not-found'],
  ['409', page(409), 'dead-letter wrong-state'],
  ['200', page(200), 'dead-letter foreign-answer'],
  ['302', page(302), 'dead-letter foreign-answer'],
  ['403', page(403), 'dead-letter foreign-answer'],
])('%s in words that are not Camunda’s', (status, answer, second) => {
  const metBefore = journey({ attempts: 1, firstTriedAt: afterSent(1), foreignStatus: Number(status) });

  it('has the cluster asked who is there', () => {
    expect(decided(answer)).toEqual({ type: 'ask', about: 'witness' });
  });

  it.each(['foreign', 'unknown'] as const)(
    'is requeued where the witness is %s, however often',
    (witness) => {
      const outcomes = [
        decided(answer, {}, { witness }),
        decided(answer, { journey: metBefore }, { witness }),
      ];
      expect(outcomes.map(fate)).toEqual(['requeue', 'requeue']);
    },
  );

  it.each(['foreign', 'unknown'] as const)('leaves no mark where the witness is %s', (witness) => {
    const outcome = decided(answer, {}, { witness });
    expect('journey' in outcome && outcome.journey.foreignStatus).toBeUndefined();
  });

  it('is requeued with a mark where Camunda is there', () => {
    expect(decided(answer, {}, { witness: 'camunda' })).toMatchObject({
      type: 'requeue',
      journey: { foreignStatus: Number(status), lastStatus: Number(status), lastBody: '<html>Hello</html>' },
    });
  });

  const CONFIRMED = { witness: 'camunda', confirmation: 'camunda' } as const;

  it('has Camunda asked once more before the second such answer counts', () => {
    const outcome = decided(answer, { journey: metBefore }, { witness: 'camunda' });
    expect(outcome).toEqual({ type: 'ask', about: 'confirmation' });
  });

  it('is a dead letter on the second such answer where Camunda is there', () => {
    const outcome = decided(answer, { journey: metBefore }, CONFIRMED);
    expect([fate(outcome), reasonOf(outcome)]).toEqual([
      second,
      'twice an answer that is not about this task in Camunda’s own words, while the cluster itself answered GET /v2/topology',
    ]);
  });

  it('is a dead letter also where the request was sent just now', () => {
    const { firstSentAt: _, ...memory } = metBefore;
    const young = { ...memory, firstSentAt: new Date(NOW - 1).toISOString() };
    expect(fate(decided(answer, { journey: young }, CONFIRMED))).toBe(second);
  });

  it.each<[string, Evidence, number | undefined]>([
    ['is foreign', { witness: 'foreign' }, undefined],
    ['is foreign after all', { witness: 'camunda', confirmation: 'foreign' }, undefined],
    ['does not come', { witness: 'camunda', confirmation: 'unknown' }, Number(status)],
  ])('is requeued where the word %s', (_, evidence, foreignStatus) => {
    const outcome = decided(answer, { journey: metBefore }, evidence);
    expect(outcome.type).toBe('requeue');
    expect('journey' in outcome && outcome.journey.foreignStatus).toBe(foreignStatus);
  });

  it('is requeued where the answer before was another', () => {
    const other = { ...metBefore, foreignStatus: 418 };
    expect(decided(answer, { journey: other }, { witness: 'camunda' })).toMatchObject({
      type: 'requeue',
      journey: { foreignStatus: Number(status) },
    });
  });

  it('is a dead letter past the retry budget, whoever is there', () => {
    const long = { ...CALLED_LONG_AGO };
    expect(fate(decided(answer, { journey: long }, { witness: 'foreign' }))).toBe(
      'dead-letter unavailable-too-long',
    );
  });

  it('tells what it was', () => {
    expect(decided(answer, { journey: metBefore }, CONFIRMED)).toMatchObject({
      journey: { lastStatus: Number(status), lastContentType: 'text/html', lastBody: '<html>Hello</html>' },
    });
  });
});

describe('a task that is being assigned', () => {
  const assigning = response(409, { title: 'INVALID_STATE', detail: "but it is in state 'ASSIGNING'" });
  const after = (...attempts: Attempt[]) => {
    let before = journey();
    for (const attempt of attempts) {
      const outcome = decided(attempt, { journey: before });
      if (outcome.type !== 'requeue') throw new Error(`expected a requeue, got ${outcome.type}`);
      before = outcome.journey;
    }
    return fate(decided(assigning, { journey: before }));
  };

  it.each<[string, string, Attempt[]]>([
    ['dead-letter wrong-state', 'no call', []],
    ['requeue', '504', [response(504)]],
    ['requeue', 'no answer', [NO_ANSWER]],
    ['requeue', '524 of a proxy', [page(524)]],
    ['requeue', '504 and the same 409', [response(504), assigning]],
    ['requeue', '504 and no token', [response(504), NO_CREDENTIALS]],
    ['dead-letter wrong-state', 'no connection', [answers.NO_CONNECTION]],
    ['dead-letter wrong-state', '504 and 503', [response(504), response(503)]],
    ['requeue', '504 and 503 of an ingress', [response(504), page(503)]],
    ['requeue', '504 and 401 of a proxy', [response(504), page(401)]],
    ['dead-letter wrong-state', '503', [response(503)]],
  ])('is %s after %s', (expected, _, attempts) => {
    expect(after(...attempts)).toBe(expected);
  });

  it('may still be under way where Camunda speaks of a path, and not of the task', () => {
    const path = response(404, { title: 'Not Found', detail: 'No static resource' });
    const before = journey({ attempts: 1, firstTriedAt: afterSent(1), underWay: true });
    const outcome = decided(path, { journey: before }, { witness: 'camunda' });
    expect(outcome).toMatchObject({ type: 'requeue', journey: { underWay: true } });
  });

  it('is not where Camunda has said anything else of it', () => {
    const before = journey({ attempts: 1, firstTriedAt: afterSent(1), underWay: true });
    expect(decided(response(404), { journey: before })).toMatchObject({ journey: { underWay: undefined } });
  });

  it('is not where another answer is to a request that went out twice', () => {
    expect(decided(response(503, { isRepeat: true }))).toMatchObject({ journey: { underWay: undefined } });
  });

  it('is waited for where the answer is to a request that went out twice', () => {
    expect(fate(decided({ ...assigning, isRepeat: true }))).toBe('requeue');
  });

  it('is waited for until the retry budget ends, and then is in a wrong state', () => {
    const before = { ...CALLED_LONG_AGO, underWay: true };
    expect(decided(assigning, { journey: before })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'wrong-state', reason: expect.stringContaining('86400 s') },
    });
  });
});

describe('a 503 when the retry budget is used up', () => {
  const before = journey({ attempts: 1, firstTriedAt: CALLED_LONG_AGO.firstTriedAt });
  const unavailable = response(503, { title: 'UNAVAILABLE' });

  it('has the cluster asked for its partitions', () => {
    expect(decided(unavailable, { journey: before })).toEqual({ type: 'ask', about: 'partitions' });
  });

  it.each<[string, Evidence, string]>([
    ['does not exist', { partitions: 3 }, 'dead-letter rejected'],
    ['exists', { partitions: 4 }, 'dead-letter unavailable-too-long'],
    ['is not known', { partitions: 'unknown' }, 'dead-letter unavailable-too-long'],
  ])('of a key whose partition %s', (_, evidence, expected) => {
    expect(fate(decided(unavailable, { journey: before }, evidence))).toBe(expected);
  });

  it('is asked for of a message that is held back as well', () => {
    const held = { type: 'held', quietMs: 1 } as const;
    const suspect = { ...before, lastStatus: 503, lastTitle: 'UNAVAILABLE' };
    expect(decided(held, { journey: suspect })).toEqual({ type: 'ask', about: 'partitions' });
    expect(fate(decided(held, { journey: suspect }, { partitions: 3 }))).toBe('dead-letter rejected');
  });

  it.each([
    ['backpressure', response(503, { title: 'RESOURCE_EXHAUSTED' })],
    ['an ingress', page(503)],
    ['504', response(504)],
  ])('asks nothing after %s', (_, attempt) => {
    expect(fate(decided(attempt, { journey: before }))).toBe('dead-letter unavailable-too-long');
  });
});

describe('the journey after an attempt', () => {
  it('counts every call that left the process', () => {
    const before = journey({ attempts: 3, firstTriedAt: afterSent(1) });
    expect(decided(response(503, { calls: 2 }), { journey: before })).toMatchObject({
      journey: { attempts: 5 },
    });
  });

  it.each(NO_TOKEN)('counts nothing where there was %s', (_, attempt) => {
    const before = journey({ attempts: 3, firstTriedAt: afterSent(1), lastStatus: 503, lastTitle: 'BUSY' });
    expect(decided(attempt, { journey: before })).toMatchObject({ journey: before });
  });

  it('has the time of the first call, set by that call', () => {
    expect(decided(response(503))).toMatchObject({
      journey: { firstTriedAt: new Date(NOW - 100).toISOString() },
    });
  });

  it('keeps the time of the first call ever after', () => {
    const before = journey({ attempts: 1, firstTriedAt: afterSent(1) });
    expect(decided(response(503), { journey: before })).toMatchObject({
      journey: { firstTriedAt: afterSent(1) },
    });
  });

  it('has the last answer only', () => {
    const before = journey({
      attempts: 1,
      firstTriedAt: afterSent(1),
      lastStatus: 429,
      lastTitle: 'BUSY',
      lastDetail: 'Wait.',
    });
    expect(
      decided(response(503, { title: undefined, detail: undefined }), { journey: before }),
    ).toMatchObject({
      journey: { lastStatus: 503, lastTitle: undefined, lastDetail: undefined },
    });
    expect(decided(NO_ANSWER, { journey: before })).toMatchObject({
      journey: { lastStatus: undefined, lastTitle: undefined, lastDetail: 'no answer in time' },
    });
  });

  it('keeps where the request came from', () => {
    const { attempts: _, ...origin } = journey({ unreadable: 'a journey of somebody else' });
    expect(decided(response(409), { journey: { attempts: 1, ...origin } })).toMatchObject({
      journey: origin,
    });
  });
});

describe('Retry-After', () => {
  it.each([
    [503, '120', 120],
    [429, '120', 120],
    [502, '120', 120],
    [504, '120', 120],
    [401, '120', 120],
    [503, '3600', 900],
    [503, 'garbage', 1],
    [503, new Date(NOW + 30_000).toUTCString(), 30],
  ])('of a %i, %s, is the least delay', (status, retryAfter, delaySeconds) => {
    expect(decided(response(status, { retryAfter }))).toMatchObject({ type: 'requeue', delaySeconds });
  });
});

describe('the delay of a copy', () => {
  const AFTER_TEN_MINUTES = requeueDelay({ ageSeconds: 600, leastSeconds: 0, ...NEVER_EXPIRES });

  it('comes from the age of the request', () => {
    const before = journey({ attempts: 1, firstTriedAt: new Date(NOW - 600_000).toISOString() });
    expect(decided(response(503), { journey: before })).toMatchObject({
      type: 'requeue',
      delaySeconds: AFTER_TEN_MINUTES,
    });
  });

  it('ends with the expiry of the request, whatever Retry-After says', () => {
    const request = { userTaskKey: KEY, expiresAt: new Date(NOW + 7_900).toISOString() };
    expect(decided(response(503, { retryAfter: '30' }), { request })).toMatchObject({ delaySeconds: 7 });
  });

  it.each([
    ['refused', response(503), 1],
    ['never called for want of a token', NO_CREDENTIALS, 1],
    ['not attempted on its last receive', OUT_OF_TIME, 5],
  ])(
    'there is none in the last second before the expiry: %s, it is dead-lettered as expired',
    (_, attempt, receiveCount) => {
      const expiresAt = new Date(NOW + 999).toISOString();
      const outcome = decided(attempt, { receiveCount, request: { userTaskKey: KEY, expiresAt } });
      expect(outcome).toMatchObject({
        type: 'dead-letter',
        journey: { kind: 'expired', reason: `expiresAt ${expiresAt} passes before it could be tried again` },
      });
    },
  );

  it('is the shortest where the request expires in a second', () => {
    const request = { userTaskKey: KEY, expiresAt: new Date(NOW + 1_000).toISOString() };
    expect(decided(response(503), { request })).toMatchObject({ type: 'requeue', delaySeconds: 1 });
  });

  it('of a message that was not attempted grows with its age too', () => {
    const before = journey({ attempts: 1, firstTriedAt: new Date(NOW - 600_000).toISOString() });
    expect(decided(OUT_OF_TIME, { receiveCount: 5, journey: before })).toMatchObject({
      delaySeconds: AFTER_TEN_MINUTES,
    });
  });
});

describe('a request that leaves no room for a journey', () => {
  it('is a dead letter that says so', () => {
    const outcome = tooLargeToRetry(journey(), NOW);
    expect(fate(outcome)).toBe('dead-letter malformed');
    expect(reasonOf(outcome)).toContain('too large to retry');
  });
});

describe('a message that was held and never attempted', () => {
  const HELD = { type: 'held', quietMs: 8_000 } as const;

  it('is requeued as it was', () => {
    const delaySeconds = heldDelay({ quietSeconds: 8, ...NEVER_EXPIRES });
    expect(decided(HELD)).toEqual({ type: 'requeue', delaySeconds, journey: journey() });
  });

  it('is requeued on its last receive as well', () => {
    expect(fate(decided(HELD, { receiveCount: 5 }))).toBe('requeue');
  });

  it('spends nothing of a budget that its calls have not spent', () => {
    const before = journey({ attempts: 3, firstTriedAt: new Date(NOW - 3_600_000).toISOString() });
    expect(decided(HELD, { journey: before })).toMatchObject({ type: 'requeue', journey: before });
  });

  it('is a dead letter where that budget is spent', () => {
    expect(decided(HELD, { journey: CALLED_LONG_AGO })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'unavailable-too-long', attempts: 9 },
    });
  });

  it('is a dead letter where it has expired while it waited', () => {
    expect(decided(HELD, { request: EXPIRED })).toMatchObject({
      type: 'dead-letter',
      journey: { kind: 'expired' },
    });
  });
});
