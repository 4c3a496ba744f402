import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEAD_LETTER_KINDS,
  failureLine,
  formatJourney,
  type Journey,
  parseJourney,
} from '../../../client/contract/journey.ts';
import { journey } from '../../support/messages.ts';
import { senderAttributes } from '../../support/sender-attributes.ts';
import { sqsTakesText } from '../../support/sqs-rules.ts';

const time = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** Text as the function puts it into a journey: in one line already. */
const line = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .map((text) => text.replace(/[\p{C}\p{Z}]/gu, 'x'));
const anything = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\uffff', '\n')),
});

const journeys: fc.Arbitrary<Journey> = fc.record(
  {
    attempts: fc.nat(),
    firstTriedAt: time,
    firstSentAt: time,
    firstMessageId: line,
    senderId: line,
    lastStatus: fc.integer({ min: 100, max: 999 }),
    lastTitle: line,
    lastDetail: line,
    kind: fc.oneof(fc.constantFrom(...DEAD_LETTER_KINDS), line),
    reason: line,
    failedAt: time,
    setAside: senderAttributes.map((attributes) =>
      [...attributes].map(([name, attribute]) => ({ name, ...attribute })),
    ),
    unreadable: fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\ufffe\uffff]/g, '')),
  },
  { requiredKeys: ['attempts', 'firstSentAt', 'firstMessageId'] },
);

const VALID = {
  attempts: 3,
  firstTriedAt: '2026-11-23T12:00:00.000Z',
  firstSentAt: '2026-11-23T11:59:00.000Z',
  firstMessageId: 'm-1',
  senderId: 'AROAEXAMPLE:producer',
  lastStatus: 503,
  lastTitle: 'RESOURCE_EXHAUSTED',
  lastDetail: 'Expected to handle the request, but the cluster is under pressure',
};

function parseWith(fields: Record<string, unknown>): Journey | undefined {
  return parseJourney(JSON.stringify({ ...VALID, ...fields }));
}

describe('a journey', () => {
  it('comes back from its attribute as it was', () => {
    fc.assert(
      fc.property(journeys, (journey) => {
        expect(parseJourney(formatJourney(journey))).toEqual(journey);
      }),
    );
  });

  it('is always text that SQS takes, whatever is in it', () => {
    fc.assert(
      fc.property(anything, anything, (lastDetail, unreadable) => {
        const text = formatJourney(journey({ lastDetail, unreadable }));
        expect(sqsTakesText(text)).toBe(true);
      }),
    );
  });

  it('need not say more than where the request came from', () => {
    const { attempts, firstSentAt, firstMessageId } = VALID;
    const least = { attempts, firstSentAt, firstMessageId };
    expect(parseJourney(JSON.stringify(least))).toEqual(least);
  });
});

describe('a forged journey counts as absent', () => {
  it.each([
    ['empty', ''],
    ['not JSON', 'attempts: 3'],
    ['JSON that breaks off', JSON.stringify(VALID).slice(0, -1)],
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"journey"'],
    ['an empty object', '{}'],
    ['8,000 arrays deep', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
  ])('where it is %s', (_, text) => {
    expect(parseJourney(text)).toBeUndefined();
  });

  it.each([
    ['attempts are text', { attempts: '3' }],
    ['attempts are negative', { attempts: -1 }],
    ['attempts are a fraction', { attempts: 1.5 }],
    ['attempts are huge', { attempts: 1e308 }],
    ['attempts are null', { attempts: null }],
    ['firstTriedAt is a number', { firstTriedAt: 1_795_435_200_000 }],
    ['firstTriedAt is words', { firstTriedAt: 'yesterday' }],
    ['firstTriedAt is null', { firstTriedAt: null }],
    ['firstSentAt is missing', { firstSentAt: undefined }],
    ['firstSentAt is not a day', { firstSentAt: '2026-02-30T00:00:00Z' }],
    ['firstSentAt is beyond all years', { firstSentAt: '+275760-09-13T00:00:00.001Z' }],
    ['firstMessageId is missing', { firstMessageId: undefined }],
    ['firstMessageId is an object', { firstMessageId: { id: 'm-1' } }],
    ['senderId is a number', { senderId: 123_456_789_012 }],
    ['lastStatus is text', { lastStatus: '503' }],
    ['lastStatus is no status', { lastStatus: 99 }],
    ['lastStatus is huge', { lastStatus: 1_000 }],
    ['lastTitle is an array', { lastTitle: ['a'] }],
    ['lastDetail is a number', { lastDetail: 1 }],
    ['kind is a number', { kind: 1 }],
    ['kind is an object', { kind: {} }],
    ['reason is a boolean', { reason: true }],
    ['failedAt is empty', { failedAt: '' }],
    ['setAside is an object', { setAside: {} }],
    ['unreadable is an object', { unreadable: {} }],
  ])('where %s', (_, fields) => {
    expect(parseWith(fields)).toBeUndefined();
  });

  it('and never is an error, whatever the text', () => {
    const texts = fc.oneof(
      anything,
      fc.json(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(VALID), 'setAside', '__proto__'), fc.jsonValue())
        .map((fields) => JSON.stringify({ ...VALID, ...fields })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => parseJourney(text)).not.toThrow();
      }),
    );
  });
});

