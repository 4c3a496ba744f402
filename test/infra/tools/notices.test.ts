// `npm run build` comes first: the notices of the real artifact. The others are of packages that are made up.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../../infra/tools/bundle.ts';
import { type AddedText, thirdPartyNotices } from '../../../infra/tools/notices.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

describe('the notices of the artifact', async () => {
  const notices = await readFile(`${ROOT}.build/unassign/THIRD-PARTY-NOTICES`, 'utf8');
  const metafile = JSON.parse(await readFile(`${ROOT}.build/unassign.meta.json`, 'utf8')) as Metafile;
  /** The folder of the package of each file that has bytes in the artifact. */
  const folders = new Set(
    Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([path, { bytesInOutput }]) => path.includes('node_modules/') && bytesInOutput > 0)
      .map(([path]) => path.split('/'))
      .map((parts) => parts.slice(0, parts[1]?.startsWith('@') ? 3 : 2).join('/')),
  );
  const bundled = await Promise.all(
    [...folders].map(async (folder) => ({
      folder,
      manifest: JSON.parse(await readFile(`${ROOT}${folder}/package.json`, 'utf8')) as Manifest,
    })),
  );
  /** Heads and texts in turn. */
  const parts = notices.split(`${'='.repeat(80)}\n`).slice(1);
  const sections = parts.flatMap((head, index) =>
    index % 2 === 0 ? [{ titles: head.trimEnd().split('\n'), text: parts[index + 1] ?? '' }] : [],
  );

  it('name each package that is in it by version and licence, and no other', () => {
    const titles = sections.flatMap((section) => section.titles).filter((title) => !title.includes(' in '));
    expect(titles.toSorted()).toEqual(
      bundled.map(({ manifest: { name, version, license } }) => `${name} ${version} (${license})`).toSorted(),
    );
  });

  it.each(bundled)('have the whole licence of $manifest.name', async ({ folder, manifest }) => {
    const licence = await readFile(`${ROOT}${folder}/LICENSE`, 'utf8');
    const section = sections.find(({ titles }) =>
      titles.some((title) => title.startsWith(`${manifest.name} `)),
    );
    expect(section?.text).toContain(licence.trim());
  });

  it('have the licence of the parser inside undici, which its package lacks', () => {
    const section = sections.find(({ titles }) =>
      titles.some((title) => title.startsWith('llhttp in undici ')),
    );
    expect(section?.text).toContain('Copyright © 2018 Fedor Indutny');
  });
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'camunda-unassign-notices-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Installs a package with these files, and gives the metafile of a bundle that has `lib/index.js` of it. */
async function bundleOf(files: Readonly<Record<string, string>>, license = 'MIT'): Promise<Metafile> {
  const folder = 'node_modules/@made/up';
  const all = {
    ...files,
    'lib/index.js': '',
    'package.json': JSON.stringify({ name: '@made/up', version: '1.2.3', license }),
  };
  for (const [path, text] of Object.entries(all)) {
    const file = join(root, folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const inputs = {
    [`${folder}/lib/index.js`]: { bytesInOutput: 10 },
    'functions/own.ts': { bytesInOutput: 5 },
  };
  return { inputs: {}, outputs: { 'index.mjs': { bytes: 15, inputs, imports: [], exports: [] } } };
}

const make = (metafile: Metafile, added: readonly AddedText[] = []) =>
  thirdPartyNotices(metafile, root, added);

const ADDED: AddedText = {
  package: '@made/up',
  file: 'llhttp.txt',
  source: 'https://example.org/LICENSE',
  reason: 'a test needs one',
};

describe('the notices of a bundle', () => {
  it.each(['LICENSE', 'LICENCE.txt', 'license.md', 'LICENSE-MIT', 'COPYING'])(
    'have the text of %s',
    async (name) => {
      const notices = await make(await bundleOf({ [name]: 'The words.' }));
      expect(notices).toMatch(/\n@made\/up 1\.2\.3 \(MIT\)\n=+\n\nThe words\.\n$/);
    },
  );

  it.each(['NOTICE', 'NOTICE.txt', 'COPYRIGHT', 'lib/LICENSE', 'ThirdPartyNotices.txt'])(
    'have the text of %s beside the licence',
    async (name) => {
      const notices = await make(await bundleOf({ LICENSE: 'The words.', [name]: 'More words.' }));
      expect([notices.includes('The words.'), notices.includes('More words.')]).toEqual([true, true]);
    },
  );

  it('have no text of a folder of which the bundle has nothing', async () => {
    const notices = await make(await bundleOf({ LICENSE: 'The words.', 'other/LICENSE': 'More words.' }));
    expect(notices).not.toContain('More words.');
  });

  it('have an added text in place of a licence file that is missing', async () => {
    const notices = await make(await bundleOf({}), [ADDED]);
    expect(notices).toMatch(
      /\n@made\/up 1\.2\.3 \(MIT\)\n=+\n\nMIT License\n\nCopyright © 2018 Fedor Indutny\n/,
    );
  });

  it.each([
    ['has no licence file', {}, 'MIT', [], '@made/up 1.2.3: it has no licence file'],
    [
      'has a notice, but no licence file',
      { NOTICE: 'n' },
      'MIT',
      [],
      '@made/up 1.2.3: it has no licence file',
    ],
    [
      'has only source code with such a name',
      { 'license.js': '' },
      'MIT',
      [],
      '@made/up 1.2.3: it has no licence file',
    ],
    [
      'has a licence that asks for more',
      { LICENSE: 'l' },
      'MPL-2.0',
      [],
      '@made/up 1.2.3: MPL-2.0 is not on the list',
    ],
    [
      'contains something under a licence that asks for more',
      { LICENSE: 'l' },
      'MIT',
      [{ ...ADDED, part: { name: 'inner', folder: 'lib', licence: 'MPL-2.0' } }],
      '@made/up 1.2.3: MPL-2.0 is not on the list',
    ],
    [
      'has no part any more to which a text belongs',
      { LICENSE: 'l' },
      'MIT',
      [{ ...ADDED, part: { name: 'inner', folder: 'gone', licence: 'MIT' } }],
      'no bundled package needs llhttp.txt for @made/up',
    ],
    [
      'has the licence file by now that an entry stands in for',
      { LICENSE: 'l' },
      'MIT',
      [ADDED],
      'no bundled package needs llhttp.txt for @made/up',
    ],
  ])('cannot be made where a package %s', async (_, files, license, added, words) => {
    await expect(make(await bundleOf(files, license), added)).rejects.toThrow(words);
  });
});
