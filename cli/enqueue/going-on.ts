// From where a sending that was stopped goes on. Pure.
import { shellWord } from '../shell-word.ts';
import { nameOf } from './input.ts';
import type { RequestLine } from './request-line.ts';
import type { RequestState } from './send.ts';

/** A line of one of several files. */
export interface Position {
  /** Which of the files, from 0 on. */
  readonly file: number;
  /** From 1 on. */
  readonly line: number;
}

/** Hears what became of the requests, in whatever order, and knows the first that was not tried. */
export class FirstUnsent {
  readonly #names: readonly string[];
  #notTried: Position | undefined;
  #last: Position = { file: 0, line: 0 };

  /** @param paths of the files, in their order */
  constructor(paths: readonly string[]) {
    this.#names = paths.map(nameOf);
  }

  hear({ file, line }: RequestLine, { state }: RequestState): void {
    const position = { file: file === undefined ? 0 : this.#names.indexOf(file), line };
    if (isBefore(this.#last, position)) this.#last = position;
    if (state !== 'not sent') return;
    if (this.#notTried === undefined || isBefore(position, this.#notTried)) this.#notTried = position;
  }

  /** Behind the last of which anything is known, where all of those were tried. */
  get position(): Position {
    return this.#notTried ?? { ...this.#last, line: this.#last.line + 1 };
  }
}

/** What to type to go on. */
export function goOnText(paths: readonly string[], { file, line }: Position): string {
  const [path = '', ...rest] = paths.slice(file);
  const others = rest.length === 0 ? '' : `, then with ${rest.map(fileOption).join(' ')}`;
  const from = `--from-line ${line}`;
  if (path === '-') return `Go on with the same input and ${from}${others}; ${NO_HARM}`;
  return `Go on with ${paths.length === 1 ? from : `${fileOption(path)} ${from}`}${others}; ${NO_HARM}`;
}

const NO_HARM = 'what is sent twice does no harm.';

function fileOption(path: string): string {
  return `--file ${shellWord(path === '-' ? path : nameOf(path))}`;
}

function isBefore(one: Position, other: Position): boolean {
  return one.file < other.file || (one.file === other.file && one.line < other.line);
}
