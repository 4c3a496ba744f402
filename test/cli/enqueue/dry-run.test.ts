// What `enqueue` shows and says where it sends nothing: a dry run, and input that is refused. The whole command, in the
// test's own process.
import { describe, expect, it } from 'vitest';
import { temporaryFile } from '../../support/temporary-files.ts';
import { runIn } from '../support/surroundings.ts';
import { A, B, bodyOf, jsonLines, keysTo } from './requests.ts';

const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign';

/** Runs `enqueue` where stdin says that. */
const enqueue = (args: readonly string[], stdin = '') => runIn({ stdin }, ['enqueue', ...args]);

describe('a dry run', () => {
  const ARGS = ['--queue-url', QUEUE_URL, '--file', '-', '--dry-run', '--group', 'g'];
  const KEYS = `${A}\n${B}\n`;
  const MESSAGES = [A, B].map((key) => ({ body: bodyOf(key), messageGroupId: 'g' }));

  it('shows a table of what would be sent, and says where', async () => {
    expect(await enqueue(ARGS, KEYS)).toEqual({
      code: 0,
      stdout: `LINE  BODY\n   1  ${bodyOf(A)}\n   2  ${bodyOf(B)}\n`,
      stderr: `Dry run: would send 2 requests to ${QUEUE_URL}.\n`,
    });
  });

  it('shows lines of JSON that --file accepts', async () => {
    const { stdout } = await enqueue([...ARGS, '--output', 'jsonl'], KEYS);
    expect(jsonLines(stdout)).toEqual(MESSAGES);
  });

  it('shows one JSON of all', async () => {
    const { stdout } = await enqueue([...ARGS, '--output', 'json'], KEYS);
    expect(JSON.parse(stdout)).toEqual({ messages: MESSAGES, requests: 2, invalidCount: 0 });
  });

  it('shows people the first twenty of many, and says how many more there are', async () => {
    const { stdout, stderr } = await enqueue(ARGS, keysTo(23).join('\n'));
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`  20  ${bodyOf('20')}`);
    expect(stderr).toMatch(/^… and 3 requests more\nDry run: would send 23 requests /);
  });

  it('shows a pipe all of many', async () => {
    const { stdout } = await enqueue([...ARGS, '--output', 'jsonl'], keysTo(23).join('\n'));
    expect(jsonLines(stdout)).toHaveLength(23);
  });

  it('shows who must have the task', async () => {
    const args = [A, '--expected-assignee', 'demo', '--dry-run', '--output', 'jsonl'];
    const { stdout } = await enqueue(args);
    expect(jsonLines(stdout)).toEqual([{ body: `{"userTaskKey":"${A}","expectedAssignee":"demo"}` }]);
  });

  it('names the file beside each line where there are several', async () => {
    const paths = await Promise.all(['a.txt', 'b.txt'].map((name) => temporaryFile(name, '7\n')));
    const { stdout } = await enqueue(['--local', '--dry-run', ...paths.flatMap((path) => ['--file', path])]);
    expect(stdout.match(/[ab]\.txt:1 /g)).toEqual(['a.txt:1 ', 'b.txt:1 ']);
  });

  it('takes no keys that were typed for work of a spreadsheet, whatever they end in', async () => {
    expect(await enqueue([B, '--local', '--dry-run'])).toMatchObject({
      stderr: expect.stringMatching(/^Dry run: would send 1 request to [^\n]*\n$/),
    });
  });

  it('says of a file that a spreadsheet may have rounded its keys', async () => {
    const { stderr } = await enqueue(['--file', '-', '--dry-run'], `${B}\n`);
    expect(stderr).toMatch(/^Warning: every key of 16 or more digits ends in 0/);
  });

  it.each<[string, string, string[], number, string]>([
    ['a bad line', `${A}\nAda\n`, [], 2, 'Dry run: nothing would be sent.'],
    ['a bad line that is skipped', `${A}\nAda\n`, ['--skip-invalid'], 3, 'Dry run: would send 1 request '],
    ['bad lines alone, skipped', 'Ada\n', ['--skip-invalid'], 1, 'Dry run: would send 0 requests '],
    ['nothing but comments', '# none\n', [], 0, 'Dry run: would send 0 requests '],
  ])('of %s says what a real one would come to', async (_, stdin, options, code, said) => {
    expect(await enqueue(['--file', '-', '--dry-run', ...options], stdin)).toMatchObject({
      code,
      stderr: expect.stringContaining(said),
    });
  });
});

describe('nothing is sent', () => {
  it('of keys that were typed where one of them is none', async () => {
    const { code, stdout, stderr } = await enqueue(['--local', A, 'Ada']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^argument 2: userTaskKey: expected .* got the string "Ada"\n/);
    expect(stderr).toMatch(/\nNothing was sent\.\n$/);
  });

  it('of a file of which no line is valid, and none could be skipped', async () => {
    const { code, stderr } = await enqueue(['--local', '--yes', '--file', '-'], 'Ada\n');
    expect(code).toBe(2);
    expect(stderr).toMatch(/\nNothing was sent\.\n$/);
  });

  it('of a file that does not say its format, and how to say it', async () => {
    const { code, stderr } = await enqueue(['--local', '--yes', '--file', '-'], `userTaskKey\n${A}\n`);
    expect(code).toBe(2);
    expect(stderr).toContain(' For a CSV, use --format csv.\n');
  });

  it.each<[string, string, string[], number]>([
    ['no request', '# none today\n', [], 0],
    ['no request but for invalid ones', 'Ada\n', ['--skip-invalid'], 1],
  ])('of a file with %s', async (_, stdin, options, code) => {
    expect(await enqueue(['--local', '--file', '-', ...options], stdin)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(/(?:^|\n)Nothing was sent: there are no requests\.\n$/),
    });
  });

  it('where no queue is named', async () => {
    const { code, stderr } = await enqueue([A]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^No queue given\. Use one of:.*--stage.*--queue-url.*--local/s);
  });

  it.each([
    ['options do not fit together', [A, '--column', 'Key']],
    ['a file is not there', ['--file', '/does/not/exist']],
    ['a file is not what its name says', ['--file', '-', '--format', 'json']],
  ])('where %s', async (_, args) => {
    const { code, stdout } = await enqueue(['--local', '--yes', ...args], '[{"userTask');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
