// What a test file has at its hands: found in its imports, so that nobody has to keep a list.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Imports and exports that are more than types, and dynamic imports. */
const IMPORT = /^(?:import|export)\s(?!type\s)(?:([^;']*?)\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/**
 * The modules that a test file imports, itself or through what stands in `test` and `infra`: files by their paths, the
 * others by their names. What the code under test imports does not count: it starts nothing that a test does not ask it
 * to.
 *
 * @param root the project's folder
 * @param file its path below that
 */
export function reachOf(root: string, file: string): ReadonlySet<string> {
  const reached = new Set([file]);
  // The set grows while it is walked through.
  for (const module of reached) {
    if (!/^(?:test|infra)\/.*\.ts$/.test(module)) continue;
    for (const imported of importsOf(root, module)) reached.add(imported);
  }
  return reached;
}

/** A file that is not there has none: the tests that miss it are told so when they run. */
function importsOf(root: string, file: string): string[] {
  if (!existsSync(join(root, file))) return [];
  const found = readFileSync(join(root, file), 'utf8').matchAll(IMPORT);
  return Array.from(found, ([, names = '', from, dynamic]) => ({ names, specifier: from ?? dynamic ?? '' }))
    .filter(({ names }) => !isOnlyTypes(names))
    .map(({ specifier }) =>
      specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
    );
}

/** As in `{ type Running, type Ended }`. */
function isOnlyTypes(names: string): boolean {
  const [, list] = /^\{(.*)\}$/s.exec(names) ?? [];
  if (list === undefined) return false;
  return list
    .split(',')
    .filter((name) => name.trim() !== '')
    .every((name) => /^\s*type\s/.test(name));
}
