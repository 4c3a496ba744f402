// Every command on a page is one that there is, with options that there are.
import { Command, type CommandUnknownOpts } from 'commander';
import { describe, expect, test } from 'vitest';
import { addConsoleCommand } from '../../cli/console/command.ts';
import { addDeadLettersCommand } from '../../cli/dead-letters/command.ts';
import { addEnqueueCommand } from '../../cli/enqueue/command.ts';
import { Parameters, readParameters } from '../../infra/parameters.ts';
import { playWorld } from '../cli/support/surroundings.ts';
import { codeIn, codeLines, namesIn, PAGES, read, table } from './pages.ts';

/** Scripts that npm runs by itself (npm, "Scripts", life cycle). */
const RUN_BY_NPM = /^(pre|dependencies$)/;

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

const program = new Command();
for (const add of [addEnqueueCommand, addDeadLettersCommand, addConsoleCommand]) {
  add(program, playWorld().surroundings, () => {});
}

/** The command of these words, and the words behind it. */
function find(
  parent: CommandUnknownOpts,
  words: readonly string[],
): [command: CommandUnknownOpts, rest: readonly string[]] {
  const child = parent.commands.find(
    (command) => command.name() === words[0] || command.aliases().includes(words[0] ?? ''),
  );
  return child === undefined ? [parent, words] : find(child, words.slice(1));
}

function optionsOf(command: CommandUnknownOpts): string[] {
  return command.options
    .flatMap(({ long, short }) => [long, short])
    .filter((flag) => typeof flag === 'string');
}

/** The words of a line up to what the shell does with it; without a prompt. */
function wordsOf(line: string): string[] {
  const [text = ''] = line
    .replace(/^\$ /, '')
    .trim()
    .split(/\s+[#|>\\]/);
  return text.split(/\s+/);
}

const lines = PAGES.flatMap((page) => codeLines(page).map((line) => [page, line] as const));
const startingWith = (start: string) =>
  lines.filter(([, line]) => line.replace(/^\$ /, '').trim().startsWith(start));

describe('camunda-unassign', () => {
  const START = 'npx camunda-unassign';

  test.each(startingWith(START))('%s: %s', (_, line) => {
    const [command, rest] = find(program, wordsOf(line).slice(2));
    expect(command).not.toBe(program);
    const flags = rest.filter((word) => word.startsWith('-')).map((word) => word.split('=', 1).join());
    expect(flags.filter((flag) => !optionsOf(command).includes(flag))).toEqual([]);
  });

  test('stands on pages', () => {
    expect(startingWith(START).length).toBeGreaterThan(10);
  });
});

describe('npm', () => {
  const inText = PAGES.flatMap((page) => codeIn(read(page)).map((code) => [page, code] as const));
  const named = [...lines, ...inText].flatMap(([page, code]) =>
    [...code.matchAll(/\bnpm (?:run )?([a-z][\w:-]*)/g)].map(
      ([command, name = '']) => [page, command, name] as const,
    ),
  );
  const OF_NPM = ['npm ci', 'npm pack', 'npm install', 'npm version', 'npm publish'];

  test('scripts that pages name are there', () => {
    const unknown = named.filter(([, command, name]) => !OF_NPM.includes(command) && !(name in scripts));
    expect([named.length > 50, unknown]).toEqual([true, []]);
  });

  test('all scripts are in the table of commands', () => {
    const documented = namesIn(table('commands')).map((code) => /^npm (?:run )?([\w:-]+)/.exec(code)?.[1]);
    expect(documented.toSorted()).toEqual(
      Object.keys(scripts)
        .filter((name) => !RUN_BY_NPM.test(name))
        .toSorted(),
    );
  });

  test('parameters that are passed are there', () => {
    const passed = lines.flatMap(([page, line]) =>
      [...line.matchAll(/--param="?(\w+)=/g)].map(([, name = '']) => [page, name] as const),
    );
    expect(passed.length).toBeGreaterThan(4);
    expect(passed.filter(([, name]) => !(name in Parameters.shape))).toEqual([]);
  });
});

describe('a deployment that a page shows whole', () => {
  const commands = PAGES.flatMap((page) => {
    const text = codeLines(page)
      .join('\n')
      .replaceAll(/\\\n\s*/g, '');
    return [...text.matchAll(/^ *npm run deploy -- (.*)$/gm)].map(([, words = '']) => [page, words] as const);
  }).filter(([, words]) => !words.includes('…'));

  test.each(commands)('%s: %s can be deployed', (_, words) => {
    const [, stage = 'dev'] = /--stage ([\w-]+)/.exec(words) ?? [];
    const given = [...words.matchAll(/--param="(\w+)=([^"]*)"/g)].map(([, name, value]) => [name, value]);
    expect(given.length).toBeGreaterThan(2);
    expect(() => readParameters(Object.fromEntries(given), stage)).not.toThrow();
  });

  test('stands on pages', () => {
    expect(commands.length).toBeGreaterThan(3);
  });
});

describe('the options of the command line', () => {
  const flagsIn = (cell = '') => codeIn(cell).map((code) => code.split(' ', 1).join());
  const longOf = (command: CommandUnknownOpts) => command.options.map(({ long }) => String(long));
  const connection = table('connectionOptions').flatMap(([cell]) => flagsIn(cell));
  const [enqueue] = find(program, ['enqueue']);
  const [deadLetters] = find(program, ['dead-letters']);
  const own = (command: CommandUnknownOpts) => longOf(command).filter((flag) => !connection.includes(flag));

  test('that say which queue are all there, and no others', () => {
    const known = new Set([enqueue, ...deadLetters.commands].flatMap(longOf));
    expect(connection.filter((flag) => !known.has(flag))).toEqual([]);
  });

  test('of enqueue are all there, and no others', () => {
    expect(
      [...table('enqueueCommand'), ...table('enqueueTasks')].flatMap(([cell]) => flagsIn(cell)).toSorted(),
    ).toEqual(own(enqueue).toSorted());
  });

  test('of console are all there, and no others', () => {
    expect(table('consoleOptions').flatMap(([cell]) => flagsIn(cell))).toEqual(
      own(find(program, ['console'])[0]),
    );
  });

  test('of dead-letters: all commands', () => {
    expect(table('deadLetterCommands').flatMap(([cell]) => flagsIn(cell))).toEqual(
      deadLetters.commands.map((command) => command.name()),
    );
  });

  const names = deadLetters.commands.map((command) => command.name());
  test.each(names)('of dead-letters %s are all there, and no others', (name) => {
    const belongs = (of = '') => codeIn(of).includes(name) !== of.startsWith('all but');
    const documented = table('deadLetterOptions')
      .filter(([, of]) => belongs(of))
      .flatMap(([cell]) => flagsIn(cell));
    expect(documented.toSorted()).toEqual(own(find(deadLetters, [name])[0]).toSorted());
  });
});
