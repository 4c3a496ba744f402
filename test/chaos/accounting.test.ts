import { describe, expect, it } from 'vitest';
import type { Journey } from '../../client/contract/journey.ts';
import { type Books, BY_FAULTS, type End, type Letter, settleAccounts } from './accounting.ts';
import { type Happening, describe as inWords, Ledger } from './ledger.ts';
import type { ChaosMessage, Fate } from './requests.ts';

const KEY = '2251799813685249';

function message(fate: Fate): ChaosMessage {
  return {
    fate,
    body: JSON.stringify({ userTaskKey: KEY }),
    key: fate === 'malformed' ? undefined : KEY,
    attributes: { tenant: { dataType: 'String', stringValue: 'a' } },
    traceHeader: 'Root=1',
    messageGroupId: undefined,
    isGuarded: ['theirs', 'just-taken', 'taken', 'changing'].includes(fate),
    changesAt: undefined,
    origin: fate === 'taken' ? { messageId: 'original', sentAt: -120_000 } : undefined,
  };
}

const JOURNEY: Journey = {
  attempts: 1,
  firstTriedAt: '2026-11-23T12:00:00.000Z',
  firstSentAt: '2026-11-23T12:00:00.000Z',
  firstMessageId: 'original',
};

function letter(journey: Partial<Journey>, wish: Partial<Letter> = {}): Letter {
  const { body, attributes, traceHeader, messageGroupId } = message('open');
  return {
    messageId: 'copy',
    body,
    attributes,
    traceHeader,
    messageGroupId,
    journey: { ...JOURNEY, failedAt: '2026-11-23T12:01:00.000Z', ...journey },
    failure: `${journey.kind}: why`,
    ...wish,
  };
}

type Fact = Happening extends infer T ? (T extends Happening ? Omit<T, 'at'> : never) : never;

const ENQUEUED: Fact = { type: 'enqueued', messageId: 'original' };
const DELIVERED: Fact = { type: 'delivered', messageId: 'original', receiveCount: 1 };
const called = (status: number): Fact => ({ type: 'called', call: { status } });
const READ: Fact = { type: 'called', call: { method: 'GET', status: 200 } };
const SUPERSEDED: Fact = { type: 'superseded' };
const UNANSWERED: Fact = { type: 'called', call: { fault: { kind: 'hang' }, abandoned: true } };
const FRONT: Fact = { type: 'called', call: { status: 404, fault: { kind: 'front', says: 'ingress-404' } } };
const CUT_OFF: Fact = { type: 'called', call: { fault: { kind: 'reset', at: 'body' } } };
const COPIED: Fact = {
  type: 'copied',
  to: 'dead-letter queue',
  sent: true,
  doubtful: false,
  fault: undefined,
};

interface Case {
  readonly fate: Fate;
  readonly unassigned?: number;
  readonly letters?: readonly Letter[];
  readonly history?: readonly Fact[];
  readonly strangers?: number;
  readonly byFaults?: readonly End[];
  readonly complaint?: string;
  readonly lostAt?: number;
}

function accountsOf(given: Case) {
  const {
    fate,
    unassigned = 0,
    letters = [],
    history = [],
    strangers = 0,
    byFaults = BY_FAULTS,
    complaint,
    lostAt = -120_000,
  } = given;
  const sent = message(fate);
  let now = 0;
  const ledger = new Ledger(() => {
    now += 20_000;
    return now;
  });
  ledger.expect([sent]);
  for (const fact of [ENQUEUED, ...history]) ledger.note(sent.body, fact);
  const books: Books = {
    messages: [sent],
    letters,
    historyOf: (body) => ledger.historyOf(body),
    unassigned: () => unassigned,
    complaintOf: () => complaint,
    lostAt: () => lostAt,
    strangers,
    byFaults,
    clusterWasDown: false,
    retryForSeconds: 60,
    maxReceiveCount: 5,
    queueMaxReceiveCount: 20,
  };
  return settleAccounts(books);
}

const REPEATEDLY = letter({
  kind: 'failed-repeatedly',
  lastStatus: 500,
  reason: 'given up on receive 5',
});
const TOO_LONG = letter({ kind: 'unavailable-too-long', lastStatus: 503 });
const MOVED = letter({}, { messageId: 'original', journey: undefined, failure: undefined });

