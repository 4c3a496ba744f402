// Characters that nobody would see, or that would change how others look: found, so that the page can show them as such. Pure.

/** A piece of text: as it is, or a character that is named instead, so many times one after the other. */
export type Piece =
  | { readonly text: string }
  | {
      /** Such as `U+202E`. */
      readonly name: string;
      /** What it does, for people. */
      readonly meaning: string;
      readonly times: number;
    };

/**
 * Control characters but tab and line feed, marks that turn the direction of writing, blanks without width, other line ends,
 * marks of shorthand and of music, characters of other planes that carry hidden text (tags), and halves of a character.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|\u034f|[\u180b-\u180f]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|[\ud800-\udfff])\1*/gu;

/** A text in pieces, those that cannot be seen apart. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: run, 1: character = '', index } of text.matchAll(UNSEEN)) {
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push(named(character, run.length / character.length));
    end = index + run.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function named(character: string, times: number): Piece {
  const point = character.codePointAt(0) ?? 0;
  const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return { name, meaning: meaningOf(point), times };
}

const MEANINGS: readonly (readonly [from: number, to: number, meaning: string])[] = [
  [0x00, 0x1f, 'a control character'],
  [0x7f, 0x9f, 'a control character'],
  [0x061c, 0x061c, 'turns the direction of writing'],
  [0x200e, 0x200f, 'turns the direction of writing'],
  [0x2028, 0x2029, 'ends a line'],
  [0x202a, 0x202e, 'turns the direction of writing'],
  [0x2066, 0x2069, 'turns the direction of writing'],
  [0xd800, 0xdfff, 'half of a character'],
];

function meaningOf(point: number): string {
  return (
    MEANINGS.find(([from, to]) => point >= from && point <= to)?.[2] ?? 'a character that cannot be seen'
  );
}

/** The beginning of a text, cut between characters. */
export function beginningOf(text: string, maximum: number): string {
  return text.length <= maximum ? text : text.slice(0, maximum).replace(/[\ud800-\udbff]$/, '');
}
