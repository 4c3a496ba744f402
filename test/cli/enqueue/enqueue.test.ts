// `camunda-unassign enqueue` as people run it, over the embedded SQS.
import { once } from 'node:events';
import { existsSync, truncateSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../infra/local/eventually.ts';
import { startProxy } from '../../support/proxy.ts';
import type { SentEntry, SqsTap } from '../../support/sqs-tap.ts';
import { runCli, setSqs, startCli, temporaryFile, temporaryFolder } from '../support/binary.ts';

const A = '2251799813685249';
const B = '2251799813685250';
const C = '2251799813685251';

const bodyOf = (userTaskKey: string) => JSON.stringify({ userTaskKey });
const keyOf = ({ MessageBody }: Pick<SentEntry, 'MessageBody'>): string =>
  JSON.parse(MessageBody).userTaskKey;
const keys = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const jsonLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Bodies in the order of their keys: batches under way at once may overtake each other. */
function bodiesSent(tap: SqsTap): string[] {
  const entries = tap.sentTo(tap.queueUrl);
  return entries.map(({ MessageBody }) => MessageBody).sort();
}

/** Makes SQS refuse the messages with these keys. */
function refuse(tap: SqsTap, refused: readonly string[]): void {
  tap.fault = ({ entries }) => {
    const ids = entries.filter((entry) => refused.includes(keyOf(entry))).map(({ Id }) => Id);
    if (ids.length === 0) return undefined;
    return { kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true };
  };
}

describe('keys that were typed', () => {
  it('are sent without a question', async () => {
    const { tap } = await setSqs();
    const { code, stdout, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A, B]);
    // Where it takes long, it says how far it has come.
    expect({ code, said: stderr.replace(/^sent \d of 2, .*\n/gm, '') }).toEqual({ code: 0, said: '' });
    expect(stdout).toMatch(/^Sent 2 of 2 requests in \d+(\.\d)? s\.\n$/);
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('are no work of a spreadsheet, whatever they end in', async () => {
    const { stderr } = await runCli(['enqueue', '--local', '--dry-run', '2251799813685250']);
    expect(stderr).toMatch(/^Dry run: would send 1 request to [^\n]*\n$/);
  });

  it('are not sent where one of them is none', async () => {
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A, 'Ada']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^argument 2: userTaskKey: expected .* got the string "Ada"\n/);
    expect(stderr).toContain('Nothing was sent.');
    expect(tap.sends).toEqual([]);
  });
});

