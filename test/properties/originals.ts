// Messages as SQS can deliver them to the function, whoever wrote them, and what is to be expected of their copies.
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import {
  DEAD_LETTER_KINDS,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
  type NamedAttribute,
} from '../../client/contract/journey.ts';
import { SENT_AT, sqsRecord } from '../support/messages.ts';
import { senderAttribute, senderAttributes, sqsText } from '../support/sender-attributes.ts';
import { START } from './virtual-time.ts';

const MAX_BYTES = 1_048_576;
/** How many messages of a batch may be as large as SQS lets them be. */
const LARGE = 7;

/** A message, and what an independent reader knows of it. */
export interface Original {
  readonly record: SQSRecord;
  /** Undefined where it must never reach the cluster. */
  readonly key: string | undefined;
  /** Who must have the task for it to be unassigned; undefined where that does not matter. */
  readonly expected: string | undefined;
  /** When the request was first sent; epoch milliseconds. */
  readonly firstSentAt: number;
  /** What the sender gave it, those included that an earlier copy had set aside. */
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  /** The calls that count, before this invocation. */
  readonly attempts: number;
  /** Whether the retry budget has begun. */
  readonly tried: boolean;
}

/** Something that makes messages which differ in nothing but their number. */
export type Mould = (number: number) => Original;

/** A body that holds the number, so that no two messages of a batch have the same. */
interface BodyMould {
  readonly key: (number: number) => string | undefined;
  readonly expected?: string | undefined;
  readonly body: (number: number) => string;
}

/** Zeebe's keys: a partition above 51 bits that count up. */
const keyMould = fc
  .integer({ min: 0, max: 4095 })
  .map((partition) => (number: number) => String(BigInt(partition) * 2n ** 51n + BigInt(number) + 1n));

const expiry = fc
  .integer({ min: -10_000, max: 7_200_000 })
  .map((offset) => new Date(START + offset).toISOString());

const requestMould: fc.Arbitrary<BodyMould> = fc
  .record({
    key: keyMould,
    expiresAt: fc.option(expiry, { nil: undefined, freq: 3 }),
    expected: fc.option(fc.constant('demo'), { nil: undefined, freq: 2 }),
    blank: fc.boolean(),
  })
  .map(({ key, expiresAt, expected, blank }) => ({
    key: expiresAt !== undefined && Date.parse(expiresAt) <= START ? () => undefined : key,
    expected,
    body: (number) =>
      JSON.stringify(
        { userTaskKey: key(number), expiresAt, expectedAssignee: expected },
        undefined,
        blank ? '\t' : '',
      ),
  }));

const brokenMould: fc.Arbitrary<BodyMould> = fc
  .oneof(
    sqsText,
    fc.constantFrom(
      'null',
      '[]',
      '{"userTaskKey":1}',
      '{"userTaskKey":"0"}',
      '{"userTaskKey":"1"',
      '{"__proto__":{"userTaskKey":"1"}}',
    ),
    fc.constantFrom(17_000, 300_000, MAX_BYTES - 30_000).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 1, max: 10_000 }).map((depth) => '['.repeat(depth)),
  )
  // Whatever it was, with this behind it it is no request; long ones only as often as memory allows.
  .map((text) => ({
    key: () => undefined,
    body: (number) => `${number > LARGE ? text.slice(0, 100) : text}#${number}`,
  }));

const bodyMould = fc.oneof({ weight: 4, arbitrary: requestMould }, { weight: 1, arbitrary: brokenMould });

/** What an earlier copy, or a forger, wrote. */
interface Past {
  readonly attributes: SQSMessageAttributes;
  readonly setAside: readonly NamedAttribute[];
  readonly attempts: number;
  readonly tried: boolean;
  /** When it says that the request was first sent; epoch milliseconds. */
  readonly firstSentAt?: number;
}

const NO_PAST: Past = { attributes: {}, setAside: [], attempts: 0, tried: false };

/** From days ago to days ahead, written with any offset. */
const anyTime = fc
  .tuple(fc.integer({ min: -172_800_000, max: 172_800_000 }), fc.constantFrom('Z', '+02:00', '-11:30'))
  .map(([offset, zone]) => new Date(START + offset).toISOString().replace('Z', zone));

const someText = fc.string({ unit: 'binary', maxLength: 60 });
const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const journey = fc.record({
  attempts: fc.oneof(fc.nat({ max: 50 }), fc.constantFrom(Number.MAX_SAFE_INTEGER - 1e6, 1e9)),
  firstTriedAt: option(anyTime),
  firstSentAt: anyTime,
  firstMessageId: someText,
  senderId: option(someText),
  lastStatus: option(fc.integer({ min: 100, max: 999 })),
  lastTitle: option(fc.oneof(someText, fc.constant('RESOURCE_EXHAUSTED'))),
  lastDetail: option(someText),
  setAside: option(
    fc.array(
      fc
        .tuple(fc.stringMatching(/^aside-[a-z]{1,3}$/), senderAttribute)
        .map(([name, value]) => ({ name, ...value })),
      { maxLength: 5 },
    ),
  ),
});

const text = (stringValue: string) => ({ dataType: 'String', stringValue });

