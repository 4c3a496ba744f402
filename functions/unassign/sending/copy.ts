// The copy of a message that goes to the queue or the dead-letter queue: everything of the sender's, verbatim,
// and the journey, within what SQS takes. Pure.
import { FAILURE_ATTRIBUTE, failureLine, type Journey } from '../../../client/contract/journey.ts';
import { MAX_ATTRIBUTES, MAX_MESSAGE_BYTES } from '../../../client/sqs/limits.ts';
import { entryOf, type SizedEntry } from '../../../client/sqs/outgoing-message.ts';
import { withJourney } from '../../../client/sqs/set-aside.ts';
import type { DeadLetterJourney } from '../decision/outcome.ts';
import type { Message } from '../request.ts';

/**
 * The copy for the queue. Undefined where the sender's attributes leave no room for what the next attempt has to
 * know; a message that was never called needs to know nothing.
 *
 * @param delaySeconds whole seconds, 0 to 900
 */
export function requeueCopy(
  message: Message,
  journey: Journey,
  delaySeconds: number,
): SizedEntry | undefined {
  const { attempts, firstTriedAt, foreignStatus, underWay } = journey;
  const least = { attempts, firstTriedAt, ...originOf(journey), foreignStatus, underWay };
  const copy = firstThatFits([
    ...[journey, ...withoutExtras(journey), least].map(
      (memory) => () => assemble(message, memory, undefined),
    ),
    () => (firstTriedAt === undefined ? assemble(message, undefined, undefined) : undefined),
  ]);
  return copy && { ...copy, entry: { ...copy.entry, DelaySeconds: delaySeconds } };
}

/**
 * The copy for the dead-letter queue. As room gets short, first the detail goes, then the failure line, the
 * sender's id, the rest; never the body or an attribute of the sender's. Undefined where even that is too much,
 * as a forged journey can make it.
 */
export function deadLetterCopy(message: Message, journey: DeadLetterJourney): SizedEntry | undefined {
  const { attempts, kind, failedAt } = journey;
  const origin = originOf(journey);
  const [withoutForeign, withoutDetail, withoutSender] = withoutExtras(journey);
  return firstThatFits([
    () => assemble(message, journey, failureLine(journey)),
    () => assemble(message, withoutForeign, failureLine(journey)),
    () => assemble(message, withoutDetail, failureLine(withoutDetail)),
    () => assemble(message, withoutDetail, undefined),
    () => assemble(message, withoutSender, undefined),
    () => assemble(message, { attempts, ...origin, kind, failedAt }, undefined),
    () => assemble(message, { attempts, ...origin, kind }, undefined),
    () => assemble(message, undefined, undefined),
  ]);
}

/** Where the request comes from, as briefly as can be. */
function originOf({ firstSentAt, firstMessageId, redriven, redrivenAt }: Journey) {
  return { firstSentAt, firstMessageId, redriven, redrivenAt };
}

/** One after the other, without the tail of a foreign journey, the detail, the sender's id. */
function withoutExtras(journey: Journey): [Journey, Journey, Journey] {
  const { unreadable: _foreign, ...withoutForeign } = journey;
  const { lastDetail: _detail, lastBody: _body, ...withoutDetail } = withoutForeign;
  const { senderId: _sender, ...withoutSender } = withoutDetail;
  return [withoutForeign, withoutDetail, withoutSender];
}

function firstThatFits(candidates: readonly (() => SizedEntry | undefined)[]): SizedEntry | undefined {
  for (const candidate of candidates) {
    const copy = candidate();
    if (copy !== undefined && copy.bytes <= MAX_MESSAGE_BYTES) return copy;
  }
  return undefined;
}

/** Undefined where an attribute of the sender's would have to go for want of a journey to ride in. */
function assemble(
  message: Message,
  journey: Journey | undefined,
  failure: string | undefined,
): SizedEntry | undefined {
  const places = MAX_ATTRIBUTES - (journey === undefined ? 0 : 1) - (failure === undefined ? 0 : 1);
  if (journey === undefined && message.attributes.size > places) return undefined;
  const attributes =
    journey === undefined ? new Map(message.attributes) : withJourney(message.attributes, journey, places);
  if (failure !== undefined) attributes.set(FAILURE_ATTRIBUTE, { dataType: 'String', stringValue: failure });
  const { body, messageGroupId, traceHeader } = message;
  return entryOf({ body, attributes, messageGroupId, traceHeader });
}
