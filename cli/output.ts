// Results on stdout: an aligned table for people, JSON or JSON lines for pipes.
import { styleText } from 'node:util';
import { Option } from 'commander';
import { oneLine } from '../client/contract/text.ts';
import { columnsOf, hasColours, type OutputStream, type Surroundings } from './surroundings.ts';
import { textSink } from './text-sink.ts';
import { cutTo, widthOf } from './text-width.ts';
import { wrap } from './wrap.ts';

/** How results are written. */
export const OUTPUT_FORMATS = ['table', 'json', 'jsonl'] as const;

/** One of {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `--output`. */
export function outputOption() {
  return new Option('-o, --output <format>', 'how to write results').choices(OUTPUT_FORMATS).default('table');
}

/** A colour or weight, as `styleText` of node:util names them. */
export type Style = Extract<
  Parameters<typeof styleText>[0],
  'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray' | 'bold' | 'dim'
>;

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** What the cell says; untrusted text is welcome, for it is made one harmless line here. */
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  readonly style?: (row: Row) => Style | undefined;
  /** This one gives way first where the terminal is too narrow. At most one column. */
  readonly flexible?: boolean;
  /** A flexible one goes on in the lines below instead of being cut, as where a part of it would say nothing. */
  readonly whole?: boolean;
  /** This one is left out where even that does not make room; the one with the highest number first. */
  readonly optional?: number;
}

/** What results look like in each format. */
export interface ResultShape<Row> {
  readonly columns: readonly Column<Row>[];
  /** The row as JSON: stable, documented fields. */
  readonly json: (row: Row) => object;
  /** The field that holds the rows in the one object that `json` writes. */
  readonly rowsField: string;
}

/** Results on their way out, a row at a time, in bounded memory. */
export interface Results<Row> {
  /** False: nobody reads any more. */
  write(row: Row): Promise<boolean>;
  /** Writes what is still held back; `summary` joins the rows in the one object of `json`, and goes nowhere else. */
  end(summary?: object): Promise<void>;
}

/** Opens stdout for results. A table without rows writes nothing. */
export function openResults<Row>(
  surroundings: Pick<Surroundings, 'stdout' | 'environment'>,
  format: OutputFormat,
  shape: ResultShape<Row>,
): Results<Row> {
  switch (format) {
    case 'table':
      return tableResults(surroundings, shape.columns);
    case 'json':
      return jsonResults(surroundings, shape);
    case 'jsonl':
      return jsonLineResults(surroundings, shape);
  }
}

/** JSON in one line that drives no terminal: what JSON itself leaves as it is but a terminal may obey is escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(OBEYED, escapeCharacters);
}

/** How a table is drawn. */
export interface TableLook {
  /** Of the whole table, in columns; undefined: as wide as it gets. */
  readonly width: number | undefined;
  readonly colours: boolean;
}

/** How a table is to look on a stream. */
export function lookOf(stream: OutputStream, environment: Surroundings['environment']): TableLook {
  return {
    width: stream.isTTY === true ? columnsOf(stream) : undefined,
    colours: hasColours(stream, environment),
  };
}

/** Rows as an aligned table, without a line break at its end. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  look: TableLook,
): string {
  const { head, body } = tableParts(columns, rows, look);
  return [head, ...body].join('\n');
}

/** The same in parts: the titles, and each row, which may have several lines. */
export function tableParts<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  look: TableLook,
): { readonly head: string; readonly body: string[] } {
  const shown = columnsWithRoom(columns, rows, look.width);
  const widths = squeezed(fitted(shown, naturalWidths(shown, rows), look.width), look.width);
  return { head: drawHead(shown, widths, look), body: rows.map((row) => drawRow(shown, row, widths, look)) };
}

/** Rows that are looked at before the widths are settled, and drawn at once after. */
const PAGE = 200;

/** Between two columns. */
const GAP = 2;

const LONGEST_CELL = 2000;
const NARROWEST_FLEXIBLE = 10;
const NARROWEST = 4;

