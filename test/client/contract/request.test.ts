import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatRequest,
  kindOf,
  type ParsedBody,
  parseBody,
  parseRequest,
  partitionOf,
} from '../../../client/contract/request.ts';

const LARGEST_KEY = 2n ** 63n - 1n;
const LARGEST_BODY = 16 * 1024;
const KEY_EXPECTED =
  /userTaskKey: expected a string of 1 to 19 digits \(0 to 9\) without a leading zero, from 1 to 9223372036854775807/;
const TIME_EXPECTED =
  /expiresAt: expected a date and time with seconds and offset, in the form of 2026-11-23T12:00:00Z or /;
const ASSIGNEE_EXPECTED = 'expectedAssignee: expected 1 to 256 characters without control characters, got ';
const OBJECT_EXPECTED = /body: expected a JSON object/;

function bodyWith(fields: Record<string, unknown>): string {
  return JSON.stringify({ userTaskKey: '1', ...fields });
}

function reasonOf(body: string): string {
  const parsed = parseBody(body);
  return parsed.ok ? `accepted: ${JSON.stringify(parsed.request)}` : parsed.reason;
}

function parsedBySchema(body: string): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, reason: expect.stringMatching(/not JSON/) as unknown as string };
  }
  return parseRequest(value);
}

describe('a userTaskKey', () => {
  it.each([
    ['one digit', '1'],
    ['an ordinary key', '2251799813685249'],
    ['more than a JSON number holds', '9007199254740993'],
    ['19 digits', '1000000000000000000'],
    ['2^63-1', '9223372036854775807'],
  ])('may be %s', (_, userTaskKey) => {
    expect(parseBody(bodyWith({ userTaskKey }))).toEqual({ ok: true, request: { userTaskKey } });
  });

  it('may be any number from 1 to 2^63-1, and comes out as it went in', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: LARGEST_KEY }), (key) => {
        expect(parseBody(bodyWith({ userTaskKey: String(key) }))).toEqual({
          ok: true,
          request: { userTaskKey: String(key) },
        });
      }),
    );
  });

  it('may not be any number above 2^63-1', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: LARGEST_KEY + 1n, max: 10n ** 40n }), (key) => {
        expect(reasonOf(bodyWith({ userTaskKey: String(key) }))).toMatch(KEY_EXPECTED);
      }),
    );
  });

  it.each([
    ['missing', '{}', 'nothing'],
    ['a JSON number', '{"userTaskKey":2251799813685249}', 'the number 2251799813685249'],
    ['a fraction', '{"userTaskKey":1.5}', 'the number 1.5'],
    ['null', '{"userTaskKey":null}', 'null'],
    ['a boolean', '{"userTaskKey":true}', 'the boolean true'],
    ['an array', '{"userTaskKey":["1"]}', 'an array'],
    ['an object', '{"userTaskKey":{"key":"1"}}', 'an object'],
    ['empty', '{"userTaskKey":""}', 'an empty string'],
    ['zero', '{"userTaskKey":"0"}', 'the string "0"'],
    ['with a leading zero', '{"userTaskKey":"01"}', 'the string "01"'],
    [
      '19 digits of which the first is zero',
      '{"userTaskKey":"0123456789012345678"}',
      'the string "0123456789012345678"',
    ],
    ['negative', '{"userTaskKey":"-1"}', 'the string "-1"'],
    ['with a plus', '{"userTaskKey":"+1"}', 'the string "+1"'],
    ['hexadecimal', '{"userTaskKey":"0x10"}', 'the string "0x10"'],
    ['with an exponent', '{"userTaskKey":"1e3"}', 'the string "1e3"'],
    ['with a blank in front', '{"userTaskKey":" 1"}', 'the string " 1"'],
    ['with a blank behind', '{"userTaskKey":"1 "}', 'the string "1 "'],
    ['with a line break behind', '{"userTaskKey":"1\\n"}', 'the string "1\\n"'],
    ['with a path behind', '{"userTaskKey":"1/../2"}', 'the string "1/../2"'],
    ['with a matrix parameter', '{"userTaskKey":"1;x=1"}', 'the string "1;x=1"'],
    ['in digits that are not ASCII', '{"userTaskKey":"١٢"}', 'the string "١٢"'],
    ['2^63', '{"userTaskKey":"9223372036854775808"}', 'the string "9223372036854775808"'],
    ['20 digits', '{"userTaskKey":"10000000000000000000"}', 'the string "10000000000000000000"'],
  ])('may not be %s', (_, body, got) => {
    expect(reasonOf(body)).toMatch(KEY_EXPECTED);
    expect(reasonOf(body)).toContain(`got ${got}`);
  });

  it('as a JSON number is refused with a reason that says what to do', () => {
    expect(reasonOf('{"userTaskKey":9007199254740993}')).toContain('send the key as a string');
  });

  it.each([
    '9007199254741057',
    '9223372036854775807',
    '1e400',
    '-0',
    '1.0',
    '2251799813685249.000000000000001',
  ])('as a JSON number is shown as it was written: %s', (written) => {
    expect(reasonOf(`{"userTaskKey": ${written}}`)).toContain(`got the number ${written} (`);
    expect(reasonOf(written)).toContain(`got the number ${written}`);
  });

  it('as a JSON number beside something deep is refused all the same', () => {
    const deep = `${'['.repeat(8_000)}${']'.repeat(8_000)}`;
    expect(reasonOf(`{"userTaskKey":9007199254741057,"x":${deep}}`)).toMatch(KEY_EXPECTED);
  });

  it('as an endless JSON number does not make the reason long', () => {
    expect(reasonOf(`{"userTaskKey":${'1'.repeat(10_000)}}`).length).toBeLessThan(400);
  });

  it('that is absurdly long does not make the reason long', () => {
    expect(reasonOf(bodyWith({ userTaskKey: '1'.repeat(10_000) })).length).toBeLessThan(300);
  });
});

