// Asking before something is done that cannot be undone.
import { createInterface } from 'node:readline/promises';
import { UsageError } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Whether to go on: `yes` says so beforehand, else the person at the terminal does, and only by y or yes. An
 * interrupt means no.
 *
 * @param question without a question mark and choices, such as `Send 3 requests to …`
 * @throws UsageError where there is no terminal to ask on
 */
export async function confirm(surroundings: Surroundings, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  requireTerminal(surroundings, question);
  return /^\s*y(es)?\s*$/i.test(await ask(surroundings, `${question}? [y/N] `));
}

/** Whether there is somebody to ask. */
export function hasTerminal({ stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** What the person at the terminal answers; an interrupt, and the end of the input, answer with nothing. */
export async function ask(
  { stdin, stderr, signal, interrupt }: Surroundings,
  question: string,
): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    // An answer that the end of the input follows at once still counts.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => setImmediate(resolve, '')));
    // On a terminal readline takes Ctrl-C for itself, and would keep it.
    terminal.once('SIGINT', () => {
      terminal.close();
      interrupt();
    });
    // Ctrl-Z has made readline pause, which would leave nobody to answer.
    terminal.on('SIGCONT', () => terminal.resume());
    return await Promise.race([terminal.question(question, { signal }).catch(() => ''), closed]);
  } finally {
    terminal.close();
  }
}

/**
 * For whoever will ask in the end: before the work that leads there.
 *
 * @throws UsageError where there is no terminal to ask on
 */
export function requireTerminal(
  surroundings: Pick<Surroundings, 'stdin' | 'stderr'>,
  question: string,
): void {
  if (hasTerminal(surroundings)) return;
  throw new UsageError(`${question}? There is no terminal to ask this on: --yes answers it.`);
}
