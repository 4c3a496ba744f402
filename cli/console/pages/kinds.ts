// How the kinds of dead letters look. Pure.
import type { KnownLetterKind, LetterKind } from '../../../client/dead-letters/index.ts';

/** A colour's name in the style. Kinds of one family look alike: trouble on the way, the task's state, the request itself, over. */
const COLOURS: Readonly<Record<KnownLetterKind, string>> = {
  'unavailable-too-long': 'trouble-1',
  'failed-repeatedly': 'trouble-2',
  'foreign-answer': 'trouble-3',
  'moved-by-sqs': 'trouble-4',
  'wrong-state': 'state-1',
  rejected: 'request-1',
  malformed: 'request-2',
  unexplained: 'request-3',
  'not-found': 'over-1',
  expired: 'over-2',
};

/** The kinds that are known here, those that people have to do something about first. */
export const KINDS = Object.keys(COLOURS) as readonly KnownLetterKind[];

/** The class of a kind's colour. One that only a newer function knows has a colour, too. */
export function kindClass(kind: LetterKind): string {
  return `kind-${Object.hasOwn(COLOURS, kind) ? COLOURS[kind as KnownLetterKind] : 'request-3'}`;
}
