// What a chaos run itself does with the two queues: fills the one, waits for its end, empties the other.
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import {
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
  parseJourney,
} from '../../client/contract/journey.ts';
import type { EmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import type { Letter } from './accounting.ts';
import type { ChaosMessage } from './requests.ts';

/** Enqueues them. */
export async function sendMessages(
  { client, queueUrl }: EmbeddedSqs,
  messages: readonly ChaosMessage[],
  onSent: (message: ChaosMessage, messageId: string) => void,
): Promise<void> {
  for (let start = 0; start < messages.length; start += 10) {
    const batch = messages.slice(start, start + 10);
    const Entries = batch.map((message, index) => ({ Id: String(index), ...entryOf(message) }));
    const { Successful = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
    );
    for (const { Id, MessageId = '' } of Successful) {
      const message = batch[Number(Id)];
      if (message !== undefined) onSent(message, MessageId);
    }
    if (Successful.length < batch.length) throw new Error('the embedded SQS did not take every message');
  }
}

/** How many messages a queue has, visible, hidden or delayed. */
export async function countMessages({ client }: EmbeddedSqs, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
    Number(Attributes.ApproximateNumberOfMessagesDelayed)
  );
}

/** Takes all dead letters off their queue. That a receive brings nothing does not say that there is nothing. */
export async function receiveLetters(sqs: EmbeddedSqs, signal: AbortSignal): Promise<Letter[]> {
  const { client, deadLetterQueueUrl } = sqs;
  const letters: Letter[] = [];
  while ((await countMessages(sqs, deadLetterQueueUrl)) > 0) {
    signal.throwIfAborted();
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: deadLetterQueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 60,
        MessageAttributeNames: ['All'],
        // AWSTraceHeader and MessageGroupId come back from the emulator through this older parameter only.
        AttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) continue;
    letters.push(...Messages.map(letterOf));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
  }
  return letters;
}

function entryOf({ body, attributes, traceHeader, messageGroupId, origin }: ChaosMessage) {
  const MessageAttributes: Record<string, MessageAttributeValue> = {};
  if (origin !== undefined) {
    const firstSentAt = new Date(origin.sentAt).toISOString();
    const journey = { attempts: 0, firstSentAt, firstMessageId: origin.messageId };
    MessageAttributes[JOURNEY_ATTRIBUTE] = { DataType: 'String', StringValue: JSON.stringify(journey) };
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    MessageAttributes[name] =
      'stringValue' in attribute
        ? { DataType: attribute.dataType, StringValue: attribute.stringValue }
        : { DataType: attribute.dataType, BinaryValue: Buffer.from(attribute.binaryValue, 'base64') };
  }
  const trace = { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } } as const;
  return {
    MessageBody: body,
    MessageAttributes,
    ...(traceHeader === undefined ? {} : { MessageSystemAttributes: trace }),
    ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
  };
}

function letterOf({ MessageId = '', Body = '', MessageAttributes = {}, Attributes }: Message): Letter {
  const { [JOURNEY_ATTRIBUTE]: journeyAttribute, [FAILURE_ATTRIBUTE]: failure, ...rest } = MessageAttributes;
  const journey = parseJourney(journeyAttribute?.StringValue ?? '');
  const attributes: Record<string, MessageAttribute> = {};
  for (const [name, value] of Object.entries(rest)) attributes[name] = attributeOf(value);
  for (const { name, ...attribute } of journey?.setAside ?? []) attributes[name] = attribute;
  const system: Readonly<Record<string, string | undefined>> = Attributes ?? {};
  return {
    messageId: MessageId,
    body: Body,
    attributes,
    traceHeader: system['AWSTraceHeader'],
    messageGroupId: system['MessageGroupId'],
    journey,
    failure: failure?.StringValue,
  };
}

function attributeOf({
  DataType = '',
  StringValue = '',
  BinaryValue,
}: MessageAttributeValue): MessageAttribute {
  return BinaryValue === undefined
    ? { dataType: DataType, stringValue: StringValue }
    : { dataType: DataType, binaryValue: Buffer.from(BinaryValue).toString('base64') };
}
