// Bundles the function into .build/unassign/index.mjs, the file that Lambda, `npm start`, the tests of the
// whole and the benchmarks all run. ES modules, split: what is imported dynamically (the SQS SDK, the Secrets
// Manager SDK, OAuth) becomes a chunk of its own that is read only when it is needed.
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}.build/unassign`;

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
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
  logLevel: 'warning',
  // CommonJS dependencies call require() for Node's own modules, which ES modules do not have.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module';const require = createRequireForBundle(import.meta.url);",
  },
});
await writeFile(`${root}.build/unassign.meta.json`, JSON.stringify(metafile));
for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`${file}  ${Math.ceil(bytes / 1024)} KiB`);
}
