// A message of the dead-letter queue, read: what it asks for, why it is there, where it has been. Pure.
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import {
  DEAD_LETTER_KINDS,
  FAILURE_ATTRIBUTE,
  failureLine,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
  unpackAttributes,
} from '../contract/journey.ts';
import { keyIn, type ParsedBody, parseBody } from '../contract/request.ts';
import { oneLine } from '../contract/text.ts';
import { claimedTime, type ReceivedAttribute, readAttributes, readNumber } from '../sqs/received-message.ts';

/** Why a message is on the dead-letter queue, as far as it says: what the function wrote, or how it got there. */
export const LETTER_KINDS = [
  ...DEAD_LETTER_KINDS,
  /** SQS itself moved it after too many receives: the function never finished with it, or could not send. */
  'moved-by-sqs',
  /** Neither the function nor SQS says: somebody sent it, or it left no room for a reason. */
  'unexplained',
] as const;

/** One of those that are known here. */
export type KnownLetterKind = (typeof LETTER_KINDS)[number];

/** One of {@link LETTER_KINDS}, or what a newer function has written: one line of at most 64 characters. */
export type LetterKind = KnownLetterKind | (string & {});

/** A message of the dead-letter queue. Every text but `body`, `failure` and the attributes' is one line. */
export interface DeadLetter {
  readonly messageId: string;
  /** Verbatim. */
  readonly body: string;
  /** The request that the body holds, or why it holds none. */
  readonly request: ParsedBody;
  /** The key that the body asks for, readable even where the rest of the body breaks the contract. */
  readonly userTaskKey: string | undefined;
  /** The sender's attributes, those that the function had set aside put back. */
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  /**
   * The names of attributes that cannot be carried, since their values did not come through: the SDK hands out the
   * name `__proto__`, which SQS takes, without its value. A copy would lack them.
   */
  readonly lostAttributes: readonly string[];
  readonly traceHeader: string | undefined;
  readonly messageGroupId: string | undefined;
  readonly kind: LetterKind;
  /** Why, in one line for people. */
  readonly failure: string;
  /** What the function wrote; absent where it wrote nothing that can be read. */
  readonly journey: Journey | undefined;
  /** A journey that somebody else wrote, or that was damaged: the text of the attribute, as it was found. */
  readonly unreadable: string | undefined;
  /** The cluster's last answer: HTTP status, and title and detail of its problem detail (RFC 9457). */
  readonly status: number | undefined;
  readonly title: string | undefined;
  readonly detail: string | undefined;
  /** The function's own words, where there is more to say than the answer does. */
  readonly reason: string | undefined;
  /** Calls to the cluster that the journey remembers. */
  readonly attempts: number | undefined;
  /** Who sent the request (SQS API reference, ReceiveMessage: SenderId). */
  readonly sender: string | undefined;
  /** When the request was first sent; epoch milliseconds. */
  readonly firstSentAt: number;
  /** How often it has been sent back from here before, as far as its journey tells, and when last; epoch milliseconds. */
  readonly redriven: number;
  readonly redrivenAt: number | undefined;
  /**
   * When it became a dead letter; epoch milliseconds. For one that SQS moved, when it was sent: SQS keeps that
   * time and does not tell the move's (SQS Developer Guide, "Using dead-letter queues").
   */
  readonly failedAt: number;
  /** When this message was sent, from which its retention counts; epoch milliseconds. */
  readonly sentAt: number;
  /** The queue's ARN, where SQS moved it. */
  readonly movedFrom: string | undefined;
}

/**
 * Reads a received message. Never throws: whatever does not parse counts as absent.
 *
 * @param now epoch milliseconds, for a message without a readable SentTimestamp
 */
export function readDeadLetter(message: Message, now: number): DeadLetter {
  const system: Partial<Record<string, string>> = message.Attributes ?? {};
  const body = message.Body ?? '';
  const request = parseBody(body);
  const received = receivedAttributes(message);
  const readable = readAttributes(received);
  const carried = unpackAttributes(readable);
  const { journey } = carried;
  const sentAt = readNumber(system['SentTimestamp']) ?? now;
  const movedFrom = oneLine(system['DeadLetterQueueSourceArn'] ?? '', 200) || undefined;
  // The function sends its dead letters itself. A journey of an earlier death, as the AWS console's redrive leaves
  // it on, does not say why SQS moved the message since.
  const kind = movedFrom === undefined ? kindOf(journey) : 'moved-by-sqs';
  return {
    messageId: message.MessageId ?? '',
    body,
    request,
    userTaskKey: detached(request.ok ? request.request.userTaskKey : keyIn(body)),
    attributes: carried.attributes,
    lostAttributes: lostAttributes(received, readable),
    traceHeader: system['AWSTraceHeader'],
    messageGroupId: system['MessageGroupId'],
    kind,
    failure: describeFailure(kind, journey, carried.failure),
    journey,
    unreadable: carried.unreadable ?? journey?.unreadable,
    status: journey?.lastStatus,
    title: journey?.lastTitle,
    detail: journey?.lastDetail,
    reason: journey?.reason,
    attempts: journey?.attempts,
    sender: journey?.senderId ?? (oneLine(system['SenderId'] ?? '', 256) || undefined),
    firstSentAt: claimed(journey?.firstSentAt, sentAt) ?? sentAt,
    redriven: journey?.redriven ?? 0,
    redrivenAt: claimed(journey?.redrivenAt, sentAt),
    failedAt: claimed(journey?.failedAt, sentAt) ?? sentAt,
    sentAt,
    movedFrom,
  };
}

function claimed(time: string | undefined, sentAt: number): number | undefined {
  return time === undefined ? undefined : claimedTime(time, sentAt);
}

/** What the function never writes explains nothing. */
function kindOf(journey: Journey | undefined): LetterKind {
  const kind = journey?.kind ?? '';
  return kind === '' || kind === 'moved-by-sqs' ? 'unexplained' : kind;
}

function describeFailure(kind: LetterKind, journey: Journey | undefined, found: string | undefined): string {
  if (kind === 'moved-by-sqs') {
    return 'moved by SQS after too many receives: the function never finished with it, or could not send';
  }
  if (kind !== 'unexplained' && journey !== undefined) return failureLine(journey);
  return oneLine(found ?? 'nothing on it says why it is here', 1024);
}

type NamedReceived = readonly [name: string, attribute: ReceivedAttribute];

/** What the SDK's types promise of an attribute does not hold for every name. */
function receivedAttributes({ MessageAttributes }: Message): NamedReceived[] {
  const received: [string, Partial<MessageAttributeValue> | null | undefined][] = Object.entries(
    MessageAttributes ?? {},
  );
  return received.map(([name, attribute]) => {
    const { DataType: dataType, StringValue: stringValue, BinaryValue: bytes } = attribute ?? {};
    const binaryValue = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : undefined;
    return [name, { dataType, stringValue, binaryValue }];
  });
}

/** The function's own are no loss: it writes new ones. */
function lostAttributes(
  received: readonly NamedReceived[],
  readable: ReadonlyMap<string, MessageAttribute>,
): readonly string[] {
  const lost = received.flatMap(([name]) => (readable.has(name) || isOurs(name) ? [] : [oneLine(name, 256)]));
  return lost.length === 0 ? NONE : lost;
}

/** One for all, since a hundred thousand rows may hold it. */
const NONE: readonly string[] = [];

function isOurs(name: string): boolean {
  return name === JOURNEY_ATTRIBUTE || name === FAILURE_ATTRIBUTE;
}

/** A copy: a part of a text keeps the whole text in memory. */
function detached(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString();
}
