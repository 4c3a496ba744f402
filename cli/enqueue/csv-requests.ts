// A CSV to requests, in bounded memory.
import { CsvError, type Info, parse } from 'csv-parse';
import { oneLine } from '../../client/contract/text.ts';
import { UsageError } from '../exit-codes.ts';
import { type InputLine, invalid, requestOfKey } from './request-line.ts';
import { untilLineEnd, withFirst, withLineFeeds } from './text-lines.ts';

const KEY_COLUMN = 'userTaskKey';
const EXPIRY_COLUMN = 'expiresAt';
const ASSIGNEE_COLUMN = 'expectedAssignee';
/** That of an export of tasks. */
const TASK_ASSIGNEE_COLUMN = 'assignee';

/** How a CSV is read. */
export interface CsvReading {
  /** The column with the keys, where it is not `userTaskKey`. */
  readonly column?: string | undefined;
  /** The column `assignee`, as an export of tasks has it, says who must have the task. */
  readonly withAssignee?: boolean;
}

/** A record longer than this has a quote that was never closed. UTF-16 units. */
const LONGEST_RECORD = 1024 * 1024;

/**
 * Reads a CSV with a column of the key's name.
 *
 * @throws UsageError where there is no such column, or a quote is never closed
 */
export async function* requestsOfCsv(
  decoded: AsyncGenerator<string>,
  { column = KEY_COLUMN, withAssignee = false }: CsvReading,
): AsyncGenerator<InputLine> {
  // The parser counts a carriage return in quotes as a line of its own.
  const texts = withLineFeeds(decoded);
  const first = await untilLineEnd(texts);
  const guard = withAssignee ? TASK_ASSIGNEE_COLUMN : ASSIGNEE_COLUMN;
  let isGuarded = false;
  const parser = parse({
    bom: true,
    columns: (found: string[]) => {
      const header = checkedHeader(found, column, withAssignee);
      isGuarded = header.includes(guard);
      return header;
    },
    delimiter: delimiterOf(first),
    from_line: SEPARATOR_LINE.test(first) ? 2 : 1,
    info: true,
    raw: true,
    relax_quotes: true,
    // Excel leaves delimiters out behind the last cell that is not empty.
    relax_column_count_less: true,
    max_record_size: LONGEST_RECORD,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    skip_records_with_error: true,
    // Into the stream of records, so that order and back-pressure hold for bad ones, too.
    on_skip: (error, raw) => void parser.push({ error, raw }),
  });
  const fed = feed(parser, first, texts);
  try {
    for await (const found of parser as AsyncIterable<CsvFinding>) {
      if (!('record' in found)) yield unreadableRecord(found);
      else yield requestOfRecord(found, column, isGuarded ? guard : undefined, withAssignee);
    }
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error) : error;
  } finally {
    parser.destroy();
    await fed;
  }
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: Info;
  readonly raw: string;
}

interface CsvFault {
  readonly error: CsvError | undefined;
  readonly raw: string | undefined;
}

type CsvFinding = CsvRecord | CsvFault;

/** Never rejects: what the source throws comes out of the parser. */
async function feed(
  parser: ReturnType<typeof parse>,
  first: string,
  rest: AsyncGenerator<string>,
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

/** @param guard the column that says who must have the task, where there is one */
function requestOfRecord(
  { record, info, raw }: CsvRecord,
  keyColumn: string,
  guard: string | undefined,
  withAssignee: boolean,
): InputLine {
  const cell = (name: string) => record[name]?.trim() ?? '';
  if (withAssignee && cell(TASK_ASSIGNEE_COLUMN) === '') return { ok: undefined, line: info.lines };
  const request = {
    userTaskKey: cell(keyColumn),
    ...(cell(EXPIRY_COLUMN) && { expiresAt: cell(EXPIRY_COLUMN) }),
    // Also where the cell is empty or missing: the contract refuses that, so that nobody is unassigned unguarded by
    // mistake.
    ...(guard !== undefined && { expectedAssignee: cell(guard) }),
  };
  return requestOfKey(info.lines, request, raw);
}

function unreadableRecord({ error, raw = '' }: CsvFault): InputLine {
  // What such a quote has swallowed may be any number of requests: nobody may believe that they were read.
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED' || error?.code === 'CSV_MAX_RECORD_SIZE') throw error;
  const lines: unknown = error?.['lines'];
  return invalid(typeof lines === 'number' ? lines : 0, error?.message ?? 'not CSV', raw);
}

/** What Excel reads, and some programs write for it, before the header. */
const SEPARATOR_LINE = /^"?sep=(.)"?\n/i;

/** A spreadsheet's semicolons and tabs are delimiters, too, where the header has them. */
function delimiterOf(text: string): string {
  const [, separator] = SEPARATOR_LINE.exec(text) ?? [];
  if (separator !== undefined) return separator;
  const [header = ''] = text.split(/[\r\n]/, 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best));
}

function checkedHeader(found: string[], keyColumn: string, withAssignee: boolean): string[] {
  const header = found.map((name) => name.trim());
  const times = (column: string) => header.filter((name) => name === column).length;
  const names = oneLine(header.map((name) => JSON.stringify(name)).join(', '), 300);
  if (times(keyColumn) !== 1) {
    throw new UsageError(
      `A CSV needs ${times(keyColumn) === 0 ? 'a first line with' : 'only one'} column ${oneLine(keyColumn, 100)} (and ${EXPIRY_COLUMN} and ${ASSIGNEE_COLUMN}, if you like); this one has ${names}. Where another column has the keys, name it with --column; for a file with one key a line, say --format keys.`,
    );
  }
  if (withAssignee && times(TASK_ASSIGNEE_COLUMN) !== 1) {
    throw new UsageError(
      `--with-assignee needs one column ${TASK_ASSIGNEE_COLUMN} in a CSV; this one has ${names}.`,
    );
  }
  return withOneGuard(header);
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
