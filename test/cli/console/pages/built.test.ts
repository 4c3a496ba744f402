// The pages as `npm run build:package` puts them into the package.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { expect, it } from 'vitest';
import { bundledPackages } from '../../../../infra/tools/bundled-packages.ts';
import { ROOT } from '../../../docs/pages.ts';

const ASSETS = join(ROOT, 'dist/cli/console/assets');
const NOTICES = 'THIRD-PARTY-NOTICES';
const served = (await readdir(ASSETS)).filter((name) => name !== NOTICES);
const read = (name: string) => readFile(join(ASSETS, name), 'utf8');

it('all that a browser loads is at most 150 KB compressed', async () => {
  const sizes = await Promise.all(served.map(async (name) => gzipSync(await read(name)).length));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
});

it('the page has its style in a file, before anything is painted, and no script or style inside', async () => {
  const page = await read('index.html');
  const head = page.slice(0, page.indexOf('</head>'));
  expect(head).toContain('<link rel="stylesheet" href="/style.css"');
  expect(head).toContain('<meta name="color-scheme" content="light dark"');
  expect(page).not.toMatch(/<style|\sstyle=|<script[^>]*>[^<]|\son\w+=/);
});

it.each(served)('%s asks nobody else for anything', async (name) => {
  const addresses = (await read(name)).match(/(?:https?:)?\/\/[\w.-]+\.\w+[^\s"'`)]*/g) ?? [];
  expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
});

it('the licences of all that is bundled are beside it', async () => {
  const metafile = JSON.parse(await readFile(join(ROOT, '.build/pages.meta.json'), 'utf8')) as Metafile;
  const names = [...bundledPackages(metafile).keys()].map((folder) => folder.replace('node_modules/', ''));
  expect(names).toEqual(expect.arrayContaining(['preact', 'd3-scale', 'd3-shape']));
  const notices = await read(NOTICES);
  expect(names.filter((name) => !notices.includes(`\n${name} `))).toEqual([]);
});
