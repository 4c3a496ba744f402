// Reading dead letters: what the function writes, what SQS leaves, what anybody may have forged.
import type { Message } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEAD_LETTER_KINDS,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
  unpackAttributes,
} from '../../../client/contract/journey.ts';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import { matches } from '../../../client/dead-letters/filter.ts';
import {
  adviceFor,
  type DeadLetter,
  type DeadLetterFilter,
  exportLine,
  LETTER_KINDS,
  type LetterKind,
  planDiscard,
  planRedrive,
} from '../../../client/dead-letters/index.ts';
import { redriveMessage } from '../../../client/dead-letters/redrive-message.ts';
import { readMessageLine } from '../../../client/sending/message-line.ts';
import { sdkAttributes } from '../../../client/sqs/limits.ts';
import { journeyOf, readRecord } from '../../../functions/unassign/request.ts';
import { deadLetterCopy } from '../../../functions/unassign/sending/copy.ts';
import { delivered, stringAttributes } from '../../support/messages.ts';
import { senderAttribute, sqsText } from '../../support/sender-attributes.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';
import { type Burial, burial } from './dead-letter-stage.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const SENT_AT = NOW - 3_600_000;

/** A dead letter as it is received. */
function received(entry: Burial, system: Record<string, string> = {}): Message {
  return {
    MessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
    ReceiptHandle: 'handle',
    Body: entry.MessageBody,
    Attributes: {
      SentTimestamp: String(SENT_AT),
      ...(entry.MessageGroupId === undefined ? {} : { MessageGroupId: entry.MessageGroupId }),
      ...system,
    },
    MessageAttributes: entry.MessageAttributes,
  };
}

const read = (entry: Burial, system?: Record<string, string>) => readDeadLetter(received(entry, system), NOW);

