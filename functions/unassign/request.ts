// An SQS record to a request and its journey, or what is wrong with it.
import type { SQSRecord } from 'aws-lambda';
import {
  JOURNEY_TEXT,
  type Journey,
  type MessageAttribute,
  oneRedriveMore,
  type UnpackedAttributes,
  unpackAttributes,
} from '../../client/contract/journey.ts';
import { parseBody, type UnassignRequest } from '../../client/contract/request.ts';
import { oneLine } from '../../client/contract/text.ts';
import { claimedTime, readAttributes, readNumber } from '../../client/sqs/received-message.ts';

/** A message as the function received it. */
export type Message = ValidMessage | MalformedMessage;

/** One whose body keeps the contract. */
export interface ValidMessage extends Received {
  readonly request: UnassignRequest;
}

/** One whose body does not. */
export interface MalformedMessage extends Received {
  readonly request: {
    /** Why, in words for people. */
    readonly malformed: string;
  };
}

export function isValid(message: Message): message is ValidMessage {
  return !('malformed' in message.request);
}

/** What has to be on every copy of a message, and where it has been. */
interface Received {
  readonly messageId: string;
  /** Verbatim. */
  readonly body: string;
  /** When this message, or this copy of it, was sent; epoch milliseconds. */
  readonly sentAt: number;
  /** How often SQS has delivered this message, this time included. */
  readonly receiveCount: number;
  /** The sender's attributes, those that an earlier copy had set aside included. */
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  /** System attributes that travel with every copy. */
  readonly traceHeader: string | undefined;
  readonly messageGroupId: string | undefined;
  /** Undefined for one that is no copy of ours; {@link journeyOf} begins its journey. */
  readonly journey: Journey | undefined;
  /** Who sent it (SQS API reference, ReceiveMessage: SenderId). */
  readonly senderId: string | undefined;
  /** The text of a journey that does not parse. */
  readonly unreadable: string | undefined;
}

/**
 * Reads a record. Never throws: a body that breaks the contract comes back with the reason, a journey that does
 * not parse counts as absent. A message that was a dead letter before and is on the queue again was redriven by
 * somebody, so its retry budget starts afresh; where it comes from stays.
 *
 * @param now epoch milliseconds, for a record without a readable SentTimestamp
 */
export function readRecord(record: SQSRecord, now: number): Message {
  const body = text(record.body) ?? '';
  const parsed = parseBody(body);
  const sentAt = readNumber(record.attributes?.SentTimestamp) ?? now;
  const found = unpacked(record);
  const received: Received = {
    messageId: record.messageId,
    body,
    sentAt,
    receiveCount: readNumber(record.attributes?.ApproximateReceiveCount) ?? 1,
    attributes: found.attributes,
    traceHeader: text(record.attributes?.AWSTraceHeader),
    messageGroupId: text(record.attributes?.MessageGroupId),
    journey: found.journey && continued(found.journey, wasRedriven(found), sentAt),
    senderId: text(record.attributes?.SenderId),
    unreadable: found.unreadable,
  };
  return parsed.ok
    ? { ...received, request: parsed.request }
    : { ...received, request: { malformed: parsed.reason } };
}

/** Where a message has been so far. Made here and not with the message, since one that just succeeds needs none. */
export function journeyOf({ journey, messageId, sentAt, senderId = '', unreadable }: Message): Journey {
  return (
    journey ?? {
      attempts: 0,
      firstSentAt: new Date(sentAt).toISOString(),
      firstMessageId: oneLine(messageId, JOURNEY_TEXT.messageId),
      senderId: oneLine(senderId, JOURNEY_TEXT.senderId) || undefined,
      unreadable,
    }
  );
}

/** When somebody last sent it, the sender or whoever redrove it; epoch milliseconds. */
export function lastWantedAt(message: Message): number {
  const { redrivenAt } = message.journey ?? {};
  return redrivenAt === undefined ? firstSentAt(message) : Date.parse(redrivenAt);
}

/** When the sender sent the original; epoch milliseconds. */
export function firstSentAt({ journey, sentAt }: Message): number {
  return journey === undefined ? sentAt : Date.parse(journey.firstSentAt);
}

const NO_ATTRIBUTES = unpackAttributes(new Map());

function unpacked(record: SQSRecord): UnpackedAttributes {
  const received = Object.entries(record.messageAttributes ?? {});
  return received.length === 0 ? NO_ATTRIBUTES : unpackAttributes(readAttributes(received));
}

/** On the queue, what says that a message was a dead letter says that somebody sent it back. */
function wasRedriven({ journey, failure }: UnpackedAttributes): boolean {
  return failure !== undefined || journey?.kind !== undefined;
}

/** The journey as the next decision sees it: no time is later than this message, no dead letter's end remains. */
function continued(journey: Journey, redriven: boolean, sentAt: number): Journey {
  const { firstSentAt, firstMessageId, senderId, unreadable } = journey;
  const origin = { firstSentAt: notAfter(firstSentAt, sentAt), firstMessageId, senderId, unreadable };
  if (redriven) {
    const redrivenAt = new Date(sentAt).toISOString();
    return { attempts: 0, ...origin, redriven: oneRedriveMore(journey), redrivenAt };
  }
  const {
    setAside: _,
    kind: _kind,
    reason: _reason,
    failedAt: _failedAt,
    firstTriedAt,
    redrivenAt,
    ...memory
  } = journey;
  return {
    ...memory,
    firstTriedAt: firstTriedAt === undefined ? undefined : notAfter(firstTriedAt, sentAt),
    redrivenAt: redrivenAt === undefined ? undefined : notAfter(redrivenAt, sentAt),
    ...origin,
  };
}

function notAfter(time: string, sentAt: number): string {
  return new Date(claimedTime(time, sentAt)).toISOString();
}

/** The types say what Lambda sends; what somebody else sends must not take the batch down with it. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
