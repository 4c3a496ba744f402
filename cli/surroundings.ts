// All that a command knows of the world outside, handed in so that tests can play the world.
import type { Readable, Writable } from 'node:stream';
import { makeWay } from './status-line.ts';

/** A stream to write to, which may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Where a command runs. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For results. */
  readonly stdout: OutputStream;
  /** For talk, questions and progress. */
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP: finish what is under way, say what was done. */
  readonly signal: AbortSignal;
  /** Does what Ctrl-C does, for whoever has to take the keys of a terminal for a while. */
  readonly interrupt: () => void;
  /**
   * Until what it returns is called: calls `before` when Ctrl-Z is about to suspend this process, and `after` when it goes on.
   */
  readonly aroundSuspension: (before: () => void, after: () => void) => () => void;
}

/** How wide a terminal is. One that does not know its width (0) gets what most have. */
export function columnsOf({ columns }: OutputStream): number {
  return columns || 80;
}

/** Says something to the person at the keyboard, on a line of its own. */
export function say({ stderr }: Pick<Surroundings, 'stderr'>, text: string): void {
  if (stderr.destroyed) return;
  makeWay(stderr, `${text}\n`);
  stderr.write(`${text}\n`);
}

/**
 * Whether to write in colours: on a terminal that can, unless NO_COLOR says no (https://no-color.org), and
 * elsewhere where FORCE_COLOR says so, which wins as it does in Node.js itself.
 */
export function hasColours(
  stream: Pick<OutputStream, 'isTTY'>,
  environment: Surroundings['environment'],
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return !refused && stream.isTTY === true && terminal !== 'dumb';
}