describe('a dead letter', () => {
  it.each(DEAD_LETTER_KINDS)('of kind %s is read as the function wrote it', (kind) => {
    const letter = read(burial({ kind, end: { reason: 'because', attempts: 4 } }));
    expect(letter).toMatchObject({
      kind,
      reason: 'because',
      attempts: 4,
      firstSentAt: Date.parse('2025-06-01T12:00:00Z'),
      failedAt: Date.parse('2025-06-01T12:00:02Z'),
      sender: 'AROAEXAMPLE:producer',
    });
    expect(letter.failure).toMatch(new RegExp(`^${kind}: because`));
  });

  it.each(['paused-process', 'constructor', '__proto__', 'A kind of its own ✓'])(
    'of a kind that only a newer function knows is read as it is: %s',
    (kind) => {
      const letter = read(burial({ kind, end: { reason: 'because' } }));
      expect(letter).toMatchObject({ kind, failure: expect.stringMatching(new RegExp(`^${kind}: because`)) });
      expect(matches(letter, { kinds: new Set([kind]) })).toBe(true);
      expect(adviceFor(letter).meaning).toMatch(/newer version/);
    },
  );

  it.each(['', '\n', 'moved-by-sqs'])('of the kind %j, which no function writes, is unexplained', (kind) => {
    expect(read(burial({ kind })).kind).toBe('unexplained');
  });

  it('that SQS moved says so, with what an earlier copy remembers', () => {
    const attributes = { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue: REQUEUED } };
    const arn = 'arn:aws:sqs:eu-central-1:123456789012:unassign';
    const letter = read(
      { MessageBody: '{"userTaskKey":"5"}', MessageAttributes: attributes },
      { DeadLetterQueueSourceArn: arn },
    );
    expect(letter).toMatchObject({
      kind: 'moved-by-sqs',
      movedFrom: arn,
      status: 503,
      attempts: 7,
      failedAt: SENT_AT,
    });
    expect(letter.failure).toMatch(/^moved by SQS after too many receives/);
    expect(letter.attributes.size).toBe(0);
  });

  it('that SQS moved does not claim an earlier death, as a redrive from the console leaves it on', () => {
    const earlier = burial({ kind: 'wrong-state' });
    const arn = 'arn:aws:sqs:eu-central-1:123456789012:unassign';
    expect(read(earlier, { DeadLetterQueueSourceArn: arn }).kind).toBe('moved-by-sqs');
  });

  it('keeps a journey that cannot be read for people, and out of what is redriven', () => {
    const attributes = { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue: 'not a journey' } };
    const letter = read({ MessageBody: '{"userTaskKey":"5"}', MessageAttributes: attributes });
    expect(letter).toMatchObject({ kind: 'unexplained', unreadable: 'not a journey' });
    expect(exportLine(letter, NOW).unreadable).toBe('not a journey');
    expect(letter.attributes.size).toBe(0);
  });

  it('that nobody explains is unexplained', () => {
    expect(read({ MessageBody: 'hello' })).toMatchObject({
      kind: 'unexplained',
      failure: 'nothing on it says why it is here',
      request: { ok: false },
    });
  });

  it('cannot have failed, or been sent, after it came here', () => {
    const future = '2099-01-01T00:00:00.000Z';
    const letter = read(burial({ end: { failedAt: future } as object }));
    const forged = JSON.stringify({
      ...JSON.parse(REQUEUED),
      kind: 'rejected',
      firstSentAt: future,
      failedAt: future,
    });
    const attributes = { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue: forged } };
    expect(letter.failedAt).toBeLessThanOrEqual(SENT_AT);
    expect(read({ MessageBody: 'x', MessageAttributes: attributes })).toMatchObject({
      firstSentAt: SENT_AT,
      failedAt: SENT_AT,
    });
  });

  it.each([
    ['{"userTaskKey":"2251799813685249"}', '2251799813685249'],
    ['{"userTaskKey":9007199254740993}', '9007199254740993'],
    ['{"userTaskKey": "5", "assignee": null}', '5'],
    ['{"userTaskKey":"12345678901234567890"}', undefined],
    ['userTaskKey=5', undefined],
    // As JSON reads it, and so the function: the last one of the name, however it is spelt and wherever it stands.
    ['{"userTaskKey":"5","userTaskKey":"6"}', '6'],
    ['{"userTaskKey":5,"userTaskKey":9007199254740993}', '9007199254740993'],
    ['{"user\\u0054askKey":"5"}', '5'],
    ['{"userTaskKey":"\\u0035"}', '5'],
    [`{${' '.repeat(1_100)}"userTaskKey":"5"}`, '5'],
    [`{"a":"\\"userTaskKey\\":\\"6\\"","userTaskKey":"5"}`, '5'],
    ['{"task":{"userTaskKey":"6"}}', undefined],
    ['[{"userTaskKey":"6"}]', undefined],
    ['{"userTaskKey":5e3}', undefined],
    [`{"userTaskKey":"5","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '5'],
    // Not JSON: what looks like it.
    ['\ufeff{"userTaskKey":"5"}', '5'],
    ['{"userTaskKey":"5",}', '5'],
    ['', undefined],
  ])('%.40s is about %s', (body, key) => {
    expect(read({ MessageBody: body }).userTaskKey).toBe(key);
  });

  it('that keeps the contract is about the key that is executed, however its body is written', () => {
    const key = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
    const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\t'), maxLength: 1_500 });
    const escaped = (text: string) => text.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
    const name = fc.constantFrom('userTaskKey', escaped('userTaskKey'));
    const field = fc
      .tuple(name, key, blanks, fc.boolean())
      .map(([is, text, gap, escapes]) => `${gap}"${is}"${gap}:${gap}"${escapes ? escaped(text) : text}"`);
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 3 }), (fields) => {
        const { request, userTaskKey } = read({ MessageBody: `{${fields.join(',')}}` });
        expect(userTaskKey).toBe(request.ok && request.request.userTaskKey);
      }),
    );
  });

  it('is read whatever the SDK hands out in place of an attribute, and names it', () => {
    const part = fc.option(fc.oneof(fc.anything(), fc.constant('String')), { nil: undefined });
    const thing = fc.oneof(
      fc.anything(),
      fc.record({ DataType: part, StringValue: part, BinaryValue: part }, { requiredKeys: [] }),
    );
    const names = fc.constantFrom('__proto__', 'constructor', 'toString', 'tenant', JOURNEY_ATTRIBUTE);
    fc.assert(
      fc.property(fc.uniqueArray(names), fc.array(thing), (given, things) => {
        const attributes = Object.fromEntries(given.map((name, index) => [name, things[index]]));
        // What no type says, and the SDK does.
        const letter = read({ MessageBody: '{"userTaskKey":"5"}', MessageAttributes: attributes as never });
        const senders = given.filter((name) => name !== JOURNEY_ATTRIBUTE);
        expect([...letter.attributes.keys(), ...letter.lostAttributes].sort()).toEqual(senders.sort());
        expect(redriveMessage(letter, {}, NOW).ok).toBe(letter.lostAttributes.length === 0);
      }),
    );
  });

  it('is read whatever its attributes hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (body, journey, failure) => {
        const letter = read({
          MessageBody: body,
          MessageAttributes: {
            [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue: journey },
            [FAILURE_ATTRIBUTE]: { DataType: 'String', StringValue: failure },
          },
        });
        expect(letter.attributes.size).toBe(0);
        expect(readMessageLine(JSON.parse(JSON.stringify(exportLine(letter, NOW)))).ok).toBe(true);
      }),
    );
  });
});

const REQUEUED = JSON.stringify({
  attempts: 7,
  firstTriedAt: '2026-11-23T10:00:01.000Z',
  firstSentAt: '2026-11-23T10:00:00.000Z',
  firstMessageId: 'first',
  lastStatus: 503,
});

describe('what is redriven', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);
  const attributes = fc
    .uniqueArray(fc.tuple(name, senderAttribute), { maxLength: 10, selector: ([key]) => key })
    .map((entries) => new Map<string, MessageAttribute>(entries));

  /** The message as the function and the next look read it. */
  function redriven(letter: DeadLetter, now = NOW) {
    const redrivable = redriveMessage(letter, {}, now);
    if (!redrivable.ok) throw new Error(redrivable.reason);
    const { message } = redrivable;
    const MessageAttributes = sdkAttributes(message.attributes);
    const entry = { Id: '0', MessageBody: message.body, MessageAttributes };
    expect(sqsViolations([entry])).toEqual([]);
    return { message, unpacked: unpackAttributes(message.attributes), entry };
  }

  it('is what the sender sent, whatever that was, and SQS takes it', () => {
    fc.assert(
      fc.property(attributes, fc.option(sqsText, { nil: undefined }), (sent, reason) => {
        const body = '{"userTaskKey":"5"}';
        const letter = read(burial({ body, attributes: sent, end: { reason }, messageGroupId: 'tenant-a' }));
        const { message, unpacked } = redriven(letter);
        expect(message.body).toBe(body);
        expect(message.messageGroupId).toBe('tenant-a');
        expect(unpacked.attributes).toEqual(sent);
      }),
    );
  });

  it('keeps more attributes than SQS takes, as only a forged journey can bring them', () => {
    const setAside = [...stringAttributes(3)].map(([key, value]) => ({ name: `aside-${key}`, ...value }));
    const journey = JSON.stringify({ ...JSON.parse(REQUEUED), kind: 'not-found', setAside });
    const forged = Object.fromEntries([
      ...[...stringAttributes(9)].map(([key]) => [key, { DataType: 'String', StringValue: 'x' }]),
      [JOURNEY_ATTRIBUTE, { DataType: 'String', StringValue: journey }],
    ]);
    const letter = read({ MessageBody: '{"userTaskKey":"5"}', MessageAttributes: forged });
    expect(redriven(letter).unpacked.attributes.size).toBe(12);
  });

  it('says when and by whom it was first sent and that it was redriven, and nothing of what was tried', () => {
    const letter = read(burial({ end: { attempts: 7, firstTriedAt: '2025-06-01T12:00:01.000Z' } }));
    expect(redriven(letter).unpacked.journey).toEqual({
      attempts: 0,
      firstSentAt: '2025-06-01T12:00:00.000Z',
      firstMessageId: '11111111-1111-4111-8111-111111111111',
      senderId: 'AROAEXAMPLE:producer',
      redriven: 1,
      redrivenAt: '2026-11-23T12:00:00.000Z',
    });
  });

  it('says so of one that no function has touched', () => {
    const letter = read({ MessageBody: '{"userTaskKey":"5"}' }, { SenderId: 'AIDAEXAMPLE' });
    expect(redriven(letter).unpacked.journey).toEqual({
      attempts: 0,
      firstSentAt: new Date(SENT_AT).toISOString(),
      firstMessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
      senderId: 'AIDAEXAMPLE',
      redriven: 1,
      redrivenAt: '2026-11-23T12:00:00.000Z',
    });
  });

  it('is late again when the function has made it a dead letter again, and says how often it was redriven', () => {
    let letter = read(burial());
    for (let times = 1; times <= 3; times += 1) {
      const { entry } = redriven(letter, NOW - 3_600_000);
      const record = delivered(entry, { messageId: `copy-${times}`, sentAt: SENT_AT });
      const copy = readRecord(record, NOW);
      const dead = { ...journeyOf(copy), kind: 'not-found', failedAt: new Date(NOW).toISOString() } as const;
      letter = read(deadLetterCopy(copy, dead)?.entry ?? { MessageBody: '' });
    }
    const planner = planRedrive({}, NOW);
    planner.add(letter);
    expect([letter.redriven, letter.firstSentAt, planner.plan().late]).toEqual([
      3,
      Date.parse('2025-06-01T12:00:00Z'),
      1,
    ]);
  });

  it('goes without its journey rather than not at all, where there is no room for one', () => {
    const attribute = { dataType: 'String', stringValue: 'x'.repeat(1_048_576 - 40) };
    const letter = read(burial({ body: '{"userTaskKey":"5"}', attributes: new Map([['a', attribute]]) }));
    expect(redriven(letter).unpacked).toMatchObject({ journey: undefined, attributes: { size: 1 } });
  });

  it.each([
    ['as it is', '{ "userTaskKey":"5" }', {}, '{ "userTaskKey":"5" }'],
    [
      'with a new time',
      '{"userTaskKey":"5"}',
      { expiresAt: '2099-01-01T00:00:00Z' },
      '{"userTaskKey":"5","expiresAt":"2099-01-01T00:00:00Z"}',
    ],
    [
      'without its time',
      '{"userTaskKey":"5","expiresAt":"2020-01-01T00:00:00Z"}',
      { expiresAt: null },
      '{"userTaskKey":"5"}',
    ],
    [
      'with a new time and who must have the task',
      '{"userTaskKey":"5","expectedAssignee":"demo"}',
      { expiresAt: '2099-01-01T00:00:00Z' },
      '{"userTaskKey":"5","expectedAssignee":"demo","expiresAt":"2099-01-01T00:00:00Z"}',
    ],
    [
      'without its time and with who must have the task',
      '{"expectedAssignee":"d\\u0065mo\\uffff","expiresAt":"2020-01-01T00:00:00Z","userTaskKey":"5"}',
      { expiresAt: null },
      '{"userTaskKey":"5","expectedAssignee":"demo\\uffff"}',
    ],
  ])('goes back %s', (_, body, changes, expected) => {
    expect(redriveMessage(read(burial({ body })), changes, NOW)).toMatchObject({
      ok: true,
      message: { body: expected },
    });
  });

  it.each([
    ['Expired', '{"userTaskKey":"5","expiresAt":"2026-11-23T11:59:59Z"}'],
    ['Malformed', '{"userTaskKey":5}'],
  ])('is not what would come straight back: %s', (code, body) => {
    expect(redriveMessage(read(burial({ body })), {}, NOW)).toMatchObject({ ok: false, code });
  });
});

describe('a plan', () => {
  const day = 24 * 3_600_000;
  const sentAgo = (milliseconds: number) => ({ SentTimestamp: String(NOW - milliseconds) });

  it('says how many, which groups, how old, and what is left out', () => {
    const planner = planRedrive({}, NOW);
    planner.add(read(burial()));
    planner.add({ ...read({ MessageBody: '{"userTaskKey":"1"}' }, sentAgo(day)), messageId: 'young' });
    planner.add({ ...read({ MessageBody: '{"userTaskKey":"1"}' }, sentAgo(day + 1)), messageId: 'old' });
    planner.add({ ...read(burial({ body: 'x' })), messageId: 'bad' });
    expect(planner.plan()).toMatchObject({
      messageIds: new Set(['5fea7756-0ea4-451a-a703-a558b933e274', 'young', 'old']),
      groups: [{ count: 2 }, { count: 1 }],
      oldestRequestAt: '2025-06-01T12:00:00.000Z',
      late: 2,
      leftOut: [{ messageId: 'bad', code: 'Malformed' }],
    });
  });

  it('to redrive counts as late only what takes a task from whoever has it', () => {
    const planner = planRedrive({ bodies: new Map([['edited', '{"userTaskKey":"3"}']]) }, NOW);
    const old = (messageId: string, MessageBody: string) =>
      planner.add({ ...read({ MessageBody }, sentAgo(2 * day)), messageId });
    old('unguarded', '{"userTaskKey":"1"}');
    old('guarded', '{"userTaskKey":"2","expectedAssignee":"demo"}');
    old('edited', '{"userTaskKey":"3","expectedAssignee":"demo"}');
    expect(planner.plan()).toMatchObject({
      late: 2,
      messageIds: new Set(['unguarded', 'guarded', 'edited']),
    });
  });

  it('to discard leaves nothing out', () => {
    const planner = planDiscard(NOW);
    planner.add(read(burial({ body: 'x' })));
    expect(planner.plan().messageIds.size).toBe(1);
  });
});

describe('a filter', () => {
  const letter = read(
    burial({
      kind: 'wrong-state',
      body: '{"userTaskKey":"5"}',
      attributes: new Map([['tenant', { dataType: 'String', stringValue: 'Blue Inc' }]]),
      end: { lastStatus: 409, lastDetail: 'in state ASSIGNING' },
    }),
  );
  const failedAt = Date.parse('2025-06-01T12:00:02Z');

  it.each<[boolean, DeadLetterFilter]>([
    [true, {}],
    [true, { kinds: new Set(['expired', 'wrong-state']) }],
    [false, { kinds: new Set(['expired']) }],
    [true, { statuses: new Set([409]) }],
    [false, { statuses: new Set([404]) }],
    [true, { userTaskKeys: new Set(['5']) }],
    [false, { userTaskKeys: new Set(['6']) }],
    [true, { messageIds: new Set(['5fea7756-0ea4-451a-a703-a558b933e274']) }],
    [false, { messageIds: new Set(['other']) }],
    [true, { since: failedAt, until: failedAt }],
    [false, { since: failedAt + 1 }],
    [false, { until: failedAt - 1 }],
    [true, { text: 'assigning' }],
    [true, { text: 'BLUE' }],
    [false, { text: 'green' }],
    [false, { text: 'assigning', statuses: new Set([404]) }],
  ])('%s for %o', (expected, filter) => {
    expect(matches(letter, filter)).toBe(expected);
  });
});

describe('advice', () => {
  it.each<[LetterKind, number?, string?, string?]>([
    ...LETTER_KINDS.map((kind) => [kind] as [LetterKind]),
    ['of-a-newer-function'],
    ['rejected', 503, 'UNAVAILABLE'],
    ['not-found', 404],
    ['wrong-state', 409, 'INVALID_STATE', 'but the process instance is suspended.'],
  ])('is there for %s %s %s %s, in sentences', (kind, status, title, detail) => {
    const { meaning, steps } = adviceFor({ kind, status, title, detail });
    for (const sentence of [meaning, ...steps]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(steps.length).toBeGreaterThan(0);
  });

  it.each([
    ['not-found', 404, undefined, undefined, /gateway/],
    ['wrong-state', 409, undefined, undefined, /gateway/],
    ['rejected', 400, undefined, undefined, /gateway/],
    ['not-found', 404, 'NOT_FOUND', '', /Discard it/],
    ['rejected', 503, 'UNAVAILABLE', '', /another cluster/],
    ['rejected', 400, 'Bad Request', '', /--edit/],
    [
      'wrong-state',
      409,
      'INVALID_STATE',
      "Expected to process command for process instance with key '2251799813685250', but the process instance is suspended.",
      /Resume/,
    ],
  ] as const)('for %s with %s %s %s goes into it', (kind, status, title, detail, words) => {
    expect(adviceFor({ kind, status, title, detail }).steps.join(' ')).toMatch(words);
  });

  it.each([
    ['moved-by-sqs', /never finished with it/],
    ['wrong-state', /listener/],
    ['unavailable-too-long', /--rate/],
    ['expired', /--expires-in/],
  ] as const)('for %s says what helps', (kind, words) => {
    const { meaning, steps } = adviceFor({ kind, status: undefined, title: undefined, detail: undefined });
    expect([meaning, ...steps].join(' ')).toMatch(words);
  });
});