describe('options', () => {
  it.each<[string, string[], Partial<SentEntry>]>([
    ['--delay', ['--delay', '30s'], { DelaySeconds: 30 }],
    ['--group', ['--group', 'tenant-7'], { MessageGroupId: 'tenant-7' }],
    [
      '--expires-at',
      ['--expires-at', '2099-01-01T00:00:00+01:00'],
      { MessageBody: `{"userTaskKey":"${A}","expiresAt":"2098-12-31T23:00:00.000Z"}` },
    ],
    [
      '--expected-assignee',
      ['--expected-assignee', 'demo'],
      { MessageBody: `{"userTaskKey":"${A}","expectedAssignee":"demo"}` },
    ],
  ])('%s', async (_, options, entry) => {
    const { tap } = await setSqs();
    expect(await runCli(['enqueue', '--queue-url', tap.queueUrl, A, ...options])).toMatchObject({ code: 0 });
    expect(tap.sentTo(tap.queueUrl)).toEqual([expect.objectContaining(entry)]);
  });

  it('--expires-in holds for requests without a time of their own', async () => {
    const { tap } = await setSqs();
    const before = Date.now();
    const own = `{"userTaskKey":"${B}","expiresAt":"2099-01-01T00:00:00Z"}`;
    const file = await temporaryFile('x.jsonl', `{"userTaskKey":"${A}"}\n${own}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--expires-in', '2h'];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    const [a = '', b] = bodiesSent(tap);
    const expiresAt = Date.parse(JSON.parse(a).expiresAt);
    expect(expiresAt).toBeGreaterThanOrEqual(before + 7_200_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 7_200_000);
    expect(b).toBe(own);
  });

  it('--expected-assignee holds for requests without one of their own', async () => {
    const { tap } = await setSqs();
    const own = `{"userTaskKey":"${B}","expectedAssignee":"anna"}`;
    const timed = { userTaskKey: C, expiresAt: '2099-01-01T00:00:00Z' };
    const lines = [bodyOf(A), own, JSON.stringify(timed)];
    const file = await temporaryFile('x.jsonl', lines.join('\n'));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes'];
    expect(await runCli([...args, '--expected-assignee', 'demo'])).toMatchObject({ code: 0 });
    expect(bodiesSent(tap).map((body) => JSON.parse(body))).toEqual([
      { userTaskKey: A, expectedAssignee: 'demo' },
      JSON.parse(own),
      { ...timed, expectedAssignee: 'demo' },
    ]);
  });

  it.each<[string, string[], RegExp]>([
    [
      'a delay as long as the requests live',
      [A, '--delay', '15m', '--expires-in', '1m'],
      /would expire before --delay ends/,
    ],
    ['a column without a CSV', ['--file', 'x.txt', '--column', 'Key'], /--column names the column/],
    ['a column without a file', [A, '--column', 'Key'], /--column is about --file/],
    [
      'a line of several files',
      ['--file', 'a', '--file', 'b', '--from-line', '2'],
      /--from-line is about one file/,
    ],
    [
      'assignees of a file of keys',
      ['--file', 'a.txt', '--with-assignee'],
      /--with-assignee needs files with tasks/,
    ],
    ['stdin twice', ['--file', '-', '--file', '-'], /stdin can be read once/],
    ['an empty guard', [A, '--expected-assignee', ''], /expectedAssignee: .*, got an empty string/],
    ['keys and a file', [A, '--file', 'x'], /either keys, or --file/],
    ['nothing', [], /Nothing to enqueue/],
    ['--format without a file', [A, '--format', 'csv'], /goes with it/],
    [
      'two ways to expire',
      [A, '--expires-in', '2h', '--expires-at', '2099-01-01T00:00:00Z'],
      /cannot be used/,
    ],
    ['a time that has passed', [A, '--expires-at', '2020-01-01T00:00:00Z'], /has passed already/],
    ['a delay that SQS does not know', [A, '--delay', '1h'], /at most 15 minutes/],
    ['a file that is not there', ['--file', '/does/not/exist'], /no such file/],
    ['a directory', ['--file', '/'], /directory/],
  ])('refuses %s', async (_, args, problem) => {
    const { code, stderr, stdout } = await runCli(['enqueue', '--local', '--yes', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });

  it('--dry-run sends nothing, and shows what would be sent', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', `${A}\n${B}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--dry-run', '--group', 'g'];
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(0);
    expect(stdout).toBe(`LINE  BODY\n   1  ${bodyOf(A)}\n   2  ${bodyOf(B)}\n`);
    expect(stderr).toBe(`Dry run: would send 2 requests to ${tap.queueUrl}.\n`);
    const lines = await runCli([...args, '--output', 'jsonl']);
    expect(jsonLines(lines.stdout)).toEqual(
      [A, B].map((key) => ({ body: bodyOf(key), messageGroupId: 'g' })),
    );
    const whole = await runCli([...args, '--output', 'json']);
    expect(JSON.parse(whole.stdout)).toMatchObject({ messages: jsonLines(lines.stdout), requests: 2 });
    expect(tap.sends).toEqual([]);
  });

  it('--dry-run and --failed-to show and keep who must have the task', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A]);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--expected-assignee', 'demo', A];
    const dry = await runCli([...args, '--dry-run', '--output', 'jsonl']);
    await runCli([...args, '--failed-to', failed]);
    const body = `{"userTaskKey":"${A}","expectedAssignee":"demo"}`;
    expect([jsonLines(dry.stdout), jsonLines(await readFile(failed, 'utf8'))]).toMatchObject([
      [{ body }],
      [{ body, code: 'InvalidMessageContents' }],
    ]);
  });

  it.each<[string, string, number]>([
    ['a bad line', `${A}\nAda\n`, 2],
    ['nothing but comments', '# none\n', 0],
  ])('--dry-run of %s', async (_, content, code) => {
    const file = await temporaryFile('keys.txt', content);
    expect(await runCli(['enqueue', '--file', file, '--dry-run'])).toMatchObject({ code });
  });
});

