import type { SQSRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FAILURE_ATTRIBUTE,
  formatJourney,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
} from '../../../client/contract/journey.ts';
import {
  firstSentAt,
  journeyOf,
  lastWantedAt,
  type Message,
  readRecord,
} from '../../../functions/unassign/request.ts';
import { afterSent, journey, KEY, SENT_AT, sqsRecord } from '../../support/messages.ts';

const NOW = SENT_AT + 5_000;

const TRAVELLED: Journey = {
  attempts: 3,
  firstTriedAt: afterSent(-100),
  firstSentAt: afterSent(-200),
  firstMessageId: 'the-original',
  senderId: 'AROAEXAMPLE:original-producer',
  lastStatus: 503,
  lastTitle: 'RESOURCE_EXHAUSTED',
  lastDetail: 'Wait.',
};

function stringAttribute(stringValue: string) {
  return { dataType: 'String', stringValue } as const;
}

function carrying(found: Journey | string, others: SQSRecord['messageAttributes'] = {}): Message {
  const text = typeof found === 'string' ? found : formatJourney(found);
  return readRecord(
    sqsRecord({ messageAttributes: { [JOURNEY_ATTRIBUTE]: stringAttribute(text), ...others } }),
    NOW,
  );
}

const FAILURE = { [FAILURE_ATTRIBUTE]: stringAttribute('wrong-state: 409 INVALID_STATE') };
const FRESH = {
  attempts: 0,
  firstSentAt: afterSent(0),
  firstMessageId: '11111111-1111-4111-8111-111111111111',
  senderId: 'AROAEXAMPLE:producer',
};

describe('a record', () => {
  it('is read with everything that a copy needs', () => {
    const record = sqsRecord({
      messageId: 'm-1',
      body: `{"userTaskKey":"${KEY}"}\n`,
      receiveCount: 4,
      messageAttributes: { colour: stringAttribute('red') },
      systemAttributes: {
        AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
        MessageGroupId: 'tenant-1',
      },
    });
    expect(readRecord(record, NOW)).toEqual({
      messageId: 'm-1',
      body: `{"userTaskKey":"${KEY}"}\n`,
      sentAt: SENT_AT,
      receiveCount: 4,
      attributes: new Map([['colour', stringAttribute('red')]]),
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
      messageGroupId: 'tenant-1',
      journey: undefined,
      senderId: 'AROAEXAMPLE:producer',
      unreadable: undefined,
      request: { userTaskKey: KEY },
    });
  });

  it.each([
    ['String', stringAttribute('red')],
    ['String with a label', { dataType: 'String.hue', stringValue: 'red' }],
    ['Number', { dataType: 'Number', stringValue: '1.50' }],
    ['Number with a label', { dataType: 'Number.byte', stringValue: '7' }],
    ['Binary', { dataType: 'Binary', binaryValue: 'AAEC/w==' }],
    ['Binary with a label', { dataType: 'Binary.image/png', binaryValue: 'iVBORw==' }],
  ])('keeps an attribute of type %s', (_, attribute) => {
    const record = sqsRecord({ messageAttributes: { sent: attribute } });
    expect(readRecord(record, NOW).attributes).toEqual(new Map([['sent', attribute]]));
  });

  it('that breaks the contract says how', () => {
    const read = readRecord(sqsRecord({ body: '{"userTaskKey":7}' }), NOW);
    expect(read.request).toEqual({ malformed: expect.stringMatching(/^userTaskKey: expected a string/) });
  });

  it('without a journey starts one', () => {
    expect(journeyOf(readRecord(sqsRecord(), NOW))).toEqual(FRESH);
  });
});

