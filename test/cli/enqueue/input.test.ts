import { execFileSync } from 'node:child_process';
import { appendFileSync, createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Input, openInput } from '../../../cli/enqueue/input.ts';
import { runProgram } from '../../../cli/program.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { temporaryFile, temporaryFolder } from '../../support/temporary-files.ts';
import { playWorld } from '../support/surroundings.ts';

const textOf = async (input: Input) => (await buffer(input.read())).toString();

/** What the command leaves in the folder for temporary files, which is the test's own. */
async function watchTemporaryFiles(): Promise<() => string[]> {
  const folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readdirSync(folder);
}

it('reads a file as often as it takes, the same each time', async () => {
  const path = await temporaryFile('keys.txt', 'abc\n');
  const input = await openInput(path, playWorld().surroundings);
  expect(await textOf(input)).toBe('abc\n');
  appendFileSync(path, 'more\n');
  expect(await textOf(input)).toBe('abc\n');
  await input.close();
});

it('may be left in the middle, and read again', async () => {
  const text = 'x'.repeat(200_000);
  const input = await openInput(await temporaryFile('keys.txt', text), playWorld().surroundings);
  for await (const chunk of input.read()) {
    expect(chunk.length).toBeLessThan(text.length);
    break;
  }
  expect(await textOf(input)).toBe(text);
  await input.close();
});

it('reads stdin twice, and leaves nothing behind', async () => {
  const leftovers = await watchTemporaryFiles();
  const input = await openInput('-', playWorld({ stdin: 'abc\n' }).surroundings);
  expect(input.name).toBe('stdin');
  expect(await textOf(input)).toBe('abc\n');
  expect(await textOf(input)).toBe('abc\n');
  // Even if the process were killed now.
  expect(leftovers()).toEqual([]);
  await input.close();
});

it('reads a named pipe twice', async () => {
  const pipe = join(await temporaryFolder(), 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  createWriteStream(pipe).end('abc\n');
  const input = await openInput(pipe, playWorld().surroundings);
  expect(await textOf(input)).toBe('abc\n');
  expect(await textOf(input)).toBe('abc\n');
  await input.close();
});

it('says on a terminal what it waits for', async () => {
  const { surroundings, stderr } = playWorld({ terminal: true, stdin: '' });
  await (await openInput('-', surroundings)).close();
  expect(stderr()).toBe('Reading from the terminal; Ctrl-D ends the input.\n');
});

it('ends the reading when it is interrupted, and leaves nothing behind', async () => {
  const leftovers = await watchTemporaryFiles();
  const { surroundings, stdin, stderr, stdout } = playWorld();
  const running = runProgram(['enqueue', '--local', '--file', '-', '--yes'], surroundings);
  stdin.write('7\n');
  await eventually(() => expect(stdin.readableLength).toBe(0));
  surroundings.interrupt();
  expect(await running).toBe(130);
  expect(stderr()).toBe('Interrupted: nothing was sent.\n');
  expect(stdout()).toBe('');
  expect(leftovers()).toEqual([]);
});
