// A message as it is to stand on a queue, and the entry of a batch that puts it there. Pure.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { MessageAttribute } from '../contract/journey.ts';
import { messageBytes, sdkAttributes } from './limits.ts';

/** A message as it is to stand on the queue. */
export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  /** Whole seconds, 0 to 900 (SQS API reference, SendMessage). Absent: the queue's own. */
  readonly delaySeconds?: number | undefined;
  /** On a standard queue: the tenant for fair queues (SQS Developer Guide, "Amazon SQS fair queues"). */
  readonly messageGroupId?: string | undefined;
  /** The system attribute `AWSTraceHeader` (AWS X-Ray). */
  readonly traceHeader?: string | undefined;
}

/** An entry without the id that its batch gives it, and its size as SQS counts it. */
export interface SizedEntry {
  readonly entry: Omit<SendMessageBatchRequestEntry, 'Id'>;
  readonly bytes: number;
}

/** The entry of a message. */
export function entryOf(message: OutgoingMessage): SizedEntry {
  const { body, attributes, delaySeconds, messageGroupId, traceHeader } = message;
  return {
    bytes: messageBytes(body, attributes),
    entry: {
      MessageBody: body,
      ...(attributes.size === 0 ? {} : { MessageAttributes: sdkAttributes(attributes) }),
      ...(delaySeconds === undefined ? {} : { DelaySeconds: delaySeconds }),
      ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
      ...(traceHeader === undefined
        ? {}
        : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } } }),
    },
  };
}
