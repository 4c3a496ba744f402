// What is written on the copies of a message: where the request has been, and why it is a dead letter.
import * as z from 'zod/mini';
import { oneLine } from './text.ts';

/** Carries the {@link Journey} as JSON, on every copy that the function sends, and on what is redriven. */
export const JOURNEY_ATTRIBUTE = 'UnassignJourney';

/** Carries the {@link failureLine}, on dead letters only. */
export const FAILURE_ATTRIBUTE = 'UnassignFailure';

/** Why a message is a dead letter. */
export const DEAD_LETTER_KINDS = [
  /** It breaks the contract, or is too large to be retried. */
  'malformed',
  /** Its `expiresAt` has passed. */
  'expired',
  /** The cluster answered 400, or 503 for ever since it has no partition for that key. */
  'rejected',
  /** The cluster answered 404: unknown, completed or cancelled. */
  'not-found',
  /** The cluster answered 409: a task listener holds the task, or denied it. */
  'wrong-state',
  /** Something answered in Camunda's place, twice, while the cluster itself could be reached. */
  'foreign-answer',
  /** Unavailable for longer than the retry budget. */
  'unavailable-too-long',
  /** Answers that the function cannot judge, on every receive that it allows. */
  'failed-repeatedly',
] as const;

/** One of {@link DEAD_LETTER_KINDS}. */
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];

/**
 * A message attribute as Lambda spells it (Lambda developer guide, "Using Lambda with Amazon SQS"): the value
 * as text, or as base64 where the type is `Binary` or starts with `Binary.`.
 */
export type MessageAttribute =
  | { readonly dataType: string; readonly stringValue: string }
  | { readonly dataType: string; readonly binaryValue: string };

/** A message attribute with its name. */
export type NamedAttribute = MessageAttribute & { readonly name: string };

/** Where a request has been. Times are ISO 8601 in UTC. */
export interface Journey {
  /** Calls to the cluster that left the process. */
  readonly attempts: number;
  /** The first such call; the retry budget and the delays count from it. Absent: never called. */
  readonly firstTriedAt?: string | undefined;
  /** When the sender sent the original. */
  readonly firstSentAt: string;
  /** The original's message id. */
  readonly firstMessageId: string;
  /** Who sent the original (SQS API reference, ReceiveMessage: SenderId). */
  readonly senderId?: string | undefined;
  /** How often somebody has sent the request back from the dead-letter queue, and when last. Absent: never. */
  readonly redriven?: number | undefined;
  readonly redrivenAt?: string | undefined;
  /** The cluster's last answer: HTTP status and, from its problem detail (RFC 9457), title and detail. */
  readonly lastStatus?: number | undefined;
  readonly lastTitle?: string | undefined;
  readonly lastDetail?: string | undefined;
  /** Of a last answer that is not Camunda's problem detail: its content type, and the beginning of its body. */
  readonly lastContentType?: string | undefined;
  readonly lastBody?: string | undefined;
  /** The status of a foreign answer that came while the cluster itself could be reached; the second one counts. */
  readonly foreignStatus?: number | undefined;
  /** An earlier call got no answer, and none since has told what became of it. */
  readonly underWay?: boolean | undefined;
  /**
   * On dead letters: why, in one word, in the function's own words where there is more to say, and when. The word is
   * one of {@link DEAD_LETTER_KINDS}, or one that a newer function has written.
   */
  readonly kind?: string | undefined;
  readonly reason?: string | undefined;
  readonly failedAt?: string | undefined;
  /** Sender's attributes for which the ten that SQS allows left no place; put back on a redrive. */
  readonly setAside?: readonly NamedAttribute[] | undefined;
  /** A journey that did not parse, as it was found. */
  readonly unreadable?: string | undefined;
}

/** The longest texts of a journey, in characters. */
export const JOURNEY_TEXT = {
  kind: 64,
  title: 256,
  detail: 1024,
  contentType: 100,
  body: 200,
  reason: 1024,
  senderId: 256,
  messageId: 100,
} as const;

/** The longest failure line, in characters. */
const MAX_FAILURE_LINE = 1024;

const line = (maximum: number) =>
  z.pipe(
    z.string(),
    z.transform((text) => oneLine(text, maximum)),
  );
// The schemas are lazy, so that a cold start does not build them: no new request has a journey.
const time = z.lazy(() => z.iso.datetime({ offset: true }));
const status = z.lazy(() => z.int().check(z.gte(100), z.lte(999)));

