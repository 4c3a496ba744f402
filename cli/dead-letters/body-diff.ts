// What somebody has changed about bodies, before it is sent. Pure; everything that comes from a message is made harmless.
import { styleText } from 'node:util';
import { oneLine } from '../../client/contract/text.ts';
import type { TableLook } from '../output.ts';
import { grouped, messages } from '../progress.ts';
import { lineDiff } from './line-diff.ts';

/** A body that takes the place of another. */
export interface BodyEdit {
  readonly messageId: string;
  readonly before: string;
  readonly after: string;
}

/** Edits as they are made: those that are shown, and how many there are. */
export interface BodyEdits {
  readonly shown: readonly BodyEdit[];
  readonly count: number;
}

/** So many edits are shown, of each so many lines that go and that come, and so much of each line. */
const SHOWN_EDITS = 10;
const SHOWN_LINES = 10;
const LONGEST_LINE = 400;

/** Collects the bodies that differ. */
export function collectEdits() {
  const shown: BodyEdit[] = [];
  let count = 0;
  return {
    add(edit: BodyEdit): void {
      if (edit.before === edit.after) return;
      count += 1;
      if (shown.length < SHOWN_EDITS) shown.push(edit);
    },
    edits: (): BodyEdits => ({ shown, count }),
  };
}

/** The edits, line by line as diff has them, without a line break at the end; undefined where there are none. */
export function editsText({ shown, count }: BodyEdits, { colours }: Pick<TableLook, 'colours'>) {
  if (count === 0) return undefined;
  const paint = (style: 'red' | 'green', line: string) =>
    colours ? styleText(style, line, { validateStream: false }) : line;
  const lines = shown.flatMap(({ messageId, before, after }) => {
    const { gone, come } = lineDiff(before.split(/\r?\n/), after.split(/\r?\n/));
    return [
      `  ${messageId}`,
      ...limited(gone).map((line) => paint('red', `  - ${line}`)),
      ...limited(come).map((line) => paint('green', `  + ${line}`)),
    ];
  });
  const more = count - shown.length;
  const rest = more > 0 ? [`  … and ${messages(more)} more`] : [];
  return [`Bodies that differ from those on the queue: ${grouped(count)}.`, ...lines, ...rest].join('\n');
}

function limited(lines: readonly string[]): string[] {
  const more = lines.length - SHOWN_LINES;
  const shown = lines.slice(0, SHOWN_LINES).map((line) => oneLine(line, LONGEST_LINE));
  return more > 0 ? [...shown, `… and ${grouped(more)} more lines`] : shown;
}
