// What a message on the queue is: the one schema that the function, the enqueuer and the documents share.
import * as z from 'zod/mini';
import { EXPECTED_TIME, timeFault } from './time.ts';

/** The largest body that the function reads, in bytes of UTF-8. A valid request needs fewer than 2,000. */
export const MAX_BODY_BYTES = 16 * 1024;

/** The largest key: Camunda's keys are signed 64-bit integers (Zeebe, Protocol.KEY_BITS and PARTITION_BITS). */
const MAX_USER_TASK_KEY = '9223372036854775807';

/** All of the rule in one expression, so that the JSON Schema that is made from it has all of it too. */
const KEY_DIGITS = numbersUpTo(MAX_USER_TASK_KEY);
const KEY = new RegExp(`^(?:${KEY_DIGITS})$`);

/**
 * What almost every body is, as the clients here and most others write it. The schema would say the same of it, but
 * with that a message of the function's took a tenth more of its time.
 */
const ORDINARY_BODY = new RegExp(`^\\{"userTaskKey":"(?:${KEY_DIGITS})"\\}$`);

const EXPECTED_KEY = `expected a string of 1 to 19 digits (0 to 9) without a leading zero, from 1 to ${MAX_USER_TASK_KEY}`;

/**
 * Without control characters (those of C0, DEL and C1). With the flag `u` it counts characters and not UTF-16 units, as
 * JSON Schema does. Written with what regular expressions of every language have.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
const ASSIGNEE = /^[^\x00-\x1f\x7f-\x9f]{1,256}$/u;

const EXPECTED_ASSIGNEE = 'expected 1 to 256 characters without control characters';
const EXPECTED_OBJECT = 'expected a JSON object such as {"userTaskKey":"2251799813685249"}';

/**
 * The body of a message: a user task to unassign, and optionally the time after which nobody wants it any more, and who
 * must have the task. The key is a string since from partition 4 on keys exceed what a JSON number keeps exactly. A time
 * of null is none, as serialisers write it that leave nothing out (Jackson's default); nobody here writes it. An
 * assignee of null or of nothing is refused: a guard that is empty by mistake must not become an unguarded request. So is
 * half a surrogate pair, which no UTF-8 holds: Camunda would keep another character in its place, and the guard would
 * never fit.
 */
export const UnassignRequest = z.strictObject(
  {
    userTaskKey: z.string({ error: EXPECTED_KEY }).check(z.regex(KEY, { error: EXPECTED_KEY })),
    expiresAt: z.nullish(z.iso.datetime({ offset: true, error: `expected ${EXPECTED_TIME}` })),
    expectedAssignee: z.exactOptional(
      z.string({ error: EXPECTED_ASSIGNEE }).check(
        z.regex(ASSIGNEE, { error: EXPECTED_ASSIGNEE, abort: true }),
        z.refine((text) => text.isWellFormed(), { error: EXPECTED_ASSIGNEE }),
      ),
    ),
  },
  { error: EXPECTED_OBJECT },
);

/** A user task to unassign. */
export interface UnassignRequest {
  readonly userTaskKey: string;
  /** After this time nobody wants it any more. */
  readonly expiresAt?: string;
  /**
   * Only while this person has the task, as Camunda keeps the name, compared exactly; 1 to 256 characters. The function
   * reads the task before it unassigns, which needs Camunda 8.8 or later with a secondary storage, and the permission to
   * read the task. Two things remain, since what is read lags behind: somebody who takes the task just before it is
   * unassigned loses it all the same; and where the storage lags by more than a minute, a request that is valid is taken
   * for superseded, and dropped with a line in the log.
   */
  readonly expectedAssignee?: string;
}

/** An expression for the whole numbers from 1 to `maximum` without leading zeros. */
function numbersUpTo(maximum: string): string {
  const shorter = `[1-9][0-9]{0,${maximum.length - 2}}`;
  const smaller = [...maximum].flatMap((digit, index) => {
    const lowest = index === 0 ? 1 : 0;
    const rest = maximum.length - 1 - index;
    if (Number(digit) <= lowest) return [];
    return [
      `${maximum.slice(0, index)}[${lowest}-${Number(digit) - 1}]${rest === 0 ? '' : `[0-9]{${rest}}`}`,
    ];
  });
  return [shorter, ...smaller, maximum].join('|');
}

/**
 * The partition that a key belongs to: what stands above its lower 51 bits (Zeebe, Protocol.KEY_BITS). Partitions
 * count from 1.
 */
export function partitionOf(key: bigint): bigint {
  return key >> 51n;
}

/** A body that keeps the contract, or what is wrong with it in words for people. */
export type ParsedBody =
  | { readonly ok: true; readonly request: UnassignRequest }
  | { readonly ok: false; readonly reason: string };

/** The body of a request, in characters that SQS takes (SQS API reference, SendMessage: not U+FFFE and U+FFFF). */
export function formatRequest(request: UnassignRequest): string {
  return JSON.stringify(request).replace(
    /[\ufffe\uffff]/g,
    (text) => `\\u${text.charCodeAt(0).toString(16)}`,
  );
}

