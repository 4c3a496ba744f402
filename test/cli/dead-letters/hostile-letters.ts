// Dead letters that nobody means well with, as SQS can hold them: anybody who may send can put one there.
import * as fc from 'fast-check';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE } from '../../../client/contract/journey.ts';
import { sqsTakesText } from '../../support/sqs-rules.ts';
import type { WireAttribute, WireMessage } from './verbatim-queues.ts';

/** What a terminal obeys, shows as nothing, or shows the other way round, and what widths are counted wrong with. */
const NASTY = fc.constantFrom(
  '\u009b2J',
  '\u0085',
  '\u007f',
  '\u2028',
  '\u2029',
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\u2064',
  '\u206f',
  '\ufeff',
  '\u00ad',
  '\u180e',
  '\ufff9',
  '\u{e0041}',
  '\u{e007f}',
  '\u115f',
  '\u3164',
  '\ufffd',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '漢字',
  '😀',
  '👨‍👩‍👧',
  '🇩🇪',
  'é',
  'ﷺ',
  '"',
  '\\',
  '…',
  '%s%n',
  '$HOME',
  '$(reboot)',
);

/** What JSON can escape and SQS does not hold as it is. */
const ESCAPED = fc.constantFrom(
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u001b[31m',
  '\u0000',
  '\b',
  '\ud800',
  '\udfff',
  '\uffff',
);

/** Text that SQS takes. */
const nastyText = fc
  .array(fc.oneof(NASTY, fc.string({ maxLength: 8, unit: 'grapheme' })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '' && sqsTakesText(text));

/** Text as it can stand in JSON on the queue. */
const escapedText = fc
  .array(fc.oneof(NASTY, ESCAPED, fc.string({ maxLength: 8, unit: 'grapheme' })), { maxLength: 8 })
  .map((parts) => parts.join(''));

const longText = fc
  .tuple(escapedText, fc.constantFrom(300, 2_000, 20_000))
  .map(([text, times]) => `${text || 'x'}`.repeat(Math.ceil(times / Math.max(1, text.length))));

const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'then'] as const;

const KEYS = fc.oneof(
  fc.bigInt({ min: 1n, max: 9223372036854775807n }).map(String),
  fc.constantFrom('0', '007', '9223372036854775808', '99999999999999999999', '', '-1', '1e3'),
);

/** With {@link ESCAPED} written as JSON writes them. */
const json = (value: unknown) => JSON.stringify(value).replace(/[\uffff]/g, '\\uffff');

/** Bodies that have been, or could well be, taken for something else. */
const KNOWN_BODIES = [
  '['.repeat(1000),
  `${'['.repeat(1000)}${']'.repeat(1000)}`,
  `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`,
  `{"userTaskKey":"7","a":${'['.repeat(1000)}${']'.repeat(1000)}}`,
  `{"userTaskKey":9007199254740993}`,
  `{"userTaskKey":1e400}`,
  `{"userTaskKey":${'9'.repeat(400)}}`,
  `{"userTaskKey":"7","expiresAt":"0000-01-01T00:00:00+23:59"}`,
  `{"userTaskKey":"7","expiresAt":"9999-12-31T23:59:59-23:59"}`,
  `{"userTaskKey":"7","expiresAt":"2016-12-31T23:59:60Z"}`,
  '\ufeff{"userTaskKey":"7"}',
  'null',
  '""',
  '[]',
  '-0',
  ' ',
  '\n\n\n',
  '\r\n'.repeat(2000),
  'NaN',
  `{"userTaskKey":"7"}${' '.repeat(262_100)}`,
  `"${'\\u001b[2J'.repeat(26_000)}"`,
  `{"userTaskKey":"${'漢'.repeat(80_000)}"}`,
] as const;

const bodies = fc.oneof(
  nastyText,
  KEYS.map((key) => json({ userTaskKey: key })),
  fc.tuple(KEYS, KEYS).map(([one, other]) => `{"userTaskKey":"${one}","userTaskKey":"${other}"}`),
  fc.tuple(KEYS, KEYS).map(([one, other]) => `{"userTaskKey":"${one}","user\\u0054askKey":"${other}"}`),
  fc
    .tuple(KEYS, fc.constantFrom(...HOSTILE_NAMES), KEYS)
    .map(([key, name, other]) => `{"userTaskKey":"${key}","${name}":{"userTaskKey":"${other}"}}`),
  KEYS.map((key) => `{"__proto__":{"userTaskKey":"${key}"}}`),
  fc.constantFrom(...KNOWN_BODIES),
  fc.tuple(KEYS, escapedText).map(([key, text]) => json({ userTaskKey: key, expectedAssignee: text })),
  fc.tuple(KEYS, escapedText).map(([key, text]) => json({ userTaskKey: key, [text]: text })),
  fc.tuple(KEYS, escapedText).map(([key, text]) => json({ userTaskKey: key, expiresAt: text })),
  escapedText.map((text) => json({ userTaskKey: text })),
  longText.map((text) => json({ userTaskKey: '7', expectedAssignee: text })),
);

const times = fc.oneof(
  fc.constantFrom(
    '2026-11-23T11:00:00.000Z',
    '0000-01-01T00:00:00+23:59',
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59-23:59',
    '+275760-09-13T00:00:00.000Z',
    'NaN',
    '-1',
    '',
  ),
  escapedText,
);

const numbers = fc.oneof(
  fc.constantFrom<unknown>(
    -1,
    0,
    1,
    404,
    409,
    503,
    999,
    2 ** 53 - 1,
    2 ** 53,
    1e308,
    0.5,
    'NaN',
    '404',
    null,
    {},
    [],
    true,
  ),
  fc.integer(),
);

const kinds = fc.oneof(
  fc.constantFrom(
    'not-found',
    'rejected',
    'wrong-state',
    'expired',
    'malformed',
    'moved-by-sqs',
    'unexplained',
    'paused-process',
    ...HOSTILE_NAMES,
  ),
  escapedText,
);

const setAside = fc.array(
  fc.record({
    name: fc.constantFrom<string>(
      ...HOSTILE_NAMES,
      JOURNEY_ATTRIBUTE,
      FAILURE_ATTRIBUTE,
      'tenant',
      'a..b',
      '',
    ),
    dataType: fc.constantFrom('String', 'Number', 'Binary', 'String.漢', 'Nothing', ''),
    stringValue: escapedText,
  }),
  { maxLength: 12 },
);

/** Journeys that can be read for the most part, with something in them that the function would not write. */
const journeys = fc
  .record(
    {
      attempts: numbers,
      firstTriedAt: times,
      firstSentAt: times,
      firstMessageId: fc.oneof(escapedText, longText),
      senderId: fc.oneof(escapedText, longText),
      redriven: numbers,
      redrivenAt: times,
      lastStatus: numbers,
      lastTitle: fc.oneof(escapedText, longText),
      lastDetail: fc.oneof(escapedText, longText),
      lastContentType: escapedText,
      lastBody: fc.oneof(escapedText, longText),
      foreignStatus: numbers,
      underWay: fc.oneof(fc.boolean(), fc.constant('yes')),
      kind: kinds,
      reason: fc.oneof(escapedText, longText),
      failedAt: times,
      setAside,
      unreadable: fc.oneof(escapedText, longText),
    },
    { requiredKeys: [] },
  )
  .chain((damaged) =>
    fc.subarray(Object.keys(damaged), { maxLength: 6 }).map((kept) => ({
      attempts: 1,
      firstSentAt: '2026-11-22T11:00:00.000Z',
      firstMessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
      kind: 'not-found',
      ...Object.fromEntries(Object.entries(damaged).filter(([name]) => kept.includes(name))),
    })),
  );

/** A journey as almost any function writes one, with hostile texts where it takes any. */
const readableJourneys = fc.record({
  attempts: fc.nat(),
  firstSentAt: fc.constantFrom('2026-11-22T11:00:00.000Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'),
  firstMessageId: escapedText,
  senderId: escapedText,
  lastStatus: fc.integer({ min: 100, max: 999 }),
  lastTitle: escapedText,
  lastDetail: fc.oneof(escapedText, longText),
  kind: kinds,
  reason: escapedText,
  failedAt: fc.constantFrom('2026-11-23T11:00:00.000Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'),
});

const text = (StringValue: string): WireAttribute => ({ DataType: 'String', StringValue });

const journeyAttributes: fc.Arbitrary<WireAttribute> = fc.oneof(
  { weight: 3, arbitrary: readableJourneys.map((journey) => text(json(journey))) },
  { weight: 3, arbitrary: journeys.map((journey) => text(json(journey))) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      nastyText.map(text),
      fc.constantFrom<WireAttribute>(
        text('{"attempts":1,"attempts":-1}'),
        text('null'),
        text('['.repeat(1000)),
        text(`{"attempts":1${' '.repeat(100_000)}`),
        { DataType: 'Binary', BinaryValue: Buffer.from('{"attempts":1}').toString('base64') },
        { DataType: 'Number', StringValue: '1' },
      ),
    ),
  },
);

