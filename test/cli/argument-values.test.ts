import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import {
  assignee,
  count,
  delaySeconds,
  messageGroup,
  milliseconds,
  port,
  positiveMilliseconds,
  time,
} from '../../cli/argument-values.ts';

it.each([
  ['0s', 0],
  ['30s', 30_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['1d12h', 129_600_000],
])('reads the span %s', (text, span) => {
  expect(milliseconds(text)).toBe(span);
});

it.each(
  [
    ['', '30', '250ms', '1.5m', 's', '2 h', '-2h', '2H', '1e3s', '2h!', '1..5h', '９h', '999999999999d'],
  ].flat(),
)('refuses the span %j', (text) => {
  expect(() => milliseconds(text)).toThrow(InvalidArgumentError);
});

it('refuses a span of nothing where it makes no sense', () => {
  expect(positiveMilliseconds('1s')).toBe(1000);
  expect(() => positiveMilliseconds('0s')).toThrow(/longer than 0/);
});

it.each([
  ['0s', 0],
  ['30s', 30],
  ['15m', 900],
])('reads the delay %s', (text, seconds) => {
  expect(delaySeconds(text)).toBe(seconds);
});

it.each(['901s', '16m', '30'])('refuses the delay %s', (text) => {
  expect(() => delaySeconds(text)).toThrow(InvalidArgumentError);
});

it('reads a time with its offset', () => {
  expect(time('2026-11-23T12:00:00+01:00')).toBe(Date.UTC(2026, 10, 23, 11));
});

it('says what is wrong with a time that is almost right', () => {
  expect(() => time('2026-11-23T12:00Z')).toThrow(/ \(the seconds are missing\)\.$/);
});

it.each(['2026-11-23', '2026-11-23T12:00:00', 'tomorrow', '1763899200', ''])(
  'refuses the time %j',
  (text) => {
    expect(() => time(text)).toThrow(
      /^Expected a date and time with seconds and offset, in the form of 2026-11-23T12:00:00Z/,
    );
  },
);

it('reads a count', () => {
  expect(count('1204')).toBe(1204);
});

it.each(['0', '-1', '1.5', '1e3', '', 'many', '99999999999999999999'])('refuses the count %j', (text) => {
  expect(() => count(text)).toThrow(/whole number/);
});

it('reads a port', () => {
  expect(port('9324')).toBe(9324);
});

it.each(['0', '65536', 'http', '-1', ''])('refuses the port %j', (text) => {
  expect(() => port(text)).toThrow(/1 to 65535/);
});

it('reads a message group', () => {
  expect(messageGroup('tenant-7')).toBe('tenant-7');
});

it.each(['', 'a b', 'ä', 'a'.repeat(129)])('refuses the message group %j', (text) => {
  expect(() => messageGroup(text)).toThrow(InvalidArgumentError);
});

it('reads a name as it is', () => {
  expect(assignee(' Ünï \u{1f600}')).toBe(' Ünï \u{1f600}');
});

it.each(['', 'a\u0007', 'a'.repeat(257)])('refuses the name %j', (text) => {
  expect(() => assignee(text)).toThrow(/^expectedAssignee: expected 1 to 256 characters .*\.$/);
});