/** Reads a message's body. Never throws: a body that breaks the contract comes back with the reason. */
export function parseBody(body: string): ParsedBody {
  if (ORDINARY_BODY.test(body)) {
    return { ok: true, request: { userTaskKey: body.slice('{"userTaskKey":"'.length, -'"}'.length) } };
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_BODY_BYTES) {
    return { ok: false, reason: `body: expected at most ${MAX_BODY_BYTES} bytes, got ${bytes}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    const mark = body.startsWith('\ufeff') ? ': it begins with a byte order mark' : '';
    return { ok: false, reason: `body: ${EXPECTED_OBJECT}, got text that is not JSON${mark}` };
  }
  const parsed = parseRequest(value);
  return parsed.ok ? parsed : parseRequest(value, asWritten(body, value));
}

/**
 * The key that a body asks for, for people: readable even where the rest breaks the contract, and where it is a number.
 * As JSON reads it where the body is JSON; what looks like the key where it is not.
 */
export function keyIn(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return /"userTaskKey"\s*:\s*"?(\d{1,19})(?!\d)/.exec(body.slice(0, 1024))?.[1];
  }
  const key = keyOf(value);
  const digits = typeof key === 'number' ? keyOf(asWritten(body, value)) : key;
  const text = digits instanceof WrittenNumber ? digits.source : digits;
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? text : undefined;
}

function keyOf(value: unknown): unknown {
  return Object.getOwnPropertyDescriptor(Object(value), 'userTaskKey')?.value;
}

/** A number with all the digits that stand in the text, of which a JavaScript number may have lost some. */
class WrittenNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The same value with its numbers as they were written. */
function asWritten(body: string, value: unknown): unknown {
  try {
    return JSON.parse(body, (_name, part: unknown, context?: { source?: string }) =>
      typeof part === 'number' && context?.source !== undefined ? new WrittenNumber(context.source) : part,
    );
  } catch {
    // So deep that the stack is too small for a second look.
    return value;
  }
}

/**
 * Checks a value that will be, or was, a message's body. Never throws.
 *
 * @param shown what the reasons speak of, where `value` is another form of what somebody wrote
 */
export function parseRequest(value: unknown, shown = value, numberHint = JSON_NUMBER_HINT): ParsedBody {
  const parsed = UnassignRequest.safeParse(value);
  if (parsed.success) {
    const { userTaskKey, expiresAt, expectedAssignee } = parsed.data;
    return {
      ok: true,
      request: {
        userTaskKey,
        ...(typeof expiresAt === 'string' && { expiresAt }),
        ...(expectedAssignee !== undefined && { expectedAssignee }),
      },
    };
  }
  const reasons = parsed.error.issues.map((issue) => describe(issue, shown, numberHint));
  return { ok: false, reason: reasons.join('; ') };
}

const JSON_NUMBER_HINT = 'a JSON number loses digits above 2^53-1: send the key as a string';

function describe(issue: z.core.$ZodIssue, value: unknown, numberHint: string): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((name) => quote(name)).join(', ');
    return `unknown field ${names}: expected userTaskKey and, optionally, expiresAt and expectedAssignee`;
  }
  const field = issue.path[0];
  if (field === undefined) return `body: ${issue.message}, got ${kindOf(value)}`;
  const got = Object.getOwnPropertyDescriptor(value, field)?.value;
  if (field === 'expectedAssignee') return `${field}: ${issue.message}, got ${assigneeFault(got)}`;
  const hint = field === 'userTaskKey' ? (isNumber(got) ? numberHint : '') : timeHint(got);
  return `${String(field)}: ${issue.message}, got ${kindOf(got)}${hint && ` (${hint})`}`;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof WrittenNumber;
}

function timeHint(value: unknown): string {
  return typeof value === 'string' ? timeFault(value) : '';
}

/** What is wrong with an expected assignee. Never what it is: reasons go into logs, and names of people do not. */
function assigneeFault(value: unknown): string {
  if (value === undefined || value === null || value === '') {
    return `${kindOf(value)} (a request for whoever has the task leaves this field out)`;
  }
  if (isNumber(value)) return 'a number';
  if (typeof value !== 'string') return typeof value === 'object' ? kindOf(value) : `a ${typeof value}`;
  if (!value.isWellFormed()) return 'a string with half a surrogate pair';
  const control = /\p{Cc}/u.exec(value)?.[0].charCodeAt(0);
  if (control === undefined) return `${[...value].length} characters`;
  return `a string with the control character U+${control.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** What a value is, in words for people: `the number 7`, `an empty string`, `an object`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `the string ${quote(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (typeof value === 'bigint') return `the bigint ${value}`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (value instanceof WrittenNumber) return `the number ${shortened(value.source)}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  return Array.isArray(value) ? 'an array' : 'an object';
}

function quote(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
