import { expect, it } from 'vitest';
import { parseCommand } from '../../../../infra/local/start/arguments.ts';

const START = {
  type: 'start',
  port: 9324,
  demo: 18,
  once: false,
  verbose: false,
  build: true,
  cluster: undefined,
};

it.each<[string, string[], Record<string, string>, object]>([
  ['nothing', [], {}, START],
  ['--once', ['--once'], {}, { ...START, once: true }],
  ['--port', ['--port', '7000'], { PORT: '8000' }, { ...START, port: 7000 }],
  ['PORT', [], { PORT: '8000' }, { ...START, port: 8000 }],
  ['an empty PORT', [], { PORT: '' }, START],
  ['any free port', ['--port=0'], {}, { ...START, port: 0 }],
  ['--no-build --verbose', ['--no-build', '--verbose'], {}, { ...START, build: false, verbose: true }],
  ['a cluster', [], { CAMUNDA_REST_ADDRESS: 'http://c' }, { ...START, cluster: 'http://c' }],
  ['an empty cluster', [], { CAMUNDA_REST_ADDRESS: '' }, START],
  ['--demo', ['--demo', '500'], {}, { ...START, demo: 500 }],
  ['--help', ['--help', '--once'], {}, { type: 'help' }],
])('understands %s', (_, argv, environment, command) => {
  expect(parseCommand(argv, environment)).toEqual(command);
});

it.each<[string, string[], Record<string, string>, RegExp]>([
  ['an unknown option', ['--twice'], {}, /--twice/],
  ['a word too many', ['once'], {}, /once/],
  ['a port without number', ['--port'], {}, /--port/],
  ['a port that is none', ['--port', 'http'], {}, /from 0 to 65533, not "http"/],
  ['a port without two next ones', [], { PORT: '65535' }, /from 0 to 65533, not "65535"/],
  ['a demonstration of too few', ['--demo', '3'], {}, /--demo takes a number from 18 to 99999, not "3"/],
  ['--once with a cluster', ['--once'], { CAMUNDA_REST_ADDRESS: 'http://c' }, /nothing to wait for/],
])('refuses %s', (_, argv, environment, problem) => {
  expect(parseCommand(argv, environment)).toEqual({
    type: 'usage',
    problem: expect.stringMatching(problem),
  });
});