describe('a file', () => {
  it.each<[string, string]>([
    ['keys.txt', `${A}\n# none\n\n${B}\n`],
    ['keys.csv', `name,userTaskKey\r\n"Ada, first",${A}\r\nx,${B}\r\n`],
    ['keys.jsonl', `{"userTaskKey":"${A}"}\n${JSON.stringify({ body: bodyOf(B) })}\n`],
  ])('%s is sent', async (name, content) => {
    const { tap } = await setSqs();
    const file = await temporaryFile(name, content);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes'];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('may be stdin, in any format', async () => {
    const { tap } = await setSqs();
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', '-', '--format', 'csv', '--yes'];
    expect(await runCli(args, { stdin: `userTaskKey\n${A}\n` })).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A)]);
  });

  it('is not sent without a yes, where there is no terminal to ask on', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', `${A}\n${B}\n`);
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `Send 2 requests to ${tap.queueUrl}? There is no terminal to ask this on: --yes answers it.\n`,
    );
    expect(tap.sends).toEqual([]);
  });

  it('that is stdin is not sent without a yes, since nobody can answer', async () => {
    const { tap } = await setSqs();
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', '-'];
    const { code, stderr } = await runCli(args, { stdin: `${A}\n` });
    expect(code).toBe(2);
    expect(stderr).toContain('? stdin is the input, and cannot answer: --yes does.');
    expect(tap.sends).toEqual([]);
  });

  it('is not sent where lines of it are bad, and the first of them are told', async () => {
    const { tap } = await setSqs();
    const bad = Array.from({ length: 25 }, (_, index) => `bad${index}`);
    const file = await temporaryFile('keys.txt', [A, ...bad, B].join('\n'));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes'];
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/keys\.txt:2: userTaskKey: expected .* got the string "bad0"$/);
    expect(lines[19]).toMatch(/keys\.txt:21: /);
    expect(lines.slice(20)).toEqual([
      '… and 5 lines more',
      '25 of 27 lines are invalid.',
      'Nothing was sent. --skip-invalid sends the others.',
    ]);
    expect(tap.sends).toEqual([]);
  });

  it('is sent but for its bad lines with --skip-invalid', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', `${A}\nAda\n${B}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--skip-invalid'];
    const { code, stdout } = await runCli(args);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Sent 2 of 2 requests in .*; 1 line skipped\.\n$/);
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('may be one of several', async () => {
    const { tap } = await setSqs();
    const first = await temporaryFile('a.txt', `${A}\n`);
    const second = await temporaryFile('b.json', JSON.stringify([{ userTaskKey: B }]));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', first, '--file', second, '--yes'];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('is named beside its line where it is one of several', async () => {
    const { tap } = await setSqs();
    const first = await temporaryFile('a.txt', `${A}\n`);
    const second = await temporaryFile('b.txt', `${B}\nAda\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', first, '--file', second, '--yes'];
    const { code, stdout, stderr } = await runCli([...args, '--skip-invalid', '--output', 'jsonl']);
    expect(code).toBe(3);
    expect(stderr).toContain(`${second}:2: userTaskKey: expected`);
    expect(jsonLines(stdout)).toEqual([expect.objectContaining({ file: second, line: 2, state: 'invalid' })]);
  });

  it('is read from the line that is asked for', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', `Ada\n${A}\n${B}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--from-line', '3'];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(B)]);
  });

  it('has its invalid lines kept, and takes them again once they are corrected', async () => {
    const { tap } = await setSqs();
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const file = await temporaryFile('keys.csv', `userTaskKey;expiresAt\n${A}\nAda;2099-01-01T00:00:00Z\n`);
    const to = ['enqueue', '--queue-url', tap.queueUrl, '--yes'];
    const first = await runCli([...to, '--file', file, '--skip-invalid', '--failed-to', failed]);
    expect(first.code).toBe(3);
    expect(first.stderr).toContain('--file takes it again, invalid lines once their bodies are corrected.');
    const kept = await readFile(failed, 'utf8');
    expect(jsonLines(kept)).toEqual([
      {
        body: '{"userTaskKey":"Ada","expiresAt":"2099-01-01T00:00:00Z"}',
        line: 3,
        code: 'Invalid',
        message: expect.stringContaining('got the string "Ada"'),
        retryable: false,
      },
    ]);
    const corrected = await temporaryFile('corrected.jsonl', kept.replace('Ada\\"', `${B}\\"`));
    expect(await runCli([...to, '--file', corrected])).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A), `{"userTaskKey":"${B}","expiresAt":"2099-01-01T00:00:00Z"}`]);
  });

  it('whose keys a spreadsheet may have rounded makes it ask with that', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', '2251799813685240\n2251799813685250\n17\n');
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('Warning: every key of 16 or more digits ends in 0');
    expect(stderr).toContain(', although the keys look rounded');
    expect(tap.sends).toEqual([]);
  });

  it.each([
    ['a CSV without the column', 'more.csv', 'key\n7\n', /more\.csv: A CSV needs a first line with column/],
    ['JSON that is cut off', 'more.json', '[{"userTaskKey":"7"},', /more\.json: After item 1: expected JSON/],
    ['a workbook', 'more.txt', 'PK\u0003\u0004 xl/workbook.xml', /more\.txt: this is an Excel workbook/],
  ])('beside others is named where it is %s', async (_, name, content, said) => {
    const files = [
      '--file',
      await temporaryFile('keys.txt', A),
      '--file',
      await temporaryFile(name, content),
    ];
    const { code, stderr } = await runCli(['enqueue', '--local', ...files, '--dry-run']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(said) });
  });

  it.each<[string, string[], string]>([
    ['is one page of several', ['{"items":[{"userTaskKey":"1"}],"page":{"totalItems":3}}'], '2 tasks'],
    [
      'lacks a page, the others being in files of their own',
      [
        '{"items":[{"userTaskKey":"1"}],"page":{"totalItems":3}}',
        '{"page":{"totalItems":3},"items":[{"userTaskKey":"2"}]}',
      ],
      '1 task',
    ],
    ['has all pages', ['{"items":[{"userTaskKey":"1"}],"page":{"totalItems":2}}\n'.repeat(2)], 'none'],
    ['says no number', ['{"items":[{"userTaskKey":"1"}]}'], 'none'],
  ])('warns of what a saved answer lacks that %s', async (_, pages, lacks) => {
    const paths = await Promise.all(pages.map((page) => temporaryFile('tasks.json', page)));
    const args = ['enqueue', '--local', '--dry-run', ...paths.flatMap((path) => ['--file', path])];
    const { code, stderr } = await runCli(args);
    const [, found = 'none'] = /saved answer is a part: (.*) of the search/.exec(stderr) ?? [];
    expect({ code, found }).toEqual({ code: 0, found: lacks });
  });

  it('has the tasks that nobody has left out and counted', async () => {
    const { tap } = await setSqs();
    const task = { userTaskKey: A, state: 'CREATED', assignee: 'demo' };
    const items = { items: [task, { ...task, userTaskKey: B, assignee: null }], page: {} };
    const file = await temporaryFile('tasks.json', JSON.stringify(items));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--with-assignee', '--yes'];
    const { code, stderr } = await runCli(args);
    expect({ code, said: stderr.includes('Note: 1 task without an assignee left out.') }).toEqual({
      code: 0,
      said: true,
    });
    expect(bodiesSent(tap)).toEqual([`{"userTaskKey":"${A}","expectedAssignee":"demo"}`]);
  });

  it.each([
    ['JSON lines', `{"userTaskKey":"${A}"}\n`, 'For JSON lines, use --format jsonl.'],
    ['a CSV', `userTaskKey\n${A}\n`, 'For a CSV, use --format csv.'],
  ])('that is %s and does not say so is told how to', async (_, stdin, tip) => {
    const { code, stderr } = await runCli(['enqueue', '--local', '--file', '-', '--yes'], { stdin });
    expect(code).toBe(2);
    expect(stderr).toContain(tip);
  });

  it('of several is named beside each of its lines', async () => {
    const names = ['a.txt', 'b.txt'];
    const paths = await Promise.all(names.map((name) => temporaryFile(name, '7\n')));
    const args = ['enqueue', '--local', '--dry-run', ...paths.flatMap((path) => ['--file', path])];
    const { stdout } = await runCli(args);
    expect(stdout.match(/[ab]\.txt:1 /g)).toEqual(['a.txt:1 ', 'b.txt:1 ']);
  });

  it('with a rounded key is not taken for a CSV, whatever comma it has', async () => {
    const { stderr } = await runCli(['enqueue', '--local', '--file', '-', '--yes'], {
      stdin: '2,2518E+15\n',
    });
    expect(stderr).not.toContain('--format csv');
  });

  it('without a request in it is nothing to do', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', '# none today\n');
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Nothing was sent: there are no requests.\n' });
  });

  it('has its repetitions noted, and what would expire before it is seen is invalid', async () => {
    const { tap } = await setSqs();
    const old = `{"userTaskKey":"${B}","expiresAt":"2020-01-01T00:00:00Z"}`;
    const file = await temporaryFile('x.jsonl', `${bodyOf(A)}\n${bodyOf(A)}\n${old}\n`);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--skip-invalid'];
    const { code, stderr } = await runCli([...args, '--failed-to', failed]);
    expect(code).toBe(3);
    expect(stderr).toContain('Note: 1 request for a key that was there before; each is sent');
    expect(stderr).toContain(
      ':3: expiresAt: expected a time in the future, got "2020-01-01T00:00:00Z"\n1 of 3 lines is invalid.',
    );
    expect(bodiesSent(tap)).toHaveLength(2);
    expect(jsonLines(await readFile(failed, 'utf8'))).toMatchObject([{ body: old, line: 3 }]);
  });
});

