// What a caller wants of every message besides its body, checked by SQS's rules and the function's. Pure.

import { LONGEST_SECONDS, secondsOf } from '../contract/duration.ts';
import {
  attributeProblem,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
} from '../contract/journey.ts';
import { kindOf, parseRequest } from '../contract/request.ts';
import {
  attributeBytes,
  MAX_ATTRIBUTES,
  MAX_DELAY_SECONDS,
  MAX_MESSAGE_BYTES,
  MESSAGE_GROUP,
  TRACE_HEADER,
} from '../sqs/limits.ts';
import { shareOut } from '../sqs/set-aside.ts';
import { isoOf, type RequestDefaults } from './request-input.ts';
import type { OutgoingMessage } from './send-messages.ts';
import { unknownOptions } from './unknown-options.ts';

/** An attribute of the caller's own: text, a number, bytes, or as Lambda spells it with a type of its own. */
export type AttributeInput = string | number | bigint | Uint8Array | MessageAttribute;

/** How messages are sent. */
export interface MessageOptions {
  /** Whole seconds before the function may see it, 0 to 900 (SQS API reference, SendMessage). */
  readonly delaySeconds?: number | undefined;
  /** The tenant, for fair queues: 1 to 128 printable ASCII characters (SQS Developer Guide, "Fair queues"). */
  readonly messageGroupId?: string | undefined;
  /** For requests that say none themselves: after this time nobody wants them any more. */
  readonly expiresAt?: string | Date | null | undefined;
  /** The same from the time of sending on: seconds, or text such as `90s`, `30m`, `2h`, `1d`. */
  readonly expiresIn?: number | string | undefined;
  /**
   * For requests that say none themselves: only while this person has the task. The name as Camunda keeps it, compared
   * exactly, 1 to 256 characters. Leave it out for whoever has the task; undefined, null and an empty string are refused,
   * since a guard may be empty by mistake.
   *
   * The function reads the task, compares, and unassigns. That needs Camunda 8.8 or later with a secondary storage, and
   * for the function's client the permission to read the task. Reading lags behind the engine, so two things remain:
   * somebody who takes the task between the reading and the unassigning is not seen, and loses it all the same; and a
   * storage that lags by more than a minute makes valid requests look superseded, which drops them with a line in the log.
   */
  readonly expectedAssignee?: string;
  /**
   * Message attributes, which travel along unchanged on every copy; at most ten. `UnassignJourney` and
   * `UnassignFailure` are the function's.
   */
  readonly attributes?: Readonly<Record<string, AttributeInput>> | undefined;
  /** For AWS X-Ray; the environment's `_X_AMZN_TRACE_ID` unless given. */
  readonly traceHeader?: string | undefined;
}

/** Checked options. */
export interface MessageTemplate {
  /** What every message carries, but for the body. */
  readonly message: Omit<OutgoingMessage, 'body'>;
  /** What a request that is sent now (epoch milliseconds) says where it does not say it itself. */
  readonly defaults: (now: number) => RequestDefaults;
}

/** Checked options, or everything that is wrong with them. */
export type ReadOptions =
  | { readonly ok: true; readonly template: MessageTemplate }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads options. Never throws.
 *
 * @param traceHeader the environment's; one that SQS would not take is left out
 */
export function readOptions(options: MessageOptions, traceHeader: string | undefined): ReadOptions {
  const attributes = readAttributes(options.attributes);
  const problems = [
    ...unknownOptions(options, OPTIONS),
    ...delayProblems(options.delaySeconds),
    ...groupProblems(options.messageGroupId),
    ...expiryProblems(options),
    ...assigneeProblems(options),
    ...traceProblems(options.traceHeader),
    ...runProblems(options),
    ...attributes.problems,
  ];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    template: {
      message: {
        attributes: attributes.found,
        delaySeconds: options.delaySeconds,
        messageGroupId: options.messageGroupId,
        traceHeader: options.traceHeader ?? (isTraceHeader(traceHeader) ? traceHeader : undefined),
      },
      defaults: defaultsOf(options),
    },
  };
}

const OPTIONS = [
  'delaySeconds',
  'messageGroupId',
  'expiresAt',
  'expiresIn',
  'expectedAssignee',
  'attributes',
  'traceHeader',
  'signal',
  'onProgress',
];

function delayProblems(delay: unknown): string[] {
  if (delay === undefined) return [];
  const fine =
    typeof delay === 'number' && Number.isInteger(delay) && delay >= 0 && delay <= MAX_DELAY_SECONDS;
  return fine
    ? []
    : [`delaySeconds: expected a whole number from 0 to ${MAX_DELAY_SECONDS}, got ${kindOf(delay)}`];
}

function groupProblems(group: unknown): string[] {
  if (group === undefined || (typeof group === 'string' && MESSAGE_GROUP.test(group))) return [];
  return [
    `messageGroupId: expected 1 to 128 printable ASCII characters without blanks, got ${kindOf(group)}`,
  ];
}

function traceProblems(trace: unknown): string[] {
  if (trace === undefined || isTraceHeader(trace)) return [];
  return [`traceHeader: expected an X-Ray trace header such as Root=1-…, got ${kindOf(trace)}`];
}

