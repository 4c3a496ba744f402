import { describe, expect, it } from 'vitest';
import { HELP, PARTS, parseCommand } from './arguments.ts';

describe('npm run bench', () => {
  it.each([
    { argv: [], expected: { type: 'run', parts: PARTS, quick: false, json: false } },
    { argv: ['--quick', '--json'], expected: { type: 'run', parts: PARTS, quick: true, json: true } },
    { argv: ['--only', 'size'], expected: { type: 'run', parts: ['size'], quick: false, json: false } },
    {
      argv: ['--only=memory', '--only=size'],
      expected: { type: 'run', parts: ['size', 'memory'], quick: false, json: false },
    },
    { argv: ['--only', 'size', '--help'], expected: { type: 'help' } },
  ])('takes $argv', ({ argv, expected }) => {
    expect(parseCommand(argv)).toEqual(expected);
  });

  it.each([
    { argv: ['--only', 'speeed'], problem: /^--only is one of .*speed.*, not "speeed"$/ },
    { argv: ['--fast'], problem: /--fast/ },
    { argv: ['size'], problem: /size/ },
  ])('refuses $argv', ({ argv, problem }) => {
    expect(parseCommand(argv)).toEqual({ type: 'usage', problem: expect.stringMatching(problem) });
  });

  it('names every part in its help', () => {
    expect(PARTS.filter((part) => !HELP.includes(part))).toEqual([]);
  });
});
