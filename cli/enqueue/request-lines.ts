// Lines of input to requests, or to what is wrong with them. Nothing here throws for what a file holds, but for a
// CSV whose columns or end cannot be found.
import { readMessageLine } from '../../client/sending/message-line.ts';
import { MAX_MESSAGE_BYTES } from '../../client/sqs/limits.ts';
import { requestsOfCsv } from './csv-requests.ts';
import type { InputFormat } from './input.ts';
import { type InputLine, invalid, requestOfBody, requestOfMessage } from './request-line.ts';
import { decodeText, splitLines, type TextLine } from './text-lines.ts';

/** The longest line that can be a message: 1 MiB, some of it in base64 or escaped. UTF-16 units. */
const LONGEST_LINE = 4 * MAX_MESSAGE_BYTES;

/** Reads keys that were typed. */
export function* requestsOfKeys(keys: Iterable<string>): Generator<InputLine> {
  let line = 0;
  for (const key of keys) {
    line += 1;
    yield requestOfBody(line, JSON.stringify({ userTaskKey: key.trim() }), key);
  }
}

/**
 * Reads a file's bytes.
 *
 * @throws UsageError where a CSV has no column of the key's name, or a quote in it is never closed
 */
export function requestsOfFile(
  format: InputFormat,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputLine> {
  const texts = decodeText(bytes);
  switch (format) {
    case 'keys':
      return requestsOfLines(texts, requestOfKeyLine);
    case 'jsonl':
      return requestsOfLines(texts, requestOfJsonLine);
    case 'csv':
      return requestsOfCsv(texts);
  }
}

async function* requestsOfLines(
  texts: AsyncIterable<string>,
  read: (line: TextLine) => InputLine | undefined,
): AsyncGenerator<InputLine> {
  for await (const line of splitLines(texts, LONGEST_LINE)) {
    const found = line.cut
      ? invalid(line.line, `expected a line of at most ${LONGEST_LINE} characters`, line.text)
      : read(line);
    if (found !== undefined) yield found;
  }
}

function requestOfKeyLine({ line, text }: TextLine): InputLine | undefined {
  const key = text.replace(/(^|\s)#.*$/, '').trim();
  return key === '' ? undefined : requestOfBody(line, JSON.stringify({ userTaskKey: key }), text);
}

function requestOfJsonLine({ line, text }: TextLine): InputLine | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const isMessage = typeof value === 'object' && value !== null && Object.hasOwn(value, 'body');
  if (!isMessage) return requestOfBody(line, text, text);
  const read = readMessageLine(value);
  return read.ok ? requestOfMessage(line, read.message, text) : invalid(line, read.reason, text);
}
