// What `npm start` and `npm run build` look at first.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs it with a Node.js that says that it is of this version. */
function run(version: string, files: readonly string[]): Promise<{ code: unknown; err: string }> {
  const versions = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(versions)}`,
    'infra/tools/requirements.js',
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, ...files], { cwd: root }, (error, _, err) =>
      resolve({ code: error?.code ?? 0, err }),
    );
  });
}

it.each([
  ['24.0.0', ['package.json'], 0, /^$/],
  ['25.1.0', [], 0, /^$/],
  [
    '22.22.0',
    [],
    1,
    /^This is Node\.js 22\.22\.0, and Node\.js 24 is needed\..*run npm ci without --ignore-scripts/,
  ],
  ['20.20.2', ['package.json'], 1, /^This is Node\.js 20\.20\.2/],
  [
    '24.0.0',
    ['package.json', 'dist/none.js'],
    1,
    /^dist\/none\.js is missing: run npm ci without --ignore-scripts, or npm run build:package\.$/m,
  ],
])('with Node.js %s and %j ends with %i', async (version, files, code, err) => {
  expect(await run(version, files)).toEqual({ code, err: expect.stringMatching(err) });
});
