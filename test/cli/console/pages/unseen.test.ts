// Texts of messages as the pages show them: nothing in them acts on what is around, and nothing of them is lost.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { beginningOf, piecesOf } from '../../../../cli/console/pages/unseen.ts';

const NAMED = [
  ['a control character', '\u0007', 'U+0007'],
  ['an escape sequence', '\u001b', 'U+001B'],
  ['a carriage return', '\r', 'U+000D'],
  ['a control character of Latin 1', '\u0085', 'U+0085'],
  ['an override of the direction', '\u202e', 'U+202E'],
  ['an isolate', '\u2066', 'U+2066'],
  ['a mark of direction', '\u200f', 'U+200F'],
  ['a mark of Arabic letters', '\u061c', 'U+061C'],
  ['a blank without width', '\u200b', 'U+200B'],
  ['a byte order mark', '\ufeff', 'U+FEFF'],
  ['a soft hyphen', '\u00ad', 'U+00AD'],
  ['a line separator', '\u2028', 'U+2028'],
  ['a tag character', '\u{e0041}', 'U+E0041'],
  ['a mark of music', '\u{1d173}', 'U+1D173'],
  ['a selector of Mongolian', '\u180f', 'U+180F'],
  ['half of a character', '\ud83d', 'U+D83D'],
] as const;

it.each(NAMED)('%s is named', (_, character, name) => {
  expect(piecesOf(`a${character}b`)).toEqual([
    { text: 'a' },
    { name, meaning: expect.any(String), times: 1 },
    { text: 'b' },
  ]);
});

it('a run of the same character is named once, with its length', () => {
  expect(piecesOf('\u{e0041}\u{e0041}\u{e0041}')).toMatchObject([{ name: 'U+E0041', times: 3 }]);
});

it.each(['ä', '日本', '🙂', 'a\tb\nc', ''])('%j stays as it is', (text) => {
  expect(piecesOf(text)).toEqual(text === '' ? [] : [{ text }]);
});

it('no piece that is shown as it is holds a character of the kinds that are named, and the pieces make the whole', () => {
  const any = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
  const characters = fc.array(fc.oneof(any, fc.constantFrom(...NAMED.map(([, character]) => character))));
  fc.assert(
    fc.property(characters, (those) => {
      const value = those.join('');
      const pieces = piecesOf(value);
      const shown = pieces.flatMap((piece) => ('text' in piece ? [piece.text] : [])).join('\n');
      expect(shown).not.toMatch(/(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
      const whole = pieces.map((piece) =>
        'text' in piece
          ? piece.text
          : String.fromCodePoint(Number.parseInt(piece.name.slice(2), 16)).repeat(piece.times),
      );
      expect(whole.join('')).toBe(value);
    }),
  );
});

it('a text is cut between characters', () => {
  expect(beginningOf('ab🙂', 3)).toBe('ab');
  expect(beginningOf('ab🙂', 4)).toBe('ab🙂');
});
