// Which licences this project takes, and for what. Everything is open source, the development's own tools included;
// what is shipped asks of whoever passes it on for no more than its notice, which the build puts beside the artifact.
import parse from 'spdx-expression-parse';

/**
 * What software is used for. `shipped` is what others receive from us: the packages in the artifact and the
 * dependencies of the published package. `tool` is what only development runs.
 */
export type Use = 'shipped' | 'tool';

/** Licences that ask for their notice alone, for any use. The Open Source Initiative has approved all of them. */
const PERMISSIVE: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Zlib',
];

/**
 * Further licences for tools, which are run here and passed on to nobody, each with why it is open source.
 * "OSI" is the Open Source Initiative's list of approved licences.
 */
const FOR_TOOLS: Readonly<Record<string, string>> = {
  'BlueOak-1.0.0': 'OSI.',
  'BSD-3-Clause-Open-MPI':
    'BSD-3-Clause with a sentence that disclaims patents; LAPACK in the wheels of numpy.',
  'CC0-1.0': 'Gives up all rights; free by the list of the Free Software Foundation.',
  'CNRI-Python': 'OSI.',
  'GPL-3.0-or-later': 'OSI.',
  HPND: 'OSI.',
  'LGPL-2.1-or-later': 'OSI.',
  'MPL-2.0': 'OSI.',
  'PSF-2.0': 'The part of Python-2.0 that is about the Python of today.',
  'Python-2.0': 'OSI.',
};

/** One package that may be what the lists above do not have. */
export interface Exception {
  readonly name: string;
  /** What it must say of itself for this to count; undefined: that it says nothing. */
  readonly licence: string | undefined;
  readonly reason: string;
}

/** Exceptions for tools, each with its reason. One that nothing needs any more fails the check. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'caniuse-lite',
    licence: 'CC-BY-4.0',
    reason:
      'Facts about browsers, and what unpacks them, under an open licence for content. Babel brings it along, with which ' +
      'Stryker changes the code (npm run mutation).',
  },
  {
    name: 'spdx-exceptions',
    licence: 'CC-BY-3.0',
    reason:
      'A list of names from the SPDX specification, under an open licence for content; it has no code. The parser of ' +
      'licence expressions reads it.',
  },
];

/**
 * What is wrong with using software under this licence so, exceptions aside; undefined where nothing is.
 *
 * @param licence a licence expression as of SPDX 2.3, annex D, such as `(MIT OR GPL-3.0-only)`; of alternatives one
 *   that is listed is enough, of several that hold together each must be. Undefined: none is given
 */
export function licenceProblem(licence: string | undefined, use: Use): string | undefined {
  if (licence === undefined) return 'it names no licence';
  try {
    if (isListed(parse(licence), use)) return undefined;
    return `${licence} is not on the list of licences for ${use === 'tool' ? 'tools' : 'what is shipped'}`;
  } catch (error) {
    return `"${licence}" is not an SPDX licence expression (${(error as Error).message})`;
  }
}

function isListed(licence: parse.Info, use: Use): boolean {
  if ('license' in licence) {
    // An exception (`WITH`) only permits more.
    return (
      PERMISSIVE.includes(licence.license) || (use === 'tool' && Object.hasOwn(FOR_TOOLS, licence.license))
    );
  }
  const { left, right, conjunction } = licence;
  return conjunction === 'or'
    ? isListed(left, use) || isListed(right, use)
    : isListed(left, use) && isListed(right, use);
}
