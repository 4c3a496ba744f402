import { expect, it } from 'vitest';
import { exitCodeOf } from '../../../cli/enqueue/account.ts';
import type { CheckedInput } from '../../../cli/enqueue/check.ts';
import { invalidRow, noteText, questionText, type Tally, tallyText } from '../../../cli/enqueue/report.ts';

const DONE: Tally = {
  requests: 3,
  sent: 3,
  failedCount: 0,
  invalidCount: 0,
  notSentCount: 0,
  interrupted: false,
  seconds: 0.25,
};

it.each<[Partial<Tally>, string]>([
  [{}, 'Sent 3 of 3 requests in 0.3 s'],
  [{ requests: 1, sent: 0, failedCount: 1 }, 'Sent 0 of 1 request in 0.3 s; 1 failed'],
  [{ invalidCount: 1 }, 'Sent 3 of 3 requests in 0.3 s; 1 line skipped'],
  [{ requests: 200, sent: 200, seconds: 2 }, 'Sent 200 of 200 requests in 2.0 s (100/s)'],
  [
    {
      requests: 5000,
      sent: 1204,
      failedCount: 3,
      notSentCount: 3793,
      invalidCount: 2,
      interrupted: true,
      seconds: 10,
    },
    'Interrupted: sent 1,204 of 5,000 requests in 10 s (120/s); 3 failed; 3,793 not tried; 2 lines skipped',
  ],
])('says what became of all requests: %j', (tally, text) => {
  expect(tallyText({ ...DONE, ...tally })).toBe(text);
});

it.each<[Partial<Tally>, number]>([
  [{}, 0],
  [{ sent: 0, failedCount: 3 }, 1],
  [{ sent: 0, failedCount: 1, notSentCount: 2 }, 1],
  [{ sent: 0, requests: 0, invalidCount: 1 }, 1],
  [{ sent: 2, failedCount: 1 }, 3],
  [{ sent: 2, notSentCount: 1 }, 3],
  [{ invalidCount: 1 }, 3],
  [{ sent: 2, notSentCount: 1, interrupted: true }, 130],
])('ends by what became of all requests: %j', (tally, code) => {
  expect(exitCodeOf({ ...DONE, ...tally })).toBe(code);
});

const CHECKED: CheckedInput = {
  requests: 3,
  invalid: 0,
  problems: [],
  examples: [],
  duplicates: 0,
  moreThanCompared: false,
  unassigned: 0,
  missing: 0,
  looksRounded: false,
};

it.each<[Partial<CheckedInput>, string | undefined]>([
  [{}, undefined],
  [{ moreThanCompared: true }, undefined],
  [
    { missing: 1 },
    'Warning: by its own words the saved answer is a part: 1 task of the search does not stand in it. Fetch the other pages, too, or search with --assignee and the like.',
  ],
  [
    { duplicates: 2, moreThanCompared: true },
    'Note: at least 2 requests for a key that was there before; each is sent (unassigning twice does no harm).',
  ],
])('notes what is worth knowing: %j', (checked, text) => {
  expect(noteText({ ...CHECKED, ...checked })).toBe(text);
});

it.each<[Partial<CheckedInput>, string]>([
  [{}, 'Send 3 requests to https://sqs.invalid/q'],
  [{ requests: 1 }, 'Send 1 request to https://sqs.invalid/q'],
  [{ looksRounded: true }, 'Send 3 requests to https://sqs.invalid/q, although the keys look rounded'],
])('asks before it sends: %j', (checked, question) => {
  expect(questionText({ ...CHECKED, ...checked }, 'https://sqs.invalid/q')).toBe(question);
});

it('names the file beside an invalid line where there are several', () => {
  const line = { ok: false, line: 2, reason: 'no key', text: 'Ada', body: 'Ada' } as const;
  expect(invalidRow({ ...line, file: 'b.txt' })).toMatchObject({ file: 'b.txt', line: 2, state: 'invalid' });
  expect(invalidRow(line)).not.toHaveProperty('file');
});