describe('a journey', () => {
  it('is continued', () => {
    expect(journeyOf(carrying(TRAVELLED))).toEqual(TRAVELLED);
  });

  it('is no attribute of the sender', () => {
    expect(carrying(TRAVELLED, { colour: stringAttribute('red') }).attributes).toEqual(
      new Map([['colour', stringAttribute('red')]]),
    );
  });

  it.each(['firstTriedAt', 'firstSentAt'] as const)(
    'whose %s is later than the message itself has the time of the message',
    (field) => {
      expect(journeyOf(carrying({ ...TRAVELLED, [field]: afterSent(0.001) }))[field]).toBe(afterSent(0));
    },
  );

  it.each(['firstTriedAt', 'firstSentAt'] as const)('whose %s is earlier keeps it', (field) => {
    expect(journeyOf(carrying({ ...TRAVELLED, [field]: afterSent(-0.001) }))[field]).toBe(afterSent(-0.001));
  });

  it('from before all years can still be read on the next round', () => {
    const first = carrying({ ...TRAVELLED, firstSentAt: '0000-01-01T00:00:00+23:59' });
    expect(journeyOf(carrying(journeyOf(first)))).toMatchObject({ attempts: 3, unreadable: undefined });
  });

  it('gives back what it had set aside', () => {
    const read = carrying(
      { ...TRAVELLED, setAside: [{ name: 'tenth', dataType: 'Number.byte', stringValue: '10' }] },
      { first: stringAttribute('1') },
    );
    expect(read.attributes).toEqual(
      new Map<string, MessageAttribute>([
        ['first', stringAttribute('1')],
        ['tenth', { dataType: 'Number.byte', stringValue: '10' }],
      ]),
    );
    expect(journeyOf(read)).toEqual(TRAVELLED);
  });

  it('does not put anything over an attribute that the message has', () => {
    const read = carrying(
      { ...TRAVELLED, setAside: [{ name: 'colour', ...stringAttribute('forged') }] },
      { colour: stringAttribute('red') },
    );
    expect(read.attributes.get('colour')).toEqual(stringAttribute('red'));
  });

  it.each([JOURNEY_ATTRIBUTE, FAILURE_ATTRIBUTE])(
    'does not put back an attribute that is called %s',
    (name) => {
      const read = carrying({ ...TRAVELLED, setAside: [{ name, ...stringAttribute('{}') }] });
      expect(read.attributes).toEqual(new Map());
      expect(journeyOf(read)).toEqual(TRAVELLED);
    },
  );

  it.each([
    ['not JSON', 'a journey of somebody else'],
    ['with negative attempts', JSON.stringify({ ...TRAVELLED, attempts: -1 })],
  ])('that is %s counts as absent and is kept as text', (_, text) => {
    expect(journeyOf(carrying(text))).toEqual({ ...FRESH, unreadable: text });
  });

  it('in bytes counts as absent and is kept as text', () => {
    const read = carrying('', { [JOURNEY_ATTRIBUTE]: { dataType: 'Binary', binaryValue: 'AAEC' } });
    expect(journeyOf(read)).toEqual({ ...FRESH, unreadable: 'AAEC' });
    expect(read.attributes).toEqual(new Map());
  });

  it('keeps the text of a foreign one on every further round', () => {
    expect(journeyOf(carrying({ ...TRAVELLED, unreadable: 'foreign' })).unreadable).toBe('foreign');
  });
});

