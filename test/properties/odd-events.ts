// Records and whole events as nobody should hand them to the function: from a test console, a replay, a mistake.
import * as fc from 'fast-check';
import { SENT_AT } from '../support/messages.ts';

const MEBIBYTE = 1_048_576;

/** Bodies that are no request, of every kind that SQS can deliver and some that it cannot. */
export const badBody: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.json(),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc
    .tuple(
      fc.constant('{"userTaskKey":"2251799813685249","expiresAt":"2099-01-01T00:00:00Z"}'),
      fc.integer({ min: 0, max: 67 }),
    )
    .map(([text, length]) => text.slice(0, length)),
  fc.constantFrom(
    'x'.repeat(MEBIBYTE),
    `{"userTaskKey":"${'1'.repeat(10_000)}"}`,
    '['.repeat(10_000),
    '{"a":'.repeat(10_000),
    '{"userTaskKey":["1"],"__proto__":{"userTaskKey":"1"}}',
    '{"userTaskKey":"1","__proto__":{"expiresAt":"x"}}',
    '{"constructor":{"prototype":{"userTaskKey":"1"}}}',
    '{"userTaskKey":"1/../../secrets"}',
    '{"userTaskKey":"1\\u0000"}',
    '\ud800',
    '{"userTaskKey":"\ud800"}',
    '\ufeff{"userTaskKey":"1"}',
    '0'.repeat(20),
    '"2251799813685249"',
  ),
);

/** Whatever JSON can say where something else was expected. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, 0, -1, 1e300, '', 'text', [], {}, [null], {
    __proto__: null,
  }),
  fc.jsonValue({ maxDepth: 2 }),
);

const messageAttribute = fc.oneof(
  anything,
  fc.record(
    {
      dataType: fc.oneof(fc.constantFrom('String', 'Number', 'Binary', 'Foo', ''), anything),
      stringValue: fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), anything),
      binaryValue: fc.oneof(fc.constantFrom('AAEC', '!', ''), anything),
      stringListValues: anything,
      StringValue: anything,
    },
    { requiredKeys: [] },
  ),
);
const attributeName = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'UnassignJourney',
  'UnassignFailure',
  'AWS.x',
  '',
  'a b',
  'ok',
);
const messageAttributes = fc.oneof(
  anything,
  fc
    .array(fc.tuple(attributeName, messageAttribute), { maxLength: 12 })
    .map((entries) => Object.fromEntries(entries)),
);
const systemAttributes = fc.oneof(
  anything,
  fc.record(
    {
      ApproximateReceiveCount: fc.oneof(
        fc.constantFrom('1', '5', '-1', 'NaN', '9'.repeat(15), '9'.repeat(400)),
        anything,
      ),
      SentTimestamp: fc.oneof(fc.constantFrom(String(SENT_AT), '0', '9'.repeat(15), 'yesterday'), anything),
      SenderId: anything,
      AWSTraceHeader: anything,
      MessageGroupId: anything,
    },
    { requiredKeys: [] },
  ),
);

/** A record with an identifier, and nothing else to rely on. */
export const oddRecord: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    body: fc.oneof({ weight: 3, arbitrary: badBody }, { weight: 1, arbitrary: anything }),
    attributes: systemAttributes,
    messageAttributes,
    receiptHandle: anything,
    Body: fc.constant('{"userTaskKey":"1"}'),
    MessageAttributes: anything,
  },
  { requiredKeys: [] },
);

/** An event that is not even a batch with identifiers. */
export const ODD_EVENTS: readonly unknown[] = [
  {},
  { Records: null },
  { Records: {} },
  { Records: 'x' },
  { Records: [null] },
  { Records: [{}] },
  { Records: [{ MessageId: 'm-1', Body: '{"userTaskKey":"1"}' }] },
  { Records: [{ messageId: null }] },
  { Records: [{ messageId: '' }] },
  { Records: [{ messageId: '', body: '{"userTaskKey":"1"}' }] },
  { Records: [{ messageId: 7 }] },
  { records: [] },
  [],
  'text',
  7,
  null,
];
