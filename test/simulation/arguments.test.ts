import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';

describe('npm run simulate', () => {
  it.each<[string, string[], unknown]>([
    ['nothing', [], { type: 'run', seed: 1, only: undefined }],
    ['a seed', ['--seed', '42'], { type: 'run', seed: 42, only: undefined }],
    ['a part', ['--only', 'burst: bucket'], { type: 'run', seed: 1, only: 'burst: bucket' }],
    ['many environments alone', ['--only', 'scale'], { type: 'run', seed: 1, only: 'scale' }],
    ['the smallest', ['--seed=0'], { type: 'run', seed: 0, only: undefined }],
    ['the largest', ['--seed', '4294967295'], { type: 'run', seed: 4_294_967_295, only: undefined }],
    ['help, whatever else', ['--seed', 'x', '--help'], { type: 'help' }],
  ])('takes %s', (_, argv, command) => {
    expect(parseCommand(argv)).toEqual(command);
  });

  it.each([
    ['one too large', ['--seed', '4294967296'], '--seed'],
    ['one that is no whole number', ['--seed', '1.5'], '--seed'],
    ['none', ['--seed'], '--seed'],
    ['no part', ['--only'], '--only'],
    ['a word', ['fast'], 'fast'],
    ['an option that there is not', ['--fast'], '--fast'],
  ])('refuses %s and names it', (_, argv, named) => {
    expect(parseCommand(argv)).toEqual({ type: 'usage', problem: expect.stringContaining(named) });
  });
});
