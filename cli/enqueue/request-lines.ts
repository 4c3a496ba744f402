// Lines of input to requests, or to what is wrong with them. Nothing here throws for what a file holds, but for a
// CSV whose end cannot be found.
import { CsvError, type Info, parse } from 'csv-parse';
import { parseBody, type UnassignRequest } from '../../client/contract.ts';
import type { MessageAttribute } from '../../client/journey.ts';
import { type MessageLine, readMessageLine } from '../../client/message-line.ts';
import { MAX_MESSAGE_BYTES, messageBytes } from '../../client/sqs-message.ts';
import { oneLine } from '../../client/text.ts';
import { UsageError } from '../exit-codes.ts';
import type { InputFormat } from './input.ts';
import { decodeText, splitLines, type TextLine, withLineFeeds } from './text-lines.ts';

/** One request of the input. */
export interface RequestLine {
  readonly ok: true;
  /** Where it stands: the line in the file, or which argument it was; from 1 on. */
  readonly line: number;
  readonly request: UnassignRequest;
  /** As it is to be sent: what came as a message, verbatim. */
  readonly body: string;
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  readonly messageGroupId?: string | undefined;
  readonly traceHeader?: string | undefined;
}

/** A line that should be a request and is none. */
export interface InvalidLine {
  readonly ok: false;
  readonly line: number;
  readonly reason: string;
  /** The line's beginning, made harmless. */
  readonly text: string;
}

/** A line of input that is neither blank nor a comment. */
export type InputLine = RequestLine | InvalidLine;

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

/** A request that came without attributes: sent in the one spelling that JSON.stringify gives it. */
function requestOfBody(line: number, body: string, text: string): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text);
  const { request } = parsed;
  return { ok: true, line, request, body: JSON.stringify(request), attributes: new Map() };
}

function requestOfMessage(
  line: number,
  { body, attributes: given = {}, messageGroupId, traceHeader }: MessageLine,
  text: string,
): InputLine {
  const parsed = parseBody(body);
  if (!parsed.ok) return invalid(line, parsed.reason, text);
  const attributes = new Map(Object.entries(given));
  const bytes = messageBytes(body, attributes);
  if (bytes > MAX_MESSAGE_BYTES) {
    return invalid(line, `expected at most ${MAX_MESSAGE_BYTES} bytes with attributes, got ${bytes}`, text);
  }
  return { ok: true, line, request: parsed.request, body, attributes, messageGroupId, traceHeader };
}

function invalid(line: number, reason: string, text: string): InvalidLine {
  return { ok: false, line, reason: oneLine(reason, 500), text: oneLine(text.slice(0, 200), 100) };
}

const KEY_COLUMN = 'userTaskKey';
const EXPIRY_COLUMN = 'expiresAt';

/** A record longer than this has a quote that was never closed. UTF-16 units. */
const LONGEST_RECORD = 1024 * 1024;

async function* requestsOfCsv(decoded: AsyncIterable<string>): AsyncGenerator<InputLine> {
  // The parser counts a carriage return in quotes as a line of its own.
  const texts = withLineFeeds(decoded);
  const first = await untilLineEnd(texts);
  const parser = parse({
    bom: true,
    columns: checkedHeader,
    delimiter: delimiterOf(first),
    info: true,
    raw: true,
    relax_quotes: true,
    max_record_size: LONGEST_RECORD,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    skip_records_with_error: true,
    // Into the stream of records, so that order and back-pressure hold for bad ones, too.
    on_skip: (error, raw) => void parser.push({ error, raw }),
  });
  const fed = feed(parser, first, texts);
  try {
    for await (const found of parser as AsyncIterable<CsvFinding>) yield requestOfFinding(found);
    await fed;
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error) : error;
  } finally {
    parser.destroy();
    await fed.catch(() => undefined);
  }
}

type CsvFinding =
  | { readonly record: Readonly<Record<string, string>>; readonly info: Info; readonly raw: string }
  | { readonly error: CsvError | undefined; readonly raw: string | undefined };

async function feed(
  parser: ReturnType<typeof parse>,
  first: string,
  rest: AsyncIterable<string>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => parser.once('close', resolve));
  for await (const text of withFirst(first, rest)) {
    if (parser.destroyed) return;
    if (!parser.write(text)) {
      await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), closed]);
    }
  }
  parser.end();
}

/** The texts up to the first whole line, or as much as no header is long. */
async function untilLineEnd(texts: AsyncGenerator<string>): Promise<string> {
  let first = '';
  while (!first.includes('\n') && first.length < LONGEST_RECORD) {
    const { value, done } = await texts.next();
    if (done) return first;
    first += value;
  }
  return first;
}

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

function requestOfFinding(found: CsvFinding): InputLine {
  if ('record' in found) {
    const { [KEY_COLUMN]: userTaskKey, [EXPIRY_COLUMN]: expiresAt } = found.record;
    const request = {
      userTaskKey: userTaskKey?.trim(),
      ...(expiresAt?.trim() && { expiresAt: expiresAt.trim() }),
    };
    return requestOfBody(found.info.lines, JSON.stringify(request), found.raw);
  }
  const { error, raw = '' } = found;
  // What such a quote has swallowed may be any number of requests: nobody may believe that they were read.
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED' || error?.code === 'CSV_MAX_RECORD_SIZE') throw error;
  const lines: unknown = error?.['lines'];
  return invalid(typeof lines === 'number' ? lines : 0, error?.message ?? 'not CSV', raw);
}

/** A spreadsheet's semicolons and tabs are delimiters, too, where the header has them. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/[\r\n]/, 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
}

function checkedHeader(found: string[]): string[] {
  const header = found.map((name) => name.trim());
  const times = header.filter((name) => name === KEY_COLUMN).length;
  if (times === 1) return header;
  const names = oneLine(header.map((name) => JSON.stringify(name)).join(', '), 300);
  throw new UsageError(
    `A CSV needs ${times === 0 ? 'a first line with' : 'only one'} column ${KEY_COLUMN} (and ${EXPIRY_COLUMN}, if you like); this one has ${names}. For a file with one key a line, say --format keys.`,
  );
}

function unreadable(error: CsvError): UsageError {
  return new UsageError(
    `The CSV cannot be read to its end: ${oneLine(error.message, 300)}. Is a quote not closed?`,
    {
      cause: error,
    },
  );
}