/** Control characters above ASCII (C1, which some terminals take as escapes), and what formats and is not seen. */
const OBEYED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** As JSON escapes: each unit of UTF-16 by itself. */
function escapeCharacters(text: string): string {
  return Array.from(
    { length: text.length },
    (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

function tableResults<Row>(
  { stdout, environment }: Pick<Surroundings, 'stdout' | 'environment'>,
  columns: readonly Column<Row>[],
): Results<Row> {
  const sink = textSink(stdout);
  const look = lookOf(stdout, environment);
  let page: Row[] = [];
  let shown = columns;
  let widths: readonly number[] | undefined;
  async function flush(): Promise<boolean> {
    if (page.length === 0) return true;
    const isFirst = widths === undefined;
    if (isFirst) shown = columnsWithRoom(columns, page, look.width);
    // A terminal's widths stay; elsewhere nothing is cut, so that later pages may need more.
    if (widths === undefined || look.width === undefined) {
      const natural = naturalWidths(shown, page).map((width, index) => Math.max(width, widths?.[index] ?? 0));
      widths = squeezed(fitted(shown, natural, look.width), look.width);
    }
    const fixed = widths;
    const lines = page.map((row) => drawRow(shown, row, fixed, look));
    page = [];
    return sink.write(`${[...(isFirst ? [drawHead(shown, fixed, look)] : []), ...lines].join('\n')}\n`);
  }
  return {
    async write(row) {
      page.push(row);
      return page.length < PAGE || flush();
    },
    async end() {
      await flush();
    },
  };
}

function jsonLineResults<Row>(
  { stdout }: Pick<Surroundings, 'stdout'>,
  shape: ResultShape<Row>,
): Results<Row> {
  const sink = textSink(stdout);
  return {
    write: (row) => sink.write(`${jsonText(shape.json(row))}\n`),
    end: async () => undefined,
  };
}

function jsonResults<Row>({ stdout }: Pick<Surroundings, 'stdout'>, shape: ResultShape<Row>): Results<Row> {
  const sink = textSink(stdout);
  const opening = `{${jsonText(shape.rowsField)}:[`;
  let written = 0;
  return {
    write(row) {
      const before = written === 0 ? opening : ',';
      written += 1;
      return sink.write(`${before}\n  ${jsonText(shape.json(row))}`);
    },
    async end(summary = {}) {
      const rest = Object.entries(summary).map(
        ([name, value]) => `,${jsonText(name)}:${jsonText(value ?? null)}`,
      );
      const closing = written === 0 ? `${opening}]` : '\n]';
      await sink.write(`${closing}${rest.join('')}}\n`);
    },
  };
}

function cell<Row>({ text }: Column<Row>, row: Row): string {
  return oneLine(text(row), LONGEST_CELL);
}

function naturalWidths<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number[] {
  return columns.map((column) =>
    rows.reduce((width, row) => Math.max(width, widthOf(cell(column, row))), column.title.length),
  );
}

function columnsWithRoom<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  total: number | undefined,
): readonly Column<Row>[] {
  if (total === undefined) return columns;
  const widths = fitted(columns, naturalWidths(columns, rows), total);
  const first = Math.max(...columns.map(({ optional = 0 }) => optional));
  if (first <= 0 || wholeWidth(widths) <= total) return columns;
  const leftOut = columns.findLastIndex(({ optional = 0 }) => optional === first);
  return columnsWithRoom(columns.toSpliced(leftOut, 1), rows, total);
}

function wholeWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/** The flexible column gives way, down to a width below which it says nothing; and then whichever is the widest. */
function fitted<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  total: number | undefined,
): number[] {
  if (total === undefined) return [...natural];
  const excess = wholeWidth(natural) - total;
  return natural.map((width, index) =>
    columns[index]?.flexible && excess > 0
      ? Math.max(Math.min(width, NARROWEST_FLEXIBLE), width - excess)
      : width,
  );
}

/** What still does not fit is made narrower where it is widest: there it goes on in the lines below. */
function squeezed(widths: readonly number[], total: number | undefined): number[] {
  const narrower = [...widths];
  let excess = total === undefined ? 0 : wholeWidth(narrower) - total;
  while (excess > 0) {
    const widest = Math.max(...narrower);
    if (widest <= NARROWEST) break;
    narrower[narrower.lastIndexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return narrower;
}

function drawHead<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  { colours }: TableLook,
): string {
  const cells = columns.map(({ title, align }, index) => ({
    lines: wrap(title, widths[index] ?? 0),
    align,
    style: 'bold' as const,
  }));
  return drawCells(cells, widths, colours);
}

function drawRow<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  widths: readonly number[],
  { width, colours }: TableLook,
): string {
  const cells = columns.map((column, index) => {
    const text = cell(column, row);
    const room = width === undefined ? Number.POSITIVE_INFINITY : (widths[index] ?? 0);
    const isCut = column.flexible === true && column.whole !== true;
    const lines = isCut ? [cutTo(text, room)] : wrap(text, room);
    return { lines, align: column.align, style: column.style?.(row) };
  });
  return drawCells(cells, widths, colours);
}

interface Cell {
  readonly lines: readonly string[];
  readonly align: Column<never>['align'];
  readonly style: Style | undefined;
}

/** Cells side by side, without blanks at the ends of lines. */
function drawCells(cells: readonly Cell[], widths: readonly number[], colours: boolean): string {
  const height = Math.max(...cells.map(({ lines }) => lines.length));
  const paint = (style: Style | undefined, text: string) =>
    colours && style !== undefined && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return Array.from({ length: height }, (_, number) =>
    cells
      .map(({ lines, align, style }, index) => {
        const text = lines[number] ?? '';
        const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(text)));
        return align === 'right' ? blanks + paint(style, text) : paint(style, text) + blanks;
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  ).join('\n');
}
