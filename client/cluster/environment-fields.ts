// Fields of settings as an environment has them: text, with what came in at its ends.
import * as z from 'zod/mini';

/** A number's bounds, both included, and its default. */
export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly byDefault: number;
}

/** A whole number within bounds. */
export const integer = ({ minimum, maximum, byDefault }: Bounds, unit = '') => {
  const expected = `expected a whole number from ${minimum} to ${maximum}${unit}`;
  return z._default(
    z.pipe(
      z.string().check(z.regex(/^\d{1,9}$/, expected)),
      z.pipe(z.transform(Number), z.number().check(z.gte(minimum, expected), z.lte(maximum, expected))),
    ),
    byDefault,
  );
};

const required = (what: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? `is required: ${what}` : `expected ${what}`;

/** An address, as {@link isHttpUrl} takes it. */
export const httpUrl = (what: string, mayHaveQuery = false) =>
  z
    .string({ error: required(what) })
    .check(
      z.refine(
        (text) => isHttpUrl(text, mayHaveQuery),
        `expected ${what}: http or https, without user name${mayHaveQuery ? '' : ', query'} or fragment`,
      ),
    );

/** Any text, or none. */
export const optional = z.optional(z.string());

/** Whether it is an http or https URL without user name, password or fragment, and, unless allowed, query. */
export function isHttpUrl(text: string, mayHaveQuery = false): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return `${url.username}${url.password}${url.hash}${mayHaveQuery ? '' : url.search}` === '';
}

/** What people have thought of may end in a blank, though not in a line break. */
const MAY_END_IN_BLANKS = new Set(['CAMUNDA_BASIC_AUTH_PASSWORD', 'CAMUNDA_MTLS_KEY_PASSPHRASE']);

/**
 * Settings without what came in at their ends with a file or a copy: white space, or, of a password and a passphrase,
 * line breaks. Those of which nothing is left are not set.
 */
export function cleaned(
  settings: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value = '']) => {
      const clean = MAY_END_IN_BLANKS.has(name) ? value.replace(/^[\r\n]+|[\r\n]+$/g, '') : value.trim();
      return clean === '' ? [] : [[name, clean]];
    }),
  );
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same object without the properties that are undefined. */
export function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