/** Where names repeat the first one counts. */
function distinct(attributes: readonly NamedAttribute[]): NamedAttribute[] {
  return attributes.filter(
    ({ name }, index) => attributes.findIndex((other) => other.name === name) === index,
  );
}

const past: fc.Arbitrary<Past> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(NO_PAST) },
  {
    weight: 3,
    arbitrary: journey.map((given) => ({
      attributes: { [JOURNEY_ATTRIBUTE]: text(escaped(JSON.stringify(given))) },
      setAside: distinct(given.setAside ?? []),
      attempts: given.attempts,
      tried: given.firstTriedAt !== undefined,
      firstSentAt: Date.parse(given.firstSentAt),
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(journey, fc.constantFrom(...DEAD_LETTER_KINDS), fc.boolean())
      .map(([given, kind, withLine]) => ({
        attributes: {
          [JOURNEY_ATTRIBUTE]: text(
            escaped(
              JSON.stringify({
                ...given,
                kind,
                reason: 'so it was',
                failedAt: new Date(START).toISOString(),
              }),
            ),
          ),
          ...(withLine ? { [FAILURE_ATTRIBUTE]: text(`${kind}: so it was`) } : {}),
        },
        setAside: distinct(given.setAside ?? []),
        attempts: 0,
        tried: false,
        firstSentAt: Date.parse(given.firstSentAt),
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .oneof(
        sqsText,
        fc.constantFrom('{}', 'null', '{"attempts":-1}', '{"__proto__":{}}', `${'['.repeat(5_000)}`),
      )
      .map((unreadable) => ({ ...NO_PAST, attributes: { [JOURNEY_ATTRIBUTE]: text(unreadable) } })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      ...NO_PAST,
      attributes: {
        [JOURNEY_ATTRIBUTE]: { dataType: 'Binary', binaryValue: 'AAEC' },
        [FAILURE_ATTRIBUTE]: text('somebody made this up'),
      },
    }),
  },
);

/** As SQS takes it: JSON leaves these alone. */
function escaped(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, '\ufffd');
}

const system = fc.record(
  {
    AWSTraceHeader: fc.constantFrom(
      'Root=1-5759e988-bd862e3fe1be46a994272793',
      'Root=1-2-3;Parent=4;Sampled=1',
    ),
    MessageGroupId: fc.constantFrom('tenant-1', 'a:b/c'),
  },
  { requiredKeys: [] },
);

const receiveCount = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(20, 999_999));

/** How much of the 1 MiB that SQS takes one more attribute of the sender's leaves free. */
const roomLeft = fc.option(fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 4_000 })), {
  nil: undefined,
  freq: 20,
});

/** Any message that SQS can deliver. */
export const mould: fc.Arbitrary<Mould> = fc
  .record({
    bodyMould,
    sender: senderAttributes,
    proto: option(senderAttribute),
    past,
    system,
    receiveCount,
    skewMs: fc.oneof(fc.constant(0), fc.integer({ min: -7_200_000, max: 7_200_000 })),
    roomLeft,
  })
  .map(
    ({
      bodyMould: { key, expected, body },
      sender,
      proto,
      past: gone,
      system: systemAttributes,
      skewMs,
      ...given
    }) => {
      const make: Mould = (number) => {
        const all = [...(proto === undefined ? [] : ([['__proto__', proto]] as const)), ...sender];
        const own = new Map(all.slice(0, 9 - Object.keys(gone.attributes).length));
        if (given.roomLeft !== undefined && number <= LARGE) {
          fill(own, body(number), gone.attributes, given.roomLeft);
        }
        return {
          record: sqsRecord({
            messageId: `message-${number}`,
            body: body(number),
            receiveCount: given.receiveCount,
            sentAt: SENT_AT + skewMs,
            messageAttributes: { ...Object.fromEntries(own), ...gone.attributes },
            systemAttributes,
          }),
          key: key(number),
          expected,
          // No earlier copy can have been sent later than this one.
          firstSentAt: Math.min(gone.firstSentAt ?? Number.POSITIVE_INFINITY, SENT_AT + skewMs),
          attributes: new Map([...gone.setAside.map(({ name, ...value }) => [name, value] as const), ...own]),
          attempts: gone.attempts,
          tried: gone.tried,
        };
      };
      // What a failed property prints.
      return Object.assign(make, {
        [fc.toStringMethod]: () => `the mould of ${JSON.stringify(make(1).record).slice(0, 2_000)}`,
      });
    },
  );

/** Adds one attribute that leaves only so much room. */
function fill(
  own: Map<string, MessageAttribute>,
  body: string,
  others: SQSMessageAttributes,
  room: number,
): void {
  let bytes = Buffer.byteLength(body) + 'fillerString'.length;
  for (const [name, { dataType, stringValue = '', binaryValue = '' }] of [
    ...own,
    ...Object.entries(others),
  ].map(([name, value]) => [name, { ...value } as SQSMessageAttributes[string]] as const)) {
    bytes += Buffer.byteLength(name + dataType + stringValue) + Buffer.byteLength(binaryValue, 'base64');
  }
  const length = MAX_BYTES - bytes - room;
  if (length > 0) own.set('filler', text('x'.repeat(length)));
}
