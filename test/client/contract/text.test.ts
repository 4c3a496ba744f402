import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorText, oneLine } from '../../../client/contract/text.ts';
import { sqsTakesText } from '../../support/sqs-rules.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      '\ud83d',
      '\ude00',
      '😀',
      '\ufffe',
      '\uffff',
      '\u061c',
      '\u200e',
      '\u202e',
      '\u2067',
      '\u2028',
      '\u200b',
      '\ufeff',
      '\u{e0041}',
    ),
    fc.constantFrom(' ', '\t', '\n', '\r\n', 'a'),
  ),
  maxLength: 60,
});
const maximum = fc.integer({ min: 1, max: 60 });

describe('oneLine', () => {
  it('is never longer than the maximum', () => {
    fc.assert(
      fc.property(anyText, maximum, (text, most) => {
        expect(oneLine(text, most).length).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('never holds what SQS refuses, half a surrogate pair included', () => {
    fc.assert(
      fc.property(anyText, maximum, (text, most) => {
        expect(sqsTakesText(oneLine(text, most))).toBe(true);
      }),
    );
  });

  it('never holds a control character or a line break', () => {
    fc.assert(
      fc.property(anyText, maximum, (text, most) => {
        expect(oneLine(text, most)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('never holds what formats and is not seen', () => {
    fc.assert(
      fc.property(anyText, maximum, (text, most) => {
        expect(oneLine(text, most)).not.toMatch(/\p{Cf}/u);
      }),
    );
  });

  it('leaves harmless text as it is', () => {
    const harmless = fc
      .string({ unit: 'grapheme' })
      .map((text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\ufffe\uffff]/gu, '').trim());
    fc.assert(
      fc.property(harmless, (text) => {
        expect(oneLine(text, Math.max(1, text.length))).toBe(text);
      }),
    );
  });

  it('gives the same line for its own line', () => {
    fc.assert(
      fc.property(anyText, maximum, (text, most) => {
        expect(oneLine(oneLine(text, most), most)).toBe(oneLine(text, most));
      }),
    );
  });

  it('shows by an ellipsis that something was cut, wherever the blanks are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(' ', '\n', 'a', 'b', '😀'), maxLength: 30 }),
        maximum,
        (text, most) => {
          const whole = oneLine(text, 1_000);
          expect(oneLine(text, most)).toSatisfy((line: string) => line === whole || line.endsWith('…'));
        },
      ),
    );
  });

  it.each([
    ['line breaks and tabs become blanks', 'a\r\nb\tc', 20, 'a b c'],
    ['an escape sequence loses its escape', 'a\u001b[31mb', 20, 'a\ufffd[31mb'],
    ['a null character is replaced', 'a\u0000b', 20, 'a\ufffdb'],
    ['a next-line control is replaced', 'a\u0085b', 20, 'a\ufffdb'],
    ['a turned direction is replaced', 'a\u202eb', 20, 'a\ufffdb'],
    ['an Arabic letter mark is replaced', 'a\u061cb', 20, 'a\ufffdb'],
    ['a space of no width is replaced', 'a\u200bb', 20, 'a\ufffdb'],
    ['a tag that nobody sees is replaced', 'a\u{e0041}b', 20, 'a\ufffdb'],
    ['half a pair is replaced', 'a\ud83db', 20, 'a\ufffdb'],
    ['a non-character is replaced', 'a\uffffb', 20, 'a\ufffdb'],
    ['a whole pair stays', 'a😀b', 20, 'a😀b'],
    ['text of the maximum stays', 'abcde', 5, 'abcde'],
    ['longer text is cut', 'abcdef', 5, 'abcd…'],
    ['a pair is not cut in two', 'abc😀def', 5, 'abc…'],
    ['a pair on the edge of the maximum is not cut in two', 'abcd😀', 5, 'abcd…'],
    ['blanks around it go', '  abc\n', 5, 'abc'],
    ['blanks in front take no room', '   abcde', 5, 'abcde'],
    ['many line breaks take the room of one blank', 'a\n\n\n\n\n\nb', 5, 'a b'],
    ['a pair behind a blank in front is not cut in two', ' abcd😀', 5, 'abcd…'],
    ['nothing stays nothing', '', 5, ''],
  ])('%s', (_, text, most, line) => {
    expect(oneLine(text, most)).toBe(line);
  });
});

describe('errorText', () => {
  it.each([
    ['an error', new TypeError('no such\nthing'), 'TypeError: no such thing'],
    [
      'an error with a code',
      Object.assign(new Error('broken'), { code: 'ECONNRESET' }),
      'Error: broken (ECONNRESET)',
    ],
    [
      'an error with a code that is not text',
      Object.assign(new Error('broken'), { code: 7 }),
      'Error: broken',
    ],
    ['a string', 'thrown', 'thrown'],
    ['nothing', undefined, 'undefined'],
  ])('tells %s in one line', (_, error, line) => {
    expect(errorText(error)).toBe(line);
  });

  it('is bounded', () => {
    expect(errorText(new Error('x'.repeat(10_000))).length).toBe(500);
  });
});
