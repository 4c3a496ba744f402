// The npm packages of a checkout: those that package-lock.json names, for every platform, and what lies in
// node_modules besides.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Use } from './licence-policy.ts';

/** A package of one version, with what it says of its licence. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Undefined where it says none. */
  readonly licence: string | undefined;
  readonly use: Use;
  /** Why it is here, for people. */
  readonly broughtInBy: string;
}

/** A package that package-lock.json names. */
export interface LockedPackage extends Package {
  /** Where it is installed, such as `node_modules/undici`. */
  readonly folder: string;
  /** The digest of what the registry has (Subresource Integrity); undefined where the lock file has none. */
  readonly integrity: string | undefined;
}

const Dependencies = z.optional(z.record(z.string(), z.string()));

/** An entry of package-lock.json (npm documentation, package-lock.json, `packages`), as far as it is needed. */
const Entry = z.object({
  /** Where it is not the folder's. */
  name: z.optional(z.string()),
  version: z.string(),
  license: z.optional(z.string()),
  dev: z.optional(z.boolean()),
  integrity: z.optional(z.string()),
  dependencies: Dependencies,
  devDependencies: Dependencies,
  optionalDependencies: Dependencies,
  peerDependencies: Dependencies,
  peerDependenciesMeta: z.optional(z.record(z.string(), z.object({ optional: z.optional(z.boolean()) }))),
});
const Lockfile = z.object({ packages: z.record(z.string(), Entry) });
type Entries = z.infer<typeof Lockfile>['packages'];

/** All packages of a package-lock.json, those of other platforms included. */
export function lockedPackages(lockfile: string): LockedPackage[] {
  const { packages: entries } = Lockfile.parse(JSON.parse(lockfile));
  const chains = chainsOf(entries);
  return foldersIn(entries).map((folder) => {
    const entry = entries[folder] as z.infer<typeof Entry>;
    const { name = nameOf(folder), version, license, dev, integrity } = entry;
    return {
      name,
      version,
      folder,
      integrity,
      licence: license,
      use: dev === true ? 'tool' : 'shipped',
      broughtInBy: chains.get(folder)?.join(' > ') ?? 'nothing that package-lock.json names',
    };
  });
}

/**
 * What each package needs to run, by folders: those that a package-lock.json has for its dependencies. The project's own
 * folder is `''`; of what it needs, the tools of its development are a part.
 */
export function requirements(lockfile: string): ReadonlyMap<string, readonly string[]> {
  const { packages: entries } = Lockfile.parse(JSON.parse(lockfile));
  return new Map(
    Object.entries(entries).map(([folder, entry]) => {
      const isOptionalPeer = (name: string) =>
        entry.peerDependenciesMeta?.[name]?.optional === true && entry.dependencies?.[name] === undefined;
      const needed = requiredBy(entry).filter((name) => !isOptionalPeer(name));
      return [folder, needed.flatMap((name) => resolve(entries, folder, name) ?? [])];
    }),
  );
}

/**
 * The packages that are installed otherwise than a package-lock.json says, by name.
 *
 * @param installed npm's record of what it has installed, `node_modules/.package-lock.json`
 */
export function strayPackages(lockfile: string, installed: string): string[] {
  const { packages: locked } = Lockfile.parse(JSON.parse(lockfile));
  const { packages: there } = Lockfile.parse(JSON.parse(installed));
  const isStray = (folder: string) =>
    there[folder]?.version !== locked[folder]?.version ||
    there[folder]?.integrity !== locked[folder]?.integrity;
  return foldersIn(there).filter(isStray).map(nameOf);
}

/**
 * The packages in node_modules that package-lock.json does not name: what the installation of another one has fetched,
 * as `node` fetches the binary of the platform.
 *
 * @param root the folder that has the node_modules
 */
export async function packagesBesides(lockfile: string, root: string): Promise<Package[]> {
  const { packages: entries } = Lockfile.parse(JSON.parse(lockfile));
  const folders = await installedFolders(root, 'node_modules');
  const besides = folders.filter((folder) => !Object.hasOwn(entries, folder));
  return Promise.all(
    besides.map(async (folder) => {
      const manifest = Manifest.parse(JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')));
      return {
        ...manifest,
        licence: manifest.license,
        use: 'tool' as const,
        broughtInBy: `an installation, which put it into ${folder}; package-lock.json does not name it`,
      };
    }),
  );
}

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.optional(z.string()) });

/** By folder the names on the shortest way from the project to it. */
function chainsOf(entries: Entries): Map<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>([['', [entries['']?.name ?? 'this project']]]);
  for (const [folder, chain] of chains) {
    for (const name of requiredBy(entries[folder])) {
      const found = resolve(entries, folder, name);
      if (found !== undefined && !chains.has(found)) chains.set(found, [...chain, name]);
    }
  }
  return chains;
}

function requiredBy(entry: z.infer<typeof Entry> | undefined): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = entry ?? {};
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies });
}

/** Where Node.js finds a package of this name: in the nearest node_modules. */
function resolve(entries: Entries, folder: string, name: string): string | undefined {
  const found = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
  if (Object.hasOwn(entries, found)) return found;
  if (folder === '') return undefined;
  return resolve(entries, folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, ''), name);
}

const foldersIn = (entries: Entries) => Object.keys(entries).filter((folder) => folder !== '');

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

async function installedFolders(root: string, modules: string): Promise<string[]> {
  const packages = await subfolders(root, modules);
  const nested = packages.map((folder) => installedFolders(root, `${folder}/node_modules`));
  return [...packages, ...(await Promise.all(nested)).flat()];
}

/** The packages directly in a node_modules, by their scope or without one. */
async function subfolders(root: string, modules: string): Promise<string[]> {
  const entries = await readdir(join(root, modules), { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const found = folders.map(({ name }) =>
    name.startsWith('@') ? subfolders(root, `${modules}/${name}`) : [`${modules}/${name}`],
  );
  return (await Promise.all(found)).flat();
}
