// What senders put on messages, for properties.
import * as fc from 'fast-check';
import type { MessageAttribute } from '../../client/contract/journey.ts';

const SQS_CHARACTER = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom('\t', '\n', '\r', '"', '\\', '\u007f', '\u202e', '\ufffd', '😀') },
);
const LABEL = fc.constantFrom(
  '',
  '.byte',
  '.image/png',
  '.java.lang.Long',
  '.a type of ours',
  `.${'x'.repeat(249)}`,
);

/** Text that SQS takes as the value of a String attribute. */
export const sqsText = fc
  .string({ unit: SQS_CHARACTER, minLength: 1, maxLength: 40 })
  // Graphemes are made of any code points but half surrogates, so only two are left to refuse.
  .filter((text) => !/[\ufffe\uffff]/.test(text) && !hasControl(text));

function hasControl(text: string): boolean {
  return [...text].some((character) => character < ' ' && !'\t\n\r'.includes(character));
}

/** An attribute of any type, as SQS takes it from a sender. */
export const senderAttribute: fc.Arbitrary<MessageAttribute> = fc.oneof(
  fc.record({ dataType: LABEL.map((label) => `String${label}`), stringValue: sqsText }),
  fc.record({
    dataType: LABEL.map((label) => `Number${label}`),
    stringValue: fc.oneof(
      fc.integer().map(String),
      fc.constantFrom(
        '0',
        '-0.5',
        '+1',
        '.5',
        '5.',
        '1e3',
        '-1.5E-10',
        '99999999999999999999999999999999999999',
      ),
    ),
  }),
  fc.record({
    dataType: LABEL.map((label) => `Binary${label}`),
    binaryValue: fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('base64')),
  }),
);

/** Up to ten attributes of a sender's, with names that SQS takes. */
export const senderAttributes: fc.Arbitrary<ReadonlyMap<string, MessageAttribute>> = fc
  .uniqueArray(
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9_-])?$/), senderAttribute),
    { selector: ([name]) => name, minLength: 0, maxLength: 10 },
  )
  .filter((attributes) =>
    attributes.every(
      ([name]) =>
        !/^(aws|amazon)\./i.test(name) &&
        !name.includes('..') &&
        !name.startsWith('Unassign') &&
        name !== '__proto__',
    ),
  )
  .map((attributes) => new Map(attributes));
