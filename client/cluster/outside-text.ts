// Text from outside, as far as it may be shown: a gateway's error page can echo the request with its credentials.
import { oneLine } from '../contract/text.ts';
import { DIALECTS, ESCAPE, readingsAt, unescaped } from './escapes.ts';

/** Stands for a text that is not shown. */
export const WITHHELD = 'withheld: it repeats a part of a secret';

/**
 * Of a text that came from outside one line that may be shown; {@link WITHHELD} where it repeats 8 or more characters
 * of a secret in a row, also escaped as in URLs, HTML or JSON, once or several times over, in base64 or hexadecimal,
 * and wrapped. A secret of 4 to 7 characters counts where all of it is repeated, a shorter one never: it would be found
 * everywhere. White space and case do not count. For words of our own there is `oneLine`: a secret may be one of them.
 *
 * @param text all of it, since a cut would hide what it leaves of a secret
 * @param maximum how many characters (UTF-16 units) are shown at most
 * @param secrets the same array for the same secrets, since it is kept what to look for
 */
export function showable(text: string, maximum: number, secrets: readonly string[]): string {
  return repeatsSecret(text, maximum, secrets) ? WITHHELD : oneLine(text, maximum);
}

/** So many characters of a secret may be repeated at most, less one. */
const TELLING = 8;
/** What is shorter does not tell of anything. */
const LEAST = 4;
/** Behind what is shown, so much is looked at as well: a secret that begins there may take so much with its escapes. */
const MARGIN = 250;
/** Text is put into URLs, JSON and HTML so many times over at most. */
const MOST_LAYERS = 3;

function repeatsSecret(text: string, maximum: number, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const pieces = piecesOf(secrets);
  return [text, text.replace(TAG, '')].some((each) =>
    layersOf(bare(each).slice(0, maximum + MARGIN)).some((layer) => holdsPiece(layer, pieces)),
  );
}

/** A tag of HTML, such as one that breaks a line. */
const TAG = /<[^<>]{0,200}>/g;

/**
 * The bare text as it is, with its escapes read, with the escapes in that read, and so on. Each layer is read in each
 * dialect, since a character that belongs to the secret is an escape in another: the `\` of `&lt;\!`.
 */
function layersOf(text: string): string[] {
  const layers = new Set([text]);
  let latest = [text];
  for (let depth = 0; depth < MOST_LAYERS && latest.length > 0; depth += 1) {
    const read = latest.flatMap((layer) => DIALECTS.map((dialect) => bare(unescaped(layer, dialect))));
    latest = [...new Set(read)].filter((layer) => !layers.has(layer));
    for (const layer of latest) layers.add(layer);
  }
  return [...layers];
}

/** Without white space and without what has no looks: what wraps a line, or hides between characters. */
function bare(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, '');
}

/** Without capital letters, those of ASCII alone: other letters may become longer. */
function folded(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether it holds one of them, plain or with any of its characters escaped. */
function holdsPiece(text: string, pieces: Pieces): boolean {
  const plain = folded(text);
  for (let at = 0; at < plain.length; at += 1)
    if (isPiece(plain.slice(at, at + TELLING), pieces)) return true;
  if (!ESCAPE.test(text)) return false;
  for (let at = 0; at < text.length; at += 1) {
    if (ESCAPE.test(text.slice(at, at + TELLING)) && beginsPiece(text, at, '', pieces)) return true;
  }
  return false;
}

/** Whether there is a way to read what begins here, each character as it is or as an escape, that is one of them. */
function beginsPiece(text: string, at: number, read: string, pieces: Pieces): boolean {
  if (read.length >= LEAST && !pieces.heads.has(read.slice(0, LEAST))) return false;
  if (isPiece(read, pieces)) return true;
  if (read.length >= TELLING || at >= text.length) return false;
  if (beginsPiece(text, at + 1, read + folded(text.charAt(at)), pieces)) return true;
  return readingsAt(text, at).some(
    ({ text: meant, length }) =>
      bare(meant) !== '' && beginsPiece(text, at + length, read + folded(meant), pieces),
  );
}

/** Whether it begins with one of them. */
function isPiece(read: string, { all, heads, lengths }: Pieces): boolean {
  return heads.has(read.slice(0, LEAST)) && lengths.some((length) => all.has(read.slice(0, length)));
}

/** What to look for: parts of secrets, and short secrets. */
interface Pieces {
  readonly all: ReadonlySet<string>;
  /** What they begin with: few texts have more in common with them, so that there is little to do. */
  readonly heads: ReadonlySet<string>;
  /** All the lengths that there are among them. */
  readonly lengths: readonly number[];
}

const known = new WeakMap<readonly string[], Pieces>();

function piecesOf(secrets: readonly string[]): Pieces {
  let pieces = known.get(secrets);
  if (pieces === undefined) {
    const all = new Set(secrets.flatMap(spellingsOf).flatMap(partsOf));
    const heads = new Set(Array.from(all, (piece) => piece.slice(0, LEAST)));
    pieces = { all, heads, lengths: [...new Set(Array.from(all, ({ length }) => length))] };
    known.set(secrets, pieces);
  }
  return pieces;
}

/** Itself and all that is no matter of escapes. */
function spellingsOf(secret: string): string[] {
  if (secret.length < LEAST) return [];
  // As it is sent: without lone surrogates.
  const sent = secret.toWellFormed();
  const form = new URLSearchParams({ '': sent }).toString().slice(1);
  const hexadecimal = Buffer.from(sent).toString('hex');
  return [
    secret,
    sent,
    sent.replaceAll(' ', '+'),
    hexadecimal,
    ...[...new Set([sent, form])].flatMap(inBase64),
  ];
}

/** As it looks at each of the three places that it can have in what was encoded; in both alphabets (RFC 4648). */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    // The characters at both ends have bits of the neighbours, too.
    const first = Math.ceil((before * 4) / 3);
    const last = Math.floor(((before + bytes.length) * 4) / 3);
    const own = encoded.slice(first, last);
    return [own, own.replaceAll('-', '+').replaceAll('_', '/')];
  });
}

/**
 * Each part of so many characters, white space aside; a short one whole. What in a secret looks like an escape is also
 * looked for as it is found where several layers of escapes are read.
 */
function partsOf(spelling: string): string[] {
  const count = Math.max(1, spelling.length - TELLING + 1);
  return Array.from({ length: count }, (_, at) => bare(spelling.slice(at, at + TELLING)))
    .flatMap(layersOf)
    .map(folded)
    .filter(({ length }) => length >= LEAST);
}