const senderAttributes = fc.uniqueArray(
  fc.tuple(
    fc.oneof(fc.constantFrom<string>(...HOSTILE_NAMES), fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)),
    fc.oneof<fc.Arbitrary<WireAttribute>[]>(
      nastyText.map(text),
      nastyText.map((label) => ({ DataType: `String.${label}`, StringValue: 'x' })),
      fc.constantFrom(
        { DataType: 'Number', StringValue: '1e125' },
        { DataType: 'Number', StringValue: '-0' },
      ),
      fc
        .uint8Array({ minLength: 1, maxLength: 300 })
        .map((bytes) => ({ DataType: 'Binary', BinaryValue: Buffer.from(bytes).toString('base64') })),
    ),
  ),
  { selector: ([name]) => name, maxLength: 8 },
);

const systemAttributes = fc.record(
  {
    SentTimestamp: fc.constantFrom('1795435200000', '0', '999999999999999', '-1', 'NaN', ''),
    SenderId: fc.oneof(escapedText, fc.constant('AROAEXAMPLE:\u001b[31mroot')),
    MessageGroupId: fc.oneof(
      fc.constantFrom('tenant-a', '!'.repeat(128), '$(reboot)'),
      fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
    ),
    AWSTraceHeader: fc.constantFrom('Root=1-5e272390-8c398be037738dc042009320', 'x'.repeat(1000)),
    DeadLetterQueueSourceArn: fc.constantFrom('arn:aws:sqs:us-east-1:123456789012:unassign', '\u001b[2J'),
    ApproximateReceiveCount: fc.constantFrom('1', 'NaN'),
  },
  { requiredKeys: [] },
);

