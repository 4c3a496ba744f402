// What a single parameter of the deployment may be: a number within bounds, an address, an ARN, a list of them.
import * as z from 'zod';
import { type Bounds, isHttpUrl } from '../functions/unassign/config.ts';

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
export const oneOf = (allowed: readonly number[], unit: string) =>
  z
    .union([z.string(), z.number()])
    .transform(Number)
    .refine((value) => allowed.includes(value), `expected one of ${allowed.join(', ')} ${unit}`);

/** `true` or `false`, as text or as YAML has it. */
export const flag = () =>
  z
    .union([z.boolean(), z.enum(['true', 'false'])], 'expected true or false')
    .transform((value) => String(value) === 'true');

/** An http or https address. */
export const httpUrl = (what: string, mayHaveQuery = false) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is required: ${what}` : `expected ${what}`) })
    .refine(
      (address) => isHttpUrl(address, mayHaveQuery),
      `expected ${what}: http or https, without user name${mayHaveQuery ? '' : ', query'} or fragment`,
    );

/** Some text. */
export const text = (what: string) => z.string(`expected ${what}`).trim().min(1, `expected ${what}`);

/** An ARN of the form that `pattern` names after `arn:<partition>:`. */
export const arn = (pattern: RegExp, expected: string) =>
  z.string(expected).regex(new RegExp(`^arn:aws[a-z-]*:(?:${pattern.source})$`), expected);

/** From 1 to `maximum` texts that match, as a YAML list or separated by commas. */
export const list = (pattern: RegExp, maximum: number, what: string) => {
  const expected = `expected 1 to ${maximum} ${what}, separated by commas`;
  return z
    .union([z.string(), z.array(z.union([z.string(), z.number()]))], expected)
    .transform((items) => (typeof items === 'string' ? items.split(',') : items.map(String)))
    .transform((items) => items.map((item) => item.trim()))
    .refine(
      (items) => items.length > 0 && items.length <= maximum && items.every((item) => pattern.test(item)),
      expected,
    );
};

/** Ids of AWS resources, such as `subnet-0a1b2c3d`. */
export const ids = (prefix: string, maximum: number) =>
  list(new RegExp(`^${prefix}-[0-9a-f]{8}([0-9a-f]{9})?$`), maximum, `ids ${prefix}-…`);
