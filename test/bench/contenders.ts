// Who is measured: the function as it is built for Lambda, and three handlers of this folder, bundled alike.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Metafile } from 'esbuild';
import { bundle, ROOT } from '../../infra/tools/bundle.ts';

/** The function, and what it is measured against. */
export const CONTENDERS = ['function', 'floor', 'sdk', 'loop'] as const;

/** One of {@link CONTENDERS}. */
export type Contender = (typeof CONTENDERS)[number];

/** What they are called in the tables. */
export const NAMES: Readonly<Record<Contender, string>> = {
  function: 'this function',
  floor: 'the floor',
  sdk: 'SDK + Powertools',
  loop: 'fetch loop',
};

/** A bundled handler. */
export interface Artifact {
  /** Its main module. */
  readonly path: string;
  /** Of all its files. */
  readonly bytes: number;
}

/** The bundled main module of a process with a handler in it (contender.ts). */
export const CONTENDER_MAIN = `${ROOT}.build/bench/contender/index.mjs`;

/** Bundles the handlers of this folder. */
export async function bundleContenders(): Promise<Readonly<Record<Contender, Artifact>>> {
  await bundle('test/bench/contender.ts', `${ROOT}.build/bench/contender`);
  return {
    function: await builtFunction(),
    floor: await bundled('floor'),
    sdk: await bundled('sdk-powertools'),
    loop: await bundled('fetch-loop'),
  };
}

/** @throws where `npm run build` has not been run */
async function builtFunction(): Promise<Artifact> {
  const path = `${ROOT}.build/unassign/index.mjs`;
  if (!existsSync(path)) throw new Error('the function is not built: run npm run build first');
  const metafile = JSON.parse(await readFile(`${ROOT}.build/unassign.meta.json`, 'utf8')) as Metafile;
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  return { path, bytes };
}

async function bundled(name: string): Promise<Artifact> {
  const outdir = `${ROOT}.build/bench/${name}`;
  const { bytes } = await bundle(`test/bench/handlers/${name}.ts`, outdir);
  return { path: `${outdir}/index.mjs`, bytes };
}