describe('an expiresAt', () => {
  it.each([
    '2026-11-23T12:00:00Z',
    '2026-11-23T12:00:00.123Z',
    '2026-11-23T12:00:00.123456789Z',
    '2026-11-23T12:00:00+01:00',
    '2026-11-23T12:00:00-11:30',
    '2028-02-29T00:00:00Z',
  ])('may be %s', (expiresAt) => {
    expect(parseBody(bodyWith({ expiresAt }))).toEqual({
      ok: true,
      request: { userTaskKey: '1', expiresAt },
    });
  });

  it('of null is none, and is not written again', () => {
    expect(parseBody('{"userTaskKey":"1","expiresAt":null}')).toStrictEqual({
      ok: true,
      request: { userTaskKey: '1' },
    });
  });

  it.each([
    ['2030-11-23T12:00Z', 'the seconds are missing'],
    ['2030-11-23T12:00+01:00', 'the seconds are missing'],
    ['2030-11-23T12Z', 'the minutes are missing, the seconds are missing'],
    ['2030-11-23t12:00:00Z', 'T and Z are capital letters'],
    ['2030-11-23T12:00:00z', 'T and Z are capital letters'],
    ['2030-11-23 12:00:00Z', 'a capital T stands before the time'],
    [
      '2030-11-23 12:00',
      'a capital T stands before the time, the seconds are missing, the offset is missing: Z, or one such as +01:00',
    ],
    ['2030-11-23T12:00:00+0100', 'an offset has hours, a colon and minutes'],
    ['2030-11-23T12:00:00-05', 'an offset has hours, a colon and minutes'],
    ['2030-11-23T12:00:00+24:00', 'an offset is less than a day'],
    ['2030-11-23T12:00:00+01:60', 'minutes of an offset go from 00 to 59'],
    ['2030-11-23T12:00:00', 'the offset is missing: Z, or one such as +01:00'],
    ['2030-11-23', 'the time is missing'],
    ['2030-11-23T24:00:00Z', 'hours go from 00 to 23'],
    ['2030-11-23T12:60:00Z', 'minutes go from 00 to 59'],
    ['2016-12-31T23:59:60Z', 'seconds go from 00 to 59, also in a leap second'],
    ['2030-11-23T12:00:00,5Z', 'a fraction of a second begins with a full stop'],
    ['2030-11-23T12:00:00.Z', 'a fraction of a second has digits'],
    ['20301123T120000Z', 'the hyphens of the date are missing'],
    ['2030-11-23T120000Z', 'the colons of the time are missing'],
    ['+002030-11-23T12:00:00Z', 'a year has four digits'],
    ['2030-02-30T12:00:00Z', 'there is no such day'],
    ['2030-13-01T12:00:00Z', 'there is no such day'],
    [' 2030-11-23T12:00:00Z', 'there are blanks around it'],
  ])('of %s hears what is wrong with it: %s', (expiresAt, fault) => {
    expect(reasonOf(bodyWith({ expiresAt }))).toMatch(TIME_EXPECTED);
    expect(reasonOf(bodyWith({ expiresAt }))).toContain(`got the string "${expiresAt}" (${fault})`);
  });

  it.each([
    ['a number', 1_795_435_200],
    ['empty', ''],
    ['without an offset', '2026-11-23T12:00:00'],
    ['a date', '2026-11-23'],
    ['a day that does not exist', '2026-02-30T12:00:00Z'],
    ['a leap day of another year', '2027-02-29T00:00:00Z'],
    ['an hour that does not exist', '2026-11-23T25:00:00Z'],
    ['an HTTP date', 'Mon, 23 Nov 2026 12:00:00 GMT'],
    ['words', 'tomorrow'],
    ['with a blank behind', '2026-11-23T12:00:00Z '],
  ])('may not be %s', (_, expiresAt) => {
    expect(reasonOf(bodyWith({ expiresAt }))).toMatch(TIME_EXPECTED);
  });

  it('that is accepted can always be read as a time', () => {
    const almostTimes = fc.stringMatching(
      /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,12})?(Z|[+-][0-2]\d:[0-6]\d)$/,
    );
    fc.assert(
      fc.property(almostTimes, (expiresAt) => {
        const parsed = parseBody(bodyWith({ expiresAt }));
        expect(!parsed.ok || Number.isFinite(Date.parse(parsed.request.expiresAt ?? ''))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('may be any moment that a date holds, in any zone', () => {
    const moments = fc.date({
      min: new Date('1970-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    });
    const offsets = fc.constantFrom('Z', '+00:00', '-05:00', '+05:45', '+14:00');
    fc.assert(
      fc.property(moments, offsets, (moment, offset) => {
        const expiresAt = moment.toISOString().replace('Z', offset);
        expect(parseBody(bodyWith({ expiresAt })).ok).toBe(true);
      }),
    );
  });
});

describe('an expectedAssignee', () => {
  it.each([
    ['a name', 'demo'],
    ['one character', 'a'],
    ['an address', 'anna.müller+x@example.org'],
    ['blanks around it', ' demo '],
    ['characters that JSON escapes', '"\\/\u2028'],
    ['what looks like a field', '","expiresAt":"'],
    ['256 characters', 'x'.repeat(256)],
    ['256 characters of two UTF-16 units each', '\u{1f600}'.repeat(256)],
    ['noncharacters, which SQS only takes escaped', '\ufffe\uffff'],
  ])('may be %s, and comes out as it went in', (_, expectedAssignee) => {
    expect(parseBody(bodyWith({ expectedAssignee }))).toStrictEqual({
      ok: true,
      request: { userTaskKey: '1', expectedAssignee },
    });
  });

  it('may stand beside an expiresAt', () => {
    const request = { userTaskKey: '1', expiresAt: '2026-11-23T12:00:00Z', expectedAssignee: 'demo' };
    expect(parseBody(JSON.stringify(request))).toStrictEqual({ ok: true, request });
  });

  const HINT = ' (a request for whoever has the task leaves this field out)';
  it.each<[string, unknown, string]>([
    ['null', null, `null${HINT}`],
    ['empty', '', `an empty string${HINT}`],
    ['a number', 4711, 'a number'],
    ['a boolean', true, 'a boolean'],
    ['a list', ['demo'], 'an array'],
    ['an object', { name: 'demo' }, 'an object'],
    ['257 characters', 'x'.repeat(257), '257 characters'],
    ['257 characters of two UTF-16 units each', '\u{1f600}'.repeat(257), '257 characters'],
    ['with NUL', 'demo\0', 'a string with the control character U+0000'],
    ['with a line break behind', 'demo\n', 'a string with the control character U+000A'],
    ['with a tab in front', '\tdemo', 'a string with the control character U+0009'],
    ['with DEL', 'demo\u007f', 'a string with the control character U+007F'],
    ['with a control character of C1', 'demo\u0085', 'a string with the control character U+0085'],
    ['with half a surrogate pair', 'demo\ud83d', 'a string with half a surrogate pair'],
    ['with the other half of one', '\ude00demo', 'a string with half a surrogate pair'],
  ])('may not be %s', (_, expectedAssignee, got) => {
    expect(reasonOf(bodyWith({ expectedAssignee }))).toBe(`${ASSIGNEE_EXPECTED}${got}`);
  });

  it('that is undefined is refused, where it is passed and not written', () => {
    expect(parseRequest({ userTaskKey: '1', expectedAssignee: undefined })).toEqual({
      ok: false,
      reason: `${ASSIGNEE_EXPECTED}nothing${HINT}`,
    });
  });

  it('that is refused is never shown: reasons go into logs', () => {
    const names = ['Anna Nowak\n', `Anna Nowak${'x'.repeat(300)}`, ['Anna Nowak'], { 'Anna Nowak': 1 }];
    for (const expectedAssignee of names) {
      expect(reasonOf(bodyWith({ expectedAssignee }))).not.toContain('Anna');
    }
  });

  it('that is accepted is kept by UTF-8, and has no control character', () => {
    fc.assert(
      fc.property(anyText, (expectedAssignee) => {
        const fine =
          [...expectedAssignee].length >= 1 &&
          [...expectedAssignee].length <= 256 &&
          Buffer.from(expectedAssignee).toString() === expectedAssignee &&
          !/\p{Cc}/u.test(expectedAssignee);
        expect(parseBody(bodyWith({ expectedAssignee })).ok).toBe(fine);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Half surrogate pairs and control characters included. */
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: 'binary', minLength: 250, maxLength: 260 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((unit) => String.fromCharCode(unit)) }),
);

describe('the body that is made of a request', () => {
  it('is read as that request, has only characters that SQS takes, and is within the largest', () => {
    const requests = fc.record(
      {
        userTaskKey: fc.bigInt({ min: 1n, max: LARGEST_KEY }).map(String),
        expiresAt: fc.constantFrom('2026-11-23T12:00:00Z'),
        expectedAssignee: fc.oneof(anyText, fc.constantFrom('\ufffe', 'a\uffff"\\', '\uffff'.repeat(256))),
      },
      { requiredKeys: ['userTaskKey'] },
    );
    fc.assert(
      fc.property(requests, (request) => {
        fc.pre(parseRequest(request).ok);
        const body = formatRequest(request);
        expect(parseBody(body)).toStrictEqual({ ok: true, request: { ...request } });
        expect(body).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
        expect(Buffer.byteLength(body)).toBeLessThan(2_000);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a body', () => {
  it.each([
    ['empty', ''],
    ['blank', '  '],
    ['not JSON', 'unassign 1, please'],
    ['JSON that breaks off', '{"userTaskKey":"1"'],
    ['JSON with something behind it', '{"userTaskKey":"1"} x'],
    ['JSON behind a byte order mark', '\ufeff{"userTaskKey":"1"}'],
    ['null', 'null'],
    ['an array', '[{"userTaskKey":"1"}]'],
    ['a string', '"1"'],
    ['a number', '1'],
    ['8,000 arrays deep', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
  ])('may not be %s', (_, body) => {
    expect(reasonOf(body)).toMatch(OBJECT_EXPECTED);
  });

  it('may not be deep inside a field either', () => {
    expect(reasonOf(`{"userTaskKey":${'['.repeat(8_000)}${']'.repeat(8_000)}}`)).toMatch(KEY_EXPECTED);
    expect(reasonOf(`${'{"userTaskKey":'.repeat(1_000)}"1"${'}'.repeat(1_000)}`)).toMatch(KEY_EXPECTED);
  });

  it.each(['assignee', 'userTaskkey', 'expires_at', '', '__proto__', 'constructor', 'toString'])(
    'may not have a field %j that the contract does not know',
    (field) => {
      expect(reasonOf(`{"userTaskKey":"1",${JSON.stringify(field)}:"x"}`)).toBe(
        `unknown field ${JSON.stringify(field)}: expected userTaskKey and, optionally, expiresAt and expectedAssignee`,
      );
    },
  );

  it('cannot hide its fields in __proto__', () => {
    expect(reasonOf('{"__proto__":{"userTaskKey":"1"}}')).toMatch(KEY_EXPECTED);
  });

  it('behind a byte order mark hears of that', () => {
    expect(reasonOf('\ufeff{"userTaskKey":"1"}')).toMatch(/not JSON: it begins with a byte order mark$/);
  });

  it('with several mistakes hears of all of them', () => {
    const reason = reasonOf('{"userTaskKey":1,"expiresAt":2,"expectedAssignee":3,"colour":"red"}');
    expect(reason).toMatch(KEY_EXPECTED);
    expect(reason).toMatch(TIME_EXPECTED);
    expect(reason).toContain(`${ASSIGNEE_EXPECTED}a number`);
    expect(reason).toContain('unknown field "colour"');
  });

  it('hears of one mistake after the other, each in the words of its own', () => {
    expect(reasonOf('{"userTaskKey":"x","expiresAt":2,"colour":"red","size":1}')).toBe(
      [
        'userTaskKey: expected a string of 1 to 19 digits (0 to 9) without a leading zero, from 1 to 9223372036854775807, got the string "x"',
        'expiresAt: expected a date and time with seconds and offset, in the form of 2026-11-23T12:00:00Z or 2026-11-23T13:00:00+01:00, got the number 2',
        'unknown field "colour", "size": expected userTaskKey and, optionally, expiresAt and expectedAssignee',
      ].join('; '),
    );
  });

  it('that is not JSON hears of nothing else', () => {
    expect(reasonOf('unassign 1, please')).toBe(
      'body: expected a JSON object such as {"userTaskKey":"2251799813685249"}, got text that is not JSON',
    );
  });

  it('may have blanks and line breaks between its fields', () => {
    expect(parseBody(' {\r\n\t"userTaskKey" : "1"\n}\n')).toEqual({
      ok: true,
      request: { userTaskKey: '1' },
    });
  });

  it('may be 16 KiB, and not a byte more', () => {
    const largest = '{"userTaskKey":"1"}'.padEnd(LARGEST_BODY);
    expect(parseBody(largest).ok).toBe(true);
    expect(reasonOf(`${largest} `)).toBe('body: expected at most 16384 bytes, got 16385');
  });

  it('is measured in bytes, not in characters', () => {
    const body = bodyWith({ expiresAt: 'ä'.repeat(10_000) });
    expect(body.length).toBeLessThan(LARGEST_BODY);
    expect(reasonOf(body)).toMatch(/^body: expected at most 16384 bytes, got 20\d{3}$/);
  });

  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => `{"userTaskKey":${json}}`),
    fc.dictionary(fc.string(), fc.jsonValue()).map((fields) => bodyWith(fields)),
    fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', 'userTaskKey', '1', '\\', '\ud800'))
      .map((parts) => parts.join('')),
  );

  it('that is almost an ordinary one is taken for what the schema finds in it', () => {
    const digits = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n * LARGEST_KEY }).map(String),
      fc.bigInt({ min: LARGEST_KEY - 9n, max: LARGEST_KEY + 9n }).map(String),
      fc.stringMatching(/^\d{0,21}$/),
    );
    const slip = fc.record({
      at: fc.nat({ max: 70 }),
      removed: fc.nat({ max: 1 }),
      added: fc.constantFrom('', '', '', '"', '0', ' ', '\n', '\\', ',', '}', '.', '-', '\u0661'),
    });
    const rest = fc.constantFrom('', '', ',"expectedAssignee":"demo"', ',"expectedAssignee":""');
    fc.assert(
      fc.property(digits, rest, slip, (key, fields, { at, removed, added }) => {
        const ordinary = `{"userTaskKey":"${key}"${fields}}`;
        const body = ordinary.slice(0, at) + added + ordinary.slice(at + removed);
        expect(parseBody(body)).toEqual(parsedBySchema(body));
      }),
      { numRuns: 5_000 },
    );
  });

  it('of any kind is either a request or refused with a reason, and never an error', () => {
    fc.assert(
      fc.property(text, (body) => {
        const parsed = parseBody(body);
        expect(parsed.ok ? parsed.request.userTaskKey : parsed.reason).toMatch(/./);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a value in words for people', () => {
  class Odd {}
  it.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['', 'an empty string'],
    ['x', 'the string "x"'],
    ['x'.repeat(64), `the string "${'x'.repeat(64)}"`],
    ['x'.repeat(65), `the string "${'x'.repeat(64)}…"`],
    [7, 'the number 7'],
    [true, 'the boolean true'],
    [7n, 'the bigint 7'],
    [() => 7, 'a function'],
    [Symbol('x'), 'a symbol'],
    [new Date(0), 'a Date'],
    [new Date('x'), 'an invalid Date'],
    [[], 'an array'],
    [new Odd(), 'an object'],
  ])('%# is %s', (value, words) => {
    expect(kindOf(value)).toBe(words);
  });

  it('comes with advice where a number was passed for a key', () => {
    expect(parseRequest({ userTaskKey: 7 })).toMatchObject({
      reason: expect.stringMatching(
        /, got the number 7 \(a JSON number loses digits above 2\^53-1: send the key as a string\)$/,
      ),
    });
  });
});

it.each([
  [1n, 0n],
  [2n ** 51n - 1n, 0n],
  [2n ** 51n, 1n],
  [2n ** 53n, 4n],
  [LARGEST_KEY, 4095n],
])('the key %d belongs to partition %d', (key, partition) => {
  expect(partitionOf(key)).toBe(partition);
});
