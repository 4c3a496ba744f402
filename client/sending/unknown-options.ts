// Options that are not known: a misspelt one would silently be none. Pure.
import { closest, distance } from 'fastest-levenshtein';
import { kindOf } from '../contract/request.ts';
import { oneLine } from '../contract/text.ts';

/**
 * What is wrong with the names of options, each with the one that may be meant.
 *
 * @param within the option that holds them, where they are not the outermost
 */
export function unknownOptions(options: object, known: readonly string[], within?: string): string[] {
  // From JavaScript it may be anything.
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [`${within ?? 'options'}: expected an object with ${known.join(', ')}, got ${kindOf(options)}`];
  }
  const place = within === undefined ? '' : `${within}: `;
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${place}unknown option ${JSON.stringify(oneLine(name, 64))}: ${hint(name, known)}`);
}

function hint(name: string, known: readonly string[]): string {
  const meant = nameMeant(name, known);
  return meant === undefined ? `expected ${known.join(', ')}` : `did you mean ${meant}?`;
}

/** The one of the names that somebody who wrote this may have meant; undefined where none is near. */
export function nameMeant(written: string, names: readonly string[]): string | undefined {
  const found = closest(
    written.toLowerCase(),
    names.map((name) => name.toLowerCase()),
  );
  const isNear = found !== undefined && distance(written.toLowerCase(), found) <= MOST_EDITS;
  return isNear ? names.find((name) => name.toLowerCase() === found) : undefined;
}

/** As many wrong letters are a slip. */
const MOST_EDITS = 3;
