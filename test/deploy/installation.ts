// The AWS emulator (ministack) in a virtual environment of its own below .build, pinned by test/deploy/requirements.txt.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Where the emulator is, or what this machine lacks for it. */
export type Installation = { readonly python: string } | { readonly missing: string };

/** Python's packages are not what was pinned: no reason to leave the tests out. */
class TamperedPackages extends Error {
  override readonly name = 'TamperedPackages';
}

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const HOME = fileURLToPath(new URL('../../.build/ministack', import.meta.url));
const PYTHON = `${HOME}/bin/python`;
const MARK = `${HOME}/installed`;

/** Of ministack (its Requires-Python). */
const OLDEST_PYTHON = '3.10';

/**
 * Installs the emulator unless it is there.
 *
 * @throws TamperedPackages where a downloaded package has not the hash that is pinned
 */
export async function installMinistack(): Promise<Installation> {
  const wanted = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  const usable = (await readFile(MARK, 'utf8').catch(() => '')) === wanted && (await runs(PYTHON));
  if (usable) return { python: PYTHON };

  const python = process.env['PYTHON'] || 'python3';
  const version = `import sys; sys.exit(sys.version_info < (${OLDEST_PYTHON.replace('.', ', ')}))`;
  if ((await run(python, ['-c', version])).code !== 0) {
    return { missing: `No Python ${OLDEST_PYTHON} or later: ${python} is missing or older (set PYTHON).` };
  }
  console.log('Installing the AWS emulator into .build/ministack …');
  await rm(HOME, { recursive: true, force: true });
  const environment = await run(python, ['-m', 'venv', HOME]);
  if (environment.code !== 0) {
    return {
      missing: `${python} cannot make a virtual environment (Debian: python3-venv):\n${environment.said}`,
    };
  }
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', '--timeout=15', '--retries=1'];
  const packages = ['install', '--quiet', '--require-hashes', '--only-binary=:all:', '-r', REQUIREMENTS];
  const installed = await run(PYTHON, [...pip, ...packages]);
  if (/DO NOT MATCH THE HASHES/.test(installed.said)) throw new TamperedPackages(installed.said);
  if (installed.code !== 0) {
    return { missing: `The AWS emulator's Python packages cannot be had:\n${installed.said}` };
  }
  await writeFile(MARK, wanted);
  return { python: PYTHON };
}

async function runs(python: string): Promise<boolean> {
  return (await run(python, ['-c', 'import hypercorn, ministack'])).code === 0;
}

async function run(command: string, args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [said, [code]] = await Promise.all([
    text(child.stderr),
    ended.catch((error: unknown): [null, unknown] => [null, error]),
  ]);
  return { code, said: said.trim() };
}