describe('requests that SQS refuses', () => {
  it('are told, counted, and the others sent', async () => {
    const { tap } = await setSqs();
    refuse(tap, [B]);
    const { code, stdout } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A, B, C]);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^LINE {2}KEY +CODE +WHY\n +2 {2}2251799813685250 {2}InvalidMessageContents {2}failed by the test\nSent 2 of 3 requests in .*; 1 failed\.\n$/,
    );
  });

  it('come with code 1 where none was sent', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A, B]);
    expect(await runCli(['enqueue', '--queue-url', tap.queueUrl, A, B])).toMatchObject({ code: 1 });
  });

  it('are rows of JSON, beside the bad lines', async () => {
    const { tap } = await setSqs();
    refuse(tap, [B]);
    const file = await temporaryFile('keys.txt', `${A}\nAda\n${B}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--skip-invalid'];
    const rows = [
      {
        line: 2,
        state: 'invalid',
        userTaskKey: null,
        code: 'Invalid',
        message: expect.stringContaining('"Ada"'),
        retryable: false,
      },
      {
        line: 3,
        state: 'failed',
        userTaskKey: B,
        code: 'InvalidMessageContents',
        message: 'failed by the test',
        retryable: false,
      },
    ];
    const lines = await runCli([...args, '--output', 'jsonl']);
    expect(lines.code).toBe(3);
    expect(jsonLines(lines.stdout)).toEqual(rows);
    expect(lines.stderr).toMatch(/Sent 1 of 2 requests/);
    const whole = await runCli([...args, '--output', 'json']);
    expect(JSON.parse(whole.stdout)).toEqual({
      failed: rows,
      requests: 2,
      sent: 1,
      failedCount: 1,
      invalidCount: 1,
      notSentCount: 0,
      interrupted: false,
      seconds: expect.any(Number),
    });
  });

  it('go to a file that is accepted again, whole', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A, B]);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const message = {
      body: `{ "userTaskKey": "${A}" }`,
      attributes: {
        tenant: { dataType: 'String', stringValue: 'a' },
        hash: { dataType: 'Binary.x', binaryValue: 'AAEC' },
      },
      messageGroupId: 'own',
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    };
    const content = [message, { userTaskKey: B }, { userTaskKey: C }]
      .map((line) => JSON.stringify(line))
      .join('\n');
    const file = await temporaryFile('x.jsonl', content);
    const to = ['enqueue', '--queue-url', tap.queueUrl, '--yes'];
    const first = await runCli([...to, '--file', file, '--failed-to', failed, '--group', 'default']);
    expect(first.code).toBe(3);
    expect(first.stderr).toContain(`What was not sent is in ${failed}; --file takes it again.`);
    const why = { code: 'InvalidMessageContents', message: 'failed by the test', retryable: false };
    expect(jsonLines(await readFile(failed, 'utf8'))).toEqual([
      { ...message, line: 1, ...why },
      { body: bodyOf(B), messageGroupId: 'default', line: 2, ...why },
    ]);

    tap.fault = undefined;
    tap.sends.length = 0;
    expect(await runCli([...to, '--file', failed])).toMatchObject({ code: 0 });
    expect(tap.sentTo(tap.queueUrl)).toEqual([
      expect.objectContaining({
        MessageBody: message.body,
        MessageGroupId: 'own',
        MessageAttributes: {
          tenant: { DataType: 'String', StringValue: 'a' },
          hash: { DataType: 'Binary.x', BinaryValue: 'AAEC' },
        },
        MessageSystemAttributes: {
          AWSTraceHeader: expect.objectContaining({ StringValue: message.traceHeader }),
        },
      }),
      expect.objectContaining({ MessageBody: bodyOf(B), MessageGroupId: 'default' }),
    ]);
  });

  it('are in a file for its owner alone', async () => {
    const { tap } = await setSqs();
    refuse(tap, [A]);
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    await runCli(['enqueue', '--queue-url', tap.queueUrl, A, '--failed-to', failed]);
    expect(((await stat(failed)).mode & 0o777).toString(8)).toBe('600');
  });

  it('never overwrite a file', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('failed.jsonl', `${bodyOf(A)}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--failed-to', file, '--yes'];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--failed-to .*there already/);
    expect(await readFile(file, 'utf8')).toBe(`${bodyOf(A)}\n`);
    expect(tap.sends).toEqual([]);
  });

  it('are told of where the disk is full, and nothing more is sent', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', keys(9999).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    // Of each batch one is taken, or there would be no hope for the others.
    tap.fault = ({ entries }) => {
      const ids = entries.slice(1).map(({ Id }) => Id);
      return { kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true };
    };
    // At most 25 or 50 KiB for one file: what a shell's block is depends on the shell.
    const shell = `trap '' XFSZ; ulimit -f 50; exec "$@"`;
    const { code, stdout, stderr } = await runCli(['enqueue', ...args, '--output', 'json'], { shell });
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(
      /--failed-to .*EFBIG.*\n.*\n.*\n.*failed\.jsonl lacks some of what was not sent\./,
    );
    const told = JSON.parse(stdout);
    expect(told.failed).toHaveLength(told.failedCount);
    expect(told.sent + told.failedCount).toBeLessThan(9999);
    expect(tap.sends.length).toBeLessThan(1000);
  });

  it.skipIf(!existsSync('/dev/full'))('are counted where stdout takes no more', async () => {
    const { tap } = await setSqs();
    refuse(tap, [B]);
    const shell = 'exec "$@" > /dev/full';
    for (const output of ['table', 'json', 'jsonl']) {
      const args = ['enqueue', '--queue-url', tap.queueUrl, A, B, '--output', output];
      const { code, stderr } = await runCli(args, { shell });
      expect(code).toBe(3);
      expect(stderr).toMatch(/^Stopped by an error: .*ENOSPC.*\nSent 1 of 2 requests in .*; 1 failed\./m);
    }
  });

  it('leave no file where there are none', async () => {
    const { tap } = await setSqs();
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', '--queue-url', tap.queueUrl, A, '--failed-to', failed];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(existsSync(failed)).toBe(false);
  });

  it('are sent again where it was a fault that passes, the first one too', async () => {
    const { tap } = await setSqs();
    tap.fault = ({ entries }, attempt) =>
      attempt > 4
        ? undefined
        : {
            kind: 'failed-entries',
            ids: entries.map(({ Id }) => Id),
            code: 'InternalError',
            senderFault: false,
          };
    const args = ['enqueue', '--queue-url', tap.queueUrl, A, B];
    const { code, stdout } = await runCli(args);
    expect(code, stdout).toBe(0);
    expect(tap.sends.length).toBeGreaterThan(4);
  });

  it('for a reason that holds for all are not tried by the thousand', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'error', status: 403, type: 'AccessDeniedException', sent: false });
    const file = await temporaryFile('keys.txt', keys(1000).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Sent 0 of 1,000 requests in .*; 1 failed; 999 not tried\./);
    expect(stderr).toMatch(/Permission denied\..*ProducerPolicy/);
    expect(tap.sends).toHaveLength(1);
    expect(jsonLines(await readFile(failed, 'utf8')).map(({ body }) => JSON.parse(body).userTaskKey)).toEqual(
      keys(1000),
    );
  });
});

