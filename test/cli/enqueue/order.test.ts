// What arguments and options come to: an order, and the messages that follow from it.
import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { declareEnqueue, readOrder } from '../../../cli/enqueue/command.ts';
import { type EnqueueOrder, formatIn, messageOf } from '../../../cli/enqueue/order.ts';
import { type RequestLine, requestOfBody } from '../../../cli/enqueue/request-line.ts';
import { UsageError } from '../../../cli/exit-codes.ts';
import type { OutgoingMessage } from '../../../client/sending/send-messages.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const A = '2251799813685249';

/** The order that a command line comes to, as the program reads it. */
function orderOf(args: readonly string[]): EnqueueOrder {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  const command = declareEnqueue(program).parse([...args], { from: 'user' });
  return readOrder(command.args, command.opts(), {}, NOW);
}

function requestOf(body: string): RequestLine {
  const line = requestOfBody(1, body, body);
  if (!line.ok) throw new Error('expected a valid request');
  return line;
}

const messageFor = (body: string, ...options: string[]) =>
  messageOf(requestOf(body), orderOf([A, ...options]).defaults);

const BODY = `{"userTaskKey":"${A}"}`;

describe('a message', () => {
  it.each<[string, string[], Partial<OutgoingMessage>]>([
    ['no option', [], {}],
    ['--delay', ['--delay', '30s'], { delaySeconds: 30 }],
    ['--group', ['--group', 'tenant-7'], { messageGroupId: 'tenant-7' }],
    [
      '--expires-at',
      ['--expires-at', '2099-01-01T00:00:00+01:00'],
      { body: `{"userTaskKey":"${A}","expiresAt":"2098-12-31T23:00:00.000Z"}` },
    ],
    [
      '--expires-in',
      ['--expires-in', '2h'],
      { body: `{"userTaskKey":"${A}","expiresAt":"2026-11-23T14:00:00.000Z"}` },
    ],
    [
      '--expected-assignee',
      ['--expected-assignee', 'demo'],
      { body: `{"userTaskKey":"${A}","expectedAssignee":"demo"}` },
    ],
  ])('comes with what %s says', (_, options, said) => {
    const plain = { attributes: new Map(), delaySeconds: undefined, messageGroupId: undefined };
    expect(messageFor(BODY, ...options)).toEqual({ body: BODY, ...plain, traceHeader: undefined, ...said });
  });

  it.each([
    [
      'time, against --expires-in',
      `{"userTaskKey":"${A}","expiresAt":"2099-01-01T00:00:00Z"}`,
      ['--expires-in', '2h'],
    ],
    [
      'person, against --expected-assignee',
      `{"userTaskKey":"${A}","expectedAssignee":"anna"}`,
      ['--expected-assignee', 'demo'],
    ],
  ])('keeps its own %s', (_, body, options) => {
    expect(messageFor(body, ...options).body).toBe(body);
  });

  it.each([
    [
      'a time beside a person',
      { userTaskKey: A, expectedAssignee: 'anna' },
      ['--expires-at', '2099-01-01T00:00:00Z'],
      { userTaskKey: A, expectedAssignee: 'anna', expiresAt: '2099-01-01T00:00:00.000Z' },
    ],
    [
      'a person beside a time',
      { userTaskKey: A, expiresAt: '2099-01-01T00:00:00Z' },
      ['--expected-assignee', 'demo'],
      { userTaskKey: A, expiresAt: '2099-01-01T00:00:00Z', expectedAssignee: 'demo' },
    ],
  ])('gets %s of its own', (_, request, options, whole) => {
    expect(JSON.parse(messageFor(JSON.stringify(request), ...options).body)).toEqual(whole);
  });

  it('keeps its own group, against --group', () => {
    const line = { ...requestOf(BODY), messageGroupId: 'own' };
    expect(messageOf(line, orderOf([A, '--group', 'tenant-7']).defaults)).toMatchObject({
      messageGroupId: 'own',
    });
  });
});