describe('a dead letter that is on the queue again', () => {
  const buried: Journey = { ...TRAVELLED, kind: 'wrong-state', reason: 'a reason', failedAt: afterSent(-1) };
  const { firstSentAt, firstMessageId, senderId } = TRAVELLED;
  const redrivenAt = afterSent(0);
  const afresh = { attempts: 0, firstSentAt, firstMessageId, senderId, redriven: 1, redrivenAt };

  it('starts afresh, yet keeps where it came from, and that it was redriven', () => {
    expect(journeyOf(carrying(buried, FAILURE))).toEqual(afresh);
  });

  it.each([
    [2, 3],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('that was redriven %i times before was %i times now', (redriven, expected) => {
    const before = { ...buried, redriven, redrivenAt: afterSent(-60) };
    expect(journeyOf(carrying(before))).toEqual({ ...afresh, redriven: expected });
  });

  it('starts afresh also where there was no room for its failure line', () => {
    expect(journeyOf(carrying(buried))).toEqual(afresh);
  });

  it('starts afresh also where its journey says nothing of an end', () => {
    expect(journeyOf(carrying(TRAVELLED, FAILURE))).toEqual(afresh);
  });

  it('starts afresh also where its journey cannot be read', () => {
    expect(journeyOf(carrying('?', FAILURE))).toEqual({ ...FRESH, unreadable: '?' });
  });

  it('gets its set-aside attributes back', () => {
    const setAside = [
      { name: 'ninth', ...stringAttribute('9') },
      { name: 'tenth', dataType: 'Binary.gif', binaryValue: 'AAEC' },
    ];
    expect(carrying({ ...buried, setAside }, FAILURE).attributes).toEqual(
      new Map<string, MessageAttribute>([
        ['ninth', stringAttribute('9')],
        ['tenth', { dataType: 'Binary.gif', binaryValue: 'AAEC' }],
      ]),
    );
  });

  it('has no failure line among the attributes of the sender', () => {
    expect(carrying(buried, FAILURE).attributes).toEqual(new Map());
  });
});

describe('a message that was redriven with its journey', () => {
  const redriven: Journey = { ...TRAVELLED, redriven: 2, redrivenAt: afterSent(-60) };

  it('keeps that on every further round', () => {
    expect(journeyOf(carrying(redriven))).toEqual(redriven);
  });

  it('cannot have been redriven after it was sent', () => {
    const forged = { ...redriven, redrivenAt: afterSent(3_600) };
    expect(journeyOf(carrying(forged)).redrivenAt).toBe(afterSent(0));
  });

  it('was last wanted when it was redriven, and any other when it was first sent', () => {
    expect([redriven, TRAVELLED].map((one) => lastWantedAt(carrying(one)))).toEqual([
      Date.parse(afterSent(-60)),
      Date.parse(TRAVELLED.firstSentAt),
    ]);
  });
});

describe('the first send of a request', () => {
  it('is that of the message itself where it is no copy', () => {
    expect(firstSentAt(readRecord(sqsRecord(), NOW))).toBe(SENT_AT);
  });

  it('is that of the original where it is a copy', () => {
    expect(firstSentAt(carrying(TRAVELLED))).toBe(SENT_AT - 200_000);
  });
});

describe('a record with pieces missing', () => {
  function without(...path: string[]): SQSRecord {
    const record = structuredClone(sqsRecord());
    const name = path.pop() ?? '';
    const parent = path.reduce<object>((object, key) => Reflect.get(object, key), record);
    Reflect.deleteProperty(parent, name);
    return record;
  }

  it('has a body that breaks the contract where there is none', () => {
    expect(readRecord(without('body'), NOW)).toMatchObject({
      body: '',
      request: { malformed: expect.stringMatching(/^body: expected/) },
    });
  });

  it.each([[['messageAttributes']], [['attributes', 'AWSTraceHeader']], [['attributes', 'MessageGroupId']]])(
    'is a request all the same without %j',
    (path) => {
      const read = readRecord(without(...path), NOW);
      expect([read.request, journeyOf(read)]).toEqual([{ userTaskKey: KEY }, FRESH]);
    },
  );

  it('counts as sent now without a SentTimestamp', () => {
    const read = readRecord(without('attributes', 'SentTimestamp'), NOW);
    expect(journeyOf(read)).toEqual(journey({ firstSentAt: new Date(NOW).toISOString() }));
  });

  it.each(['', 'soon', '-1', '1e3', '9'.repeat(40)])(
    'counts as sent now with the SentTimestamp %j',
    (text) => {
      const record = sqsRecord();
      record.attributes.SentTimestamp = text;
      expect(journeyOf(readRecord(record, NOW)).firstSentAt).toBe(new Date(NOW).toISOString());
    },
  );

  it('counts as received once without an ApproximateReceiveCount', () => {
    expect(readRecord(without('attributes', 'ApproximateReceiveCount'), NOW).receiveCount).toBe(1);
  });

  it('has no sender without a SenderId', () => {
    expect(journeyOf(readRecord(without('attributes', 'SenderId'), NOW)).senderId).toBeUndefined();
  });

  it('is read without any attributes', () => {
    expect(readRecord(without('attributes'), NOW)).toMatchObject({
      receiveCount: 1,
      request: { userTaskKey: KEY },
    });
  });
});

describe('any record', () => {
  it('is read without an error, whatever is in its attributes', () => {
    const attribute = fc.record(
      {
        dataType: fc.string(),
        stringValue: fc.oneof(fc.string(), fc.json()),
        binaryValue: fc.base64String(),
      },
      { requiredKeys: ['dataType'] },
    );
    const names = fc.oneof(fc.constantFrom(JOURNEY_ATTRIBUTE, FAILURE_ATTRIBUTE, '__proto__'), fc.string());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.dictionary(names, attribute), (body, attributes) => {
        const read = readRecord(sqsRecord({ body, messageAttributes: attributes }), NOW);
        expect(read.body).toBe(body);
        expect(read.attributes.has(JOURNEY_ATTRIBUTE) || read.attributes.has(FAILURE_ATTRIBUTE)).toBe(false);
      }),
    );
  });
});
