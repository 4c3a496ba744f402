import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../functions/unassign/cluster.ts';
import {
  type Attempt,
  decide,
  decideBeforeCall,
  heldDelay,
  isLoad,
  mayLackPartition,
  type Outcome,
  requeueDelay,
  retryAfterSeconds,
  tooLargeToRetry,
} from '../../../functions/unassign/outcome.ts';
import type { Message } from '../../../functions/unassign/request.ts';
import { afterSent, journey, KEY, message, SENT_AT } from '../../support/messages.ts';

const NOW = SENT_AT + 60_000;
const POLICY = { maxReceiveCount: 5, retryForSeconds: 86_400 };

type Response = Extract<Answer, { type: 'response' }>;

function response(status: number, wish: Partial<Response> = {}): Response {
  return {
    type: 'response',
    calls: 1,
    startedAt: NOW - 100,
    status,
    problem: true,
    title: 'A_TITLE',
    detail: 'A detail.',
    retryAfter: undefined,
    ...wish,
  };
}

const NO_ANSWER = { type: 'no-answer', calls: 1, startedAt: NOW - 100, cause: 'no answer in time' } as const;
const UNREADABLE = { type: 'unreadable', calls: 1, startedAt: NOW - 100, cause: 'not HTTP' } as const;
const NO_CREDENTIALS = {
  type: 'no-credentials',
  cause: 'the token endpoint gave no answer',
  refused: false,
  retryAfterSeconds: 0,
} as const;
const CLIENT_REFUSED = { ...NO_CREDENTIALS, cause: 'invalid_client', refused: true } as const;
const OUT_OF_TIME = { type: 'out-of-time' } as const;
const BUG = { type: 'bug', error: new TypeError('no such thing') } as const;

function decided(attempt: Attempt, wish: Partial<Message> = {}, now = NOW): Outcome {
  return decide(message(wish), attempt, { now, random: () => 0.5, policy: POLICY });
}

/** The outcome in two words: its type and, of a dead letter, its kind. */
function fate(outcome: Outcome): string {
  return outcome.type === 'dead-letter' ? `dead-letter ${outcome.journey.kind}` : outcome.type;
}

function reasonOf(outcome: Outcome): string | undefined {
  return outcome.type === 'dead-letter' ? outcome.journey.reason : undefined;
}

const CALLED_LONG_AGO = journey({ attempts: 9, firstTriedAt: new Date(NOW - 86_400_000).toISOString() });
const CALLED_ALMOST_AS_LONG_AGO = journey({
  attempts: 9,
  firstTriedAt: new Date(NOW - 86_399_000).toISOString(),
});
const EXPIRED = { userTaskKey: KEY, expiresAt: new Date(NOW).toISOString() };
const NOT_NOW: [string, Attempt][] = [
  ['503', response(503)],
  ['429', response(429)],
  ['502', response(502)],
  ['504', response(504)],
  ['401', response(401)],
  ['no answer', NO_ANSWER],
];
const NO_TOKEN: [string, Attempt][] = [
  ['a token endpoint that is down', NO_CREDENTIALS],
  ['a client that is refused', CLIENT_REFUSED],
];
const UNKNOWN: [string, Attempt][] = [
  ...[
    100, 103, 199, 300, 302, 304, 308, 402, 403, 405, 408, 410, 418, 422, 425, 500, 501, 505, 507, 599, 600,
    999,
  ].map((status): [string, Attempt] => [String(status), response(status)]),
  ['an answer that is not HTTP', UNREADABLE],
  ['a bug of ours', BUG],
];

describe('before the call', () => {
  it('a request leads to a call', () => {
    expect(decideBeforeCall(message(), NOW)).toEqual({ type: 'call', userTaskKey: KEY });
  });

  it('a request that breaks the contract is a dead letter with the reason', () => {
    const outcome = decideBeforeCall(message({ request: undefined, malformed: 'body: expected' }), NOW);
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
    expect(outcome).toMatchObject({ journey: { reason: expect.stringContaining(EXPIRED.expiresAt) } });
  });
});

