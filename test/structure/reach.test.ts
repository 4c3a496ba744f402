// What decides how long a test may take: the modules that its file reaches.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { reachOf } from '../reach.ts';

const FILE = 'test/cli/some.test.ts';

/** What a test file with that text reaches besides itself, in a project that has these files, too. */
function reachOfText(text: string, others: Readonly<Record<string, string>> = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), 'camunda-unassign-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries({ ...others, [FILE]: text })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return [...reachOf(root, FILE)].filter((module) => module !== FILE);
}

test.each([
  ['a name', `import { spawn } from 'node:child_process';\n`],
  ['names in lines of their own', `import {\n  type ChildProcess,\n  spawn,\n} from 'node:child_process';\n`],
  ['all of it', `import * as processes from 'node:child_process';\n`],
  ['no name', `import 'node:child_process';\n`],
  ['a name to hand on', `export { spawn } from 'node:child_process';\n`],
  ['it while the test runs', `const { spawn } = await import('node:child_process');\n`],
  ['it behind another', `import { join } from 'node:path';\nimport { spawn } from 'node:child_process';\n`],
])('a file reaches what it imports: %s', (_, text) => {
  expect(reachOfText(text)).toContain('node:child_process');
});

test.each([
  ['types', `import type { ChildProcess } from 'node:child_process';\n`],
  [
    'names that are types',
    `import {\n  type ChildProcess,\n  type SpawnOptions,\n} from 'node:child_process';\n`,
  ],
  ['types to hand on', `export type { ChildProcess } from 'node:child_process';\n`],
  ['a text', `const text = "import { spawn } from 'node:child_process'";\n`],
])('a file does not reach what it has of it: %s', (_, text) => {
  expect(reachOfText(text)).toEqual([]);
});

test('a file reaches what the parts of the tests and of the local system import, round in circles, too', () => {
  const reached = reachOfText(`import { start } from '../support/stage.ts';\n`, {
    'test/support/stage.ts': `import { serve } from '../../infra/local/server.ts';\nexport function start() {}\n`,
    'infra/local/server.ts': `import { createServer } from 'node:http';\nimport { start } from '../../test/support/stage.ts';\n`,
  });
  expect(reached).toEqual(['test/support/stage.ts', 'infra/local/server.ts', 'node:http']);
});

test('a file does not reach what only the code under test imports', () => {
  const reached = reachOfText(`import { edit } from '../../cli/edit.ts';\n`, {
    'cli/edit.ts': `import { spawn } from 'node:child_process';\n`,
  });
  expect(reached).toEqual(['cli/edit.ts']);
});

test('a file may import what is not there', () => {
  expect(reachOfText(`import { gone } from '../support/gone.ts';\n`)).toEqual(['test/support/gone.ts']);
});
