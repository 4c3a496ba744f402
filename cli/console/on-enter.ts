// The Enter key of a terminal.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Surroundings } from '../surroundings.ts';

/** Calls back on every line that is typed; what is returned ends that. */
export function onEnter({ stdin }: Pick<Surroundings, 'stdin'>, tell: () => void): () => void {
  if (stdin.isTTY && isInBackground()) return () => undefined;
  // Not as a terminal's own: Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on('line', tell);
  // A terminal that goes away.
  stdin.on('error', () => undefined);
  return () => lines.close();
}

/**
 * Whether the shell has put this process behind others (`&`), where a terminal stops whoever reads from it. Known on Linux alone
 * (proc_pid_stat(5): pgrp and tpgid).
 */
function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group !== foreground;
  } catch {
    return false;
  }
}
