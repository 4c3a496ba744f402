// What SQS refuses in a SendMessageBatch (SQS API reference, SendMessage and SendMessageBatch; SQS Developer Guide,
// "Message attribute components" and "Message quotas"). Stricter than any emulator, and shares no code with the
// function, so that it can judge what the function sends.
import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';

const MAX_BYTES = 1_048_576;

/** Everything that SQS would refuse in these entries, one line each; empty where it takes them. */
export function sqsViolations(entries: readonly SendMessageBatchRequestEntry[]): string[] {
  return [...batchViolations(entries), ...entries.flatMap(entryViolations)];
}

/** A message's size as SQS counts it: the body and each attribute's name, type and value. */
export function sqsBytes({ MessageBody, MessageAttributes }: Partial<SendMessageBatchRequestEntry>): number {
  let bytes = bytesIn(MessageBody);
  for (const [name, attribute] of Object.entries(MessageAttributes ?? {})) {
    const value = attribute.BinaryValue?.byteLength ?? bytesIn(attribute.StringValue);
    bytes += bytesIn(name) + bytesIn(attribute.DataType) + value;
  }
  return bytes;
}

/** Whether SQS takes every character of a body or of a String attribute's value. */
export function sqsTakesText(text: string): boolean {
  // Most of it, and fast.
  if (/^[ -~]*$/.test(text)) return true;
  for (const character of text) {
    if (!isAllowed(character.codePointAt(0) ?? 0)) return false;
  }
  return true;
}

function isAllowed(codePoint: number): boolean {
  if (codePoint < 0x20) return codePoint === 0x9 || codePoint === 0xa || codePoint === 0xd;
  if (codePoint <= 0xd7ff) return true;
  if (codePoint < 0xe000) return false;
  return codePoint <= 0xfffd || codePoint >= 0x10000;
}

function batchViolations(entries: readonly SendMessageBatchRequestEntry[]): string[] {
  const violations: string[] = [];
  const ids = entries.map(({ Id }) => Id ?? '');
  if (entries.length === 0) violations.push('EmptyBatchRequest');
  if (entries.length > 10) violations.push(`TooManyEntriesInBatchRequest: ${entries.length}`);
  if (new Set(ids).size < ids.length) violations.push(`BatchEntryIdsNotDistinct: ${ids.join(', ')}`);
  for (const id of ids) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) violations.push(`InvalidBatchEntryId: ${JSON.stringify(id)}`);
  }
  const bytes = entries.reduce((sum, entry) => sum + sqsBytes(entry), 0);
  if (bytes > MAX_BYTES) violations.push(`BatchRequestTooLong: ${bytes} bytes`);
  return violations;
}

function entryViolations(entry: SendMessageBatchRequestEntry): string[] {
  const at = (violation: string) => `entry ${entry.Id}: ${violation}`;
  const violations = [
    ...bodyViolations(entry.MessageBody),
    ...delayViolations(entry.DelaySeconds),
    ...systemAttributeViolations(entry),
  ];
  const attributes = Object.entries(entry.MessageAttributes ?? {});
  if (attributes.length > 10) violations.push(`InvalidParameterValue: ${attributes.length} attributes`);
  for (const [name, value] of attributes) violations.push(...attributeViolations(name, value));
  const bytes = sqsBytes(entry);
  if (bytes > MAX_BYTES) violations.push(`InvalidParameterValue: ${bytes} bytes`);
  return violations.map(at);
}

function bodyViolations(body: string | undefined): string[] {
  if (body === undefined || body === '') return ['MissingParameter: the body is empty'];
  return sqsTakesText(body) ? [] : ['InvalidMessageContents'];
}

function delayViolations(delay: number | undefined): string[] {
  const fine = delay === undefined || (Number.isInteger(delay) && delay >= 0 && delay <= 900);
  return fine ? [] : [`InvalidParameterValue: DelaySeconds ${delay}`];
}

function systemAttributeViolations({
  MessageSystemAttributes = {},
  MessageGroupId,
}: SendMessageBatchRequestEntry): string[] {
  const violations: string[] = [];
  for (const [name, { DataType, StringValue }] of Object.entries(MessageSystemAttributes)) {
    if (name !== 'AWSTraceHeader') violations.push(`InvalidParameterValue: system attribute ${name}`);
    if (DataType !== 'String' || !StringValue) violations.push(`InvalidParameterValue: value of ${name}`);
  }
  if (MessageGroupId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(MessageGroupId)) {
    violations.push('InvalidParameterValue: MessageGroupId');
  }
  return violations;
}

function attributeViolations(name: string, attribute: MessageAttributeValue): string[] {
  return [...nameViolations(name), ...typeViolations(attribute), ...valueViolations(attribute)].map(
    (violation) => `InvalidParameterValue: attribute ${JSON.stringify(name)}: ${violation}`,
  );
}

function nameViolations(name: string): string[] {
  const lower = name.toLowerCase();
  const violations: string[] = [];
  if (!/^[A-Za-z0-9_.-]*$/.test(name)) violations.push('a character that a name may not hold');
  if (name.length < 1 || name.length > 256) violations.push('a name has 1 to 256 characters');
  if (lower.startsWith('aws.') || lower.startsWith('amazon.')) violations.push('a prefix that is reserved');
  if (name.startsWith('.') || name.endsWith('.')) violations.push('a full stop at an end');
  if (name.includes('..')) violations.push('two full stops in a row');
  return violations;
}

function typeViolations({ DataType = '' }: MessageAttributeValue): string[] {
  const violations: string[] = [];
  if (!['String', 'Number', 'Binary'].includes(DataType.split('.', 1)[0] ?? '')) {
    violations.push(
      'a type is String, Number or Binary, with a label of its own behind a full stop or without',
    );
  }
  if (DataType.length > 256) violations.push('a type has at most 256 characters');
  if (!sqsTakesText(DataType)) violations.push('a character that a type may not hold');
  return violations;
}

function valueViolations(attribute: MessageAttributeValue): string[] {
  const { DataType = '', StringValue, BinaryValue, StringListValues, BinaryListValues } = attribute;
  if (StringListValues !== undefined || BinaryListValues !== undefined) return ['list values do not exist'];
  if (DataType.startsWith('Binary')) {
    if (StringValue !== undefined) return ['a Binary attribute has no StringValue'];
    return BinaryValue?.byteLength ? [] : ['an empty value'];
  }
  if (BinaryValue !== undefined) return ['only a Binary attribute has a BinaryValue'];
  if (!StringValue) return ['an empty value'];
  if (!sqsTakesText(StringValue)) return ['a character that a value may not hold'];
  return DataType === 'Number' && !isNumber(StringValue) ? ['not a number'] : [];
}

function isNumber(text: string): boolean {
  return text.trim() === text && Number.isFinite(Number(text));
}

function bytesIn(text: string | undefined): number {
  return Buffer.byteLength(text ?? '');
}
