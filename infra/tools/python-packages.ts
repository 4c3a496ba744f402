// The Python packages that development installs, and the table of their licences: PyPI knows no lock file with
// licences in it, so what each version's metadata and files say is written down here.
import type { Package } from './npm-packages.ts';

/** A package that a requirements file names, or a line of the table. */
interface Pinned {
  readonly name: string;
  readonly version: string;
}

/** The table of licences beside this file. */
export const PYTHON_LICENCES = 'infra/tools/python-licences.txt';

/** The files that pip installs from. */
export const REQUIREMENTS: readonly string[] = ['infra/scanners.txt', 'test/deploy/requirements.txt'];

/** What the two say together. */
export interface PythonPackages {
  readonly packages: readonly Package[];
  /** Where the table and the requirements differ, a sentence each. */
  readonly differences: readonly string[];
}

/**
 * Finds the licence of every requirement.
 *
 * @param table the text of {@link PYTHON_LICENCES}
 * @param requirements the texts of the requirements files by their paths
 */
export function pythonPackages(
  table: string,
  requirements: Readonly<Record<string, string>>,
): PythonPackages {
  const licences = new Map(linesOf(table).map((line) => licenceIn(line)));
  const required = Object.entries(requirements).flatMap(([file, text]) =>
    requirementsIn(text, file).map((requirement) => ({ ...requirement, file })),
  );
  const missing = required.filter((requirement) => !licences.has(keyOf(requirement)));
  const named = new Set(required.map(keyOf));
  return {
    packages: required.flatMap(({ name, version, file }) => {
      const licence = licences.get(keyOf({ name, version }));
      return licence === undefined ? [] : [{ name, version, licence, use: 'tool', broughtInBy: file }];
    }),
    differences: [
      ...missing.map(
        ({ name, version, file }) =>
          `${name} ${version}, which ${file} names, has no line in ${PYTHON_LICENCES}. Read its licence in the metadata ` +
          'and the licence files of that version, and add the line.',
      ),
      ...[...licences.keys()]
        .filter((key) => !named.has(key))
        .map(
          (key) =>
            `${key} has a line in ${PYTHON_LICENCES}, and no requirements file names it. Remove the line.`,
        ),
    ],
  };
}

const keyOf = ({ name, version }: Pinned) => `${name} ${version}`;

/** `name version SPDX expression` */
function licenceIn(line: string): [string, string] {
  const [, name, version, licence] = /^(\S+) (\S+) (\S.*)$/.exec(line) ?? [];
  if (name === undefined || version === undefined || licence === undefined) {
    throw new Error(`${PYTHON_LICENCES}: not a name, a version and a licence: ${line}`);
  }
  return [keyOf({ name, version }), licence];
}

/** Each `name==version`, whatever the marker says of the platform it is for (pip documentation, requirements file). */
function requirementsIn(text: string, file: string): Pinned[] {
  return linesOf(text.replaceAll(/\\\n/g, ' ')).map((line) => {
    const [, name, version] = /^([a-z0-9-]+)==([^\s;]+)( ;[^-]*)?(\s+--hash=\S+)*$/.exec(line) ?? [];
    if (name === undefined || version === undefined) {
      throw new Error(`${file}: not a package with its exact version: ${line}`);
    }
    return { name, version };
  });
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
