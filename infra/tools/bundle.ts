// How a Lambda's code is bundled here: ES modules, split, so that what is imported dynamically becomes a chunk of its
// own that is read only when it is needed. The function and those that the benchmark measures it against alike.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** What came of bundling. */
export interface Bundle {
  readonly metafile: Metafile;
  readonly files: number;
  readonly bytes: number;
}

/** What is left out of a bundle since nothing of it is ever asked for. */
export interface LeftOut {
  /**
   * Modules of Node.js, and paths of modules within node_modules: whoever requires one of them gets an object without
   * properties.
   */
  readonly empty: readonly string[];
  /** Packages: to import one of them fails as if it were not installed. */
  readonly missing: readonly string[];
}

/** The checkout: entry points and the paths in the metafile are relative to it. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles a module and all that it imports into `index.mjs` and `chunks/` of a folder, and removes what else is there. */
export async function bundle(
  entryPoint: string,
  outdir: string,
  { empty, missing }: LeftOut = { empty: [], missing: [] },
): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: entryPoint },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    plugins: [emptied(empty)],
    external: [...missing],
    logLevel: 'warning',
    // What is odd in the package.json of a dependency is not ours to fix.
    logOverride: { 'package.json': 'silent' },
    define: {
      // undici's own switch for bundles such as Node.js's: without the parser that is still an experiment.
      esbuildDetection: '1',
      // Always the parser for processors with SIMD, which is all that Lambda has.
      'process.env.UNDICI_NO_WASM_SIMD': '"0"',
    },
    // CommonJS dependencies call require() for Node's own modules, which ES modules do not have. To make
    // it anew for each file, by createRequire, took a fiftieth of a cold start.
    banner: { js: 'const require = process.getBuiltinModule;' },
  });
  // A function that is running reads its chunks as it needs them, so what has not changed is left alone.
  await Promise.all(outputFiles.map(writeIfChanged));
  const current = new Set(outputFiles.map(({ path }) => path));
  for (const path of await filesIn(outdir)) if (!current.has(path)) await rm(path);
  const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  return { metafile, files: outputFiles.length, bytes };
}

function emptied(ends: readonly string[]): Plugin {
  return {
    name: 'empty',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
        kind === 'require-call' && ends.includes(path) ? { path, namespace: 'empty' } : null,
      );
      esbuild.onLoad({ filter: /^/, namespace: 'empty' }, () => EMPTY);
      esbuild.onLoad({ filter: /\/node_modules\// }, ({ path }) =>
        ends.some((end) => path.endsWith(`/node_modules/${end}`)) ? EMPTY : null,
      );
    },
  };
}

const EMPTY = { contents: 'module.exports = {};' };

async function writeIfChanged({ path, contents }: OutputFile): Promise<void> {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