describe('an interrupt', () => {
  it('says from which line to go on, and that misses none', async () => {
    const { tap } = await setSqs();
    const all = keys(2000);
    const file = await temporaryFile('keys.txt', all.join('\n'));
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes'];
    let stop: () => void = () => undefined;
    tap.fault = (_, attempt) => {
      if (attempt === 9) stop();
      return undefined;
    };
    const { child, end } = startCli(args);
    stop = () => child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    const [, line = ''] = /Go on with --from-line (\d+);/.exec(stderr) ?? [];
    expect(await runCli([...args, '--from-line', line])).toMatchObject({ code: 0 });
    expect(new Set(tap.sentTo(tap.queueUrl).map(keyOf))).toEqual(new Set(all));
  });

  it.each([1, 2, 9, 40])('at send %i loses nothing, and says what was done', async (when) => {
    const { tap } = await setSqs();
    const all = keys(2000);
    const file = await temporaryFile('keys.txt', all.join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = [
      '--queue-url',
      tap.queueUrl,
      '--file',
      file,
      '--yes',
      '--failed-to',
      failed,
      '--output',
      'json',
    ];
    let stop: () => void = () => undefined;
    tap.fault = (_, attempt) => {
      if (attempt === when) stop();
      return undefined;
    };
    const { child, end } = startCli(['enqueue', ...args]);
    stop = () => child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect(code, stderr).toBe(130);
    const told = JSON.parse(stdout);
    const kept = jsonLines(await readFile(failed, 'utf8')).map(({ body }) => JSON.parse(body).userTaskKey);
    const sent = tap.sentTo(tap.queueUrl).map(keyOf);
    expect(told).toMatchObject({ interrupted: true, notSentCount: kept.length - told.failedCount });
    expect(told.sent + told.failedCount + told.notSentCount).toBe(2000);
    expect(new Set([...sent, ...kept])).toEqual(new Set(all));
    expect(stderr).toMatch(/Interrupted: sent [\d,]+ of 2,000 requests/);
  });

  it('during the first send says that it may have been sent', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'hang', sent: true });
    const file = await temporaryFile('keys.txt', keys(3).join('\n'));
    const failed = join(await temporaryFolder(), 'failed.jsonl');
    const args = ['--queue-url', tap.queueUrl, '--file', file, '--yes', '--failed-to', failed];
    const { child, end } = startCli(['enqueue', ...args]);
    await eventually(() => expect(tap.sends).toHaveLength(1));
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/Interrupted: sent 0 of 3 requests in .*; 1 failed; 2 not tried\./);
    const codes = jsonLines(await readFile(failed, 'utf8')).map((kept) => kept.code);
    expect(codes).toEqual(['InDoubt', 'NotSent', 'NotSent']);
  });

  it('ends a dry run, too', async () => {
    const file = await temporaryFile('keys.txt', keys(300_000).join('\n'));
    const { child, stdout, end } = startCli(['enqueue', '--file', file, '--dry-run', '--output', 'jsonl']);
    await eventually(() => expect(stdout()).not.toBe(''));
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted: nothing was sent.');
    expect(jsonLines(stdout()).length).toBeLessThan(300_000);
  });

  it('by SIGTERM is the same', async () => {
    const { tap } = await setSqs();
    let stop: () => void = () => undefined;
    tap.fault = () => {
      stop();
      return undefined;
    };
    const file = await temporaryFile('keys.txt', keys(100).join('\n'));
    const { child, end } = startCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes']);
    stop = () => child.kill('SIGTERM');
    expect(await end).toMatchObject({
      code: 130,
      stdout: expect.stringMatching(/^Interrupted: sent \d+ of 100 requests .*; \d+ not tried\.\n$/),
    });
  });

  it('for the second time ends it at once', async () => {
    const { tap } = await setSqs();
    tap.fault = () => ({ kind: 'hang', sent: false });
    const { child, stderr, end } = startCli(['enqueue', '--queue-url', tap.queueUrl, A]);
    await eventually(() => expect(tap.sends).toHaveLength(1));
    child.kill('SIGINT');
    await eventually(() => expect(stderr()).toContain('Ctrl-C again stops at once.'));
    // What comes sooner is taken for the same key, passed on by npx.
    await pause(600);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stdout: '' });
  });
});

