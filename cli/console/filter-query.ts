// Filters and choices as the pages send them, read by the code of the command line.
import { Command, CommanderError } from 'commander';
import type { DeadLetterFilter, Verdict } from '../../client/dead-letters/index.ts';
import { addChoice } from '../dead-letters/choice.ts';
import { readFilter } from '../dead-letters/selection.ts';
import { UsageError } from '../exit-codes.ts';
import type { FilterQuery } from './api.ts';

/** What a filter comes to. */
export interface ReadQuery {
  readonly filter: DeadLetterFilter;
  /** What the verdict must be; undefined: anything. */
  readonly verdicts: readonly Verdict[] | undefined;
}

/**
 * What a filter comes to. Pure.
 *
 * @param now milliseconds since 1970
 * @throws UsageError that says what is wrong, in the command line's words
 */
export function readFilterQuery(query: FilterQuery, now: number): ReadQuery {
  const { options } = parse(filterWords(query));
  return { filter: readFilter(options, now), verdicts: options.verdict };
}

/** The options to type for a filter. */
export function filterWords(query: FilterQuery): string[] {
  return Object.entries(query).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : []));
}

function parse(words: readonly string[]) {
  const command = addChoice(new Command('filter'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(error.message.replace(/^error: /, ''), { cause: error });
  }
  return { options: command.opts() };
}
