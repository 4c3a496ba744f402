// Going on with what comes after a plan, where one look cannot see all of a large queue. Pure.
import type { ActionSummary, Coverage, FurtherPass, PassesEnd } from '../../client/dead-letters/index.ts';
import { grouped } from '../progress.ts';
import type { Choice } from './choice.ts';

/** Whether what a look could not see is meant as well: not where messages were named, counted, or judged one by one. */
export function goesOn({ named, verdicts, limit }: Choice, { ended }: Coverage): boolean {
  return ended === 'hold-limit' && named.size === 0 && verdicts === undefined && limit === undefined;
}

/** Of the choice what was dead at that time: what comes straight back must not go round in circles. */
export function chosenBefore({ filter }: Choice, time: number): Choice['filter'] {
  return { ...filter, until: Math.min(filter.until ?? Number.POSITIVE_INFINITY, time) };
}

/** What the question says of the passes that follow. */
export const AND_THE_REST = ', and then what else matches, pass after pass';

/** What became of a pass that followed, in a line. */
export function passText({ number, coverage, done, failed }: FurtherPass, verb: string): string {
  const saw = `Pass ${grouped(number + 1)}: saw ${grouped(coverage.seen)} of about ${grouped(coverage.about)}`;
  return `${saw}, ${verb} ${grouped(done)}${failed > 0 ? `; ${grouped(failed)} failed` : ''}.`;
}

/** What is left after the passes that followed, if anything is. */
export function restTexts({ goneOn }: Pick<ActionSummary, 'goneOn'>): string[] {
  const text = goneOn && REST[goneOn.ended];
  return text === undefined ? [] : [text];
}

const REST: Readonly<Record<PassesEnd, string | undefined>> = {
  'all-seen': undefined,
  aborted: undefined,
  'nothing-matched':
    'The last pass found nothing more that matches, but could not see the whole queue: more may be there. Look again later.',
  'no-progress': 'The last pass could do nothing, so none followed: more may be there.',
  'too-many-failed': 'Too many have failed to go on: more may be there.',
};