describe('what adds up', () => {
  const good: readonly [string, Case][] = [
    ['a task that is unassigned', { fate: 'open', unassigned: 1, history: [DELIVERED, called(204)] }],
    ['unassigned twice', { fate: 'open', unassigned: 2 }],
    [
      '404',
      { fate: 'unknown', letters: [letter({ kind: 'not-found', lastStatus: 404 })], history: [called(404)] },
    ],
    [
      '404 with a body that broke off',
      {
        fate: 'completed',
        letters: [letter({ kind: 'not-found', lastStatus: 404 })],
        history: [CUT_OFF],
      },
    ],
    [
      'the same answer of a proxy twice',
      {
        fate: 'open',
        letters: [letter({ kind: 'foreign-answer', lastStatus: 404 })],
        history: [FRONT, called(503), FRONT],
      },
    ],
    [
      'a success that broke off twice',
      {
        fate: 'open',
        unassigned: 2,
        letters: [letter({ kind: 'foreign-answer', lastStatus: 200 })],
        history: [CUT_OFF, CUT_OFF],
      },
    ],
    [
      '409',
      {
        fate: 'in-transition',
        letters: [letter({ kind: 'wrong-state', lastStatus: 409 })],
        history: [called(409)],
      },
    ],
    ['malformed', { fate: 'malformed', letters: [letter({ kind: 'malformed' })] }],
    ['expired', { fate: 'expired', letters: [letter({ kind: 'expired' })] }],
    ['a failing cluster', { fate: 'open', letters: [REPEATEDLY], history: [called(500)] }],
    ['an outage', { fate: 'open', letters: [TOO_LONG], history: [called(503)] }],
    [
      'no answers for too long',
      { fate: 'open', letters: [letter({ kind: 'unavailable-too-long' })], history: [UNANSWERED] },
    ],
    ['somebody else has the task', { fate: 'taken', history: [DELIVERED, READ, SUPERSEDED] }],
    [
      'superseded by a call of its own that nobody heard of',
      { fate: 'theirs', unassigned: 1, history: [DELIVERED, READ, UNANSWERED, READ, SUPERSEDED] },
    ],
    ['moved by SQS', { fate: 'open', letters: [MOVED], history: Array(20).fill(DELIVERED) }],
    [
      'a copy more, after a send in doubt',
      { fate: 'open', unassigned: 1, history: [DELIVERED, { ...COPIED, doubtful: true }, COPIED] },
    ],
  ];
  it.each(good)('%s', (_name, given) => {
    const { findings, lost } = accountsOf(given);
    expect(findings).toEqual([]);
    expect(lost).toBe(0);
  });
});

