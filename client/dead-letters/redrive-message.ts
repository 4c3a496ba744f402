// The message that goes back to the queue: as its sender sent it, and mended where somebody asked for it. Pure.
import { formatRequest, parseBody, type UnassignRequest } from '../contract/request.ts';
import type { OutgoingMessage } from '../sending/send-messages.ts';
import { MAX_ATTRIBUTES } from '../sqs/limits.ts';
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

/** A message to send, or why it would be of no use to send it. */
export type Redrivable =
  | { readonly ok: true; readonly message: OutgoingMessage; readonly request: UnassignRequest }
  | {
      readonly ok: false;
      readonly code: 'Malformed' | 'Expired' | 'TooManyAttributes' | 'LostAttributes';
      readonly reason: string;
    };

/**
 * The clean copy: the body, the sender's attributes, the trace header and the message group; neither journey nor
 * failure, so that the request starts afresh.
 *
 * @param now epoch milliseconds
 */
export function redriveMessage(letter: DeadLetter, changes: RedriveChanges, now: number): Redrivable {
  const body = mendBody(changes.bodies?.get(letter.messageId) ?? letter.body, changes.expiresAt);
  const parsed = parseBody(body);
  if (!parsed.ok) return { ok: false, code: 'Malformed', reason: parsed.reason };
  const { request } = parsed;
  if (wouldReturn({ request: parsed }, now) === 'expired') {
    return { ok: false, code: 'Expired', reason: `expiresAt ${request.expiresAt} has passed` };
  }
  if (letter.lostAttributes.length > 0) {
    const reason = `has an attribute that cannot be carried: ${letter.lostAttributes.join(', ')}`;
    return { ok: false, code: 'LostAttributes', reason };
  }
  if (letter.attributes.size > MAX_ATTRIBUTES) {
    const reason = `${letter.attributes.size} attributes, of which SQS takes ${MAX_ATTRIBUTES}`;
    return { ok: false, code: 'TooManyAttributes', reason };
  }
  const { attributes, messageGroupId, traceHeader } = letter;
  const { delaySeconds } = changes;
  return { ok: true, message: { body, attributes, delaySeconds, messageGroupId, traceHeader }, request };
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
