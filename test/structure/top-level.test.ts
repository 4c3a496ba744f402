// What lies at the top: a file that a command has left behind is soon committed with the rest.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../docs/pages.ts';

const ROOMS = ['cli', 'client', 'docs', 'functions', 'infra', 'test'];
const FILES = [
  '.ci',
  '.github',
  '.gitignore',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'biome.json',
  'package-lock.json',
  'package.json',
  'serverless.yml',
  'tsconfig.build.json',
  'tsconfig.json',
  'tsconfig.types.json',
  'vitest.config.ts',
];

test.runIf(existsSync(join(ROOT, '.git')))('the top level holds the rooms and the files of its tools', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const top = new Set(tracked.map((path) => path.split('/')[0]));
  expect([...top].sort()).toEqual([...ROOMS, ...FILES].sort());
});
