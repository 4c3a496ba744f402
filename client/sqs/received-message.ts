// What a received message carries, read: anybody may have written it, and what does not parse counts as absent. Pure.
import type { MessageAttribute } from '../contract/journey.ts';

/** An attribute as it was received: of each part, what it should be is not certain. */
export interface ReceivedAttribute {
  readonly dataType?: unknown;
  readonly stringValue?: unknown;
  /** In base64. */
  readonly binaryValue?: unknown;
}

/** The attributes that have a type and a value. */
export function readAttributes(
  received: readonly (readonly [name: string, ReceivedAttribute | null | undefined])[],
): Map<string, MessageAttribute> {
  const attributes = new Map<string, MessageAttribute>();
  for (const [name, attribute] of received) {
    const { dataType, stringValue, binaryValue } = attribute ?? {};
    if (typeof dataType !== 'string') continue;
    if (typeof stringValue === 'string') attributes.set(name, { dataType, stringValue });
    else if (typeof binaryValue === 'string') attributes.set(name, { dataType, binaryValue });
  }
  return attributes;
}

/** A count or a time that SQS writes as digits (SQS API reference, ReceiveMessage: SentTimestamp). */
export function readNumber(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * A time that a message claims, in epoch milliseconds: nothing on a message happened after it was sent. From 1970 on, since
 * with an offset a time of the year 0 would come out in a form that does not parse again.
 *
 * @param time ISO 8601
 * @param sentAt when the message was sent; epoch milliseconds
 */
export function claimedTime(time: string, sentAt: number): number {
  return Math.max(0, Math.min(Date.parse(time), sentAt));
}
