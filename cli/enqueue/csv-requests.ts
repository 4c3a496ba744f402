// A CSV to requests, in bounded memory.
import { CsvError, type Info, parse } from 'csv-parse';
import { oneLine } from '../../client/contract/text.ts';
import { UsageError } from '../exit-codes.ts';
import { type InputLine, invalid, requestOfBody } from './request-line.ts';
import { withLineFeeds } from './text-lines.ts';

const KEY_COLUMN = 'userTaskKey';
const EXPIRY_COLUMN = 'expiresAt';
const ASSIGNEE_COLUMN = 'expectedAssignee';

/** A record longer than this has a quote that was never closed. UTF-16 units. */
const LONGEST_RECORD = 1024 * 1024;

/**
 * Reads a CSV with a column of the key's name.
 *
 * @throws UsageError where there is no such column, or a quote is never closed
 */
export async function* requestsOfCsv(decoded: AsyncIterable<string>): AsyncGenerator<InputLine> {
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
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error) : error;
  } finally {
    parser.destroy();
    await fed;
  }
}

type CsvFinding =
  | { readonly record: Readonly<Record<string, string>>; readonly info: Info; readonly raw: string }
  | { readonly error: CsvError | undefined; readonly raw: string | undefined };

/** Never rejects: what the source throws comes out of the parser. */
async function feed(
  parser: ReturnType<typeof parse>,
  first: string,
  rest: AsyncIterable<string>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => parser.once('close', resolve));
  try {
    for await (const text of withFirst(first, rest)) {
      if (parser.destroyed) return;
      if (!parser.write(text)) {
        await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), closed]);
      }
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
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
    const {
      [KEY_COLUMN]: userTaskKey,
      [EXPIRY_COLUMN]: expiresAt,
      [ASSIGNEE_COLUMN]: expectedAssignee,
    } = found.record;
    const request = {
      userTaskKey: userTaskKey?.trim(),
      ...(expiresAt?.trim() && { expiresAt: expiresAt.trim() }),
      // Also where the cell is empty: the contract refuses that, so that nobody is unassigned unguarded by mistake.
      expectedAssignee: expectedAssignee?.trim(),
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
  if (times === 1) return withOneGuard(header);
  const names = oneLine(header.map((name) => JSON.stringify(name)).join(', '), 300);
  throw new UsageError(
    `A CSV needs ${times === 0 ? 'a first line with' : 'only one'} column ${KEY_COLUMN} (and ${EXPIRY_COLUMN} and ${ASSIGNEE_COLUMN}, if you like); this one has ${names}. For a file with one key a line, say --format keys.`,
  );
}

/** A guard that is overlooked would be none. */
function withOneGuard(header: string[]): string[] {
  const guards = header.filter((name) => /^expected[\W_]*assignee$/i.test(name));
  if (guards.length === 0 || (guards.length === 1 && guards[0] === ASSIGNEE_COLUMN)) return header;
  const names = oneLine(guards.map((name) => JSON.stringify(name)).join(', '), 300);
  throw new UsageError(`Expected one column ${ASSIGNEE_COLUMN} in the CSV, spelt like this, got ${names}.`);
}

function unreadable(error: CsvError): UsageError {
  return new UsageError(
    `The CSV cannot be read to its end: ${oneLine(error.message, 300)}. Is a quote not closed?`,
    {
      cause: error,
    },
  );
}
