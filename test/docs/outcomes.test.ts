// The table "Whose word counts" says of each answer what the code does with it.
import { expect, test } from 'vitest';
import { type Attempt, type Meaning, meaningOf } from '../../functions/unassign/decision/meaning.ts';
import { decide } from '../../functions/unassign/decision/outcome.ts';
import {
  empty,
  NO_ANSWER,
  NO_CONNECTION,
  otherProblem,
  page,
  problem,
  UNREADABLE,
} from '../support/answers.ts';
import { journey, KEY, message as messageWith, SENT_AT } from '../support/messages.ts';
import { codeIn, table } from './pages.ts';

const ASSIGNING = problem(409, { title: 'INVALID_STATE', detail: "it is in state 'ASSIGNING'" });
const LOST = [408, 425, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599];
const NO_ACCESS = { type: 'no-credentials', cause: 'the token endpoint', retryAfterSeconds: 0 } as const;

/** Of each row of the table, by its first cell, the attempts that it speaks of. */
const EXAMPLES: Readonly<Record<string, readonly Attempt[]>> = {
  '204; 200 with an empty body': [empty(204), empty(200)],
  "400, 404, 409 with Camunda's problem detail": [problem(400), problem(404), problem(409)],
  '409 "in state \'ASSIGNING\'", while an earlier call may be under way': [ASSIGNING],
  '401, whatever its body': [problem(401), page(401), empty(401)],
  "429, whatever its body; 503 of Camunda's titled `RESOURCE_EXHAUSTED`, or with `Retry-After`": [
    problem(429),
    page(429),
    problem(503, { title: 'RESOURCE_EXHAUSTED' }),
    problem(503, { retryAfter: '1' }),
  ],
  "503 with any other problem detail of Camunda's": [problem(503)],
  "503 without Camunda's problem detail": [page(503), empty(503), otherProblem(503)],
  '502, 504, 408, 425, 520 to 527, 529, 530, 598, 599, whatever their body': LOST.flatMap((status) => [
    problem(status),
    page(status),
  ]),
  "any other 5xx without Camunda's problem detail; an answer that is not HTTP; no answer; no connection": [
    page(500),
    page(501),
    empty(599),
    UNREADABLE,
    NO_ANSWER,
    NO_CONNECTION,
  ],
  'no token, no secret': [{ ...NO_ACCESS, refused: false }],
  'credentials that the token endpoint refuses or that cannot be used': [{ ...NO_ACCESS, refused: true }],
  'a foreign 2xx, 3xx or 4xx (401, 408, 425 and 429 aside)': [
    page(200),
    empty(202),
    empty(302),
    page(400),
    page(403),
    empty(404),
    otherProblem(409),
    problem(404, { title: 'Not Found', detail: 'No static resource' }),
  ],
  "500, 403 and every other status with Camunda's problem detail; a bug": [
    problem(500),
    problem(403),
    problem(418),
    { type: 'bug', error: new Error('of ours') },
  ],
  'no time was left for a call': [{ type: 'out-of-time' }],
  'its turn did not come': [{ type: 'held', quietMs: 0 }],
};

const rows = table('outcomes');

test('the table has the rows that are tried, and no others', () => {
  expect(rows.map(([what]) => what)).toEqual(Object.keys(EXAMPLES));
});

const cases = rows.flatMap(([what = '', message = '', pace = '', metric = '']) =>
  (EXAMPLES[what] ?? []).map((attempt) => ({ what, message, pace, metric, attempt })),
);

/** In the words of the table. */
const VERDICTS = {
  acknowledge: 'acknowledge',
  'dead-letter': 'dead-letter',
  requeue: 'requeue',
  'ask-witness': 'ask the witness',
  redeliver: 'redeliver',
  'pass-over': 'pass over',
  'hold-back': 'hold back',
} as const;

test.each(cases)('$what: $message, $pace', ({ what, message, pace, metric, attempt }) => {
  const meaning = meaningOf(attempt, KEY);
  const isUnderWay = what.includes('under way');
  expect(isUnderWay ? outcomeWhileUnderWay(attempt) : verdictOf(meaning)).toBe(message);
  expect(pace.split(', or ')).toContain(meaning.signal);
  expect(codeIn(metric)).toEqual(metricOf(meaning, attempt));
});

/** All statuses that the table names, those between the ends of its ranges included. */
function namedStatuses(): Set<number> {
  const named = rows.flatMap(([what = '']) => [...what.matchAll(/\b(\d{3})(?: to (\d{3}))?\b/g)]);
  return new Set(
    named.flatMap(([, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
    ),
  );
}

test('a status that the table does not name means what its rows for all others say', () => {
  const named = namedStatuses();
  const others = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
    (status) => !named.has(status),
  );
  const meanings = (of: (status: number) => Attempt, statuses: readonly number[]) =>
    new Set(statuses.map((status) => verdictOf(meaningOf(of(status), KEY))));
  const isServerError = (status: number) => status >= 500;
  expect({
    camundas: meanings(problem, others),
    foreign: meanings(
      page,
      others.filter((status) => !isServerError(status)),
    ),
    foreignServerErrors: meanings(page, others.filter(isServerError)),
  }).toEqual({
    camundas: new Set(['redeliver']),
    foreign: new Set(['ask the witness']),
    foreignServerErrors: new Set(['requeue']),
  });
});

function verdictOf({ verdict }: Meaning): string | undefined {
  return verdict.do === 'supersede' ? undefined : VERDICTS[verdict.do];
}

function outcomeWhileUnderWay(attempt: Attempt): string {
  const message = messageWith({ journey: journey({ underWay: true }) });
  const policy = { maxReceiveCount: 5, retryForSeconds: 86_400 };
  return decide(message, attempt, meaningOf(attempt, KEY), { now: SENT_AT, random: () => 0.5, policy }).type;
}

function metricOf({ metric, signal }: ReturnType<typeof meaningOf>, { type }: Attempt): string[] {
  if (type === 'held') return ['Held'];
  if (signal === 'served') return ['ServedAnswers'];
  return metric === undefined ? [] : [metric];
}
