// The licences and notices of what a bundle contains. Those licences ask that their text goes wherever the software
// goes, and a bundle has no comments and no licence files left.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';
import { bundledPackages } from './bundled-packages.ts';
import { licenceProblem } from './licence-policy.ts';

/** The name of the file beside a bundle. */
export const NOTICES = 'THIRD-PARTY-NOTICES';

/** A text that a package ought to have with it and does not: its own licence, or that of what it contains. */
export interface AddedText {
  /** The package that lacks it. */
  readonly package: string;
  /** Where it is about a part only: the folder of the package that holds the part. The package's own licence is no part. */
  readonly part?: { readonly name: string; readonly folder: string; readonly licence: string };
  /** The file in `infra/tools/notices` with the text. */
  readonly file: string;
  readonly source: string;
  readonly reason: string;
}

/** What is added. An entry that no bundled package needs fails the build. */
export const ADDED_TEXTS: readonly AddedText[] = [
  {
    package: 'undici',
    part: { name: 'llhttp', folder: 'lib/llhttp', licence: 'MIT' },
    file: 'llhttp.txt',
    source: 'https://github.com/nodejs/llhttp/blob/main/LICENSE',
    reason: 'undici carries this parser as WebAssembly, and its npm package has no licence text for it.',
  },
];

/** One thing that the bundle contains, with its texts. */
interface Notice {
  readonly title: string;
  readonly text: string;
}

/**
 * The content of {@link NOTICES} for a bundle: each bundled package by name and version with the whole text of its
 * licences and notices, packages with the same texts together.
 *
 * @param root the checkout; the metafile's paths are relative to it
 * @param added see {@link ADDED_TEXTS}
 * @throws Error that names each package whose licence has no text, or asks for more than its text
 */
export async function thirdPartyNotices(
  metafile: Metafile,
  root: string,
  added: readonly AddedText[] = ADDED_TEXTS,
): Promise<string> {
  const packages = await Promise.all(
    [...bundledPackages(metafile)].map(([folder, files]) => readPackage(root, folder, files)),
  );
  const needless = added.filter((text) => !packages.some((one) => addsTo(one)(text)));
  const problems = [
    ...packages.flatMap((one) => problemsOf(one, added.filter(addsTo(one)))),
    ...needless.map(
      ({ package: name, file }) => `no bundled package needs ${file} for ${name}; remove its entry`,
    ),
  ];
  if (problems.length > 0) {
    throw new Error(`${NOTICES} cannot be made (infra/tools/notices.ts):\n- ${problems.join('\n- ')}`);
  }
  const notices = await Promise.all(packages.map((one) => noticesOf(one, added.filter(addsTo(one)))));
  return render(notices.flat());
}

/** A bundled package as it is installed. */
interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
  /** What was taken of it. */
  readonly files: readonly string[];
  readonly texts: readonly TextFile[];
}

/** A licence or a notice that a package has with it. */
interface TextFile {
  readonly name: string;
  readonly text: string;
}

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.optional(z.string()) });

async function readPackage(root: string, folder: string, files: readonly string[]): Promise<Bundled> {
  const path = join(root, folder);
  const { name, version, license } = Manifest.parse(
    JSON.parse(await readFile(join(path, 'package.json'), 'utf8')),
  );
  const texts = (await Promise.all(foldersOf(files).map((inside) => textsIn(join(path, inside))))).flat();
  return { name, version, licence: license, files, texts };
}

/** The package's own folder first, then those on the way to what was taken: undici has a licence in `lib/web/fetch`. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set(['.']);
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].toSorted();
}

const LICENCE_FILE = /^(licen[cs]es?|copying)([-_.].*)?$/i;
const NOTICE_FILE = /^(copyright|notices?|third-?party-?(notices?|licen[cs]es?))([-_.].*)?$/i;
const SOURCE_FILE = /\.(c|m)?(js|ts|json|map)$/i;

async function textsIn(folder: string): Promise<TextFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && !SOURCE_FILE.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => LICENCE_FILE.test(name) || NOTICE_FILE.test(name))
    .toSorted();
  return Promise.all(names.map(async (name) => ({ name, text: await readText(join(folder, name)) })));
}

const readText = async (path: string) =>
  (await readFile(path, 'utf8')).replaceAll('\r\n', '\n').replace(/^\n+|\s+$/g, '');

/** Whether a text is one that this package needs: for a part that was taken, or since it has no licence file itself. */
const addsTo =
  ({ name, files, texts }: Bundled) =>
  ({ package: needing, part }: AddedText) =>
    needing === name &&
    (part === undefined ? !hasLicence(texts) : files.some((file) => file.startsWith(`${part.folder}/`)));

const hasLicence = (texts: readonly TextFile[]) => texts.some(({ name }) => LICENCE_FILE.test(name));

function problemsOf({ name, version, licence, texts }: Bundled, added: readonly AddedText[]): string[] {
  const licences = [licence, ...added.flatMap(({ part }) => part?.licence ?? [])];
  const problems = licences.flatMap((one) => licenceProblem(one, 'shipped') ?? []);
  if (!hasLicence(texts) && !added.some(({ part }) => part === undefined)) {
    problems.push(
      'it has no licence file; add its text to ADDED_TEXTS, with where it is from and why it is right',
    );
  }
  return problems.map((problem) => `${name} ${version}: ${problem}`);
}

async function noticesOf(one: Bundled, added: readonly AddedText[]): Promise<Notice[]> {
  const { name, version, licence = '', texts } = one;
  const read = ({ file }: AddedText) => readText(join(import.meta.dirname, 'notices', file));
  const own = await Promise.all(added.filter(({ part }) => part === undefined).map(read));
  const parts = added.flatMap((text) => (text.part === undefined ? [] : [{ ...text.part, text }]));
  return [
    {
      title: `${name} ${version} (${licence})`,
      text: [...texts.map(({ text }) => text), ...own].join('\n\n'),
    },
    ...(await Promise.all(
      parts.map(async (part) => ({
        title: `${part.name} in ${name} ${version} (${part.licence})`,
        text: await read(part.text),
      })),
    )),
  ];
}

const RULE = '='.repeat(80);

/** Sorted by title, and without a date, so that the same bundle has the same notices. */
function render(notices: readonly Notice[]): string {
  const byText = Map.groupBy(
    notices.toSorted((one, other) => (one.title < other.title ? -1 : 1)),
    ({ text }) => text,
  );
  const sections = [...byText].map(([text, those]) => {
    const titles = those.map(({ title }) => title).join('\n');
    return `${RULE}\n${titles}\n${RULE}\n\n${text}\n`;
  });
  return [`This bundle contains the following software under the following licences.\n`, ...sections].join(
    '\n',
  );
}
