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
export async function confirm(
  { stdin, stderr, signal, interrupt }: Surroundings,
  question: string,
  yes: boolean,
): Promise<boolean> {
  if (yes) return true;
  requireTerminal({ stdin, stderr }, question);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    // An answer that the end of the input follows at once still counts.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => setImmediate(resolve, '')));
    // On a terminal readline takes Ctrl-C for itself, and would keep it.
    terminal.once('SIGINT', () => {
      terminal.close();
      interrupt();
    });
    const answer = await Promise.race([
      terminal.question(`${question}? [y/N] `, { signal }).catch(() => ''),
      closed,
    ]);
    return /^\s*y(es)?\s*$/i.test(answer);
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
  { stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>,
  question: string,
): void {
  if (stdin.isTTY === true && stderr.isTTY === true) return;
  throw new UsageError(`${question}? There is no terminal to ask this on: --yes answers it.`);
}
