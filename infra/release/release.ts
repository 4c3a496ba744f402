// `npm run release`: builds everything that a release consists of into dist/release/<version>, without a network. The same
// commit gives the same bytes, on whatever machine, so that anybody can compare.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import * as z from 'zod';
import { canonicalTarball } from '../package/archives.ts';
import { bundledPackages } from '../tools/bundled-packages.ts';
import { NOTICES } from '../tools/notices.ts';
import { type LockedPackage, lockedPackages, requirements, strayPackages } from '../tools/npm-packages.ts';
import { sectionOf } from './change-log.ts';
import { type Checkout, refusalsOf, remarksOn, tagOf } from './readiness.ts';
import { type Product, sbom } from './sbom.ts';

const exec = promisify(execFile);

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  repository: z.object({ url: z.string() }),
});

const CHECKSUMS = 'SHA256SUMS';

/** The files of a release, by name. */
type Files = Readonly<Record<string, string | Uint8Array>>;

const read = (path: string) => readFile(path, 'utf8');

const manifest = Manifest.parse(JSON.parse(await read('package.json')));
const lockfile = await read('package-lock.json');
const checkout = await readCheckout();
const refusals = refusalsOf(checkout);
if (refusals.length > 0) {
  for (const refusal of refusals) console.error(refusal);
  process.exitCode = 1;
} else {
  const folder = join('dist/release', manifest.version);
  const files = withChecksums(await makeFiles());
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  console.log(`${manifest.name} ${manifest.version}, commit ${checkout.commit}, in ${folder}:`);
  console.log(files[CHECKSUMS]);
  for (const remark of remarksOn(checkout)) console.log(remark);
}

async function readCheckout(): Promise<Checkout> {
  const { version } = manifest;
  return {
    version,
    changeLog: await read('CHANGELOG.md'),
    commit: await git('rev-parse', 'HEAD'),
    taggedCommit: await git('rev-parse', '--verify', '--quiet', `refs/tags/${tagOf(version)}^{commit}`).catch(
      () => undefined,
    ),
    changes: (await git('status', '--porcelain')).split('\n').filter((line) => line !== ''),
    strayPackages: strayPackages(lockfile, await read('node_modules/.package-lock.json')),
  };
}

async function git(...words: readonly string[]): Promise<string> {
  return (await exec('git', words)).stdout.trimEnd();
}

async function makeFiles(): Promise<Files> {
  const { name, version } = manifest;
  const committedAt = new Date(await git('show', '--no-patch', '--format=%cI', 'HEAD'));
  const deployment = await packageForEveryTool();
  const zip = await readFile(join(deployment, 'function.zip'));
  const tarball = canonicalTarball(await pack());
  return {
    [`${name}-function-${version}.zip`]: zip,
    [`${name}-function-${version}.cdx.json`]: await billOfFunction(zip, committedAt),
    [`${name}-${version}.${basename(deployment)}.template.json`]: await read(
      join(deployment, 'template.json'),
    ),
    [`${name}-${version}.tgz`]: tarball,
    [`${name}-${version}.cdx.json`]: await billOfPackage(tarball, committedAt),
    [NOTICES]: await read(`.build/unassign/${NOTICES}`),
    'NOTES.md': `${sectionOf(checkout.changeLog, version)}\n`,
  };
}

/**
 * Runs npm with nothing of the environment that settings of AWS, of the deployment or of an npm that called this could be
 * in. What it says is shown if it fails.
 */
async function npm(...words: readonly string[]): Promise<void> {
  const { PATH, HOME } = process.env;
  await exec('npm', words, { env: { PATH, HOME } }).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`npm ${words.join(' ')} failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  });
}

/** The npm package. It is built by name: where npm ignores scripts, packing would not do it. */
async function pack(): Promise<Uint8Array> {
  await npm('run', 'build:package');
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-release-'));
  try {
    await npm('pack', '--ignore-scripts', '--pack-destination', folder);
    const [file = ''] = await readdir(folder);
    return await readFile(join(folder, file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The deployment of the stage dev, with its code in a bucket that has yet to be named; returns its folder. */
async function packageForEveryTool(): Promise<string> {
  const folder = join('.build', 'release');
  await rm(folder, { recursive: true, force: true });
  await npm('run', 'package', '--', '--code-bucket', 'your-bucket', '--folder', folder);
  const [stage = ''] = await readdir(folder);
  return join(folder, stage);
}

async function billOfFunction(zip: Uint8Array, committedAt: Date): Promise<string> {
  const product = { ...productOf(zip, committedAt), name: `${manifest.name}-function` };
  return sbom(
    { ...product, type: 'application', isNpmPackage: false },
    { packages: await bundledBy('.build/unassign.meta.json'), requirements: requirements(lockfile) },
  );
}

/** What the package brings along, and what the console's pages in it are made of. */
async function billOfPackage(tarball: Uint8Array, committedAt: Date): Promise<string> {
  const shipped = lockedPackages(lockfile).filter(({ use }) => use === 'shipped');
  const inPages = await bundledBy('.build/pages.meta.json');
  const packages = new Map([...shipped, ...inPages].map((one) => [one.folder, one]));
  return sbom(
    { ...productOf(tarball, committedAt), type: 'library', isNpmPackage: true },
    { packages: [...packages.values()], requirements: requirements(lockfile) },
  );
}

/** The packages of which something is in a bundle, by its metafile. */
async function bundledBy(metafile: string): Promise<LockedPackage[]> {
  const locked = new Map(lockedPackages(lockfile).map((one) => [one.folder, one]));
  const folders = bundledPackages(JSON.parse(await read(metafile)) as Metafile).keys();
  return [...folders].map((folder) => {
    const found = locked.get(folder);
    if (found === undefined) throw new Error(`package-lock.json does not name ${folder}, which is bundled.`);
    return found;
  });
}

function productOf(file: Uint8Array, committedAt: Date): Omit<Product, 'type' | 'isNpmPackage'> {
  const { name, version, description, license, repository } = manifest;
  return {
    name,
    version,
    description,
    licence: license,
    sha256: sha256(file),
    repository: repository.url,
    commit: checkout.commit,
    committedAt,
  };
}

/** With the sums of all files, as `sha256sum --check` reads them. */
function withChecksums(files: Files): Files {
  const names = Object.keys(files).toSorted();
  const lines = names.map((name) => `${sha256(files[name] ?? '')}  ${name}\n`);
  return { ...files, [CHECKSUMS]: lines.join('') };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
