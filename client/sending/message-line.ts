// One message as one line of JSON: what `dead-letters export` and `enqueue --failed-to` write, and what
// `enqueue --file` and `dead-letters redrive --from-file` read.
import * as z from 'zod/mini';
import {
  attributeProblem,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
} from '../contract/journey.ts';
import { MAX_ATTRIBUTES, MESSAGE_GROUP, TRACE_HEADER } from '../sqs/limits.ts';
import type { OutgoingMessage } from './send-messages.ts';

const EXPECTED_LINE = 'expected a JSON object such as {"body":"{\\"userTaskKey\\":\\"2251799813685249\\"}"}';
const EXPECTED_ATTRIBUTES =
  'attributes: expected an object of at most ten, such as {"tenant":{"dataType":"String","stringValue":"a"}}';

/** Not a record of zod's, which leaves out the name `__proto__`, a name that SQS takes. */
const attributes = z.unknown().check(
  z.refine(isObjectOfAtMostTen, { error: EXPECTED_ATTRIBUTES, abort: true }),
  z.check(({ value, issues }) => {
    for (const [name, attribute] of Object.entries(Object(value))) {
      const problem = problemOf(name, attribute);
      if (problem !== undefined) {
        issues.push({ code: 'custom', path: [name], message: problem, input: attribute });
      }
    }
  }),
);

const Line = z.object(
  {
    body: z.string({ error: 'body: expected the message as a string' }),
    attributes: z.optional(attributes),
    messageGroupId: z.optional(
      z.string().check(z.regex(MESSAGE_GROUP, 'messageGroupId: expected 1 to 128 visible ASCII characters')),
    ),
    traceHeader: z.optional(
      z.string().check(z.regex(TRACE_HEADER, 'traceHeader: expected 1 to 1,024 ASCII characters')),
    ),
  },
  { error: EXPECTED_LINE },
);

/**
 * A message as its sender sent it. Whoever writes such a line may add fields for people and for other tools (why
 * it failed, when, its journey); whoever reads one takes these and no others.
 */
export interface MessageLine {
  /** The body verbatim, whether it keeps the contract or not. */
  readonly body: string;
  /** The sender's own attributes by name, none of the function's; binary values in base64. */
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  /** The message group, for fair queues. */
  readonly messageGroupId?: string | undefined;
  /** The value of the system attribute `AWSTraceHeader`. */
  readonly traceHeader?: string | undefined;
}

/** A line that holds a message, or what is wrong with it in words for people. */
export type ParsedLine =
  | { readonly ok: true; readonly message: MessageLine }
  | { readonly ok: false; readonly reason: string };

/** A message as a line: what is not there is left out. */
export function messageLineOf(message: OutgoingMessage): MessageLine {
  const { body, attributes, messageGroupId, traceHeader } = message;
  return {
    body,
    ...(attributes.size > 0 && { attributes: Object.fromEntries(attributes) }),
    ...(messageGroupId !== undefined && { messageGroupId }),
    ...(traceHeader !== undefined && { traceHeader }),
  };
}

/**
 * Reads a value that was a line of JSON. Never throws. Whether the body keeps the contract is another matter: see
 * `parseBody`.
 */
export function readMessageLine(value: unknown): ParsedLine {
  const parsed = Line.safeParse(value);
  if (!parsed.success) return { ok: false, reason: parsed.error.issues.map(describe).join('; ') };
  // The check above has looked at every attribute, which its type does not say.
  return { ok: true, message: parsed.data as MessageLine };
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length > 1 ? `attribute ${JSON.stringify(path[1])}: ${message}` : message;
}

function isObjectOfAtMostTen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length <= MAX_ATTRIBUTES;
}

function problemOf(name: string, attribute: unknown): string | undefined {
  if (name === JOURNEY_ATTRIBUTE || name === FAILURE_ATTRIBUTE) {
    return "this name is the function's own, and not the sender's";
  }
  return isTyped(attribute)
    ? attributeProblem({ ...attribute, name })
    : 'expected {"dataType":"String","stringValue":"a"}, or binaryValue in base64 where the type is Binary';
}

function isTyped(attribute: unknown): attribute is MessageAttribute {
  return typeof Object(attribute).dataType === 'string';
}
