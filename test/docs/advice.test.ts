// What the runbook says about dead letters is what `dead-letters show` says: client/dead-letters/advice.ts has the words.
import { expect, test } from 'vitest';
import { DEAD_LETTER_KINDS } from '../../client/contract/journey.ts';
import { adviceFor } from '../../client/dead-letters/advice.ts';
import { orderedLists } from './pages.ts';

const RUNBOOK = 'docs/runbook.md';

type Letter = Parameters<typeof adviceFor>[0];

function letter(kind: string, answer: Partial<Letter> = {}): Letter {
  return { kind, status: undefined, title: undefined, detail: undefined, ...answer };
}

/** The dead letters of each section: one of its kind, unless the advice depends on the last answer. */
const SECTIONS: Readonly<Record<string, readonly Letter[]>> = {
  ...Object.fromEntries(DEAD_LETTER_KINDS.map((kind) => [kind, [letter(kind)]])),
  rejected: [letter('rejected'), letter('rejected', { status: 503, title: 'UNAVAILABLE' })],
  'wrong-state': [
    letter('wrong-state'),
    letter('wrong-state', {
      status: 409,
      title: 'INVALID_STATE',
      detail: 'the process instance is suspended',
    }),
  ],
  "Without Camunda's words": [letter('not-found', { status: 404 })],
  'Without a kind': [letter('moved-by-sqs'), letter('unexplained')],
  'An unknown kind': [letter('of a newer function')],
};

test.each(Object.entries(SECTIONS))(
  'the runbook has the advice about dead letters under "%s"',
  (heading, letters) => {
    const advice = letters.map(adviceFor).map(({ meaning, steps }) => ({ before: meaning, steps }));
    expect(orderedLists(RUNBOOK, heading)).toEqual(advice);
  },
);
