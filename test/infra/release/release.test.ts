// `npm run release` in a small project of its own: with the real git, npm and packing, and with a build that takes no time and
// is different every time in what must not matter.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../infra/tools/bundle.ts';

const exec = promisify(execFile);

/** Packages as `npm run package` does: by what it is told and by the environment that it is started in. */
const PACKAGE_SCRIPT = `
  import { mkdirSync, writeFileSync } from 'node:fs';
  import { zipSync } from ${JSON.stringify(import.meta.resolve('fflate'))};
  const told = (name) => process.argv[process.argv.indexOf(name) + 1];
  const used = (path) => [path, { bytesInOutput: 1 }];
  const inputs = Object.fromEntries(
    ['index.ts', 'node_modules/@scope/bundled/a.js', 'node_modules/bundled/b.js'].map(used));
  inputs['node_modules/unused/c.js'] = { bytesInOutput: 0 };
  const folder = told('--folder') + '/dev-placeholder';
  mkdirSync(folder, { recursive: true });
  mkdirSync('.build/unassign', { recursive: true });
  const files = { '.build/unassign/index.mjs': new TextEncoder().encode('export {};') };
  writeFileSync(folder + '/function.zip', zipSync(files, { mtime: new Date(1980, 0, 1) }));
  writeFileSync(folder + '/template.json',
    JSON.stringify({ S3Bucket: told('--code-bucket'), Region: process.env.AWS_REGION ?? 'the default' }));
  writeFileSync('.build/unassign.meta.json', JSON.stringify({ outputs: { 'index.mjs': { inputs } } }));
  writeFileSync('.build/unassign/THIRD-PARTY-NOTICES', 'What others have written.');
`;

const locked = (dependencies: Record<string, string> = {}, more = {}) => ({
  version: '1.0.0',
  license: 'MIT',
  dependencies,
  ...more,
});
const INSTALLED = {
  'node_modules/@scope/bundled': locked({ bundled: '1' }, { dev: true }),
  'node_modules/bundled': locked(),
  'node_modules/unused': locked({}, { dev: true }),
  'node_modules/needed': locked(),
  'node_modules/on-pages': locked({}, { dev: true }),
};

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'some',
    version: '1.2.0',
    description: 'Does something',
    license: 'Apache-2.0',
    type: 'module',
    repository: { type: 'git', url: 'git+https://repository.invalid/some.git' },
    bin: { some: 'dist/main.js' },
    files: ['dist/main.js'],
    scripts: { package: 'node package.js', 'build:package': 'node build-package.js' },
  }),
  'package-lock.json': JSON.stringify({
    packages: {
      '': { name: 'some', version: '1.2.0', dependencies: { needed: '1', bundled: '1' } },
      ...INSTALLED,
    },
  }),
  'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-24\n\n- A thing.\n',
  '.gitignore': 'node_modules\n.build/\n.serverless/\ndist/\n',
  'package.js': PACKAGE_SCRIPT,
  'build-package.js': `
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/main.js', '#!/usr/bin/env node\\n');
    chmodSync('dist/main.js', 0o755);
    const inputs = { 'node_modules/on-pages/d.js': { bytesInOutput: 1 } };
    mkdirSync('.build', { recursive: true });
    writeFileSync('.build/pages.meta.json', JSON.stringify({ outputs: { 'pages.js': { inputs } } }));
  `,
};

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-release-test-'));
  folders.push(folder);
  return folder;
}

const git = (cwd: string, ...words: readonly string[]) =>
  exec('git', ['-c', 'user.name=Some', '-c', 'user.email=some@example.invalid', ...words], { cwd });

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The project, committed, as npm would have installed it. */
async function newProject(): Promise<string> {
  const folder = await newFolder();
  await write(folder, FILES);
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '--quiet', '--message', 'Begin');
  await install(folder);
  return folder;
}

const install = (folder: string) =>
  write(folder, { 'node_modules/.package-lock.json': JSON.stringify({ packages: INSTALLED }) });

