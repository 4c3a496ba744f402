import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
  parseJourney,
} from '../../../../client/contract/journey.ts';
import type { SizedEntry } from '../../../../client/sqs/outgoing-message.ts';
import type { DeadLetterJourney } from '../../../../functions/unassign/decision/outcome.ts';
import { journeyOf, type Message, readRecord } from '../../../../functions/unassign/request.ts';
import { deadLetterCopy, requeueCopy } from '../../../../functions/unassign/sending/copy.ts';
import {
  afterSent,
  delivered,
  journey,
  message,
  SENT_AT,
  stringAttributes,
} from '../../../support/messages.ts';
import { senderAttributes, sqsText } from '../../../support/sender-attributes.ts';
import { sqsBytes, sqsViolations } from '../../../support/sqs-rules.ts';

const MEBIBYTE = 1_048_576;

const TRIED = journey({
  attempts: 2,
  firstTriedAt: afterSent(1),
  lastStatus: 409,
  lastTitle: 'INVALID_STATE',
  lastDetail: `Expected to assign user task ${'…'.repeat(300)}`,
});
const BURIED: DeadLetterJourney = { ...TRIED, kind: 'wrong-state', failedAt: afterSent(60) };

function attributesOf(copy: SizedEntry | undefined) {
  return copy?.entry.MessageAttributes ?? {};
}

function journeyIn(copy: SizedEntry | undefined): Journey | undefined {
  return parseJourney(attributesOf(copy)[JOURNEY_ATTRIBUTE]?.StringValue ?? '');
}

/** What SQS would say to the copy, with an id as a batch would give it. */
function violations(copy: SizedEntry | undefined): string[] {
  return copy === undefined ? [] : sqsViolations([{ Id: '0', ...copy.entry }]);
}

/** What the function reads when SQS delivers the copy. */
function received(copy: SizedEntry | undefined): Message {
  return readRecord(delivered(copy?.entry ?? {}, { sentAt: SENT_AT + 3_600_000 }), 0);
}

const LONG_BODY = 'x'.repeat(MEBIBYTE);

/** A message of that many bytes, with so many small attributes of the sender's. */
function messageOf(bytes: number, attributeCount: number): Message {
  const attributes = stringAttributes(attributeCount);
  let inAttributes = 0;
  for (const [name, { dataType, stringValue }] of attributes) {
    inAttributes += name.length + dataType.length + stringValue.length;
  }
  return message({ attributes, body: LONG_BODY.slice(inAttributes - bytes) });
}

const BOTH: [string, (message: Message) => SizedEntry | undefined][] = [
  ['the queue', (from) => requeueCopy(from, TRIED, 7)],
  ['the dead-letter queue', (from) => deadLetterCopy(from, BURIED)],
];

const BOTH_BURIALS: [string, (message: Message, journey: Journey) => SizedEntry | undefined][] = [
  ['a requeued copy', (from, memory) => requeueCopy(from, memory, 7)],
  [
    'a dead letter',
    (from, memory) => deadLetterCopy(from, { ...memory, kind: 'rejected', failedAt: afterSent(60) }),
  ],
];