/** A dead letter that nobody means well with. */
export const hostileLetter: fc.Arbitrary<WireMessage> = fc
  .record({
    Body: bodies.filter((body) => body !== '' && sqsTakesText(body)),
    Attributes: systemAttributes,
    sender: senderAttributes,
    journey: fc.option(journeyAttributes, { nil: undefined }),
    failure: fc.option(fc.oneof(nastyText, longText.filter(sqsTakesText)).map(text), { nil: undefined }),
  })
  .map(({ Body, Attributes, sender, journey, failure }) => ({
    Body,
    Attributes,
    MessageAttributes: [
      ...sender,
      ...(journey === undefined ? [] : [[JOURNEY_ATTRIBUTE, journey] as const]),
      ...(failure === undefined ? [] : [[FAILURE_ATTRIBUTE, failure] as const]),
    ],
  }));

/** One of each body, and one whose words are wide wherever they can be. */
export const KNOWN_LETTERS: readonly WireMessage[] = [
  ...KNOWN_BODIES.map((Body) => ({ Body, Attributes: {}, MessageAttributes: [] })),
  {
    Body: '{"userTaskKey":"7"}',
    Attributes: { SenderId: '漢字'.repeat(60) },
    MessageAttributes: [
      [
        JOURNEY_ATTRIBUTE,
        text(
          json({
            attempts: 1,
            firstSentAt: '2026-11-22T11:00:00.000Z',
            firstMessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
            kind: '漢字😀'.repeat(12),
            lastTitle: '漢字😀'.repeat(40),
            lastDetail: '漢字😀\u200b'.repeat(100),
          }),
        ),
      ],
    ],
  },
];
