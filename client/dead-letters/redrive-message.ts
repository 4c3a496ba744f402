// The message that goes back to the queue: as its sender sent it, and mended where somebody asked for it, with what its
// journey remembers of where it comes from. Pure.
import { JOURNEY_TEXT, type Journey, type MessageAttribute, oneRedriveMore } from '../contract/journey.ts';
import { formatRequest, parseBody, type UnassignRequest } from '../contract/request.ts';
import { oneLine } from '../contract/text.ts';
import type { OutgoingMessage } from '../sending/send-messages.ts';
import { MAX_ATTRIBUTES, MAX_MESSAGE_BYTES, messageBytes } from '../sqs/limits.ts';
import { withJourney } from '../sqs/set-aside.ts';
import type { DeadLetter } from './dead-letter.ts';
import { wouldReturn } from './summary.ts';

/** What changes from what its sender sent; without any change the body goes back verbatim. */
export interface RedriveChanges {
  /** Bodies that take the place of those on the queue, by message id. */
  readonly bodies?: ReadonlyMap<string, string> | undefined;
  /** The new `expiresAt` of every request, ISO 8601; null takes it away. */
  readonly expiresAt?: string | null | undefined;
  /** Whole seconds, 0 to 900 (SQS API reference, SendMessage). */
  readonly delaySeconds?: number | undefined;
}

/** The copy that a redrive sends, as it can be recognised where it comes back. */
export interface RedrivenCopy {
  /** Of the copy on the queue. */
  readonly newMessageId: string;
  /** Of the message that its sender sent; the function keeps it on every copy. */
  readonly firstMessageId: string;
  /** How often the request has been redriven, this time included. */
  readonly timesRedriven: number;
}

/** What is known of the copy before it is sent. */
type CopyOrigin = Omit<RedrivenCopy, 'newMessageId'>;

/** Why it would be of no use to send a message. */
interface Refusal {
  readonly ok: false;
  readonly code: 'Malformed' | 'Expired' | 'LostAttributes';
  readonly reason: string;
}

/** What would be sent, or why it would be of no use. */
export type Redrivable =
  | { readonly ok: true; readonly body: string; readonly request: UnassignRequest }
  | Refusal;

/** A message to send, or why it would be of no use to send it. */
export type Redrive =
  | { readonly ok: true; readonly message: OutgoingMessage; readonly origin: CopyOrigin }
  | Refusal;

/**
 * Whether a redrive with these changes would be of use.
 *
 * @param now epoch milliseconds
 */
export function redrivable(letter: DeadLetter, changes: RedriveChanges, now: number): Redrivable {
  const body = mendBody(changes.bodies?.get(letter.messageId) ?? letter.body, changes.expiresAt);
  const parsed = body === letter.body ? letter.request : parseBody(body);
  if (!parsed.ok) return { ok: false, code: 'Malformed', reason: parsed.reason };
  const { request } = parsed;
  if (wouldReturn({ request: parsed }, now) === 'expired') {
    return { ok: false, code: 'Expired', reason: `expiresAt ${request.expiresAt} has passed` };
  }
  if (letter.lostAttributes.length > 0) {
    const reason = `has an attribute that cannot be carried: ${letter.lostAttributes.join(', ')}`;
    return { ok: false, code: 'LostAttributes', reason };
  }
  return { ok: true, body, request };
}

/**
 * The copy: the body, the sender's attributes, the trace header and the message group. Its journey says when and by whom
 * the request was first sent, and that it was redriven; nothing of what was tried, so that the retry budget starts afresh.
 *
 * @param now epoch milliseconds
 */
export function redriveMessage(letter: DeadLetter, changes: RedriveChanges, now: number): Redrive {
  const found = redrivable(letter, changes, now);
  if (!found.ok) return found;
  const { body } = found;
  const { messageGroupId, traceHeader } = letter;
  const { delaySeconds } = changes;
  const attributes = attributesFor(letter, body, now);
  const message = { body, attributes, delaySeconds, messageGroupId, traceHeader };
  return { ok: true, message, origin: originOf(letter) };
}

/** As room gets short, the journey of somebody else's goes first, then the sender's id, then the journey. */
function attributesFor(letter: DeadLetter, body: string, now: number): ReadonlyMap<string, MessageAttribute> {
  const { unreadable, ...readable } = journeyOnward(letter, now);
  const { senderId: _, ...least } = readable;
  for (const journey of [{ ...readable, unreadable }, readable, least]) {
    const attributes = withJourney(letter.attributes, journey, MAX_ATTRIBUTES - 1);
    if (messageBytes(body, attributes) <= MAX_MESSAGE_BYTES) return attributes;
  }
  return letter.attributes;
}

function originOf(letter: DeadLetter): CopyOrigin {
  return {
    firstMessageId: letter.journey?.firstMessageId ?? oneLine(letter.messageId, JOURNEY_TEXT.messageId),
    timesRedriven: oneRedriveMore(letter),
  };
}

function journeyOnward(letter: DeadLetter, now: number): Journey {
  const { firstMessageId, timesRedriven } = originOf(letter);
  return {
    attempts: 0,
    firstSentAt: new Date(letter.firstSentAt).toISOString(),
    firstMessageId,
    senderId: letter.sender,
    redriven: timesRedriven,
    redrivenAt: new Date(now).toISOString(),
    unreadable: letter.unreadable,
  };
}

/**
 * With all else that the request says. A body that breaks the contract stays as it is: whoever reads it next says what
 * is wrong with it.
 */
function mendBody(body: string, expiresAt: string | null | undefined): string {
  if (expiresAt === undefined) return body;
  const parsed = parseBody(body);
  if (!parsed.ok) return body;
  const { expiresAt: _, ...request } = parsed.request;
  return formatRequest(expiresAt === null ? request : { ...request, expiresAt });
}