it('says so where the file changes while it is read', async () => {
  const { tap } = await setSqs();
  const file = await temporaryFile('keys.txt', keys(30_000).join('\n'));
  tap.fault = (_, attempt) => {
    if (attempt === 1) truncateSync(file);
    return undefined;
  };
  const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes']);
  expect(code).toBe(3);
  expect(stderr).toContain('was changed while it was read: it held 30,000 requests before.');
});

it('ends quietly where nobody reads what it says', async () => {
  const file = await temporaryFile('keys.txt', keys(30_000).join('\n'));
  const { child, end } = startCli(['enqueue', '--file', file, '--dry-run', '--output', 'jsonl']);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { code, stderr } = await end;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'Dry run: would send 30,000 requests to the queue.\n',
  });
});

describe('which queue', () => {
  it('must be said', async () => {
    const { code, stderr } = await runCli(['enqueue', A]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^No queue given\. Use one of:.*--stage.*--queue-url.*--local/s);
  });

  it('may be said by the environment', async () => {
    const { tap } = await setSqs();
    const environment = { UNASSIGN_QUEUE_URL: tap.queueUrl };
    expect(await runCli(['enqueue', A], { environment })).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A)]);
  });

  it('is that of the local system with --local, without credentials', async () => {
    const { sqs } = await setSqs();
    const args = ['enqueue', '--local', '--port', new URL(sqs.endpoint).port, A];
    const environment = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_REGION: undefined,
    };
    expect(await runCli(args, { environment })).toMatchObject({ code: 0 });
  });

  it('is reached by FIPS and through the proxy, as the environment says', async () => {
    const proxy = await startProxy(403);
    const environment = { AWS_USE_FIPS_ENDPOINT: 'true', HTTPS_PROXY: proxy.url };
    const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/unassign';
    const { code, stderr } = await runCli(['enqueue', '--queue-url', queueUrl, A], { environment });
    expect(code).toBe(1);
    expect(stderr).toContain('The proxy makes no connection (403): check HTTPS_PROXY');
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT sqs-fips.us-east-1.amazonaws.com:443']));
  });

  it('is not looked for where a proxy is none', async () => {
    const environment = { HTTPS_PROXY: 'http://name:a-password@ proxy' };
    const { code, stderr } = await runCli(
      ['enqueue', '--queue-url', 'https://sqs.us-east-1.amazonaws.com/1/x', A],
      {
        environment,
      },
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "The environment variable HTTPS_PROXY: expected a proxy's address such as http://proxy:3128.\n",
    });
  });

  it('of --local that does not run is told', async () => {
    const { sqs } = await setSqs();
    await sqs.close();
    const { code, stderr } = await runCli(['enqueue', '--local', '--port', new URL(sqs.endpoint).port, A]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is `npm start` running\?/);
  });

  it('that does not exist is told', async () => {
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', `${tap.queueUrl}-not`, A]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no such queue in us-east-1/);
    expect(stderr).not.toMatch(/endpoint|\n\s+at /);
  });

  it('is found by the stage, in the region and with the credentials of a profile', async () => {
    const { tap } = await setSqs();
    const ssm = await startParameterStore({ '/camunda-unassign/prod/queue-url': tap.queueUrl });
    const profiles = '[profile ops]\nregion=eu-west-3\naws_access_key_id=OPS\naws_secret_access_key=x\n';
    const environment = {
      AWS_CONFIG_FILE: await temporaryFile('config', profiles),
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ENDPOINT_URL_SQS: new URL(tap.queueUrl).origin,
      AWS_REGION: undefined,
    };
    const stage = ['enqueue', A, '--stage', 'prod'];
    expect(await runCli([...stage, '--profile', 'ops'], { environment })).toMatchObject({ code: 0 });
    expect(await runCli([...stage, '--region', 'eu-north-1'], { environment })).toMatchObject({ code: 0 });
    expect(ssm.authorizations).toEqual([
      expect.stringMatching(/Credential=OPS\/\d+\/eu-west-3\/ssm/),
      expect.stringMatching(/Credential=test\/\d+\/eu-north-1\/ssm/),
    ]);
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(A)]);
  });

  it('of a stage that is not deployed is told', async () => {
    const ssm = await startParameterStore({});
    const environment = { AWS_ENDPOINT_URL_SSM: ssm.url };
    const { code, stderr } = await runCli(['enqueue', A, '--stage', 'prod'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no such stage in us-east-1.*Is it deployed\?/);
  });

  it.each<[string, Record<string, undefined>, RegExp]>([
    [
      'credentials',
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      /^No AWS credentials: say --profile/,
    ],
    ['a region', { AWS_REGION: undefined }, /^No AWS region: say --region/],
  ])('cannot be reached without %s', async (_, environment, words) => {
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
  });
});

/** As much of SSM as GetParameter needs (Systems Manager API reference). */
async function startParameterStore(parameters: Readonly<Record<string, string>>) {
  const authorizations: IncomingHttpHeaders['authorization'][] = [];
  const server = createServer(async (request, response) => {
    authorizations.push(request.headers.authorization);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { Name } = JSON.parse(Buffer.concat(chunks).toString());
    const Value = parameters[Name];
    response.writeHead(Value === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(Value === undefined ? { __type: 'ParameterNotFound' } : { Parameter: { Name, Value } }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authorizations };
}
