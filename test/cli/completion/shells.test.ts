// Completion in the shells themselves, over the built command. zsh is tried where it is installed.
import { execFile, spawnSync } from 'node:child_process';
import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../package/installed-package.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { runCli } from '../support/binary.ts';

const run = promisify(execFile);
const main = join(ROOT, 'dist/cli/main.js');

/** An environment in which the command is on the PATH by its name. */
async function onThePath(): Promise<{ env: Record<string, string>; cwd: string }> {
  const folder = await temporaryFolder();
  await chmod(main, 0o755);
  await symlink(main, join(folder, 'camunda-unassign'));
  return { cwd: folder, env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder } };
}

const TYPED: [string, string[], string[]][] = [
  ['a command', ['dead'], ['dead-letters']],
  ['a command below another', ['dlq', 're'], ['redrive']],
  ['an option', ['enqueue', '--stage', 'prod', '--expires-'], ['--expires-in', '--expires-at']],
  ['a value', ['dead-letters', 'list', '--output', 'json'], ['json', 'jsonl']],
  ['a value behind an equals sign', ['dead-letters', 'list', '--output=json'], ['json', 'jsonl']],
  ['an argument', ['completion', ''], ['bash', 'zsh']],
  ['nothing that is known', ['enqueue', '--stage', ''], []],
  [
    'what would be a command of its own',
    ['enqueue', '$(touch bad)`touch bad`; touch bad', '--expires-at'],
    ['--expires-at'],
  ],
];

describe('bash', () => {
  it.each(TYPED)('completes %s', async (_, typed, found) => {
    const { cwd, env } = await onThePath();
    const script = `
      eval "$(camunda-unassign completion bash)"
      COMP_WORDS=(camunda-unassign "$@"); COMP_CWORD=$#
      _camunda_unassign
      printf '%s\\n' "\${COMPREPLY[@]}"; ls`;
    const { stdout } = await run('bash', ['-c', script, 'bash', ...typed], { cwd, env });
    expect(stdout.split('\n').filter(Boolean)).toEqual([...found, 'camunda-unassign']);
  });

  it('completes the names of files where it is too old for compopt, and where a script stops at every fault', async () => {
    const { cwd, env } = await onThePath();
    const script = `
      set -eu; touch 'key s.txt' keys.txt
      compopt() { return 127; }
      eval "$(camunda-unassign completion bash)"
      COMP_WORDS=(camunda-unassign enqueue --file ke); COMP_CWORD=3
      _camunda_unassign; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run('bash', ['-c', script], { cwd, env });
    expect(stdout.split('\n').sort()).toEqual(['', 'key s.txt', 'keys.txt']);
  });

  it('has its own way to complete the names of files', async () => {
    const { cwd, env } = await onThePath();
    const script = `
      compopt() { printf 'compopt %s %s\\n' "$@"; }
      eval "$(camunda-unassign completion bash)"
      COMP_WORDS=(camunda-unassign enqueue --file ke); COMP_CWORD=3
      _camunda_unassign; echo "\${#COMPREPLY[@]}"; complete -p camunda-unassign`;
    const { stdout } = await run('bash', ['-c', script], { cwd, env });
    expect(stdout).toBe('compopt -o default\n0\ncomplete -F _camunda_unassign camunda-unassign\n');
  });
});

describe('an equals sign', () => {
  // As bash breaks words (COMP_WORDBREAKS).
  it.each([
    ['before the value', ['dlq', 'list', '--output', '=', 'jsonl'], 'jsonl\n'],
    ['at the end', ['dlq', 'list', '--output', '='], 'table\njson\njsonl\n'],
    ['before a file', ['enqueue', '--file', '=', 'ke'], ':files\n'],
    ['in a word before', ['enqueue', '--output', '=', 'json', '--expires-i'], '--expires-in\n'],
  ])('may be a word of its own, %s', async (_, words, stdout) => {
    expect(await runCli(['complete', 'bash', '--', ...words])).toMatchObject({ code: 0, stdout });
  });
});

describe.runIf(spawnSync('zsh', ['--version']).status === 0)('zsh', () => {
  /** What its completion system is handed. That itself needs a terminal. */
  async function handedOver(typed: readonly string[]): Promise<string[]> {
    const { cwd, env } = await onThePath();
    const script = `
      compdef() { print -r -- "compdef $*" }
      _files() { print -r -- files }
      compset() { }
      _describe() { print -r -l -- "\${(@P)2}" }
      eval "$(camunda-unassign completion zsh)"
      words=(camunda-unassign "$@"); CURRENT=$(($# + 1))
      _camunda_unassign; ls`;
    const { stdout } = await run('zsh', ['-f', '-c', script, 'zsh', ...typed], { cwd, env });
    return stdout.split('\n').filter(Boolean);
  }

  it.each(TYPED)('completes %s', async (_, typed, found) => {
    const [registered, ...handed] = await handedOver(typed);
    expect(registered).toBe('compdef _camunda_unassign camunda-unassign');
    expect(handed.map((line) => line.replace(/:.*/, ''))).toEqual([...found, 'camunda-unassign']);
  });

  it('shows what each is for', async () => {
    expect(await handedOver(['dlq', 'disc'])).toContain('discard:delete them');
  });

  it('completes the names of files', async () => {
    expect(await handedOver(['enqueue', '--file', 'ke'])).toContain('files');
  });
});

it('is explained, and offered for the shells that there are', async () => {
  expect(await runCli(['completion', '--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('~/.bashrc'),
  });
  expect(await runCli(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh.'),
  });
});