/** Else they would fail when something has been sent already. */
function runProblems(options: object): string[] {
  const { signal, onProgress }: { signal?: unknown; onProgress?: unknown } = options;
  const problems: string[] = [];
  // Not by its class: there are others that work alike (of jsdom, of polyfills).
  if (signal !== undefined && typeof Object(signal).addEventListener !== 'function') {
    problems.push(`signal: expected an AbortSignal, got ${kindOf(signal)}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    problems.push(`onProgress: expected a function, got ${kindOf(onProgress)}`);
  }
  return problems;
}

function isTraceHeader(text: unknown): text is string {
  return typeof text === 'string' && TRACE_HEADER.test(text);
}

function expiryProblems({ expiresAt, expiresIn }: MessageOptions): string[] {
  const problems: string[] = [];
  if ((expiresAt ?? undefined) !== undefined && expiresIn !== undefined) {
    problems.push('expiresAt, expiresIn: expected one of the two, got both');
  }
  const timed = parseRequest({ userTaskKey: '1', expiresAt: isoOf(expiresAt) });
  if (!timed.ok) problems.push(timed.reason);
  if (expiresIn !== undefined && lifetimeOf(expiresIn) === undefined) {
    problems.push(
      `expiresIn: expected seconds above 0, or text such as 90s, 30m, 2h or 1d, at most a year, got ${kindOf(expiresIn)}`,
    );
  }
  return problems;
}

/** In seconds, up to a year, which is beyond every retention; undefined where it is no lifetime. */
function lifetimeOf(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' ? secondsOf(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return seconds <= LONGEST_SECONDS ? seconds : undefined;
}

/** What is there and nothing is a mistake, too. */
function assigneeProblems(options: MessageOptions): string[] {
  if (!Object.hasOwn(options, 'expectedAssignee')) return [];
  const guarded = parseRequest({ userTaskKey: '1', expectedAssignee: options.expectedAssignee });
  return guarded.ok ? [] : [guarded.reason];
}

function defaultsOf(options: MessageOptions): MessageTemplate['defaults'] {
  const expiry = expiryOf(options);
  const { expectedAssignee } = options;
  return (now) => {
    const expiresAt = expiry(now);
    return {
      ...(expiresAt !== undefined && { expiresAt }),
      ...(expectedAssignee !== undefined && { expectedAssignee }),
    };
  };
}

/** The expiry, ISO 8601, of what is sent now. */
function expiryOf({ expiresAt, expiresIn }: MessageOptions): (now: number) => string | undefined {
  const lifetime = lifetimeOf(expiresIn);
  if (lifetime !== undefined) return (now) => new Date(now + lifetime * 1_000).toISOString();
  const text = expiresAt instanceof Date ? expiresAt.toISOString() : (expiresAt ?? undefined);
  return () => text;
}

interface ReadAttributes {
  readonly found: ReadonlyMap<string, MessageAttribute>;
  readonly problems: readonly string[];
}

function readAttributes(inputs: unknown = {}): ReadAttributes {
  const found = new Map<string, MessageAttribute>();
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs)) {
    return {
      found,
      problems: [`attributes: expected an object of attributes by name, got ${kindOf(inputs)}`],
    };
  }
  const problems: string[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const attribute = attributeOf(input);
    const problem = problemOf(name, attribute, input);
    if (problem !== undefined) problems.push(`attributes[${JSON.stringify(name.slice(0, 64))}]: ${problem}`);
    else if (attribute !== undefined) found.set(name, attribute);
  }
  if (found.size > MAX_ATTRIBUTES) {
    problems.push(`attributes: expected at most ${MAX_ATTRIBUTES}, got ${found.size}`);
  }
  const bytes = bytesAsDeadLetter(found);
  if (bytes > MAX_MESSAGE_BYTES - RESERVED_BYTES) {
    problems.push(
      `attributes: expected at most ${MAX_MESSAGE_BYTES - RESERVED_BYTES} bytes as a dead letter carries them, so ` +
        `that the function has room for its reason, got ${bytes}`,
    );
  }
  return { found, problems };
}

function problemOf(
  name: string,
  attribute: MessageAttribute | undefined,
  input: unknown,
): string | undefined {
  if (name === JOURNEY_ATTRIBUTE || name === FAILURE_ATTRIBUTE) {
    return "this name is the function's: it says on copies where a request has been and why it failed";
  }
  if (attribute === undefined) {
    return `expected text, a number, bytes, or { dataType, stringValue or binaryValue }, got ${kindOf(input)}`;
  }
  return attributeProblem({ name, ...attribute });
}

function attributeOf(input: unknown): MessageAttribute | undefined {
  if (typeof input === 'string') return { dataType: 'String', stringValue: input };
  if (typeof input === 'number' || typeof input === 'bigint') {
    return { dataType: 'Number', stringValue: String(input) };
  }
  if (input instanceof Uint8Array) {
    return { dataType: 'Binary', binaryValue: Buffer.from(input).toString('base64') };
  }
  return typeof input === 'object' && input !== null && 'dataType' in input
    ? (input as MessageAttribute)
    : undefined;
}

/** The body, at most 2,000 bytes, and the function's two attributes with the longest texts that they may hold. */
const RESERVED_BYTES = 16 * 1024;

/** How many of ten attributes are left to the sender's on a dead letter. */
const PLACES_ON_DEAD_LETTERS = MAX_ATTRIBUTES - 2;

/** What the sender's attributes take on a dead letter, those that ride as JSON in the function's included. */
function bytesAsDeadLetter(attributes: ReadonlyMap<string, MessageAttribute>): number {
  const { kept, setAside } = shareOut(attributes, PLACES_ON_DEAD_LETTERS);
  const sizes = [
    ...kept.map(([name, attribute]) => attributeBytes(name, attribute)),
    ...setAside.map((attribute) => Buffer.byteLength(JSON.stringify(attribute)) + 1),
  ];
  return sizes.reduce((sum, size) => sum + size, 0);
}
