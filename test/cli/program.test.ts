import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runIn } from './support/surroundings.ts';

it('says the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await runIn({}, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it.each([[['--help']], [['help']], [['enqueue', '--help']], [['help', 'enqueue']]])(
  'helps with examples: %j',
  async (argv) => {
    const { code, stdout, stderr } = await runIn({}, argv);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: camunda-unassign/);
    expect(stdout).toMatch(/Examples:\n {2}camunda-unassign enqueue --stage prod 2251799813685249/);
    expect(stdout).toContain('Exit codes: 0 ');
    expect(stderr).toBe('');
  },
);

it.each([
  ['no command', [], /Usage: camunda-unassign/],
  ['an unknown command', ['enque'], /unknown command 'enque'\n\(Did you mean enqueue\?\)/],
  ['an unknown option', ['enqueue', '--fil', 'x'], /unknown option '--fil'\n\(Did you mean --file\?\)/],
  ['an option without its value', ['enqueue', '--file'], /--file <path>' argument missing/],
  ['a value that is none of the choices', ['enqueue', '1', '--output', 'xml'], /table, json, jsonl/],
  ['options that exclude each other', ['enqueue', '1', '--local', '--stage', 'x'], /cannot be used with/],
])('refuses %s', async (_, argv, problem) => {
  const { code, stdout, stderr } = await runIn({}, argv);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(problem);
});

it('shows no stack of what people can fix, unless they ask', async () => {
  const argv = ['enqueue'];
  expect((await runIn({}, argv)).stderr).not.toMatch(/\n\s+at /);
  expect((await runIn({}, [...argv, '--verbose'])).stderr).toMatch(/\n\s+at /);
  expect((await runIn({ environment: { DEBUG: '1' } }, argv)).stderr).toMatch(/\n\s+at /);
});
