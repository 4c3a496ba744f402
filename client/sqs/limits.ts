// What SQS counts and allows in a message, and how the SDK spells its attributes. Pure.
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { MessageAttribute } from '../contract/journey.ts';

/** SQS quotas: a message, and a whole SendMessageBatch, is at most 1 MiB, attributes included. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** SQS Developer Guide, "Amazon SQS message metadata": at most ten attributes a message. */
export const MAX_ATTRIBUTES = 10;

/** SQS API reference, SendMessageBatch, DeleteMessageBatch and ChangeMessageVisibilityBatch: at most ten entries. */
export const MAX_ENTRIES = 10;

/** SQS API reference, SendMessage: DelaySeconds is a whole number of at most 900 seconds. */
export const MAX_DELAY_SECONDS = 900;

/** What SQS takes as a message group (SQS API reference, SendMessage: MessageGroupId). */
export const MESSAGE_GROUP = /^[\x21-\x7e]{1,128}$/;

/** What X-Ray writes, in a generous length (AWS X-Ray developer guide, "Tracing header"). */
export const TRACE_HEADER = /^[\x20-\x7e]{1,1024}$/;

/** The body and each attribute's name, type and value (SQS Developer Guide, "Message attribute components"). */
export function messageBytes(body: string, attributes: ReadonlyMap<string, MessageAttribute>): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, attribute] of attributes) bytes += attributeBytes(name, attribute);
  return bytes;
}

/** What one attribute adds to a message: the bytes of its name, its type and its value. */
export function attributeBytes(name: string, attribute: MessageAttribute): number {
  const value =
    'stringValue' in attribute
      ? Buffer.byteLength(attribute.stringValue)
      : Buffer.byteLength(attribute.binaryValue, 'base64');
  return Buffer.byteLength(name) + Buffer.byteLength(attribute.dataType) + value;
}

/** Attributes as the SDK takes them: binary values as bytes. */
export function sdkAttributes(
  attributes: ReadonlyMap<string, MessageAttribute>,
): Record<string, MessageAttributeValue> {
  return Object.fromEntries([...attributes].map(([name, attribute]) => [name, sdkAttribute(attribute)]));
}

function sdkAttribute(attribute: MessageAttribute): MessageAttributeValue {
  return 'stringValue' in attribute
    ? { DataType: attribute.dataType, StringValue: attribute.stringValue }
    : { DataType: attribute.dataType, BinaryValue: Buffer.from(attribute.binaryValue, 'base64') };
}
