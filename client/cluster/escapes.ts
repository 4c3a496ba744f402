// How text is spelled inside of URLs, HTML, JSON and logs, and how it is read again.

/** What an escape stands for, and how many characters it takes. */
export interface Reading {
  readonly text: string;
  readonly length: number;
}

/** What an escape begins with. */
export const ESCAPE = /[%&\\]/;

/** What is read as escapes: those of URLs, HTML and JSON side by side, or those of one of them. */
export const DIALECTS = ['%&\\', '%', '&', '\\'] as const;

/**
 * What the escape at this place stands for: the likeliest first, more than one where it can be read in several ways,
 * and nothing where there is none.
 */
export function readingsAt(text: string, at: number): Reading[] {
  const readings: Reading[] = [];
  for (const [pattern, read] of ESCAPES[text.charAt(at)] ?? []) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const meant = match === null ? undefined : read(match[1] ?? match[0]);
    if (match !== null && meant !== undefined) readings.push({ text: meant, length: match[0].length });
  }
  return readings;
}

/** The text with all its escapes read, or with those of a dialect; one layer of them. */
export function unescaped(text: string, dialect: (typeof DIALECTS)[number] = DIALECTS[0]): string {
  if (!ESCAPE.test(text)) return text;
  let read = '';
  for (let at = 0; at < text.length; ) {
    const unit = text.charAt(at);
    const [reading = { text: unit, length: 1 }] = dialect.includes(unit) ? readingsAt(text, at) : [];
    read += reading.text;
    at += reading.length;
  }
  return read;
}

/** A pattern that is looked for at one place, and what its group, or else all of it, stands for. */
type Escape = readonly [pattern: RegExp, read: (matched: string) => string | undefined];

const hexadecimal = (digits: string) => character(Number.parseInt(digits, 16));
const decimal = (digits: string) => character(Number.parseInt(digits, 10));
const octal = (digits: string) => character(Number.parseInt(digits, 8));
const utf8 = (percents: string) => Buffer.from(percents.replaceAll('%', ''), 'hex').toString();

const ESCAPES: Readonly<Record<string, readonly Escape[]>> = {
  '%': [
    // RFC 3986, section 2.1, of UTF-8 or of Latin-1; and what JavaScript's own escape() writes.
    [/%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]/iy, utf8],
    [/%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/iy, utf8],
    [/%([89a-f][\da-f])/iy, hexadecimal],
    [/%u([\da-f]{4})/iy, hexadecimal],
  ],
  '&': [
    // HTML, "Character references".
    [/&#x0*([\da-f]{1,6});?/iy, hexadecimal],
    [/&#0*(\d{1,7});?/y, decimal],
    [/&([a-z]{2,12}\d{0,2});/iy, (name) => namedCharacters().get(name)],
  ],
  '\\': [
    // JSON (RFC 8259, section 7), JavaScript, and the logs of web servers.
    [/\\u([\da-f]{4})/iy, hexadecimal],
    [/\\u\{0*([\da-f]{1,6})\}/iy, hexadecimal],
    [/\\x([\da-f]{2})/iy, hexadecimal],
    [/\\([0-3][0-7]{2})/y, octal],
    [/\\(.)/sy, (letter) => CONTROLS[letter] ?? letter],
  ],
};

function character(code: number): string | undefined {
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}

const CONTROLS: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** HTML, "Named character references": a character and its names, for ASCII; and Latin-1 from 160 on. */
const ASCII_NAMES =
  '!excl "quot "QUOT #num $dollar %percnt &amp &AMP \'apos (lpar )rpar *ast +plus ,comma .period /sol :colon ;semi ' +
  '<lt <LT =equals >gt >GT ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat _lowbar `grave {lcub {lbrace |vert ' +
  '|verbar }rcub }rbrace';
const LATIN_1_NAMES =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml';

let named: ReadonlyMap<string, string> | undefined;

function namedCharacters(): ReadonlyMap<string, string> {
  named ??= new Map<string, string>([
    ...ASCII_NAMES.split(' ').map((entry) => [entry.slice(1), entry.charAt(0)] as const),
    ...LATIN_1_NAMES.split(' ').map((name, index) => [name, String.fromCharCode(0xa0 + index)] as const),
  ]);
  return named;
}
