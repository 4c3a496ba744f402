// The package as `npm pack` makes it, installed into an empty project.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** The root of this checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An empty project with the package, and with nothing else than what npm would install for it. */
export interface EmptyProject {
  /** The files of the package, as npm lists them. */
  readonly packed: readonly string[];
  /** Writes a file of the project. */
  write(name: string, text: string): Promise<void>;
  /** Runs Node on it; resolves with what it printed, rejects where it failed. */
  run(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  remove(): Promise<void>;
}

/** Packs `dist` as it was built. The dependencies are those of this checkout, so that no network is needed. */
export async function startEmptyProject(): Promise<EmptyProject> {
  const folder = await mkdtemp(join(tmpdir(), 'empty-project-'));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'camunda-unassign');
  await mkdir(installed, { recursive: true });
  const { stdout } = await exec(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, '--loglevel', 'error'],
    { cwd: ROOT },
  );
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  await exec('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components', '1']);
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write('package.json', JSON.stringify({ name: 'empty', version: '1.0.0', private: true }));
  return {
    packed: files.map(({ path }) => path),
    write,
    async run(words, environment = {}) {
      return (await exec(process.execPath, words, { cwd: folder, env: { ...process.env, ...environment } }))
        .stdout;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
