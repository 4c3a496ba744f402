// Where the project lives is said in package.json alone, so that a fork changes it in one place.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, read } from '../docs/pages.ts';

const { repository, bugs, homepage } = JSON.parse(read('package.json')) as {
  repository: { url: string };
  bugs: { url: string };
  homepage: string;
};

const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

test('package.json says one address in all three places', () => {
  expect(address).toMatch(/^https:\/\/[^/]+\/./);
  expect([bugs.url, homepage]).toEqual([`${address}/issues`, `${address}#readme`]);
});

test.runIf(existsSync(join(ROOT, '.git')))('no other file repeats it', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const others = tracked.filter(
    (path) => path !== '' && path !== 'package.json' && existsSync(join(ROOT, path)),
  );
  expect(others.length).toBeGreaterThan(100);
  expect(others.filter((path) => readFileSync(join(ROOT, path), 'utf8').includes(address))).toEqual([]);
});
