// `camunda-unassign enqueue` as people run it, over the embedded SQS. What arguments, options and lines come to is in
// order.test.ts, check.test.ts and files.test.ts, each without a process.
import { truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { runCli, setSqs, startCli } from '../support/binary.ts';
import { A, B, bodiesSent, bodyOf, C, jsonLines, keysTo } from './requests.ts';

describe('keys that were typed', () => {
  it('are sent without a question', async () => {
    const { tap } = await setSqs();
    const { code, stdout, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A, B]);
    // Where it takes long, it says how far it has come.
    expect({ code, said: stderr.replace(/^sent \d of 2, .*\n/gm, '') }).toEqual({ code: 0, said: '' });
    expect(stdout).toMatch(/^Sent 2 of 2 requests in \d+(\.\d)? s\.\n$/);
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B)]);
  });

  it('are sent with all that the options say', async () => {
    const { tap } = await setSqs();
    const options = ['--delay', '30s', '--group', 'tenant-7', '--expected-assignee', 'demo'];
    const args = ['enqueue', '--queue-url', tap.queueUrl, A, ...options];
    expect(await runCli([...args, '--expires-at', '2099-01-01T00:00:00Z'])).toMatchObject({ code: 0 });
    expect(tap.sentTo(tap.queueUrl)).toEqual([
      expect.objectContaining({
        MessageBody: `{"userTaskKey":"${A}","expiresAt":"2099-01-01T00:00:00.000Z","expectedAssignee":"demo"}`,
        DelaySeconds: 30,
        MessageGroupId: 'tenant-7',
      }),
    ]);
  });
});

describe('a file', () => {
  it('may be one of several, each in the format that its name says', async () => {
    const { tap } = await setSqs();
    const files = [
      ['a.txt', `${A}\n# none\n`],
      ['b.json', JSON.stringify([{ userTaskKey: B }])],
      ['c.csv', `name,userTaskKey\r\n"Ada, first",${C}\r\n`],
    ] as const;
    const paths = await Promise.all(files.map(([name, content]) => temporaryFile(name, content)));
    const args = [
      'enqueue',
      '--queue-url',
      tap.queueUrl,
      '--yes',
      ...paths.flatMap((path) => ['--file', path]),
    ];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A), bodyOf(B), bodyOf(C)]);
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

  it('that is read without sending shows what would be sent', async () => {
    const { tap } = await setSqs();
    const file = await temporaryFile('keys.txt', `${A}\n${B}\n`);
    const args = ['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--dry-run'];
    expect(await runCli(args)).toEqual({
      code: 0,
      stdout: `LINE  BODY\n   1  ${bodyOf(A)}\n   2  ${bodyOf(B)}\n`,
      stderr: `Dry run: would send 2 requests to ${tap.queueUrl}.\n`,
    });
    expect(tap.sends).toEqual([]);
  });
});

it('says so where the file changes while it is read', async () => {
  const { tap } = await setSqs();
  const file = await temporaryFile('keys.txt', keysTo(30_000).join('\n'));
  tap.fault = (_, attempt) => {
    if (attempt === 1) truncateSync(file);
    return undefined;
  };
  const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, '--file', file, '--yes']);
  expect(code).toBe(3);
  expect(stderr).toContain('was changed while it was read: it held 30,000 requests before.');
});

it('ends quietly where nobody reads what it says', async () => {
  const file = await temporaryFile('keys.txt', keysTo(30_000).join('\n'));
  const { child, end } = startCli(['enqueue', '--file', file, '--dry-run', '--output', 'jsonl']);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { code, stderr } = await end;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'Dry run: would send 30,000 requests to the queue.\n',
  });
});
