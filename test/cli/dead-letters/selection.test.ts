// Filters that are given twice: each adds to the one before.
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addFilterOptions, readFilter } from '../../../cli/dead-letters/selection.ts';

it.each([
  ['kinds', ['--kind', 'expired', '--kind', 'malformed'], ['expired', 'malformed']],
  ['statuses', ['--status', '404,409', '--status', '503'], [404, 409, 503]],
  ['userTaskKeys', ['--key', '1', '--key', '2,3'], ['1', '2', '3']],
] as const)('%s by %j are all that are named', (field, args, expected) => {
  const command = addFilterOptions(new Command());
  command.parse([...args], { from: 'user' });
  expect(readFilter(command.opts(), 0)[field]).toEqual(new Set<unknown>(expected));
});
