// Lines that fit.
import { piecesOf, widthOf } from './text-width.ts';

/** Breaks a text at blanks into lines of at most so many columns; a longer word is broken, too. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(' ').flatMap((whole) => (whole === '' ? [''] : piecesOf(whole, columns)))) {
    const more = widthOf(word);
    if (line !== '' && width + 1 + more > columns) {
      lines.push(line);
      line = word;
      width = more;
    } else {
      width = line === '' ? more : width + 1 + more;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