describe.each(BOTH)('a copy for %s', (_, copyOf) => {
  it('has the body byte for byte', () => {
    fc.assert(
      fc.property(sqsText, (body) => {
        expect(copyOf(message({ body }))?.entry.MessageBody).toBe(body);
      }),
    );
  });

  it.each([
    [
      'String',
      { dataType: 'String', stringValue: ' a\tb\r\nc ' },
      { DataType: 'String', StringValue: ' a\tb\r\nc ' },
    ],
    [
      'a String of its own',
      { dataType: 'String.hue', stringValue: 'r' },
      { DataType: 'String.hue', StringValue: 'r' },
    ],
    ['Number', { dataType: 'Number', stringValue: '1.50' }, { DataType: 'Number', StringValue: '1.50' }],
    [
      'Binary',
      { dataType: 'Binary', binaryValue: 'AAEC/w==' },
      { DataType: 'Binary', BinaryValue: Buffer.from([0, 1, 2, 255]) },
    ],
    [
      'a Binary of its own',
      { dataType: 'Binary.image/png', binaryValue: 'AA==' },
      { DataType: 'Binary.image/png', BinaryValue: Buffer.from([0]) },
    ],
  ] as [string, MessageAttribute, object][])(
    "carries an attribute of the sender's of type %s",
    (__, attribute, sent) => {
      const copy = copyOf(message({ attributes: new Map([['sent', attribute]]) }));
      expect(attributesOf(copy)['sent']).toEqual(sent);
    },
  );

  it('carries AWSTraceHeader and MessageGroupId', () => {
    const copy = copyOf(
      message({ traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793', messageGroupId: 'tenant-1' }),
    );
    expect(copy?.entry).toMatchObject({
      MessageGroupId: 'tenant-1',
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
      },
    });
  });

  it('has neither where the message has neither', () => {
    const names = Object.keys(copyOf(message())?.entry ?? {});
    expect(names).not.toContain('MessageGroupId');
    expect(names).not.toContain('MessageSystemAttributes');
  });

  it.each([0, 7, 8, 9, 10])("has at most ten attributes, and none of %i of the sender's is lost", (count) => {
    const attributes = stringAttributes(count);
    const copy = copyOf(message({ attributes }));
    expect(Object.keys(attributesOf(copy)).length).toBeLessThanOrEqual(10);
    expect(received(copy).attributes).toEqual(attributes);
  });

  it('is never anything that SQS refuses, and its size is as SQS counts it', () => {
    fc.assert(
      fc.property(sqsText, senderAttributes, (body, attributes) => {
        const copy = copyOf(message({ body, attributes, traceHeader: 'Root=1-2-3', messageGroupId: 'g' }));
        expect(violations(copy)).toEqual([]);
        expect(copy?.bytes).toBe(sqsBytes(copy?.entry ?? {}));
      }),
    );
  });

  it('is never anything that SQS refuses, however the cluster worded its answer', () => {
    const words = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\uffff', '\u0000')),
    });
    fc.assert(
      fc.property(words, words, words, (lastTitle, lastDetail, unreadable) => {
        const worded = { ...BURIED, lastTitle, lastDetail, unreadable };
        expect(violations(requeueCopy(message(), worded, 0))).toEqual([]);
        expect(violations(deadLetterCopy(message(), worded))).toEqual([]);
      }),
    );
  });
});

describe('a copy for the queue', () => {
  it('has the delay, the journey and no failure line', () => {
    const copy = requeueCopy(message(), TRIED, 7);
    expect(copy?.entry.DelaySeconds).toBe(7);
    expect(journeyIn(copy)).toEqual(TRIED);
    expect(Object.keys(attributesOf(copy))).toEqual([JOURNEY_ATTRIBUTE]);
  });

  it('is the same request after any number of rounds', () => {
    const rounds = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(sqsText, senderAttributes, rounds, (body, attributes, count) => {
        const first = message({
          body,
          attributes,
          traceHeader: 'Root=1-2-3',
          messageGroupId: 'g',
          journey: TRIED,
        });
        let current: Message = first;
        for (let round = 0; round < count; round += 1) {
          const copy = requeueCopy(current, journeyOf(current), 1);
          expect(violations(copy)).toEqual([]);
          current = received(copy);
        }
        const { body: sameBody, attributes: same, traceHeader, messageGroupId, journey: memory } = current;
        expect({ sameBody, same, traceHeader, messageGroupId, memory }).toEqual({
          sameBody: body,
          same: attributes,
          traceHeader: 'Root=1-2-3',
          messageGroupId: 'g',
          memory: TRIED,
        });
      }),
    );
  });

  it('is the same request after it was a dead letter and redriven, any number of times', () => {
    fc.assert(
      fc.property(sqsText, senderAttributes, fc.integer({ min: 1, max: 4 }), (body, attributes, count) => {
        let current: Message = message({ body, attributes });
        for (let round = 0; round < count; round += 1) {
          const buried = deadLetterCopy(current, {
            ...journeyOf(current),
            kind: 'rejected',
            failedAt: afterSent(1),
          });
          expect(violations(buried)).toEqual([]);
          current = received(buried);
        }
        const origin = journey({ redriven: count, redrivenAt: afterSent(3_600) });
        expect([current.body, current.attributes, journeyOf(current)]).toEqual([body, attributes, origin]);
      }),
    );
  });

  it.each(BOTH_BURIALS)('near 1 MiB still knows, as %s, that it was redriven', (__, copyOf) => {
    const redriven = { ...TRIED, redriven: 2, redrivenAt: afterSent(0) };
    for (let room = 0; room <= 3_000; room += 25) {
      const memory = journeyIn(copyOf(messageOf(MEBIBYTE - room, 2), redriven));
      if (memory !== undefined) expect(memory).toMatchObject({ redriven: 2, redrivenAt: afterSent(0) });
    }
  });

  it('near 1 MiB loses of the journey only what the next attempt can do without', () => {
    for (let room = 0; room <= 3_000; room += 25) {
      const from = messageOf(MEBIBYTE - room, 2);
      const copy = requeueCopy(from, TRIED, 1);
      expect(violations(copy)).toEqual([]);
      if (copy === undefined) continue;
      expect(copy.entry.MessageBody).toBe(from.body);
      expect(journeyIn(copy)).toMatchObject({
        attempts: 2,
        firstTriedAt: afterSent(1),
        firstSentAt: afterSent(0),
        firstMessageId: TRIED.firstMessageId,
      });
      expect(received(copy).attributes).toEqual(from.attributes);
    }
  });

  it('that cannot remember its first call does not exist', () => {
    expect(requeueCopy(messageOf(MEBIBYTE, 0), TRIED, 1)).toBeUndefined();
    expect(requeueCopy(messageOf(MEBIBYTE, 10), TRIED, 1)).toBeUndefined();
  });

  it('with nothing to remember, never called, may fill the whole of 1 MiB', () => {
    const copy = requeueCopy(messageOf(MEBIBYTE, 10), journey(), 1);
    expect(copy?.bytes).toBe(MEBIBYTE);
    expect(violations(copy)).toEqual([]);
  });
});

