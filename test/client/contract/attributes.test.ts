// Attributes that travel with a message: which ones SQS takes, and which of them are the function's own.
import { describe, expect, it } from 'vitest';
import {
  attributeProblem,
  FAILURE_ATTRIBUTE,
  formatJourney,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
  type NamedAttribute,
  unpackAttributes,
} from '../../../client/contract/journey.ts';
import { journey } from '../../support/messages.ts';

const NAME =
  'a name has 1 to 256 of A-Z a-z 0-9 _ - and single inner full stops, and no prefix AWS. or Amazon.';
const TYPE = 'a type is String, Number or Binary, or one of them with a full stop and a label';
const BINARY = 'a Binary value is bytes, at least one, as base64';
const NUMBER = 'a Number value is digits with sign, fraction or exponent';
const TEXT = 'a value is text, at least one character, without control characters but tab and line breaks';

describe('what is wrong with an attribute', () => {
  it.each<[NamedAttribute]>([
    [{ name: 'a', dataType: 'String', stringValue: 'a text' }],
    [{ name: 'a', dataType: 'String.label', stringValue: 'a text' }],
    [{ name: 'a', dataType: 'Number', stringValue: '12.5' }],
    [{ name: 'a', dataType: 'Number', stringValue: '.25' }],
    [{ name: 'a', dataType: 'Number', stringValue: '1e10' }],
    [{ name: 'a', dataType: 'Number.label', stringValue: 'any text' }],
    [{ name: 'a', dataType: 'Binary', binaryValue: 'AAEC' }],
    [{ name: 'a', dataType: 'Binary.label', binaryValue: 'AAEC' }],
  ])('is nothing: %j', (attribute) => {
    expect(attributeProblem(attribute)).toBeUndefined();
  });

  it.each<[NamedAttribute, string]>([
    [{ name: 'a b', dataType: 'String', stringValue: 'x' }, NAME],
    [{ name: 'far..behind', dataType: 'String', stringValue: 'x' }, NAME],
    [{ name: 'Amazon.x', dataType: 'String', stringValue: 'x' }, NAME],
    [{ name: 'a', dataType: 'Text', stringValue: 'x' }, TYPE],
    [{ name: 'a', dataType: 'Stringent', stringValue: 'x' }, TYPE],
    [{ name: 'a', dataType: 'aString', stringValue: 'x' }, TYPE],
    [{ name: 'a', dataType: 'aBinary', binaryValue: 'AAEC' }, TYPE],
    [{ name: 'a', dataType: 'String.\u0000', stringValue: 'x' }, TYPE],
    [{ name: 'a', dataType: 'Binary', binaryValue: '' }, BINARY],
    [{ name: 'a', dataType: 'Binary.label', binaryValue: '*' }, BINARY],
    [{ name: 'a', dataType: 'Number', stringValue: 'many' }, NUMBER],
    [{ name: 'a', dataType: 'Number', stringValue: 'x1' }, NUMBER],
    [{ name: 'a', dataType: 'String', stringValue: '' }, TEXT],
    [{ name: 'a', dataType: 'String', stringValue: '\u0000x' }, TEXT],
    [{ name: 'a', dataType: 'Number.label', stringValue: '' }, TEXT],
  ])('is said in words: %j', (attribute, problem) => {
    expect(attributeProblem(attribute)).toBe(problem);
  });
});

const text = (stringValue: string): MessageAttribute => ({ dataType: 'String', stringValue });

describe('what a message carries', () => {
  it('of the function’s is named as the documents have it', () => {
    expect([JOURNEY_ATTRIBUTE, FAILURE_ATTRIBUTE]).toEqual(['UnassignJourney', 'UnassignFailure']);
  });

  it('is the sender’s alone where the function has not had it', () => {
    const attributes = new Map([['tenant', text('a')]]);
    expect(unpackAttributes(attributes)).toEqual({
      attributes,
      journey: undefined,
      unreadable: undefined,
      failure: undefined,
    });
  });

  it('is taken apart into the sender’s, those put back that were set aside, and the function’s', () => {
    const memory = journey({
      setAside: [
        { name: 'put-back', ...text('b') },
        { name: 'tenant', ...text('an old one') },
      ],
    });
    const carried = new Map([
      ['tenant', text('a')],
      [JOURNEY_ATTRIBUTE, text(formatJourney(memory))],
      [FAILURE_ATTRIBUTE, text('not-found: 404')],
    ]);
    expect(unpackAttributes(carried)).toEqual({
      attributes: new Map([
        ['tenant', text('a')],
        ['put-back', text('b')],
      ]),
      journey: memory,
      unreadable: undefined,
      failure: 'not-found: 404',
    });
  });

  it('keeps what should be a journey and is none, also one of bytes', () => {
    const carried = new Map<string, MessageAttribute>([
      [JOURNEY_ATTRIBUTE, { dataType: 'Binary', binaryValue: 'AAEC' }],
    ]);
    expect(unpackAttributes(carried)).toEqual({
      attributes: new Map(),
      journey: undefined,
      unreadable: 'AAEC',
      failure: undefined,
    });
  });
});
