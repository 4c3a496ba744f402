// Bundles the function into .build/unassign/index.mjs, the file that Lambda, `npm start`, the tests of the
// whole and the benchmarks all run. ES modules, split: what is imported dynamically (the SQS SDK, the Secrets
// Manager SDK, OAuth) becomes a chunk of its own that is read only when it is needed.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputFile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}.build/unassign`;

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { index: 'functions/unassign/handler.ts' },
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
  logLevel: 'warning',
  // CommonJS dependencies call require() for Node's own modules, which ES modules do not have.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module';const require = createRequireForBundle(import.meta.url);",
  },
});

// A function that is running reads its chunks as it needs them, so what has not changed is left alone.
await Promise.all(outputFiles.map(writeIfChanged));
const current = new Set(outputFiles.map(({ path }) => path));
for (const path of await filesIn(outdir)) if (!current.has(path)) await rm(path);
await writeFile(`${root}.build/unassign.meta.json`, JSON.stringify(metafile));

const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
console.log(`.build/unassign/index.mjs: ${outputFiles.length} files, ${Math.ceil(bytes / 1024)} KiB`);

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