describe('an order', () => {
  const FILES = {
    from: 'files',
    format: undefined,
    column: undefined,
    withAssignee: false,
    fromLine: 1,
  } as const;

  it.each<[string[], EnqueueOrder['source']]>([
    [[A, '7'], { from: 'keys', keys: [A, '7'] }],
    [['--file', 'a.txt'], { ...FILES, paths: ['a.txt'] }],
    [['-f', 'b', '--file', 'a'], { ...FILES, paths: ['b', 'a'] }],
    [['--file', '-', '--format', 'csv'], { ...FILES, paths: ['-'], format: 'csv' }],
    [['--file', 'a.csv', '--column', 'Key'], { ...FILES, paths: ['a.csv'], column: 'Key' }],
    [['--file', 'a.json', '--with-assignee'], { ...FILES, paths: ['a.json'], withAssignee: true }],
    [['--file', 'a', '--from-line', '3'], { ...FILES, paths: ['a'], fromLine: 3 }],
  ])('of %j is about what they name', (args, source) => {
    expect(orderOf(args).source).toEqual(source);
  });

  it.each<[string[], Partial<EnqueueOrder>]>([
    [[], { dryRun: false, yes: false, skipInvalid: false, failedTo: undefined, output: 'table' }],
    [['--dry-run'], { dryRun: true }],
    [['--yes'], { yes: true }],
    [['--skip-invalid'], { skipInvalid: true }],
    [['--failed-to', 'failed.jsonl'], { failedTo: 'failed.jsonl' }],
    [['--output', 'jsonl'], { output: 'jsonl' }],
  ])('with %j says how', (options, how) => {
    expect(orderOf([A, ...options])).toMatchObject(how);
  });

  it.each([
    ['the format that is said', ['--file', 'a.txt', '--format', 'jsonl'], 'jsonl'],
    ['that of the first name', ['--file', 'a.csv', '--file', 'b'], 'csv'],
    ['keys where nothing says it', ['--file', '-'], 'keys'],
    ['none of keys that were typed', [A], undefined],
  ])('is taken to be of a format: %s', (_, args, format) => {
    expect(formatIn(orderOf(args).source)).toBe(format);
  });
});

it.each<[string, string[], RegExp]>([
  [
    'a delay as long as the requests live',
    [A, '--delay', '15m', '--expires-in', '15m'],
    /would expire before --delay ends/,
  ],
  ['a column without a CSV', ['--file', 'x.txt', '--column', 'Key'], /--column names the column/],
  ['a column without a file', [A, '--column', 'Key'], /--column is about --file/],
  [
    'a line of several files',
    ['--file', 'a', '--file', 'b', '--from-line', '2'],
    /--from-line is about one file/,
  ],
  [
    'assignees of a file of keys',
    ['--file', 'a.txt', '--with-assignee'],
    /--with-assignee needs files with tasks/,
  ],
  ['stdin twice', ['--file', '-', '--file', '-'], /stdin can be read once/],
  ['keys and a file', [A, '--file', 'x'], /either keys, or --file/],
  ['nothing', [], /Nothing to enqueue/],
  ['--format without a file', [A, '--format', 'csv'], /goes with it/],
  ['a time that has passed', [A, '--expires-at', '2020-01-01T00:00:00Z'], /has passed already/],
  ['a time that is now', [A, '--expires-at', '2026-11-23T12:00:00Z'], /has passed already/],
])('refuses %s', (_, args, problem) => {
  expect(() => orderOf(args)).toThrow(UsageError);
  expect(() => orderOf(args)).toThrow(problem);
});

it.each<[string, string[], RegExp]>([
  ['an empty guard', ['--expected-assignee', ''], /expectedAssignee: .*, got an empty string/],
  ['two ways to expire', ['--expires-in', '2h', '--expires-at', '2099-01-01T00:00:00Z'], /cannot be used/],
  ['a delay that SQS does not know', ['--delay', '1h'], /at most 15 minutes/],
])('refuses the value of an option: %s', (_, options, problem) => {
  expect(() => orderOf([A, ...options])).toThrow(CommanderError);
  expect(() => orderOf([A, ...options])).toThrow(problem);
});