/** A clone in another place, made under another umask. */
async function cloneOf(project: string, umask: string): Promise<string> {
  const folder = join(await newFolder(), 'deeper');
  await exec('sh', ['-c', `umask ${umask} && git clone --quiet "$0" "$1"`, project, folder]);
  await install(folder);
  return folder;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SCRIPT = join(ROOT, 'infra/release/release.ts');

function release(
  cwd: string,
  { umask = '022', ...environment }: Record<string, string> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      'sh',
      ['-c', `umask ${umask} && exec "$0" "$1"`, process.execPath, SCRIPT],
      { cwd, env: { ...process.env, ...environment } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const released = (project: string, name = '') => join(project, 'dist/release/1.2.0', name);

/** The files of a release, as hexadecimal digits, by name. */
async function contents(project: string): Promise<Record<string, string>> {
  const names = (await readdir(released(project))).toSorted();
  const files = names.map(async (name) => [name, (await readFile(released(project, name))).toString('hex')]);
  return Object.fromEntries(await Promise.all(files));
}

describe('a release', () => {
  let project: string;
  let outcome: Outcome;
  beforeAll(async () => {
    project = await newProject();
    outcome = await release(project);
  });

  const read = (name: string) => readFile(released(project, name), 'utf8');
  const json = async (name: string) => JSON.parse(await read(name));

  it('is made, and says that it is a trial without a tag', () => {
    expect(outcome).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('no tag v1.2.0 yet'),
    });
  });

  it('has its files, and nothing else', async () => {
    expect(Object.keys(await contents(project))).toEqual([
      'NOTES.md',
      'SHA256SUMS',
      'THIRD-PARTY-NOTICES',
      'some-1.2.0.cdx.json',
      'some-1.2.0.dev-placeholder.template.json',
      'some-1.2.0.tgz',
      'some-function-1.2.0.cdx.json',
      'some-function-1.2.0.zip',
    ]);
  });

  it('has the sums of all its files', async () => {
    const { SHA256SUMS: _, ...files } = await contents(project);
    const expected = Object.entries(files).map(([name, hex]) => {
      const sum = createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');
      return `${sum}  ${name}\n`;
    });
    expect(await read('SHA256SUMS')).toBe(expected.join(''));
  });

  it('has the section of the change log as its notes', async () => {
    expect(await read('NOTES.md')).toBe('- A thing.\n');
  });

  it('has what was packed', async () => {
    const zip = unzipSync(await readFile(released(project, 'some-function-1.2.0.zip')));
    expect(Object.entries(zip).map(([name, content]) => [name, strFromU8(content)])).toEqual([
      ['.build/unassign/index.mjs', 'export {};'],
    ]);
  });

  it('has a package whose files everybody may read, and whose command everybody may run', async () => {
    const { stdout } = await exec('tar', ['-tvzf', released(project, 'some-1.2.0.tgz')]);
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, 10), line.split('package/')[1]]);
    expect(listed).toEqual([
      ['-rwxr-xr-x', 'dist/main.js'],
      ['-rw-r--r--', 'package.json'],
    ]);
  });

  it('has a template that says what it is by its name, and knows nothing of where it was made', async () => {
    expect(await json('some-1.2.0.dev-placeholder.template.json')).toEqual({
      S3Bucket: 'your-bucket',
      Region: 'the default',
    });
  });

  const packagesOf = async (name: string) =>
    ((await json(name)).components as { purl: string }[]).map(({ purl }) => purl).toSorted();

  it("has a bill of the artifact that names the metafile's packages, and no others", async () => {
    expect(await packagesOf('some-function-1.2.0.cdx.json')).toEqual([
      'pkg:npm/%40scope/bundled@1.0.0',
      'pkg:npm/bundled@1.0.0',
    ]);
  });

  it("has a bill of the package that names what it brings along and what is in the console's pages", async () => {
    expect(await packagesOf('some-1.2.0.cdx.json')).toEqual([
      'pkg:npm/bundled@1.0.0',
      'pkg:npm/needed@1.0.0',
      'pkg:npm/on-pages@1.0.0',
    ]);
  });

  it('has the same bytes from another clone, under another umask, in another time zone and region', async () => {
    const clone = await cloneOf(project, '077');
    await release(clone, { umask: '077', TZ: 'Asia/Tokyo', AWS_REGION: 'eu-west-1' });
    expect(await contents(clone)).toEqual(await contents(project));
  });
});

describe('a release is refused, and nothing is made,', () => {
  it.each<[string, (project: string) => Promise<unknown>, string]>([
    ['where a file is not committed', (project) => write(project, { 'new.ts': '' }), '(?? new.ts)'],
    [
      'where the change log has no such version',
      async (project) => {
        await write(project, { 'CHANGELOG.md': '# Changelog\n' });
        await git(project, 'commit', '--quiet', '--all', '--message', 'Forget');
      },
      'CHANGELOG.md says nothing of 1.2.0.',
    ],
    [
      'where the tag is that of another commit',
      async (project) => {
        await git(project, 'tag', '--annotate', 'v1.2.0', '--message', '1.2.0');
        await git(project, 'commit', '--quiet', '--allow-empty', '--message', 'Go on');
      },
      'The tag v1.2.0 points to another commit',
    ],
    [
      'where another version of a package is installed',
      (project) =>
        write(project, {
          'node_modules/.package-lock.json': JSON.stringify({
            packages: { ...INSTALLED, 'node_modules/needed': locked({}, { version: '1.0.1' }) },
          }),
        }),
      'node_modules is not what package-lock.json says (needed).',
    ],
  ])('%s', async (_, spoil, sentence) => {
    const project = await newProject();
    await spoil(project);
    expect(await release(project)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    });
    await expect(readdir(released(project))).rejects.toThrow('ENOENT');
  });
});

it('a release of the commit that has its tag is no trial', async () => {
  const project = await newProject();
  await git(project, 'tag', '--annotate', 'v1.2.0', '--message', '1.2.0');
  const { code, stdout } = await release(project);
  expect([code, stdout]).toEqual([0, expect.not.stringContaining('trial')]);
});
