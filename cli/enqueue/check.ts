// The first reading of all input, before anything is sent.
import { KeySet } from './key-set.ts';
import type { InputLine, InvalidLine, RequestLine, SavedAnswers, UnassignedTask } from './request-line.ts';

/** What all input comes to. */
export interface CheckedInput {
  readonly requests: number;
  readonly invalid: number;
  /** Tasks that nobody has, which were left out. */
  readonly unassigned: number;
  /** Tasks that saved answers speak of, and that do not stand in the files. */
  readonly missing: number;
  /** The first of the invalid lines, at most {@link SHOWN_PROBLEMS}. */
  readonly problems: readonly InvalidLine[];
  /** The first of the requests, at most {@link SHOWN_PROBLEMS}. */
  readonly examples: readonly RequestLine[];
  /** Requests whose key stood in the input before. */
  readonly duplicates: number;
  /** Whether there were more keys than duplicates can be looked for among. */
  readonly moreThanCompared: boolean;
  /** Whether every long key looks as if a spreadsheet had rounded it. */
  readonly looksRounded: boolean;
}

/** So many bad lines are shown. */
export const SHOWN_PROBLEMS = 20;

/** Reads all of the input and counts, in bounded memory. */
export async function checkInput(
  lines: Iterable<InputLine> | AsyncIterable<InputLine>,
  signal: AbortSignal,
): Promise<CheckedInput> {
  const check = new Check();
  for await (const line of lines) {
    signal.throwIfAborted();
    check.add(line);
  }
  return check.result();
}

/** Counts line by line. */
class Check {
  readonly #keys = new KeySet();
  readonly #problems: InvalidLine[] = [];
  readonly #examples: RequestLine[] = [];
  readonly #counts = { requests: 0, invalid: 0, unassigned: 0, duplicates: 0 };
  readonly #answers = { total: 0, items: 0 };
  readonly #long = { keys: 0, rounded: 0 };

  add(line: InputLine): void {
    if (line.ok) this.#addRequest(line);
    else if (line.ok === undefined) this.#addNoRequest(line);
    else this.#addInvalid(line);
  }

  #addNoRequest({ answers }: UnassignedTask | SavedAnswers): void {
    if (answers === undefined) this.#counts.unassigned += 1;
    else {
      // Each page says the same number, and may stand in a file of its own.
      this.#answers.total = Math.max(this.#answers.total, answers.total);
      this.#answers.items += answers.items;
    }
  }

  #addInvalid(line: InvalidLine): void {
    this.#counts.invalid += 1;
    if (this.#problems.length < SHOWN_PROBLEMS) this.#problems.push(line);
  }

  #addRequest(line: RequestLine): void {
    this.#counts.requests += 1;
    if (this.#examples.length < SHOWN_PROBLEMS) this.#examples.push(line);
    if (this.#keys.add(line.request.userTaskKey)) this.#counts.duplicates += 1;
    const beyond = line.request.userTaskKey.slice(SPREADSHEET_DIGITS);
    if (beyond !== '') this.#long.keys += 1;
    if (/^0+$/.test(beyond)) this.#long.rounded += 1;
  }

  result(): CheckedInput {
    const { keys, rounded } = this.#long;
    return {
      ...this.#counts,
      missing: Math.max(0, this.#answers.total - this.#answers.items),
      problems: this.#problems,
      examples: this.#examples,
      moreThanCompared: this.#keys.isFull,
      looksRounded: keys > 0 && rounded === keys,
    };
  }
}

/** Excel and its like keep so many digits of a number, and write 0 for the others (Microsoft Support, "Excel limits"). */
const SPREADSHEET_DIGITS = 15;