describe('a forged journey is made harmless', () => {
  it.each([
    ['lastTitle', 256],
    ['lastDetail', 1024],
    ['reason', 1024],
    ['senderId', 256],
    ['firstMessageId', 100],
    ['kind', 64],
  ] as const)('by cutting a huge %s to %i characters', (field, maximum) => {
    expect(parseWith({ [field]: 'x'.repeat(100_000) })?.[field]?.length).toBe(maximum);
  });

  it.each(['lastTitle', 'lastDetail', 'reason', 'senderId', 'firstMessageId', 'kind'] as const)(
    'by replacing control characters in %s',
    (field) => {
      expect(parseWith({ [field]: 'a\u001b]0;title\u0007\u202eb' })?.[field]).toBe(
        'a\ufffd]0;title\ufffd\ufffdb',
      );
    },
  );

  it('by keeping a kind that only a newer function knows', () => {
    expect(parseWith({ kind: 'paused-process' })).toEqual({ ...VALID, kind: 'paused-process' });
  });

  it('by leaving out fields that it does not know', () => {
    expect(parseWith({ admin: true })).toEqual(VALID);
  });

  it('by not letting it reach the prototype', () => {
    const parsed = parseJourney(`{"__proto__":{"kind":"expired"},${JSON.stringify(VALID).slice(1)}`);
    expect(parsed?.kind).toBeUndefined();
  });
});

describe('a set-aside attribute', () => {
  const attribute = { name: 'colour', dataType: 'String', stringValue: 'red' };

  it.each([
    ['a String', attribute],
    ['a String with a label', { ...attribute, dataType: 'String.hue' }],
    ['a label that is a media type', { ...attribute, dataType: 'String.text/html; charset=utf-8' }],
    ['a type of 256 characters', { ...attribute, dataType: `String.${'x'.repeat(249)}` }],
    ['a value of several lines', { ...attribute, stringValue: 'a\tb\r\nc\u202e\ufffd😀' }],
    ['a whole number', { name: 'n', dataType: 'Number', stringValue: '42' }],
    ['a negative fraction', { name: 'n', dataType: 'Number', stringValue: '-0.5' }],
    ['a fraction without a nought', { name: 'n', dataType: 'Number', stringValue: '.5' }],
    ['an exponent', { name: 'n', dataType: 'Number.double', stringValue: '1.5E-10' }],
    ['38 digits', { name: 'n', dataType: 'Number', stringValue: '9'.repeat(38) }],
    ['bytes', { name: 'b', dataType: 'Binary', binaryValue: 'AAEC/w==' }],
    ['an image', { name: 'b', dataType: 'Binary.image/png', binaryValue: 'AAEC' }],
    ['a name of 256 characters', { ...attribute, name: 'n'.repeat(256) }],
    ['a name with full stops', { ...attribute, name: 'com.example.trace-id_1' }],
    ['a name that only starts like a reserved one', { ...attribute, name: 'AWSTrace' }],
  ])('that SQS took from a sender is kept: %s', (_, setAside) => {
    expect(parseWith({ setAside: [setAside] })?.setAside).toEqual([setAside]);
  });

  it.each([
    ['no name', { dataType: 'String', stringValue: 'x' }],
    ['an empty name', { ...attribute, name: '' }],
    ['a name of 257 characters', { ...attribute, name: 'n'.repeat(257) }],
    ['a blank in the name', { ...attribute, name: 'a b' }],
    ['a letter beyond ASCII in the name', { ...attribute, name: 'ſtop' }],
    ['a line break behind the name', { ...attribute, name: 'a\n' }],
    ['a reserved name', { ...attribute, name: 'AWS.x' }],
    ['a reserved name in small letters', { ...attribute, name: 'aws.x' }],
    ['the other reserved name', { ...attribute, name: 'aMaZoN.x' }],
    ['a full stop in front', { ...attribute, name: '.x' }],
    ['a full stop behind', { ...attribute, name: 'x.' }],
    ['two full stops', { ...attribute, name: 'a..b' }],
    ['no type', { name: 'a', stringValue: 'x' }],
    ['an unknown type', { ...attribute, dataType: 'Boolean' }],
    ['a type in small letters', { ...attribute, dataType: 'string' }],
    ['a type of 257 characters', { ...attribute, dataType: `String.${'x'.repeat(250)}` }],
    ['a control character in the type', { ...attribute, dataType: 'String.\u0000' }],
    ['no value', { name: 'a', dataType: 'String' }],
    ['an empty value', { ...attribute, stringValue: '' }],
    ['a value that is a number', { ...attribute, stringValue: 1 }],
    ['a control character', { ...attribute, stringValue: 'a\u0000' }],
    ['half a surrogate pair', { ...attribute, stringValue: 'a\ud800' }],
    ['a non-character', { ...attribute, stringValue: '\ufffe' }],
    ['a Number that is none', { name: 'n', dataType: 'Number', stringValue: 'many' }],
    ['a Number with a blank', { name: 'n', dataType: 'Number', stringValue: '1 ' }],
    ['a Binary with text', { name: 'b', dataType: 'Binary', stringValue: 'text' }],
    ['a String with bytes', { name: 's', dataType: 'String', binaryValue: 'AAEC' }],
    ['empty bytes', { name: 'b', dataType: 'Binary', binaryValue: '' }],
    ['bytes that are not base64', { name: 'b', dataType: 'Binary', binaryValue: '*' }],
    ['two values', { ...attribute, binaryValue: 'AAEC' }],
  ])('that SQS would refuse is not put back: %s', (_, setAside) => {
    expect(parseWith({ setAside: [setAside] })?.setAside ?? []).toEqual([]);
  });
});

