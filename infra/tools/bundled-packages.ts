// Which packages a bundle was made of, by esbuild's metafile.
import type { Metafile } from 'esbuild';

/**
 * The packages of which something is in the bundle: by their folders, such as `node_modules/undici`, the files that
 * were taken, relative to that folder.
 */
export function bundledPackages({ outputs }: Metafile): Map<string, readonly string[]> {
  const packages = new Map<string, string[]>();
  for (const path of new Set(Object.values(outputs).flatMap(inputsOf))) {
    const [, folder, file] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(.+)$/.exec(path) ?? [];
    if (folder === undefined || file === undefined) continue;
    packages.set(folder, [...(packages.get(folder) ?? []), file]);
  }
  return packages;
}

/** The files that left something in an output, not only their place. */
function inputsOf({ inputs }: Metafile['outputs'][string]): string[] {
  return Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
}
