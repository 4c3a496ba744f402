// What is said of a text that is no time.
import { expect, it } from 'vitest';
import { timeFault } from '../../../client/contract/time.ts';

it.each([
  ['20261123T12:00:00Z', 'the hyphens of the date are missing'],
  ['the task 20261123', ''],
  ['12026-11-23T12:00:00Z', 'a year has four digits'],
  ['+12026-11-23T12:00:00Z', 'a year has four digits'],
  ['the task 12026-1', ''],
  ['2026-11-23t12:00:00Z', 'T and Z are capital letters'],
  ['2026-11-23T12:00:00z', 'T and Z are capital letters'],
  ['on 2026-11-23t', ''],
  ['zoo', ''],
  ['2026-11-23 12:00:00Z', 'a capital T stands before the time'],
  ['2026-11-23 _ 12:00:00Z', 'a capital T stands before the time'],
  ['on 2026-11-23 12', ''],
  [' 2026-11-23T12:00:00Z', 'there are blanks around it'],
  ['2026-02-30T12:00:00Z', 'there is no such day'],
  ['2026-02-30T12:00:00.5Z', 'there is no such day'],
  ['2026-02-30T12:00:00+01:00', 'there is no such day'],
  ['on 2026-02-30T12:00:00Z', ''],
  ['2026-02-30T12:00:00Z or so', ''],
  ['tomorrow', ''],
  ['', ''],
])('%j: %j', (given, fault) => {
  expect(timeFault(given)).toBe(fault);
});
