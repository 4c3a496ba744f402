import { expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';

it.each([
  [[], { type: 'run', messages: 10_000, firstSeed: 1, seeds: 1, lanes: 3, artifact: undefined }],
  [
    ['--messages', '1000', '--seed', '7', '--seeds', '5', '--processes', '2', '--artifact', 'a.mjs'],
    { type: 'run', messages: 1_000, firstSeed: 7, seeds: 5, lanes: 2, artifact: 'a.mjs' },
  ],
  [['--help'], { type: 'help' }],
  [
    ['--messages', '10'],
    { type: 'usage', problem: '--messages is a whole number from 200 to 100000, not "10"' },
  ],
  [['--seed', 'x'], { type: 'usage', problem: '--seed is a whole number from 0 to 1000000000, not "x"' }],
])('%j', (argv, command) => {
  expect(parseCommand(argv)).toEqual(command);
});

it.each([[['--nonsense']], [['more']], [['--seed']]])('%j makes no sense', (argv) => {
  expect(parseCommand(argv).type).toBe('usage');
});
