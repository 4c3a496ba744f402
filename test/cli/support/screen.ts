// A terminal that shows what is written to it: xterm.js, which is also the terminal of many an editor.
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';

/** Enough for all that most commands write. */
export const ROWS = 60;

/** An empty terminal. */
export function createScreen(columns: number): Terminal {
  const terminal = new Terminal({ cols: columns, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}

/** What it shows, without blanks and empty lines at the ends. */
export function textOn(terminal: Terminal): string {
  return linesOn(terminal)
    .map(({ text }) => text)
    .join('\n')
    .trimEnd();
}

/** What it had to break off since a line was too long. */
export function brokenLinesOn(terminal: Terminal): string[] {
  return linesOn(terminal).flatMap(({ text, isWrapped }) => (isWrapped ? [text] : []));
}

function linesOn({ buffer }: Terminal): { readonly text: string; readonly isWrapped: boolean }[] {
  return Array.from({ length: buffer.active.length }, (_, index) => {
    const line = buffer.active.getLine(index);
    return { text: line?.translateToString(true) ?? '', isWrapped: line?.isWrapped ?? false };
  });
}
