import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showable, WITHHELD } from '../../../client/cluster/outside-text.ts';

const SECRET = 'Zx9=b/4+q&T<7"kP\'%wé~m-_2';
const BASIC = Buffer.from(`demo:${SECRET}`).toString('base64');

const percent = (text: string) =>
  Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const unicode = (text: string, start = '\\u') =>
  text.replace(/[^a-zA-Z0-9]/g, (unit) => `${start}${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrap = (text: string, columns: number, end = '\n') =>
  text.replace(new RegExp(`([^]{${columns}})(?=[^])`, 'g'), `$1${end}`);

describe('a text from outside that repeats a secret', () => {
  it.each([
    ['as it is', SECRET],
    ['its first 8 characters', SECRET.slice(0, 8)],
    ['its last 8 characters', SECRET.slice(-8)],
    ['in the midst of a word', `x${SECRET.slice(4, 14)}x`],
    ['as JavaScript spells a part of a URL', encodeURIComponent(SECRET)],
    ['as a form spells it', new URLSearchParams({ s: SECRET }).toString()],
    ['with every character escaped for a URL', percent(SECRET)],
    ['escaped for a URL in lower case', percent(SECRET).toLowerCase()],
    ['escaped for a URL in Latin-1', SECRET.replace('é', '%e9').replace('+', '%2B')],
    ['escaped for a URL twice', percent(percent(SECRET))],
    ['escaped for HTML', html(SECRET)],
    ['escaped for HTML twice', html(html(SECRET))],
    ['with numbers for HTML', SECRET.replace(/\W/g, (unit) => `&#${unit.charCodeAt(0)};`)],
    [
      'with hexadecimal numbers for HTML',
      SECRET.replace(/\W/g, (unit) => `&#x${unit.charCodeAt(0).toString(16)};`),
    ],
    [
      'with names for HTML',
      html(SECRET).replace('=', '&equals;').replace('/', '&sol;').replace('é', '&eacute;'),
    ],
    ['as JSON spells it', JSON.stringify(SECRET)],
    ['as JSON for HTML spells it', unicode(SECRET)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(unicode(SECRET)))],
    ["as JavaScript's escape spells it", unicode(SECRET, '%u')],
    [
      'as the log of a web server spells it',
      SECRET.replace(/[^\w]/g, (u) => `\\x${u.charCodeAt(0).toString(16)}`),
    ],
    ['in wrapped lines', wrap(SECRET, 5)],
    ['in wrapped and indented lines', wrap(SECRET, 5, '\r\n\t  ')],
    ['in lines whose ends are written out', wrap(SECRET, 5, '\\r\\n')],
    ['with invisible characters in it', wrap(SECRET, 3, '\u200b')],
    ['in base64', base64(SECRET)],
    ['in wrapped base64', wrap(base64(SECRET), 10)],
    ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
    ['in base64 together with what stands before it', base64(`a${SECRET}`)],
    ['in base64 in the midst of more', base64(`ab${SECRET}cd`)],
    ['in base64 of a form', base64(new URLSearchParams({ client_secret: SECRET, scope: 'a' }).toString())],
    ['in base64 of JSON', base64(JSON.stringify({ secret: `x9${SECRET.slice(0, 10)}` }))],
    ['in capital letters', SECRET.toUpperCase()],
    ['escaped for a URL, all in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['as the header that carried it', `Authorization: Basic ${BASIC}`],
    ['as the beginning of the header that carried it', `Authorization: Basic ${BASIC.slice(0, 8)}…`],
    ['as the end of the header that carried it', `…${BASIC.slice(-9)}`],
    ['as the header, escaped for a URL', encodeURIComponent(`Basic ${BASIC}`)],
  ])('%s is withheld whole', (_, repeated) => {
    for (const text of [repeated, `you sent ${repeated}, and that is wrong`, `"${repeated}"`]) {
      expect(showable(text, 200, [BASIC, SECRET])).toBe(WITHHELD);
    }
  });

  it('says that it is withheld, and why', () => {
    expect(WITHHELD).toBe('withheld: it repeats a part of a secret');
  });

  it.each([
    ['of which the first characters are shown', 195],
    ['of which the last would just be cut away', 200],
    ['of which only the first 7 are shown', 193],
  ])('%s at the cut is withheld', (_, before) => {
    expect(showable(`${'.'.repeat(before)}${html(SECRET)}`, 200, [SECRET])).toBe(WITHHELD);
  });

  it('may hide in a text that is long for nothing', () => {
    expect(showable(`${'\n'.repeat(60_000)}${SECRET}`, 200, [SECRET])).toBe(WITHHELD);
  });
});

it('a secret that looks like an escape in another dialect is withheld', () => {
  const secret = '<^R3&g;\\';
  expect(showable(`you sent: ${html(html(secret))}!`, 200, [secret])).toBe(WITHHELD);
});

describe('a text from outside', () => {
  it.each([
    ['that is none of our secrets', 'User task with key 7 not found', 'User task with key 7 not found'],
    ['that repeats 7 characters of one', `no ${SECRET.slice(0, 7)}!`, `no ${SECRET.slice(0, 7)}!`],
    ['with escapes of something else', 'a%2Fb &amp; \\"c\\"', 'a%2Fb &amp; \\"c\\"'],
    ['in several lines', 'a\r\n\tb', 'a b'],
    ['with what would drive a terminal', 'a\u001b[31m', 'a\ufffd[31m'],
    ['that is too long', 'a'.repeat(300), `${'a'.repeat(199)}…`],
    ['that is empty', '', ''],
  ])('%s is shown in one line', (_, text, shown) => {
    expect(showable(text, 200, [BASIC, SECRET])).toBe(shown);
  });

  it('is shown where there are no secrets', () => {
    expect(showable(`${SECRET}\n`, 200, [])).toBe(SECRET);
  });
});

