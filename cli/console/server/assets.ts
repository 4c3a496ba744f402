// The pages' files, as they were built: read once, so that no request names a file of this machine.
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';

/** A file that is served. */
export interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The files by their paths, such as `/main.js`. */
export type Assets = ReadonlyMap<string, Asset>;

/** Where the build has them, seen from the package and from the sources. */
const FOLDERS = ['../assets/', '../../../dist/cli/console/assets/'].map(
  (path) => new URL(path, import.meta.url),
);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** The files of the first folder that is there; none where nothing was built. */
export async function readAssets(folders: readonly URL[] = FOLDERS): Promise<Assets> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    const entries = names.flatMap((name) => {
      const type = TYPES[extname(name)];
      return type === undefined ? [] : [{ name, type }];
    });
    if (entries.length === 0) continue;
    const read = entries.map(async ({ name, type }) => {
      const body = new Uint8Array(await readFile(new URL(name, folder)));
      return [`/${name}`, { type, body }] as const;
    });
    return new Map(await Promise.all(read));
  }
  return new Map();
}

/** What to do where nothing was built. */
export const NOT_BUILT = "The console's pages are not built: `npm run build:package` builds them.";

/**
 * The file for a path; the page itself for every path that could be one of its screens, so that a bookmark leads there.
 */
export function assetFor(assets: Assets, path: string): Asset | undefined {
  return assets.get(path) ?? (path.includes('.') ? undefined : assets.get('/index.html'));
}
