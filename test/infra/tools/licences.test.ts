// `npm run licences` as a person runs it: over this checkout, and over copies of it with something added.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../../infra/tools/bundle.ts';
import { PYTHON_LICENCES, REQUIREMENTS } from '../../../infra/tools/python-packages.ts';

interface Lock {
  readonly packages: Record<string, Record<string, unknown>>;
}

let copy: string | undefined;
afterEach(async () => {
  if (copy !== undefined) await rm(copy, { recursive: true });
  copy = undefined;
});

/** A copy of what the check reads, without node_modules. */
async function copyCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-licences-'));
  copy = folder;
  for (const path of ['package-lock.json', PYTHON_LICENCES, ...REQUIREMENTS]) {
    await cp(join(ROOT, path), join(folder, path));
  }
  return folder;
}

/** What the check says where the lock file is changed so. */
async function checkLock(change: (packages: Lock['packages']) => void) {
  const folder = await copyCheckout();
  const path = join(folder, 'package-lock.json');
  const lock = JSON.parse(await readFile(path, 'utf8')) as Lock;
  change(lock.packages);
  await writeFile(path, JSON.stringify(lock));
  return check(folder);
}

function check(folder: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = join(ROOT, 'infra/tools/licences.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('the licences of this checkout', () => {
  it('are all on the list', async () => {
    expect(await check(ROOT)).toMatchObject({ code: 0, stderr: '' });
  });

  it('are counted by licence', async () => {
    const { stdout } = await check(ROOT);
    expect(stdout).toMatch(/^\d+ npm packages, \d+ Python packages\n +\d+ {2}MIT\n/);
  });
});

describe('a package under another licence', () => {
  const added = { version: '1.2.3', license: 'BUSL-1.1', dev: true };

  it('is named with its licence, and the command fails', async () => {
    const { code, stderr } = await checkLock((packages) => {
      packages['node_modules/closed'] = added;
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('closed 1.2.3: BUSL-1.1 is not on the list of licences for tools.\n'),
    ]);
  });

  it('is named with those that bring it in, from the nearest node_modules', async () => {
    const { stderr } = await checkLock((packages) => {
      packages['node_modules/osls'] = { ...packages['node_modules/osls'], dependencies: { middle: '1' } };
      packages['node_modules/middle'] = { version: '1.0.0', license: 'MIT', dependencies: { closed: '1' } };
      packages['node_modules/closed'] = { ...added, license: 'MIT' };
      packages['node_modules/middle/node_modules/closed'] = added;
    });
    expect(stderr).toMatch(
      /closed 1\.2\.3: .*\n {2}Brought in by camunda-unassign > osls > middle > closed\n/,
    );
  });

  it('is found though it is for another platform and not installed', async () => {
    const { stderr } = await checkLock((packages) => {
      const esbuild = packages['node_modules/esbuild'];
      packages['node_modules/esbuild'] = { ...esbuild, optionalDependencies: { '@closed/plan9': '1' } };
      packages['node_modules/@closed/plan9'] = { ...added, optional: true, os: ['plan9'] };
    });
    expect(stderr).toMatch(
      /@closed\/plan9 1\.2\.3: .*\n {2}Brought in by camunda-unassign > esbuild > @closed/,
    );
  });

  it('says what to do', async () => {
    const { stderr } = await checkLock((packages) => {
      packages['node_modules/closed'] = added;
    });
    expect(stderr).toContain('What to do: use another package or version that is open source');
  });
});

describe('a package', () => {
  it('that names no licence fails', async () => {
    const { code, stderr } = await checkLock((packages) => {
      packages['node_modules/silent'] = { version: '1.0.0', dev: true };
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('silent 1.0.0: it names no licence.\n')]);
  });

  it('that is shipped must not have a licence that is for tools only', async () => {
    const { code, stderr } = await checkLock((packages) => {
      packages['node_modules/copyleft'] = { version: '1.0.0', license: 'MPL-2.0' };
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(
        'copyleft 1.0.0: MPL-2.0 is not on the list of licences for what is shipped.\n',
      ),
    ]);
  });

  it('that an installation has fetched is judged though the lock file does not name it', async () => {
    const folder = await copyCheckout();
    const path = join(folder, 'node_modules/node/node_modules/@closed/binary/package.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ name: '@closed/binary', version: '1.0.0', license: 'BUSL-1.1' }));
    await writeFile(
      join(folder, 'node_modules/node/package.json'),
      JSON.stringify({ name: 'node', version: '1.0.0', license: 'MIT' }),
    );
    const { code, stderr } = await check(folder);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('which put it into node_modules/node/node_modules/@closed/binary;'),
    ]);
  });
});

describe('an exception', () => {
  it('that no package needs any more fails', async () => {
    const { code, stderr } = await checkLock((packages) => {
      delete packages['node_modules/spdx-exceptions'];
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('has an exception for spdx-exceptions with CC-BY-3.0, which nothing needs.'),
    ]);
  });

  it('is for the licence that it names alone', async () => {
    const { code, stderr } = await checkLock((packages) => {
      const entry = packages['node_modules/spdx-exceptions'];
      packages['node_modules/spdx-exceptions'] = { ...entry, license: 'CC-BY-NC-3.0' };
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('spdx-exceptions 2.5.0: CC-BY-NC-3.0 is not on the list'),
    ]);
  });
});

describe("Python's packages", () => {
  it.each([
    [
      'infra/scanners.txt',
      /^checkov==.*$/m,
      'checkov==99.0.0',
      'checkov 99.0.0, which infra/scanners.txt names, has no line',
    ],
    [
      'test/deploy/requirements.txt',
      /^ministack==\S+/m,
      'ministack==99.0.0',
      'ministack 99.0.0, which test/deploy/requirements.txt names, has no line',
    ],
    [
      PYTHON_LICENCES,
      /$/,
      'gone 1.0 MIT\n',
      'gone 1.0 has a line in infra/tools/python-licences.txt, and no requirements',
    ],
    [
      PYTHON_LICENCES,
      /^(cfn-lint \S+) .*$/m,
      '$1 BUSL-1.1',
      ': BUSL-1.1 is not on the list of licences for tools.\n  Brought in by infra/scanners.txt',
    ],
    ['infra/scanners.txt', /^checkov==/m, 'checkov>=', 'not a package with its exact version: checkov>='],
    [PYTHON_LICENCES, /^(checkov) .*$/m, '$1', 'not a name, a version and a licence: checkov'],
  ])('%s with %s as %s: fails', async (file, old, changed, words) => {
    const folder = await copyCheckout();
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace(old, changed));
    const { code, stderr } = await check(folder);
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
  });
});