describe('a short secret', () => {
  it.each([
    ['demo', 'hello demo', WITHHELD],
    ['demo', 'hello %64em&#111;', WITHHELD],
    ['demo', `hello ${base64('user:demo')}`, WITHHELD],
    ['demo', 'hello dem', 'hello dem'],
    ['demo123', 'hello demo123', WITHHELD],
    ['demo123', 'hello demo12', 'hello demo12'],
    ['dem', 'hello dem', 'hello dem'],
    ['', 'hello', 'hello'],
  ])('%j counts from 4 characters on, and whole: %j', (secret, text, shown) => {
    expect(showable(text, 200, [secret])).toBe(shown);
  });
});

describe('a secret with half a character', () => {
  const broken = 'abcd\ud800efgh';

  it.each([
    ['as it is', broken],
    ['as it was sent', broken.toWellFormed()],
    ['in a form', new URLSearchParams({ s: broken }).toString()],
    ['in JSON', JSON.stringify(broken)],
    ['in base64', base64(broken)],
  ])('is found %s', (_, text) => {
    expect(showable(`you sent ${text}`, 200, [broken])).toBe(WITHHELD);
  });

  it('leaves other texts alone', () => {
    expect(showable('you sent \ud800', 200, [broken])).toBe('you sent \ufffd');
  });
});

/** How each character of a text may be spelled, so that all or some are. */
const ONE_BY_ONE: readonly ((unit: string) => string)[] = [
  (unit) => unit,
  (unit) => percent(unit),
  (unit) => percent(unit).toLowerCase(),
  (unit) => `&#${unit.codePointAt(0)};`,
  (unit) => `&#X${unit.codePointAt(0)?.toString(16)};`,
  (unit) => html(unit),
  (unit) => unicode(unit),
  (unit) => unicode(unit).replace(/(?<=u00.)[a-f]$/, (digit) => digit.toUpperCase()),
  (unit) => JSON.stringify(unit).slice(1, -1),
  (unit) => unit.replace(/[\\/"'=+&]/, '\\$&'),
];

const printable = fc
  .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60 })
  .map((text) => text.replaceAll(' ', '_'));
const context = fc.string({ unit: 'binary-ascii', maxLength: 40 });

/** A secret, and a part of it that tells of it. */
const telling = printable.chain((secret) =>
  fc
    .tuple(fc.nat(secret.length - 8), fc.integer({ min: 8, max: 60 }))
    .map(([from, length]) => ({ secret, part: secret.slice(from, from + length) })),
);

describe('whatever the secret is, and wherever it stands', () => {
  it('8 characters of it are withheld, each spelled as it may be', () => {
    const spelled = telling.chain(({ secret, part }) =>
      fc
        .tuple(...Array.from(part, (unit) => fc.constantFrom(...ONE_BY_ONE).map((spell) => spell(unit))))
        .map((units) => ({ secret, text: units.join('') })),
    );
    fc.assert(
      fc.property(spelled, context, context, ({ secret, text }, before, after) => {
        expect(showable(before + text + after, 1024, [secret])).toBe(WITHHELD);
      }),
      { numRuns: 1_000 },
    );
  });

  it('8 characters of it are withheld, spelled all over and wrapped', () => {
    const layers = fc.array(
      fc.constantFrom(percent, html, unicode, (text: string) => encodeURIComponent(text)),
      {
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(
        telling,
        layers,
        fc.integer({ min: 4, max: 20 }),
        ({ secret, part }, spellings, columns) => {
          const text = spellings.reduce((layer, spell) => spell(layer), part);
          // Where three layers make one character of it too long, a cut may leave it unseen; nothing is cut here.
          expect(showable(`you sent: ${wrap(text, columns)} !`, 10_000, [secret])).toBe(WITHHELD);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('8 characters of its base64 are withheld, with whatever was encoded together with it', () => {
    fc.assert(
      fc.property(telling, context, context, fc.constantFrom('base64', 'base64url'), fc.nat(), (...given) => {
        const [{ secret }, before, after, alphabet, at] = given;
        const encoded = Buffer.from(before + secret + after).toString(alphabet as 'base64');
        const first = Math.ceil((before.length * 4) / 3);
        const last = Math.floor(((before.length + secret.length) * 4) / 3);
        const from = first + (at % (last - first - 7));
        expect(showable(`got ${encoded.slice(from, from + 8)}…`, 200, [secret])).toBe(WITHHELD);
        expect(showable(`got ${encoded}`, 200, [secret])).toBe(WITHHELD);
      }),
      { numRuns: 1_000 },
    );
  });

  it('nothing throws, and one line comes of it', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 300 });
    const lone = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(anything, lone, context), fc.array(fc.oneof(anything, lone)), (text, secrets) => {
        const shown = showable(text, 50, secrets);
        expect(shown === WITHHELD || (shown.length <= 50 && !/[\r\n]/.test(shown))).toBe(true);
      }),
    );
  });
});
