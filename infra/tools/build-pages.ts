// Bundles the console's pages into the package: dist/cli/console/assets, with the licences of what is in them beside them.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { ROOT } from './bundle.ts';
import { NOTICES, thirdPartyNotices } from './notices.ts';

const PAGES = `${ROOT}cli/console/pages`;
const ASSETS = `${ROOT}dist/cli/console/assets`;

await rm(ASSETS, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: { pages: `${PAGES}/main.tsx`, style: `${PAGES}/style/style.css` },
  outdir: ASSETS,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  // What the style uses, such as `light-dark()`, asks for the same browsers.
  target: 'es2023',
  minify: true,
  // The notices have them.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await cp(`${PAGES}/index.html`, `${ASSETS}/index.html`);
await cp(`${PAGES}/icon.svg`, `${ASSETS}/icon.svg`);
await writeFile(`${ASSETS}/${NOTICES}`, await thirdPartyNotices(metafile, ROOT, []));
await mkdir(`${ROOT}.build`, { recursive: true });
await writeFile(`${ROOT}.build/pages.meta.json`, JSON.stringify(metafile));