/** SQS Developer Guide, "Message attribute components": names. */
const name = z.lazy(() =>
  z
    .string()
    .check(
      z.regex(/^(?!(?:[Aa][Ww][Ss]|[Aa][Mm][Aa][Zz][Oo][Nn])?\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/),
    ),
);
/** SQS API reference, SendMessage: the characters that an attribute's value may hold. */
const SQS_TEXT = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

/** SQS Developer Guide, "Message attribute components": types, whose labels may hold what a body may. */
const dataType = (pattern: RegExp) => z.string().check(z.regex(pattern), z.regex(SQS_TEXT), z.maxLength(256));

const attribute = z.lazy(() =>
  z.union([
    z.strictObject({
      name,
      dataType: z.literal('Number'),
      stringValue: z.string().check(z.regex(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/)),
    }),
    z.strictObject({
      name,
      dataType: dataType(/^(String(\.|$)|Number\.)/),
      stringValue: z.string().check(z.regex(SQS_TEXT)),
    }),
    z.strictObject({
      name,
      dataType: dataType(/^Binary(\.|$)/),
      binaryValue: z.base64().check(z.minLength(4)),
    }),
  ]),
);

/** What SQS refuses about a message attribute, in words for people; undefined where it takes it. */
export function attributeProblem(named: NamedAttribute): string | undefined {
  if (attribute.safeParse(named).success) return undefined;
  if (!name.safeParse(named.name).success) {
    return 'a name has 1 to 256 of A-Z a-z 0-9 _ - and single inner full stops, and no prefix AWS. or Amazon.';
  }
  if (!/^(String|Number|Binary)(\.|$)/.test(String(named.dataType)) || !SQS_TEXT.test(named.dataType)) {
    return 'a type is String, Number or Binary, or one of them with a full stop and a label';
  }
  if (named.dataType.startsWith('Binary')) return 'a Binary value is bytes, at least one, as base64';
  if (named.dataType === 'Number') return 'a Number value is digits with sign, fraction or exponent';
  return 'a value is text, at least one character, without control characters but tab and line breaks';
}

/** What a journey has to be to be read; the function writes nothing else. */
export const JourneySchema = z.lazy(() =>
  z.object({
    attempts: z.int().check(z.gte(0)),
    firstTriedAt: z.optional(time),
    firstSentAt: time,
    firstMessageId: line(JOURNEY_TEXT.messageId),
    senderId: z.optional(line(JOURNEY_TEXT.senderId)),
    redriven: z.optional(z.int().check(z.gte(1))),
    redrivenAt: z.optional(time),
    lastStatus: z.optional(status),
    lastTitle: z.optional(line(JOURNEY_TEXT.title)),
    lastDetail: z.optional(line(JOURNEY_TEXT.detail)),
    lastContentType: z.optional(line(JOURNEY_TEXT.contentType)),
    lastBody: z.optional(line(JOURNEY_TEXT.body)),
    foreignStatus: z.optional(status),
    underWay: z.optional(z.boolean()),
    // Any text, so that an older function, or an older tool, understands a newer one's journeys.
    kind: z.optional(line(JOURNEY_TEXT.kind)),
    reason: z.optional(line(JOURNEY_TEXT.reason)),
    failedAt: z.optional(time),
    setAside: z.optional(z.array(attribute)),
    unreadable: z.optional(z.string()),
  }),
);

/** Reads the journey attribute's text, which anyone may have written; undefined where it does not parse. */
export function parseJourney(text: string): Journey | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = JourneySchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The journey attribute's text. JSON escapes every control character; what else SQS refuses is replaced. */
export function formatJourney(journey: Journey): string {
  return JSON.stringify(journey).replace(/[\ufffe\uffff]/g, '\ufffd');
}

/** How often it has been sent back from the dead-letter queue, with one time more. */
export function oneRedriveMore({ redriven = 0 }: Pick<Journey, 'redriven'>): number {
  return Math.min(redriven + 1, Number.MAX_SAFE_INTEGER);
}

/** A message's attributes, those of its sender apart from those that the function wrote. */
export interface UnpackedAttributes {
  /** The sender's, those that a copy had set aside put back. */
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  readonly journey: Journey | undefined;
  /** The text of a journey that does not parse. */
  readonly unreadable: string | undefined;
  /** The {@link failureLine} as it was found. */
  readonly failure: string | undefined;
}

/** Takes apart what a message carries. Where a name is both set aside and there, the one that is there counts. */
export function unpackAttributes(carried: ReadonlyMap<string, MessageAttribute>): UnpackedAttributes {
  const attributes = new Map(carried);
  const journeyText = textOf(attributes.get(JOURNEY_ATTRIBUTE));
  const failure = textOf(attributes.get(FAILURE_ATTRIBUTE));
  const journey = journeyText === undefined ? undefined : parseJourney(journeyText);
  for (const { name, ...attribute } of journey?.setAside ?? []) {
    if (!attributes.has(name)) attributes.set(name, attribute);
  }
  attributes.delete(JOURNEY_ATTRIBUTE);
  attributes.delete(FAILURE_ATTRIBUTE);
  return { attributes, journey, unreadable: journey ? undefined : journeyText, failure };
}

function textOf(attribute: MessageAttribute | undefined): string | undefined {
  if (attribute === undefined) return undefined;
  return 'stringValue' in attribute ? attribute.stringValue : attribute.binaryValue;
}

/**
 * Why a message is a dead letter, in one line for people:
 * `wrong-state: 409 INVALID_STATE: Command 'ASSIGN' rejected …`.
 */
export function failureLine(journey: Journey): string {
  const { lastStatus, lastTitle, lastContentType, lastDetail, lastBody } = journey;
  const answer = [
    [lastStatus, lastTitle ?? lastContentType].filter((part) => part !== undefined).join(' '),
    lastDetail ?? lastBody,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
  const parts = [journey.reason, answer].filter((part) => part !== undefined && part !== '');
  return oneLine(`${journey.kind ?? 'dead letter'}: ${parts.join('; ')}`, MAX_FAILURE_LINE);
}
