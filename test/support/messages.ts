// Messages for tests: as the function receives them, and as SQS would deliver what the function sent.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import type { Journey } from '../../client/contract/journey.ts';
import type { MalformedMessage, ValidMessage } from '../../functions/unassign/request.ts';

/** A key that no JSON number holds exactly. */
export const KEY = '9007199254740993';

/** When the messages of these tests were sent, unless they say otherwise. */
export const SENT_AT = Date.parse('2026-11-23T12:00:00.000Z');

/** The ISO form of a time some seconds after {@link SENT_AT}. */
export function afterSent(seconds: number): string {
  return new Date(SENT_AT + seconds * 1000).toISOString();
}

/** What may be said of a record; the rest is a valid request on its first receive. */
export interface RecordWish {
  readonly messageId?: string;
  readonly body?: string;
  readonly receiveCount?: number;
  readonly sentAt?: number;
  readonly messageAttributes?: SQSMessageAttributes;
  readonly systemAttributes?: { readonly AWSTraceHeader?: string; readonly MessageGroupId?: string };
}

/** An SQS record as Lambda delivers it. */
export function sqsRecord(wish: RecordWish = {}): SQSRecord {
  const sentAt = String(wish.sentAt ?? SENT_AT);
  return {
    messageId: wish.messageId ?? '11111111-1111-4111-8111-111111111111',
    receiptHandle: 'receipt-handle',
    body: wish.body ?? JSON.stringify({ userTaskKey: KEY }),
    attributes: {
      ApproximateReceiveCount: String(wish.receiveCount ?? 1),
      SentTimestamp: sentAt,
      SenderId: 'AROAEXAMPLE:producer',
      ApproximateFirstReceiveTimestamp: sentAt,
      ...wish.systemAttributes,
    },
    messageAttributes: wish.messageAttributes ?? {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:unassign',
    awsRegion: 'eu-central-1',
  };
}

/** What SQS delivers after it took this entry. */
export function delivered(entry: Partial<SendMessageBatchRequestEntry>, wish: RecordWish = {}): SQSRecord {
  const { MessageBody, MessageGroupId, MessageSystemAttributes } = entry;
  const traceHeader = MessageSystemAttributes?.AWSTraceHeader?.StringValue;
  return sqsRecord({
    ...wish,
    body: MessageBody ?? '',
    messageAttributes: Object.fromEntries(
      Object.entries(entry.MessageAttributes ?? {}).map(
        ([name, { DataType = '', StringValue, BinaryValue }]) => [
          name,
          BinaryValue === undefined
            ? { dataType: DataType, stringValue: StringValue ?? '' }
            : { dataType: DataType, binaryValue: Buffer.from(BinaryValue).toString('base64') },
        ],
      ),
    ),
    systemAttributes: {
      ...(traceHeader === undefined ? {} : { AWSTraceHeader: traceHeader }),
      ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
    },
  });
}

/** A message as the function reads it: valid, never called, on its first receive. */
export function message(wish: Partial<ValidMessage> = {}): ValidMessage {
  return {
    messageId: '11111111-1111-4111-8111-111111111111',
    body: JSON.stringify({ userTaskKey: KEY }),
    sentAt: SENT_AT,
    receiveCount: 1,
    attributes: new Map(),
    traceHeader: undefined,
    messageGroupId: undefined,
    journey: undefined,
    senderId: 'AROAEXAMPLE:producer',
    unreadable: undefined,
    request: { userTaskKey: KEY },
    ...wish,
  };
}

/** A message whose body breaks the contract. */
export function malformedMessage(reason: string): MalformedMessage {
  return { ...message(), request: { malformed: reason } };
}

/** The journey of a message that was never called. */
export function journey(wish: Partial<Journey> = {}): Journey {
  return {
    attempts: 0,
    firstSentAt: afterSent(0),
    firstMessageId: '11111111-1111-4111-8111-111111111111',
    senderId: 'AROAEXAMPLE:producer',
    ...wish,
  };
}

/** As many small String attributes as asked for. */
export function stringAttributes(
  count: number,
): Map<string, { readonly dataType: string; readonly stringValue: string }> {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `sender-${index}`,
      { dataType: 'String', stringValue: `value ${index}` },
    ]),
  );
}
