// What a single parameter of the deployment may be: a number within bounds, an address, an ARN, a list of them.
import * as z from 'zod';
import { type Bounds, isHttpUrl } from '../client/cluster/environment-fields.ts';

/** A whole number as text or number, both bounds included; `unit` is for the error. */
export const whole = (minimum: number, maximum: number, unit = '') => {
  const expected = `expected a whole number from ${minimum} to ${maximum}${unit && ` ${unit}`}`;
  return z
    .union([z.string().regex(/^\d{1,9}$/, expected), z.number()], expected)
    .transform(Number)
    .pipe(z.int(expected).min(minimum, expected).max(maximum, expected));
};

/** A number that the function's own configuration bounds. */
export const setting = ({ minimum, maximum, byDefault }: Bounds, unit = '') =>
  whole(minimum, maximum, unit).default(byDefault);

/** One of a few numbers. */
export const oneOf = (allowed: readonly number[], unit: string) => {
  const expected = `expected one of ${allowed.join(', ')} ${unit}`;
  return z
    .union([z.string().regex(/^\d{1,9}$/, expected), z.number()], expected)
    .transform(Number)
    .refine((value) => allowed.includes(value), expected);
};

/** `true` or `false`, as text or as YAML has it. */
export const flag = () =>
  z
    .union([z.boolean(), z.enum(['true', 'false'])], 'expected true or false')
    .transform((value) => String(value) === 'true');

/** An http or https address. */
export const httpUrl = (what: string, mayHaveQuery = false) =>
  z
    .string({
      error: ({ input }) =>
        input === undefined ? `is required: ${what}` : `expected ${what}${quotingHint(input)}`,
    })
    .refine(
      (address) => isHttpUrl(address, mayHaveQuery),
      `expected ${what}: http or https, without user name${mayHaveQuery ? '' : ', query'} or fragment`,
    );

/**
 * What to do about a value that is no text any more: YAML has read `0123` as 123 and `2026-01-01` as a day, and
 * nothing tells what was written.
 */
function quotingHint(value: unknown): string {
  const read =
    value instanceof Date
      ? 'a date'
      : { number: 'a number', bigint: 'a number', boolean: 'true or false' }[String(typeof value)];
  return read === undefined ? '' : `; YAML has read ${read}: put it in quotes`;
}

const string = (expected: string) => z.string({ error: ({ input }) => `${expected}${quotingHint(input)}` });

/** Some text. */
export const text = (what: string) => string(`expected ${what}`).trim().min(1, `expected ${what}`);

/** Text of a certain form. */
export const textLike = (pattern: RegExp, expected: string) => string(expected).regex(pattern, expected);

/** An ARN of the form that `pattern` names after `arn:<partition>:`. */
export const arn = (pattern: RegExp, expected: string) =>
  textLike(new RegExp(`^arn:aws[a-z-]*:(?:${pattern.source})$`), expected);

/** Not an alias: a permission for one allows nothing (KMS developer guide, "Controlling access to aliases"). */
export const kmsKeyArn = arn(
  /kms:[^:]+:\d{12}:key\/[\w-]+/,
  'expected the ARN of a KMS key: arn:aws:kms:…:key/…, not of an alias',
);

/**
 * From 1 to `maximum` texts that match, as a YAML list or separated by commas. A number that matches is taken: a
 * pattern of a fixed length does not match one that has lost a digit.
 */
export const list = (pattern: RegExp, maximum: number, what: string) => {
  const expected = `expected 1 to ${maximum} ${what}, separated by commas`;
  return z.unknown().transform((given, { addIssue }) => {
    const found = typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : [given];
    const items = found.map((item) => textOf(item).trim());
    const fits = items.length > 0 && items.length <= maximum && items.every((item) => pattern.test(item));
    if (fits) return items;
    const unquoted = found.find((item) => quotingHint(item) !== '' && !pattern.test(textOf(item)));
    addIssue({ code: 'custom', message: `${expected}${quotingHint(unquoted)}` });
    return z.NEVER;
  });
};

/** Ids of AWS resources, such as `subnet-0a1b2c3d`. */
export const ids = (prefix: string, maximum: number) =>
  list(new RegExp(`^${prefix}-[0-9a-f]{8}([0-9a-f]{9})?$`), maximum, `ids ${prefix}-…`);

/** What every service here takes as a tag (Tagging AWS resources user guide, "Tag naming limits and requirements"). */
const TAG_NAME = /^(?!aws:)[\w +\-=.:/@]{1,128}$/i;
const TAG_VALUE = /^[\w +\-=.:/@]{0,256}$/;
const EXPECTED_TAGS =
  'expected 1 to 40 tags: name=value, separated by commas, or a map; of letters, digits, spaces and +-=.:/@_, names of up to 128 characters, not beginning with aws:, each once whatever its case, values of up to 256';

/** Tags by name: a map of YAML, or text such as `Team=orders,CostCentre=4711`. */
export const tags = () =>
  z.unknown().transform((given, { addIssue }): Readonly<Record<string, string>> => {
    const pairs = typeof given === 'string' ? given.split(',').map(pairOf) : entriesOf(given);
    const names = new Set(pairs.map(([name]) => name.toLowerCase()));
    const fit = pairs.every(
      ([name, value]) => TAG_NAME.test(name) && typeof value === 'string' && TAG_VALUE.test(value),
    );
    if (pairs.length > 0 && pairs.length <= 40 && names.size === pairs.length && fit) {
      return Object.fromEntries(pairs) as Record<string, string>;
    }
    const unquoted = pairs.find(([, value]) => quotingHint(value) !== '');
    addIssue({
      code: 'custom',
      message:
        unquoted === undefined ? EXPECTED_TAGS : `${unquoted[0]}: expected text${quotingHint(unquoted[1])}`,
    });
    return z.NEVER;
  });

function pairOf(text: string): [string, unknown] {
  const [, name = '', value] = /^([^=]*)=(.*)$/.exec(text.trim()) ?? [];
  return [name.trim(), value?.trim()];
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** A value of a parameter, whatever YAML has made of it, as text. */
export function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
