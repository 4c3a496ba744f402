// What all input comes to before anything is sent, and what is said of it.
import { describe, expect, it } from 'vitest';
import { type CheckedInput, checkInput } from '../../../cli/enqueue/check.ts';
import { noteText, problemText } from '../../../cli/enqueue/report.ts';
import { type InputLine, withoutExpired } from '../../../cli/enqueue/request-line.ts';
import { type Reading, requestsOfFile, requestsOfKeys } from '../../../cli/enqueue/request-lines.ts';

const A = '2251799813685249';
const B = '2251799813685250';
const NOW = Date.UTC(2026, 10, 23, 12);

async function* linesOf(reading: Reading, texts: readonly string[]): AsyncGenerator<InputLine> {
  for (const text of texts) {
    yield* requestsOfFile(
      reading,
      (async function* bytes() {
        yield Buffer.from(text);
      })(),
    );
  }
}

/** Texts of files, one after the other. */
function checked(reading: Reading, ...texts: string[]): Promise<CheckedInput> {
  return checkInput(linesOf(reading, texts), new AbortController().signal);
}

describe('lines that are invalid', () => {
  it('are told with their numbers, the first twenty of them, and all are counted', async () => {
    const bad = Array.from({ length: 25 }, (_, index) => `bad${index}`);
    const found = await checked({ format: 'keys' }, [A, ...bad, B].join('\n'));
    const lines = problemText('keys.txt', found, 'keys').split('\n');
    expect(lines[0]).toMatch(/^keys\.txt:2: userTaskKey: expected .* got the string "bad0"$/);
    expect(lines[19]).toMatch(/^keys\.txt:21: /);
    expect(lines.slice(20)).toEqual(['… and 5 lines more', '25 of 27 lines are invalid.']);
  });

  it('are told of keys that were typed, too', async () => {
    const found = await checkInput(requestsOfKeys([A, 'Ada']), new AbortController().signal);
    expect(problemText('argument', found, undefined)).toMatch(
      /^argument 2: userTaskKey: expected .* got the string "Ada"\n1 of 2 lines is invalid\.$/,
    );
  });

  it('come with the name of their file where there are several', async () => {
    async function* withFile(): AsyncGenerator<InputLine> {
      for await (const line of linesOf({ format: 'keys' }, ['Ada'])) yield { ...line, file: 'b.txt' };
    }
    const found = await checkInput(withFile(), new AbortController().signal);
    expect(problemText('2 files', found, 'keys')).toMatch(/^b\.txt:1: userTaskKey: expected/);
  });

  it.each<[string, Reading['format'], string, string]>([
    ['JSON lines', 'keys', `{"userTaskKey":"${A}"}\n`, ' For JSON lines, use --format jsonl.'],
    ['a CSV by its header', 'keys', `userTaskKey\n${A}\n`, ' For a CSV, use --format csv.'],
    ['a CSV by its commas', 'keys', `key,name\n${A},Ada\n`, ' For a CSV, use --format csv.'],
    ['a CSV by its semicolons', 'keys', `key;name\n${A};Ada\n`, ' For a CSV, use --format csv.'],
    ['nothing by a comma of a rounded key', 'keys', '2,2518E+15\n', ''],
    ['nothing by a name', 'keys', 'Ada\n', ''],
    ['nothing where the format was said', 'jsonl', 'userTaskKey\n', ''],
  ])('are taken for %s', async (_, format, text, tip) => {
    const said = problemText('stdin', await checked({ format }, text), format);
    expect(/invalid\.(.*)$/.exec(said)?.[1]).toBe(tip);
  });
});

it('of a time that has passed are invalid, with their bodies', async () => {
  const old = `{"userTaskKey":"${B}","expiresAt":"2020-01-01T00:00:00Z"}`;
  const lines = withoutExpired(
    linesOf({ format: 'jsonl' }, [`{"userTaskKey":"${A}"}\n\n${old}\n`]),
    undefined,
    NOW,
  );
  const found = await checkInput(lines, new AbortController().signal);
  expect(found).toMatchObject({ requests: 1, invalid: 1, problems: [{ line: 3, body: old }] });
  expect(problemText('x.jsonl', found, 'jsonl')).toBe(
    'x.jsonl:3: expiresAt: expected a time in the future, got "2020-01-01T00:00:00Z"\n1 of 2 lines is invalid.',
  );
});

describe('before anything is sent it is noted', () => {
  const ROUNDED = /^Warning: every key of 16 or more digits ends in 0/;

  it.each<[string, string, object]>([
    ['that a spreadsheet may have rounded all keys', '2251799813685240\n2251799813685250\n17\n', ROUNDED],
    ['nothing where one of them has its last digit', '2251799813685240\n2251799813685249\n', /^$/],
    ['nothing where none is long', '10\n20\n', /^$/],
  ])('%s', async (_, text, note) => {
    expect(noteText(await checked({ format: 'keys' }, text)) ?? '').toMatch(note as RegExp);
  });

  const PAGE = '{"items":[{"userTaskKey":"1"}],"page":{"totalItems":3}}';

  it.each<[string, string[], string]>([
    ['2 tasks, where it is one page of several', [PAGE], '2 tasks'],
    [
      '1 task, where the pages are in files of their own',
      [PAGE, '{"page":{"totalItems":3},"items":[{"userTaskKey":"2"}]}'],
      '1 task',
    ],
    [
      'none, where all pages are in one file',
      ['{"items":[{"userTaskKey":"1"}],"page":{"totalItems":2}}\n'.repeat(2)],
      'none',
    ],
    ['none, where it says no number', ['{"items":[{"userTaskKey":"1"}]}'], 'none'],
  ])('what a saved answer lacks: %s', async (_, pages, lacks) => {
    const note = noteText(await checked({ format: 'json' }, ...pages)) ?? '';
    const [, found = 'none'] = /saved answer is a part: (.*) of the search/.exec(note) ?? [];
    expect(found).toBe(lacks);
  });

  it('how many tasks are left out, since nobody has them', async () => {
    const task = { userTaskKey: A, state: 'CREATED', assignee: 'demo' };
    const items = { items: [task, { ...task, userTaskKey: B, assignee: null }], page: {} };
    const found = await checked({ format: 'json', withAssignee: true }, JSON.stringify(items));
    expect(noteText(found)).toBe('Note: 1 task without an assignee left out.');
    expect(found.examples.map(({ body }) => body)).toEqual([
      `{"userTaskKey":"${A}","expectedAssignee":"demo"}`,
    ]);
  });

  it('how many keys were there before, and that each is sent', async () => {
    const found = await checked({ format: 'keys' }, `${A}\n${A}\n${B}\n`);
    expect(found.requests).toBe(3);
    expect(noteText(found)).toBe(
      'Note: 1 request for a key that was there before; each is sent (unassigning twice does no harm).',
    );
  });
});