describe('a key whose partition may not exist', () => {
  const suspect = { attempts: 3, lastStatus: 503, lastTitle: 'UNAVAILABLE' };

  it.each([
    ['after three attempts with a 503', suspect, true],
    ['after many', { ...suspect, attempts: 99 }, true],
    ['with a 503 that says nothing', { ...suspect, lastTitle: undefined }, true],
    ['in the words of 8.6', { ...suspect, lastTitle: 'io.camunda.zeebe.PartitionNotFoundException' }, true],
    ['after two attempts', { ...suspect, attempts: 2 }, false],
    ['under load', { ...suspect, lastTitle: 'RESOURCE_EXHAUSTED' }, false],
    ['after another status', { ...suspect, lastStatus: 504 }, false],
    ['after no answer', { ...suspect, lastStatus: undefined }, false],
  ])('is suspected %s: %j', (_, wish, suspected) => {
    expect(mayLackPartition(message({ journey: journey(wish) }))).toBe(suspected);
  });

  it('is not suspected where there is no key', () => {
    expect(mayLackPartition(message({ request: undefined, journey: journey(suspect) }))).toBe(false);
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

  it('is called while the number of partitions is not known', () => {
    expect(decideBeforeCall(message({ request: { userTaskKey: '1' } }), NOW)).toMatchObject({ type: 'call' });
  });
});

describe.each([200, 201, 202, 204, 205, 299])('%i', (status) => {
  it.each([
    ['on the first receive', {}],
    ['on the last receive', { receiveCount: 5 }],
    ['past the retry budget', { journey: CALLED_LONG_AGO }],
    ['past the expiry', { request: EXPIRED }],
  ])('is acknowledged %s', (_, wish) => {
    expect(decided(response(status), wish)).toEqual({ type: 'acknowledge' });
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
  ])(`is dead-lettered as ${kind} %s`, (_, wish) => {
    expect(fate(decided(response(status), wish))).toBe(`dead-letter ${kind}`);
  });

  it('leaves the status, title and detail in the journey, and the time', () => {
    expect(decided(response(status))).toMatchObject({
      journey: {
        attempts: 1,
        lastStatus: status,
        lastTitle: 'A_TITLE',
        lastDetail: 'A detail.',
        failedAt: new Date(NOW).toISOString(),
      },
    });
  });
});

describe('404', () => {
  it('without a problem detail says that it may be a wrong address', () => {
    const outcome = decided(response(404, { problem: false, title: undefined, detail: undefined }));
    expect(reasonOf(outcome)).toMatch(/without a problem detail.*CAMUNDA_REST_ADDRESS/);
  });

  it('with a problem detail says nothing of the kind', () => {
    expect(reasonOf(decided(response(404)))).toBeUndefined();
  });
});

describe.each([...NOT_NOW, ...NO_TOKEN])('%s', (_, attempt) => {
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
    expect(fate(decided(attempt, { ...wish, journey: CALLED_LONG_AGO }))).toBe(
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

describe('past the retry budget without a token', () => {
  it('the reason says what was missing', () => {
    expect(reasonOf(decided(CLIENT_REFUSED, { journey: CALLED_LONG_AGO }))).toContain('invalid_client');
  });
});

describe.each(UNKNOWN)('%s', (_, attempt) => {
  it.each([1, 2, 3, 4])('is redelivered on receive %i', (receiveCount) => {
    expect(fate(decided(attempt, { receiveCount }))).toBe('redeliver');
  });

  it.each([5, 6, 20])('is dead-lettered as failed-repeatedly on receive %i', (receiveCount) => {
    const outcome = decided(attempt, { receiveCount });
    expect(fate(outcome)).toBe('dead-letter failed-repeatedly');
    expect(reasonOf(outcome)).toContain(`receive ${receiveCount}`);
  });

  it('is redelivered past the retry budget too, which is for "not now"', () => {
    expect(fate(decided(attempt, { journey: CALLED_LONG_AGO }))).toBe('redeliver');
  });

  it('says why', () => {
    expect(decided(attempt)).toMatchObject({ reason: expect.stringMatching(/./) });
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

describe('every status', () => {
  it('from 100 to 999 has an outcome, and nothing but 2xx is ever acknowledged', () => {
    const statuses = fc.integer({ min: 100, max: 999 });
    const circumstances = fc.record({
      receiveCount: fc.integer({ min: 1, max: 25 }),
      problem: fc.boolean(),
      retryAfter: fc.option(fc.string(), { nil: undefined }),
      calledSecondsAgo: fc.option(fc.integer({ min: -100, max: 200_000 }), { nil: undefined }),
      expiresInSeconds: fc.option(fc.integer({ min: -100, max: 100_000 }), { nil: undefined }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(statuses, circumstances, (status, given) => {
        const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
        const { receiveCount, problem, retryAfter, calledSecondsAgo, expiresInSeconds } = given;
        const outcome = decide(
          message({
            receiveCount,
            journey: journey(calledSecondsAgo === undefined ? {} : { firstTriedAt: at(-calledSecondsAgo) }),
            request: {
              userTaskKey: KEY,
              ...(expiresInSeconds === undefined ? {} : { expiresAt: at(expiresInSeconds) }),
            },
          }),
          response(status, { problem, retryAfter }),
          { now: NOW, random: () => given.random, policy: POLICY },
        );
        expect(outcome.type === 'acknowledge').toBe(status >= 200 && status <= 299);
        expect(['acknowledge', 'requeue', 'dead-letter', 'redeliver']).toContain(outcome.type);
      }),
      { numRuns: 5_000 },
    );
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
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  const at = Date.parse('2026-11-06T08:49:07.000Z');

  it.each([
    ['none', undefined, 0],
    ['empty', '', 0],
    ['seconds', '30', 30],
    ['zero seconds', '0', 0],
    ['seconds with blanks around', ' 30 ', 30],
    ['900 s', '900', 900],
    ['over 900 s', '901', 900],
    ['hours', '86400', 900],
    ['more digits than a number holds', '9'.repeat(400), 900],
    ['negative seconds', '-5', 0],
    ['a fraction', '1.5', 0],
    ['an exponent', '1e3', 0],
    ['hexadecimal', '0x10', 0],
    ['words', 'soon', 0],
    ['a year', '2030 AD', 0],
    ['a day that is none', 'Sunny 2099', 0],
    ['a weekday and a year', 'Monday or so in 2099', 0],
    ['an ISO date', '2099-01-01T00:00:00Z', 0],
    ['an HTTP date', 'Fri, 06 Nov 2026 08:49:37 GMT', 30],
    ['an HTTP date of RFC 850', 'Friday, 06-Nov-26 08:49:37 GMT', 30],
    ['an HTTP date of asctime', 'Fri Nov  6 08:49:37 2026', 30],
    ['an HTTP date of asctime with two digits', 'Mon Nov 16 08:49:37 2026', 900],
    ['an HTTP date far ahead', 'Thu, 31 Dec 2099 00:00:00 GMT', 900],
    ['an HTTP date in the past', 'Thu, 05 Nov 2026 08:49:37 GMT', 0],
    ['an HTTP date with an impossible hour', 'Fri, 06 Nov 2026 28:49:37 GMT', 0],
  ])('%s', (_, header, seconds) => {
    expect(retryAfterSeconds(header, at)).toBe(seconds);
  });

  it.each(['Asia/Tokyo', 'America/New_York', 'UTC'])(
    'is read as UTC where the machine is in %s',
    (machine) => {
      process.env['TZ'] = machine;
      expect(retryAfterSeconds('Fri Nov  6 08:49:37 2026', at)).toBe(30);
    },
  );

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

  it('never is less than what was asked for, and never an error', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = retryAfterSeconds(header, at);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(900);
      }),
    );
  });
});

describe('the delay of a requeued copy', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const given = fc.record({
    ageSeconds: fc.oneof(
      fc.double({ min: 0, max: 20_000, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
    ),
    leastSeconds: fc.double({ min: 0, max: 900, noNaN: true }),
    secondsUntilExpiry: fc.oneof(
      fc.constant(Number.POSITIVE_INFINITY),
      fc.double({ min: 1, max: 2_000, noNaN: true }),
    ),
    random: random.map((value) => () => value),
  });

  function never(check: (delay: number, from: Parameters<typeof requeueDelay>[0]) => void): void {
    fc.assert(
      fc.property(given, (from) => check(requeueDelay(from), from)),
      { numRuns: 1_000 },
    );
  }

  it('is a number of whole seconds', () => {
    never((delay) => {
      expect(Number.isInteger(delay)).toBe(true);
    });
  });

  it('is from 1 to 900 s', () => {
    never((delay) => {
      expect(delay).toBeGreaterThanOrEqual(1);
      expect(delay).toBeLessThanOrEqual(900);
    });
  });

  it('never passes the expiry', () => {
    never((delay, { secondsUntilExpiry }) => {
      expect(delay).toBeLessThanOrEqual(secondsUntilExpiry);
    });
  });

  it('is at least what was asked for, as far as the expiry allows', () => {
    never((delay, { leastSeconds, secondsUntilExpiry }) => {
      expect(delay).toBeGreaterThanOrEqual(Math.min(leastSeconds, Math.floor(secondsUntilExpiry)));
    });
  });

  it('is between half and whole of a tenth of the age, where nothing else bounds it', () => {
    fc.assert(
      fc.property(fc.double({ min: 20, max: 9_000, noNaN: true }), random, (ageSeconds, value) => {
        const delay = requeueDelay({
          ageSeconds,
          leastSeconds: 0,
          secondsUntilExpiry: Number.POSITIVE_INFINITY,
          random: () => value,
        });
        expect(delay).toBeGreaterThanOrEqual(ageSeconds / 20);
        expect(delay).toBeLessThanOrEqual(Math.ceil(ageSeconds / 10));
      }),
    );
  });

  it.each([
    ['never called', 0, 0, 0.9, 1],
    ['called 10 min ago, the least', 600, 0, 0, 30],
    ['called 10 min ago, in the middle', 600, 0, 0.5, 45],
    ['called 10 min ago, almost the most', 600, 0, 0.999, 60],
    ['rounded up', 601, 0, 0, 31],
    ['called a day ago', 86_400, 0, 0, 900],
    ['asked for more than it would be', 600, 100, 0, 100],
    ['asked for less than it would be', 600, 10, 0, 30],
    ['asked for a fraction', 0, 2.1, 0, 3],
  ])('%s', (_, ageSeconds, leastSeconds, value, expected) => {
    const secondsUntilExpiry = Number.POSITIVE_INFINITY;
    expect(requeueDelay({ ageSeconds, leastSeconds, secondsUntilExpiry, random: () => value })).toBe(
      expected,
    );
  });

  it('comes from the age of the request', () => {
    const before = journey({ attempts: 1, firstTriedAt: new Date(NOW - 600_000).toISOString() });
    expect(decided(response(503), { journey: before })).toMatchObject({ type: 'requeue', delaySeconds: 45 });
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
    expect(decided(OUT_OF_TIME, { receiveCount: 5, journey: before })).toMatchObject({ delaySeconds: 45 });
  });
});

describe('a request that leaves no room for a journey', () => {
  it('is a dead letter that says so', () => {
    const outcome = tooLargeToRetry(journey(), NOW);
    expect(fate(outcome)).toBe('dead-letter malformed');
    expect(reasonOf(outcome)).toContain('too large to retry');
  });
});

describe('load', () => {
  it.each<[boolean, number, string | undefined, string | undefined]>([
    [true, 429, undefined, undefined],
    [true, 429, 'RESOURCE_EXHAUSTED', undefined],
    [true, 503, 'RESOURCE_EXHAUSTED', undefined],
    [true, 503, 'Backpressure: RESOURCE_EXHAUSTED', undefined],
    [true, 503, undefined, '30'],
    [true, 503, 'UNAVAILABLE', 'soon'],
    [false, 503, 'UNAVAILABLE', undefined],
    [false, 503, undefined, undefined],
    [false, 500, 'RESOURCE_EXHAUSTED', '30'],
    [false, 504, undefined, '30'],
    [false, 204, undefined, undefined],
  ])('%s for %d %s with Retry-After %s', (expected, status, title, retryAfter) => {
    expect(isLoad({ status, title, retryAfter })).toBe(expected);
  });
});

describe('a message that was held and never attempted', () => {
  const HELD = { type: 'held', quietMs: 8_000 } as const;

  it('is requeued as it was', () => {
    expect(decided(HELD)).toEqual({ type: 'requeue', delaySeconds: 6, journey: journey() });
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

  it.each([
    ['just served', 0, 0.5, 1],
    ['4 s without a success, the least', 4, 0, 2],
    ['4 s without a success, the most', 4, 0.999, 4],
    ['a minute', 60, 0.999, 10],
    ['a minute, the least', 60, 0, 5],
    ['an hour, almost the most', 3_600, 0.999, 36],
    ['a day', 86_400, 0, 432],
    ['a week', 604_800, 0.5, 900],
  ])('waits by the time without a success: %s', (_, quietSeconds, value, expected) => {
    const secondsUntilExpiry = Number.POSITIVE_INFINITY;
    expect(heldDelay({ quietSeconds, secondsUntilExpiry, random: () => value })).toBe(expected);
  });

  it('waits for whole seconds from 1 to 900, and never past its expiry', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.double({ min: 1, max: 2_000, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (quietSeconds, secondsUntilExpiry, value) => {
          const delay = heldDelay({ quietSeconds, secondsUntilExpiry, random: () => value });
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(1);
          expect(delay).toBeLessThanOrEqual(Math.min(900, secondsUntilExpiry));
        },
      ),
    );
  });
});
