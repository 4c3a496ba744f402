// Imports between the rooms point one way. The rules are the table of rooms in docs/architecture.md; biome's
// noImportCycles holds that there are no circles within a room either, imports of types included.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeIn, ROOT, table } from '../docs/pages.ts';

/** What each room may import of the others; the first that a file lies in counts. Within a room all may be imported. */
const ROOMS = table('rooms').map(
  ([room = '', , mayImport = '']) => [codeIn(room).join(), codeIn(mayImport)] as const,
);

const files = ['client', 'functions', 'cli', 'infra'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** The project's own modules that a file imports, types and dynamic imports included. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = source.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g);
  return Array.from(specifiers, ([, specifier = '']) => normalize(join(dirname(file), specifier)));
}

function isIn(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

/** The imports of a file that its room does not allow. */
function forbidden(file: string): string[] {
  const [room = '', mayImport = []] = ROOMS.find(([place]) => isIn(file, place)) ?? [];
  return importsOf(file)
    .filter((imported) => ![room, ...mayImport].some((place) => isIn(imported, place)))
    .map((imported) => `${file} imports ${imported}`);
}

test('every source file lies in a room', () => {
  expect(files.filter((file) => !ROOMS.some(([place]) => isIn(file, place)))).toEqual([]);
});

test('what files import is found', () => {
  expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
});

describe.each(ROOMS.map(([room]) => room))('%s', (room) => {
  const own = files.filter((file) => ROOMS.find(([place]) => isIn(file, place))?.[0] === room);

  test('has files', () => {
    expect(own.length).toBeGreaterThan(0);
  });

  test('imports only what it may', () => {
    expect(own.flatMap(forbidden)).toEqual([]);
  });
});
