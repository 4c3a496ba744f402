// Lines of input to requests, or to what is wrong with them. Nothing here throws for what a file holds, but for a
// CSV whose columns or end cannot be found.
import { MAX_MESSAGE_BYTES } from '../../client/sqs/limits.ts';
import { type CsvReading, requestsOfCsv } from './csv-requests.ts';
import type { InputFormat } from './input.ts';
import { requestOfValue, shapeOf, textOf, valueOfLine, valuesIn } from './json-requests.ts';
import { type InputLine, invalid, requestOfKey } from './request-line.ts';
import { decodeText, splitLines, type TextLine, untilLineEnd, withFirst } from './text-lines.ts';

/** The longest line that can be a message: 1 MiB, some of it in base64 or escaped. UTF-16 units. */
const LONGEST_LINE = 4 * MAX_MESSAGE_BYTES;

/** Reads keys that were typed. */
export function* requestsOfKeys(keys: Iterable<string>): Generator<InputLine> {
  let line = 0;
  for (const key of keys) {
    line += 1;
    yield requestOfKey(line, { userTaskKey: key.trim() }, key);
  }
}

/** How a file is read. */
export interface Reading extends CsvReading {
  readonly format: InputFormat;
}

/**
 * Reads a file's bytes.
 *
 * @throws UsageError where a CSV has no column of the key's name, or a quote in it is never closed; where JSON is broken
 *   that is no lines
 */
export function requestsOfFile(
  reading: Reading,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputLine> {
  const texts = decodeText(bytes);
  switch (reading.format) {
    case 'keys':
      return requestsOfLines(texts, requestOfKeyLine);
    case 'json':
    case 'jsonl':
      return requestsOfJson(texts, reading);
    case 'csv':
      return requestsOfCsv(texts, reading);
  }
}

async function* requestsOfJson(
  texts: AsyncGenerator<string>,
  { withAssignee = false }: Reading,
): AsyncGenerator<InputLine> {
  const beginning = await untilLineEnd(texts);
  const shape = shapeOf(beginning);
  const all = withFirst(beginning, texts);
  if (shape === 'lines') {
    yield* requestsOfLines(all, (line) => requestOfJsonLine(line, withAssignee));
    return;
  }
  let items = 0;
  // Pages of one search speak of the same number.
  let total = 0;
  const onTotal = (told: number) => {
    total = Math.max(total, told);
  };
  for await (const { number, value } of valuesIn(all, shape, LONGEST_LINE, onTotal)) {
    items = number;
    yield requestOfValue(number, value, textOf(value), withAssignee);
  }
  if (total > 0) yield { ok: undefined, answers: { total, items }, line: items };
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
  const words = text.replace(/(^|\s)#.*$/, '').trim();
  // As jq writes strings, and many an export does.
  const key = words.replace(/^"(.+)"$/, '$1');
  return key === '' ? undefined : requestOfKey(line, { userTaskKey: key }, text);
}

function requestOfJsonLine({ line, text }: TextLine, withAssignee: boolean): InputLine | undefined {
  if (text.trim() === '') return undefined;
  return requestOfValue(line, valueOfLine(text), text, withAssignee);
}
