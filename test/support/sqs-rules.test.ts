import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sqsBytes, sqsViolations } from './sqs-rules.ts';

const MEBIBYTE = 1_048_576;

function entry(wish: Partial<SendMessageBatchRequestEntry> = {}): SendMessageBatchRequestEntry {
  return { Id: '0', MessageBody: 'body', ...wish };
}

function withAttribute(
  name: string,
  value: MessageAttributeValue = { DataType: 'String', StringValue: 'x' },
): SendMessageBatchRequestEntry[] {
  return [entry({ MessageAttributes: { [name]: value } })];
}

function several(count: number): SendMessageBatchRequestEntry[] {
  return Array.from({ length: count }, (_, index) => entry({ Id: String(index) }));
}

function attributes(count: number): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`a${index}`, { DataType: 'String', StringValue: 'x' }]),
  );
}

describe('SQS takes', () => {
  it.each<[string, SendMessageBatchRequestEntry[]]>([
    ['an entry', [entry()]],
    ['ten entries', several(10)],
    ['ten attributes', [entry({ MessageAttributes: attributes(10) })]],
    ['an id of 80 characters', [entry({ Id: 'a_B-9'.repeat(16) })]],
    ['the longest delay', [entry({ DelaySeconds: 900 })]],
    ['no delay', [entry({ DelaySeconds: 0 })]],
    ['1 MiB', [entry({ MessageBody: 'x'.repeat(MEBIBYTE) })]],
    [
      'every kind of character that it allows',
      [entry({ MessageBody: '\t\n\r ~\u0080\ud7ff\ue000\ufffd😀' })],
    ],
    ['a name with full stops', withAttribute('a.b-c_D.9')],
    ['a name of 256 characters', withAttribute('a'.repeat(256))],
    ['a Number', withAttribute('a', { DataType: 'Number', StringValue: '-1.5e3' })],
    [
      'a Binary with a label',
      withAttribute('a', { DataType: 'Binary.image/png', BinaryValue: Buffer.of(0) }),
    ],
    [
      'a trace header',
      [entry({ MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } } })],
    ],
    ['a message group', [entry({ MessageGroupId: 'tenant-1' })]],
  ])('%s', (_, entries) => {
    expect(sqsViolations(entries)).toEqual([]);
  });
});

describe('SQS refuses', () => {
  it.each<[string, SendMessageBatchRequestEntry[], RegExp]>([
    ['no entries', [], /EmptyBatchRequest/],
    ['eleven entries', several(11), /TooManyEntries/],
    ['the same id twice', [entry(), entry()], /NotDistinct/],
    ['an id with a blank', [entry({ Id: 'a b' })], /InvalidBatchEntryId/],
    ['an id of 81 characters', [entry({ Id: 'x'.repeat(81) })], /InvalidBatchEntryId/],
    ['an empty id', [entry({ Id: '' })], /InvalidBatchEntryId/],
    [
      'more than 1 MiB together',
      several(2).map((each) => ({ ...each, MessageBody: 'x'.repeat(MEBIBYTE / 2 + 1) })),
      /BatchRequestTooLong/,
    ],
    [
      'more than 1 MiB',
      [entry({ MessageBody: 'x'.repeat(MEBIBYTE + 1) })],
      /InvalidParameterValue: 1048577 bytes/,
    ],
    [
      'more than 1 MiB with its attributes',
      [entry({ MessageBody: 'x'.repeat(MEBIBYTE), MessageAttributes: attributes(1) })],
      /1048585 bytes/,
    ],
    ['an empty body', [entry({ MessageBody: '' })], /MissingParameter/],
    ['a control character', [entry({ MessageBody: 'a\u0000' })], /InvalidMessageContents/],
    ['half a pair', [entry({ MessageBody: 'a\ud800' })], /InvalidMessageContents/],
    ['a non-character', [entry({ MessageBody: '\uffff' })], /InvalidMessageContents/],
    ['a delay of 901 s', [entry({ DelaySeconds: 901 })], /DelaySeconds/],
    ['a negative delay', [entry({ DelaySeconds: -1 })], /DelaySeconds/],
    ['a fraction of a second', [entry({ DelaySeconds: 1.5 })], /DelaySeconds/],
    ['eleven attributes', [entry({ MessageAttributes: attributes(11) })], /11 attributes/],
    ['an empty name', withAttribute(''), /1 to 256/],
    ['a name of 257 characters', withAttribute('a'.repeat(257)), /1 to 256/],
    ['a blank in a name', withAttribute('a b'), /character that a name/],
    ['a reserved name', withAttribute('aws.x'), /reserved/],
    ['the other reserved name', withAttribute('AMAZON.x'), /reserved/],
    ['a full stop in front', withAttribute('.a'), /full stop at an end/],
    ['a full stop behind', withAttribute('a.'), /full stop at an end/],
    ['two full stops', withAttribute('a..b'), /two full stops/],
    ['an unknown type', withAttribute('a', { DataType: 'Boolean', StringValue: 'x' }), /a type is/],
    [
      'a type of 257 characters',
      withAttribute('a', { DataType: `String.${'x'.repeat(250)}`, StringValue: 'x' }),
      /at most 256/,
    ],
    [
      'a control character in a type',
      withAttribute('a', { DataType: 'String.\u0001', StringValue: 'x' }),
      /a type may not hold/,
    ],
    ['an empty value', withAttribute('a', { DataType: 'String', StringValue: '' }), /empty value/],
    ['no bytes', withAttribute('a', { DataType: 'Binary', BinaryValue: Buffer.of() }), /empty value/],
    [
      'a control character in a value',
      withAttribute('a', { DataType: 'String', StringValue: '\u001b' }),
      /a value may not hold/,
    ],
    [
      'bytes in a String',
      withAttribute('a', { DataType: 'String', BinaryValue: Buffer.of(1) }),
      /only a Binary/,
    ],
    ['text in a Binary', withAttribute('a', { DataType: 'Binary', StringValue: 'x' }), /no StringValue/],
    ['words in a Number', withAttribute('a', { DataType: 'Number', StringValue: 'many' }), /not a number/],
    ['a list', withAttribute('a', { DataType: 'String', StringListValues: ['x'] }), /list values/],
    ['an empty message group', [entry({ MessageGroupId: '' })], /MessageGroupId/],
    [
      'an empty trace header',
      [entry({ MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: '' } } })],
      /AWSTraceHeader/,
    ],
  ])('%s', (_, entries, violation) => {
    expect(sqsViolations(entries)).toContainEqual(expect.stringMatching(violation));
  });
});

describe('the size of a message', () => {
  it('is its body and the name, type and value of its attributes, in bytes of UTF-8', () => {
    const attribute = { DataType: 'String', StringValue: 'ü' };
    const bytes = { DataType: 'Binary', BinaryValue: Buffer.of(1, 2, 3) };
    expect(sqsBytes(entry({ MessageBody: 'ä😀', MessageAttributes: { a: attribute, b: bytes } }))).toBe(
      6 + (1 + 6 + 2) + (1 + 6 + 3),
    );
  });
});