describe('the text of a journey', () => {
  it('has another character in the place of those that SQS refuses', () => {
    const { lastDetail } = parseJourney(formatJourney(journey({ lastDetail: 'a\uffffb' }))) ?? {};
    expect(lastDetail).toBe('a\ufffdb');
  });

  it('may have times of any offset', () => {
    const firstSentAt = '2026-11-23T13:00:00+01:00';
    expect(parseWith({ firstSentAt })).toMatchObject({ firstSentAt });
  });
});

describe('the failure line', () => {
  it.each([
    [
      'of an answer with a problem detail',
      {
        kind: 'wrong-state',
        lastStatus: 409,
        lastTitle: 'INVALID_STATE',
        lastDetail: "Expected to assign user task with key '1'",
      },
      "wrong-state: 409 INVALID_STATE: Expected to assign user task with key '1'",
    ],
    ['of an answer without one', { kind: 'rejected', lastStatus: 400 }, 'rejected: 400'],
    ['of no kind', { lastStatus: 400 }, 'dead letter: 400'],
    [
      'of an answer with a title',
      { kind: 'not-found', lastStatus: 404, lastTitle: 'NOT_FOUND' },
      'not-found: 404 NOT_FOUND',
    ],
    [
      'of a broken contract',
      { kind: 'malformed', reason: 'body: expected a JSON object' },
      'malformed: body: expected a JSON object',
    ],
    [
      'of a reason and an answer',
      {
        kind: 'failed-repeatedly',
        reason: 'given up on receive 5',
        lastStatus: 500,
        lastTitle: 'INTERNAL_ERROR',
      },
      'failed-repeatedly: given up on receive 5; 500 INTERNAL_ERROR',
    ],
    [
      'of no answer',
      { kind: 'unavailable-too-long', reason: 'still unavailable', lastDetail: 'no answer in time' },
      'unavailable-too-long: still unavailable; no answer in time',
    ],
  ] as const)('%s', (_, fields, expected) => {
    expect(failureLine(journey(fields))).toBe(expected);
  });

  it('is at most 1,024 characters, one line, and text that SQS takes', () => {
    fc.assert(
      fc.property(anything, anything, (title, detail) => {
        const line = failureLine(
          journey({ kind: 'rejected', lastStatus: 400, lastTitle: title, lastDetail: detail.repeat(200) }),
        );
        expect(line.length).toBeLessThanOrEqual(1024);
        expect(line).not.toMatch(/[\r\n]/);
        expect(sqsTakesText(line)).toBe(true);
      }),
    );
  });
});
