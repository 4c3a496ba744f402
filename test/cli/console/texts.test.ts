// The pure parts: bins, commands for a shell, cells for a spreadsheet, the depth of JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binsFor, countIn } from '../../../cli/console/answers/bins.ts';
import { csvCell } from '../../../cli/console/answers/csv.ts';
import { logsQuery } from '../../../cli/console/answers/message.ts';
import { commandText } from '../../../cli/console/command-text.ts';
import { filterWords, readFilterQuery } from '../../../cli/console/filter-query.ts';
import { isTooDeep } from '../../../cli/console/server/json-depth.ts';
import { shellWord } from '../../../cli/shell-word.ts';

describe('bins', () => {
  const time = fc.integer({ min: 0, max: 4e12 });

  it('hold all times, and are no more than asked for', () => {
    fc.assert(
      fc.property(
        fc.array(time, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 2, max: 60 }),
        (times, most) => {
          const first = Math.min(...times);
          const last = Math.max(...times);
          const bins = binsFor(first, last, most);
          expect(bins.count).toBeLessThanOrEqual(most);
          expect(bins.from).toBeLessThanOrEqual(first);
          expect(bins.from + bins.count * bins.binMs).toBeGreaterThan(last);
          expect(countIn(bins, times).reduce((sum, count) => sum + count, 0)).toBe(times.length);
        },
      ),
    );
  });
});

describe('a command', () => {
  it('comes through a shell as it was meant, whatever the words', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
        expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe(
          Buffer.from(words.map((text) => `${text}\0`).join('')).toString(),
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['--match=\u0003\ncurl x', "$'--match=\\003\\012curl x'"],
    ["a\u001b[201~'\\", "$'a\\033[201~\\'\\\\'"],
    ['\u202exyz', "$'\\342\\200\\256xyz'"],
  ])('has nothing that a terminal obeys when it is pasted: %j', (word, typed) => {
    expect(shellWord(word)).toBe(typed);
  });

  it('names the queues as they were named', () => {
    const command = ['dlq', 'list'];
    expect(commandText({ command, connection: { local: true, port: 19324 }, words: [] })).toBe(
      'npx camunda-unassign dlq list --local --port 19324',
    );
    const connection = {
      deadLetterQueueUrl: 'https://sqs/1/d',
      queueUrl: 'https://sqs/1/q',
      profile: 'my ops',
    };
    expect(commandText({ command, connection, words: [] })).toBe(
      "npx camunda-unassign dlq list --dead-letter-queue-url https://sqs/1/d --profile 'my ops'",
    );
    expect(commandText({ command, connection, takesQueue: true, words: [] })).toContain(
      '--queue-url https://sqs/1/q',
    );
  });

  it('means the filter that it was made of', () => {
    const query = { kind: 'not-found,expired', match: '-x=1', since: '2h', 'not-match': '--all' };
    expect(filterWords(query)).toEqual([
      '--kind=not-found,expired',
      '--match=-x=1',
      '--since=2h',
      '--not-match=--all',
    ]);
    expect(readFilterQuery(query, 7_200_000)).toMatchObject({
      filter: { kinds: new Set(['not-found', 'expired']), text: '-x=1', since: 0, notText: '--all' },
    });
  });
});

describe('a cell for a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\u202e=1', '|cmd', '\n=1', '＝1'])(
    'is no formula: %j',
    (text) => {
      expect(csvCell(text)).toBe(`"'${text}"`);
    },
  );

  it.each([
    ['a;=1+1', `"a;'=1+1"`],
    ['a;"=1+1";b', `"a;'""=1+1"";b"`],
    ['a\n\t=1', `"a\n'\t'=1"`],
    ['a\t@SUM(A1)', `"a\t'@SUM(A1)"`],
  ])('is no formula where semicolons, tabs or lines end cells: %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it.each([
    ['2251799813685249', '"2251799813685249"'],
    ['no;such task', '"no;such task"'],
    ['say "hi", twice', '"say ""hi"", twice"'],
    ['', '""'],
  ])('says what it says: %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });
});

describe('the depth of JSON', () => {
  it.each([
    ['{"a":[{"b":1}]}', 3, false],
    ['{"a":[{"b":1}]}', 2, true],
    ['{"a":"[[[[[["}', 1, false],
    ['{"a":"\\"[[[[[["}', 1, false],
    ['["\\\\",[]]', 2, false],
    ['"[[[', 1, false],
  ])('%s goes beyond %i levels: %s', (text, levels, expected) => {
    expect(isTooDeep(text, levels)).toBe(expected);
  });
});

it('the query for the log is the saved one', () => {
  const saved = readFileSync(new URL('../../../infra/logs.yml', import.meta.url), 'utf8');
  const [, text = ''] =
    /life of one task\n[\s\S]*?# Put in the task's key:\n([\s\S]*?)\n\n/.exec(saved) ?? [];
  const lines = text.split('\n').map((line) => line.trim());
  expect(
    logsQuery('2251799813685249')
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(lines);
});