describe('a copy for the dead-letter queue', () => {
  it('has the journey to its end, the failure line and no delay', () => {
    const copy = deadLetterCopy(message(), BURIED);
    expect(journeyIn(copy)).toEqual(BURIED);
    expect(attributesOf(copy)[FAILURE_ATTRIBUTE]?.StringValue).toMatch(
      /^wrong-state: 409 INVALID_STATE: Expected/,
    );
    expect(copy?.entry.DelaySeconds).toBeUndefined();
  });

  /** What there still is of our own on the copy. */
  function remains(copy: SizedEntry | undefined): string {
    const memory = journeyIn(copy);
    const failure = attributesOf(copy)[FAILURE_ATTRIBUTE]?.StringValue;
    const parts = {
      foreign: memory?.unreadable,
      detail: memory?.lastDetail,
      'detail in the line': failure?.includes('Expected to assign') || undefined,
      line: failure,
      sender: memory?.senderId,
      status: memory?.lastStatus,
      time: memory?.failedAt,
      kind: memory?.kind,
    };
    return Object.entries(parts)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name)
      .join(', ');
  }

  const STEPS = [
    'detail, detail in the line, line, sender, status, time, kind',
    'line, sender, status, time, kind',
    'sender, status, time, kind',
    'status, time, kind',
    'time, kind',
    'kind',
    '',
  ];

  it.each([0, 2, 8])(
    "near 1 MiB with %i attributes of the sender's loses what is foreign, then the detail, the failure line, the sender's id, the rest",
    (count) => {
      const seen: string[] = [];
      const end = { ...BURIED, unreadable: 'a journey of somebody else' };
      for (let room = 5_000; room >= 0; room -= 20) {
        const copy = deadLetterCopy(messageOf(MEBIBYTE - room, count), end);
        const step = remains(copy);
        if (step !== seen.at(-1)) seen.push(step);
      }
      expect(seen).toEqual([`foreign, ${STEPS[0]}`, ...STEPS]);
    },
  );

  it("never loses the body or an attribute of the sender's, however little room there is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 10 }), (room, count) => {
        const from = messageOf(MEBIBYTE - room, count);
        const copy = deadLetterCopy(from, BURIED);
        expect(violations(copy)).toEqual([]);
        expect(copy?.entry.MessageBody).toBe(from.body);
        expect(received(copy).attributes).toEqual(from.attributes);
      }),
      { numRuns: 60 },
    );
  });

  it('exists for a message of exactly 1 MiB, with the ten attributes of the sender', () => {
    const copy = deadLetterCopy(messageOf(MEBIBYTE, 10), BURIED);
    expect(copy?.bytes).toBe(MEBIBYTE);
    expect(Object.keys(attributesOf(copy)).sort()).toEqual([...stringAttributes(10).keys()].sort());
  });

  it('gives up the text of a foreign journey before anything of its own', () => {
    const copy = deadLetterCopy(message(), { ...BURIED, unreadable: 'x'.repeat(MEBIBYTE) });
    expect(journeyIn(copy)).toEqual(BURIED);
    expect(remains(copy)).toBe(STEPS[0]);
  });

  it('does not exist where a forged journey set more aside than a message holds', () => {
    const attributes = new Map(stringAttributes(11));
    attributes.set('huge', { dataType: 'String', stringValue: 'x'.repeat(MEBIBYTE) });
    expect(deadLetterCopy(message({ attributes }), BURIED)).toBeUndefined();
  });

  it('does not exist where it could only exist without one of more than ten attributes', () => {
    const from = messageOf(MEBIBYTE - 20, 11);
    expect(deadLetterCopy(from, BURIED)).toBeUndefined();
    expect(requeueCopy(from, journey(), 1)).toBeUndefined();
  });
});
