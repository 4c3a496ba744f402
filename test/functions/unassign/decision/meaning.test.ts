// What each answer means for the message, the pace and the metrics.
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type Attempt,
  type ClusterSignal,
  isLoad,
  type Meaning,
  meaningOf,
  signalOf,
} from '../../../../functions/unassign/decision/meaning.ts';
import {
  empty,
  NO_ANSWER,
  NO_CONNECTION,
  otherProblem,
  page,
  problem,
  type Response,
  UNREADABLE,
} from '../../../support/answers.ts';
import { KEY } from '../../../support/messages.ts';

/** In words: what is done, with the kind of the dead letter, what the pace hears, and what is counted. */
function inWords(attempt: Attempt): string {
  const { verdict, signal, metric } = meaningOf(attempt, KEY);
  const kind = 'kind' in verdict ? ` ${verdict.kind}` : '';
  return [`${verdict.do}${kind}`, signal, ...(metric === undefined ? [] : [metric])].join(', ');
}

const GATEWAYS_OWN = [408, 425, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599];
const ASSIGNING = {
  title: 'INVALID_STATE',
  detail: `Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to assign user task with key '${KEY}', but it is in state 'ASSIGNING'`,
};

test.each<[string, Response, string]>([
  ['204', empty(204), 'acknowledge, served'],
  ['200 without a body', empty(200), 'acknowledge, served'],
  ['200 with a page', page(200), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  [
    '200 with JSON',
    page(200, { contentType: 'application/json', excerpt: '{}' }),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ],
  [
    '200 cut off before its body',
    empty(200, { isEmpty: false }),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ],
  ['200 with a problem detail of its own status', problem(200), 'redeliver, nothing'],
  ...[201, 202, 203, 205, 206, 207, 226, 299].map((status): [string, Response, string] => [
    `${status} without a body`,
    empty(status),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ]),
  ...[300, 301, 302, 303, 307, 308].map((status): [string, Response, string] => [
    `${status}, a redirect`,
    empty(status),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ]),
  ['400 of Camunda', problem(400), 'dead-letter rejected, served'],
  ['404 of Camunda about the task', problem(404), 'dead-letter not-found, served'],
  ['409 of Camunda', problem(409), 'dead-letter wrong-state, served'],
  ['409 of Camunda, being assigned', problem(409, ASSIGNING), 'dead-letter wrong-state, served'],
  ['400 with a page', page(400), 'ask-witness rejected, nothing, ForeignAnswers'],
  ['404 with a page', page(404), 'ask-witness not-found, nothing, ForeignAnswers'],
  ['409 with a page', page(409), 'ask-witness wrong-state, nothing, ForeignAnswers'],
  ['400 without a body', empty(400), 'ask-witness rejected, nothing, ForeignAnswers'],
  ['404 without a body', empty(404), 'ask-witness not-found, nothing, ForeignAnswers'],
  ['409 without a body', empty(409), 'ask-witness wrong-state, nothing, ForeignAnswers'],
  [
    '404 of Camunda about a path',
    problem(404, { title: 'Not Found', detail: 'No static resource' }),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ],
  [
    '404 of Camunda about another key',
    problem(404, {}, `${KEY}1`),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ],
  [
    '404 of Camunda with another title',
    problem(404, { title: 'Not Found' }),
    'ask-witness foreign-answer, nothing, ForeignAnswers',
  ],
  ['409 of Cloudflare', otherProblem(409), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  ['404 of another API', otherProblem(404), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  ['401 of Camunda', problem(401), 'requeue, nothing, CredentialsRefused'],
  ['401 of a proxy', page(401), 'requeue, nothing, CredentialsRefused'],
  ['403 of Camunda', problem(403), 'redeliver, nothing'],
  ['403 of a firewall', page(403), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  ...[402, 405, 406, 407, 410, 411, 413, 414, 418, 421, 422, 431, 451, 499].map(
    (status): [string, Response, string] => [
      `${status} with a page`,
      page(status),
      'ask-witness foreign-answer, nothing, ForeignAnswers',
    ],
  ),
  ['405 of Camunda', problem(405), 'redeliver, nothing'],
  ['429 of Camunda', problem(429), 'requeue, load, ClusterBusy'],
  ['429 of a proxy', page(429), 'requeue, load, ClusterBusy'],
  ['429 without a body', empty(429), 'requeue, load, ClusterBusy'],
  ['503 of backpressure', problem(503, { title: 'RESOURCE_EXHAUSTED' }), 'requeue, load, ClusterBusy'],
  ['503 of Camunda with Retry-After', problem(503, { retryAfter: '3' }), 'requeue, load, ClusterBusy'],
  ['503 of Camunda', problem(503, { title: 'UNAVAILABLE' }), 'requeue, nothing, ClusterBusy'],
  ['503 with a page', page(503), 'requeue, silence, ClusterBusy'],
  ['503 with a page and Retry-After', page(503, { retryAfter: '3' }), 'requeue, silence, ClusterBusy'],
  ['503 without a body', empty(503), 'requeue, silence, ClusterBusy'],
  ['503 with a problem detail of something else', otherProblem(503), 'requeue, silence, ClusterBusy'],
  ...GATEWAYS_OWN.flatMap((status): [string, Response, string][] => [
    [`${status} with a page`, page(status), 'requeue, silence'],
    [`${status} of Camunda`, problem(status), 'requeue, silence'],
  ]),
  ['500 of Camunda', problem(500), 'redeliver, nothing'],
  ['501 of Camunda', problem(501), 'redeliver, nothing'],
  ...[500, 501, 505, 507, 511, 528, 531, 540, 561, 597].map((status): [string, Response, string] => [
    `${status} with a page`,
    page(status),
    'requeue, silence',
  ]),
  ['600', page(600), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  ['999', empty(999), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
  ['100', empty(100), 'ask-witness foreign-answer, nothing, ForeignAnswers'],
])('%s', (_, answer, expected) => {
  expect(inWords(answer)).toBe(expected);
});

test.each<[string, Attempt, string]>([
  ['no answer', NO_ANSWER, 'requeue, silence'],
  ['no connection', NO_CONNECTION, 'requeue, silence'],
  ['an answer that is not HTTP', UNREADABLE, 'requeue, silence'],
  [
    'no token',
    { type: 'no-credentials', cause: 'down', refused: false, retryAfterSeconds: 1 },
    'requeue, nothing',
  ],
  [
    'a client that is refused',
    { type: 'no-credentials', cause: 'invalid_client', refused: true, retryAfterSeconds: 1 },
    'requeue, nothing, CredentialsRefused',
  ],
  ['no time', { type: 'out-of-time' }, 'pass-over, nothing'],
  ['no turn', { type: 'held', quietMs: 1 }, 'hold-back, nothing'],
  ['a bug of ours', { type: 'bug', error: new Error('no such thing') }, 'redeliver, nothing'],
])('%s', (_, attempt, expected) => {
  expect(inWords(attempt)).toBe(expected);
});

describe('every HTTP answer', () => {
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 999 }),
    make: fc.constantFrom(problem, page, empty, (status: number) => otherProblem(status)),
    retryAfter: fc.option(fc.string(), { nil: undefined }),
  });

  it('has a meaning, and nothing but 204 and an empty 200 acknowledges', () => {
    fc.assert(
      fc.property(answer, ({ status, make, retryAfter }) => {
        const given = { ...make(status), retryAfter };
        const isDone = status === 204 || (status === 200 && given.isEmpty);
        expect(meaningOf(given, KEY).verdict.do === 'acknowledge').toBe(isDone);
      }),
      { numRuns: 5_000 },
    );
  });

  it('makes a dead letter at once only in Camunda’s words', () => {
    fc.assert(
      fc.property(answer, ({ status, make }) => {
        const given = make(status);
        if (meaningOf(given, KEY).verdict.do === 'dead-letter') expect(given.problem).toBe('camunda');
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a call that may be under way', () => {
  it.each<[string, Attempt, boolean]>([
    ['504', problem(504), true],
    ['502', problem(502), true],
    ['a page of a gateway that gave up', page(524), true],
    ['a page of a proxy that failed', page(500), true],
    ['no answer', NO_ANSWER, true],
    ['an answer that is not HTTP', UNREADABLE, true],
    ['no connection', NO_CONNECTION, false],
    ['503', problem(503), false],
    ['204', empty(204), false],
  ])('after %s: %s', (_, attempt, expected) => {
    expect(meaningOf(attempt, KEY).underWay === true).toBe(expected);
  });

  it('may be what a task that is being assigned speaks of, and no other state', () => {
    const unlessUnderWay = (wish: Partial<Response>) => {
      const { verdict } = meaningOf(problem(409, wish), KEY);
      return 'unlessUnderWay' in verdict;
    };
    expect([
      unlessUnderWay(ASSIGNING),
      unlessUnderWay({ ...ASSIGNING, detail: ASSIGNING.detail.replace('ASSIGNING', 'COMPLETING') }),
      unlessUnderWay({ ...ASSIGNING, title: 'CONFLICT' }),
    ]).toEqual([true, false, false]);
  });
});

describe('what the pace hears of a foreign answer', () => {
  const foreign: Meaning = meaningOf(page(404), KEY);
  const ofCamunda: Meaning = meaningOf(problem(404), KEY);

  it.each<[string, Meaning, Parameters<typeof signalOf>[1], ClusterSignal]>([
    ['where something stands in front of the cluster', foreign, 'foreign', 'silence'],
    ['where the cluster itself can be reached', foreign, 'camunda', 'nothing'],
    ['where the cluster could not be asked', foreign, 'unknown', 'nothing'],
    ['where it was Camunda’s answer', ofCamunda, undefined, 'served'],
    ['where it was Camunda’s answer, whatever the witness says', ofCamunda, 'foreign', 'served'],
  ])('%s', (_, meaning, witness, expected) => {
    expect(signalOf(meaning, witness)).toBe(expected);
  });
});

describe('load', () => {
  it.each<[boolean, Response['problem'], string | undefined, string | undefined]>([
    [true, 'camunda', 'RESOURCE_EXHAUSTED', undefined],
    [true, 'camunda', 'Backpressure: RESOURCE_EXHAUSTED', undefined],
    [true, 'camunda', 'UNAVAILABLE', 'soon'],
    [false, 'camunda', 'UNAVAILABLE', undefined],
    [false, 'none', undefined, '30'],
    [false, 'other', undefined, '30'],
  ])(
    '%s for a 503 whose problem detail is of %s, titled %s, with Retry-After %s',
    (expected, whose, title, retryAfter) => {
      expect(isLoad({ problem: whose, title, retryAfter })).toBe(expected);
    },
  );
});
