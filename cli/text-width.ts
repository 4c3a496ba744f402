// How wide a text is on a terminal. Pure.
import { eastAsianWidth } from 'get-east-asian-width';

/** As wide as it is long: most of what comes by. */
const NARROW = /^[ -~]*$/;

/**
 * How many columns a terminal takes for a text without control characters. Terminals do not agree on what is made of several
 * characters, such as flags: this is what those take that put each character beside the other, and none takes more.
 */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** A text that takes at most so many columns: one that is cut ends with an ellipsis. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let cut = '';
  let left = columns - 1;
  for (const character of text) {
    left -= widthOfCharacter(character);
    if (left < 0) break;
    cut += character;
  }
  return `${cut}…`;
}

/** A text in pieces of at most so many columns each, but of one character at least. */
export function piecesOf(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const character of text) {
    const more = widthOfCharacter(character);
    if (piece !== '' && width + more > columns) {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += character;
    width += more;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** What asks for the colourful form of the character before it: that is wide. */
const EMOJI_SELECTOR = '\ufe0f';

function widthOfCharacter(character: string): number {
  if (character === EMOJI_SELECTOR) return 1;
  if (/^[\p{Mn}\p{Me}]$/u.test(character)) return 0;
  if (/^\p{Emoji_Presentation}$/u.test(character)) return 2;
  return eastAsianWidth(character.codePointAt(0) ?? 0);
}
