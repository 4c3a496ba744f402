// The copy of a message that goes to the queue or the dead-letter queue: everything of the sender's, verbatim,
// and the journey, within what SQS takes. Pure.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import {
  FAILURE_ATTRIBUTE,
  failureLine,
  formatJourney,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
} from '../../../client/contract/journey.ts';
import {
  MAX_ATTRIBUTES,
  MAX_MESSAGE_BYTES,
  messageBytes,
  sdkAttributes,
} from '../../../client/sqs/limits.ts';
import { shareOut } from '../../../client/sqs/set-aside.ts';
import type { DeadLetterJourney } from '../decision/outcome.ts';
import type { Message } from '../request.ts';

/** A message's copy, without the id that its batch gives it, and its size as SQS counts it. */
export interface Copy {
  readonly entry: Omit<SendMessageBatchRequestEntry, 'Id'>;
  readonly bytes: number;
}

/**
 * The copy for the queue. Undefined where the sender's attributes leave no room for what the next attempt has to
 * know; a message that was never called needs to know nothing.
 *
 * @param delaySeconds whole seconds, 0 to 900
 */
export function requeueCopy(message: Message, journey: Journey, delaySeconds: number): Copy | undefined {
  const { attempts, firstTriedAt, firstSentAt, firstMessageId, foreignStatus, underWay } = journey;
  const least = { attempts, firstTriedAt, firstSentAt, firstMessageId, foreignStatus, underWay };
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
export function deadLetterCopy(message: Message, journey: DeadLetterJourney): Copy | undefined {
  const { attempts, firstSentAt, firstMessageId, kind, failedAt } = journey;
  const [withoutForeign, withoutDetail, withoutSender] = withoutExtras(journey);
  return firstThatFits([
    () => assemble(message, journey, failureLine(journey)),
    () => assemble(message, withoutForeign, failureLine(journey)),
    () => assemble(message, withoutDetail, failureLine(withoutDetail)),
    () => assemble(message, withoutDetail, undefined),
    () => assemble(message, withoutSender, undefined),
    () => assemble(message, { attempts, firstSentAt, firstMessageId, kind, failedAt }, undefined),
    () => assemble(message, { attempts, firstSentAt, firstMessageId, kind }, undefined),
    () => assemble(message, undefined, undefined),
  ]);
}

/** One after the other, without the tail of a foreign journey, the detail, the sender's id. */
function withoutExtras(journey: Journey): [Journey, Journey, Journey] {
  const { unreadable: _foreign, ...withoutForeign } = journey;
  const { lastDetail: _detail, lastBody: _body, ...withoutDetail } = withoutForeign;
  const { senderId: _sender, ...withoutSender } = withoutDetail;
  return [withoutForeign, withoutDetail, withoutSender];
}

function firstThatFits(candidates: readonly (() => Copy | undefined)[]): Copy | undefined {
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
): Copy | undefined {
  const places = MAX_ATTRIBUTES - (journey === undefined ? 0 : 1) - (failure === undefined ? 0 : 1);
  const { kept, setAside } = shareOut(message.attributes, places);
  if (journey === undefined && setAside.length > 0) return undefined;
  const attributes = new Map(kept);
  if (journey !== undefined) {
    const aside = setAside.length > 0 ? { setAside } : {};
    attributes.set(JOURNEY_ATTRIBUTE, stringAttribute(formatJourney({ ...journey, ...aside })));
  }
  if (failure !== undefined) attributes.set(FAILURE_ATTRIBUTE, stringAttribute(failure));
  return {
    bytes: messageBytes(message.body, attributes),
    entry: {
      MessageBody: message.body,
      MessageAttributes: sdkAttributes(attributes),
      ...(message.messageGroupId === undefined ? {} : { MessageGroupId: message.messageGroupId }),
      ...(message.traceHeader === undefined
        ? {}
        : {
            MessageSystemAttributes: {
              AWSTraceHeader: { DataType: 'String', StringValue: message.traceHeader },
            },
          }),
    },
  };
}

function stringAttribute(stringValue: string): MessageAttribute {
  return { dataType: 'String', stringValue };
}