describe('what does not', () => {
  const bad: readonly [string, Case, RegExp][] = [
    ['a lost task', { fate: 'open', history: [DELIVERED, called(503)] }, /LOST/],
    [
      'superseded although they have it',
      { fate: 'theirs', history: [DELIVERED, READ, SUPERSEDED] },
      /ended as superseded/,
    ],
    ['superseded without a word', { fate: 'taken', history: [DELIVERED, SUPERSEDED] }, /has not said so/],
    ['superseded too early', { fate: 'changing', history: [DELIVERED, READ, SUPERSEDED] }, /too early/],
    [
      'superseded before somebody else had it',
      { fate: 'taken', lostAt: 90_000, history: [DELIVERED, READ, SUPERSEDED] },
      /has not said so/,
    ],
    ['superseded and never said so', { fate: 'taken', history: [DELIVERED, READ] }, /LOST/],
    [
      'taken from somebody else',
      { fate: 'taken', unassigned: 1, history: [READ, called(204)] },
      /ended as unassigned/,
    ],
    ['taken from somebody known', { fate: 'theirs', unassigned: 1, complaint: 'known' }, /known/],
    ['a lost dead letter', { fate: 'malformed' }, /LOST/],
    ['unassigned past its expiry', { fate: 'expired', unassigned: 1 }, /ended as unassigned/],
    [
      'called past its expiry',
      { fate: 'expired', letters: [letter({ kind: 'expired' })], history: [called(503)] },
      /was called/,
    ],
    [
      'a good one as malformed',
      { fate: 'open', letters: [letter({ kind: 'malformed' })] },
      /ended as malformed/,
    ],
    [
      '404 that nobody said',
      { fate: 'unknown', letters: [letter({ kind: 'not-found', lastStatus: 404 })] },
      /never answered/,
    ],
    [
      'the wrong kind for a status',
      { fate: 'unknown', letters: [letter({ kind: 'not-found', lastStatus: 409 })], history: [called(409)] },
      /not-found after 409/,
    ],
    [
      'given up before the budget is over',
      {
        fate: 'open',
        letters: [
          letter({ kind: 'unavailable-too-long', lastStatus: 503, failedAt: '2026-11-23T12:00:59.000Z' }),
        ],
        history: [called(503)],
      },
      /after 59000 ms/,
    ],
    [
      'no answer, but all were answered',
      { fate: 'open', letters: [letter({ kind: 'unavailable-too-long' })], history: [called(204)] },
      /went unanswered/,
    ],
    [
      "a proxy's answer for good at once",
      {
        fate: 'open',
        letters: [letter({ kind: 'foreign-answer', lastStatus: 404 })],
        history: [FRONT, CUT_OFF],
      },
      /ended as foreign-answer/,
    ],
    [
      'the wrong one of several foreign answers',
      {
        fate: 'open',
        letters: [letter({ kind: 'foreign-answer', lastStatus: 200 })],
        history: [FRONT, FRONT, CUT_OFF],
      },
      /no two answers with 200/,
    ],
    [
      "a proxy's 404 for that of the cluster",
      {
        fate: 'open',
        letters: [letter({ kind: 'not-found', lastStatus: 404 })],
        history: [FRONT, FRONT],
      },
      /ended as not-found/,
    ],
    [
      'what the weather cannot have brought about',
      {
        fate: 'open',
        letters: [letter({ kind: 'foreign-answer', lastStatus: 404 })],
        history: [FRONT, FRONT],
        byFaults: [],
      },
      /ended as foreign-answer/,
    ],
    [
      "a failure that is a proxy's",
      {
        fate: 'open',
        letters: [{ ...REPEATEDLY, journey: { ...JOURNEY, ...REPEATEDLY.journey, lastStatus: 403 } }],
        history: [{ type: 'called', call: { status: 403, fault: { kind: 'front', says: 'waf-403' } } }],
      },
      /failed no call/,
    ],
    [
      'a cluster that failed no call',
      { fate: 'open', letters: [REPEATEDLY], history: [called(503)] },
      /failed no call/,
    ],
    [
      'given up too early',
      {
        fate: 'open',
        letters: [letter({ kind: 'failed-repeatedly', lastStatus: 500, reason: 'given up on receive 4' })],
        history: [called(500)],
      },
      /receive 4/,
    ],
    ['moved by SQS too early', { fate: 'open', letters: [MOVED], history: [DELIVERED] }, /after 1 receives/],
    [
      'a failure without a journey',
      { fate: 'malformed', letters: [letter({}, { journey: undefined, failure: 'malformed: why' })] },
      /without a journey/,
    ],
    [
      'a failure line of another kind',
      { fate: 'malformed', letters: [letter({ kind: 'malformed' }, { failure: 'expired: why' })] },
      /but expired: why/,
    ],
    [
      "somebody else's message id",
      { fate: 'malformed', letters: [letter({ kind: 'malformed', firstMessageId: 'other' })] },
      /firstMessageId other/,
    ],
    [
      'a lost attribute',
      { fate: 'malformed', letters: [letter({ kind: 'malformed' }, { attributes: {} })] },
      /attributes of the dead letter/,
    ],
    [
      'a changed attribute',
      {
        fate: 'malformed',
        letters: [
          letter({ kind: 'malformed' }, { attributes: { tenant: { dataType: 'String', stringValue: 'b' } } }),
        ],
      },
      /attributes of the dead letter/,
    ],
    [
      'a lost trace',
      { fate: 'malformed', letters: [letter({ kind: 'malformed' }, { traceHeader: undefined })] },
      /traceHeader of the dead letter/,
    ],
    [
      'a copy that no fault explains',
      { fate: 'open', unassigned: 1, history: [DELIVERED, COPIED, COPIED] },
      /2 copies of 1 deliveries/,
    ],
    [
      'a body that nobody sent',
      { fate: 'open', unassigned: 1, letters: [letter({ kind: 'malformed' }, { body: '{}' })] },
      /a dead letter with a body that nobody sent/,
    ],
    ['a copy with another body', { fate: 'open', unassigned: 1, strangers: 2 }, /^2 deliveries and copies/],
  ];
  it.each(bad)('%s', (_name, given, complaint) => {
    const { findings } = accountsOf(given);
    expect(findings.map(({ what }) => what).join('\n')).toMatch(complaint);
  });
});

it('counts ends and duplicates', () => {
  const { ends, lost, duplicates } = accountsOf({
    fate: 'open',
    unassigned: 2,
    letters: [TOO_LONG, TOO_LONG],
    history: [DELIVERED, called(503), DELIVERED, called(204), called(204)],
  });
  expect(ends.get('open')).toEqual(
    new Map([
      ['unavailable-too-long', 1],
      ['unassigned', 1],
    ]),
  );
  expect(lost).toBe(0);
  expect(duplicates).toEqual({
    deliveries: 2,
    calls: 3,
    mostCalls: 3,
    unassignedAgain: 1,
    severalLetters: 1,
    both: 1,
  });
});

it('tells a history in words', () => {
  expect(
    [ENQUEUED, DELIVERED, called(503), UNANSWERED, FRONT, COPIED].map((fact) => inWords({ at: 0, ...fact })),
  ).toEqual([
    'enqueued as original',
    'delivered, receive 1 of original',
    'called: 503',
    'called: hang, abandoned',
    'called: 404, ingress-404',
    'copy for the dead-letter queue, sent',
  ]);
});
