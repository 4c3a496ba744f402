import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const script = fileURLToPath(new URL('../../../infra/tools/where-possible.ts', import.meta.url));

/** Runs a script with an npm that says what it was asked for and ends as it is told. */
async function runWith(end: string): Promise<{ exitCode: number; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-where-possible-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'npm'), `#!/bin/sh\necho "npm $*"\n${end}\n`);
  await chmod(join(folder, 'npm'), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, 'check:infra'], { env }, (error, stdout) =>
      resolve({ exitCode: Number(error?.code ?? 0), said: stdout }),
    );
  });
}

const LEFT_OUT = 'LEFT OUT: npm run check:infra, for what is said above.';

test.each([
  ['passes', 'exit 0', 0, false],
  ['fails', 'exit 1', 1, false],
  ['fails in another way', 'exit 4', 4, false],
  ['is killed', 'kill -9 $$', 1, false],
  ['cannot be run here', 'exit 3', 0, true],
])('where the script %s (%s), the end is %i, and left out: %s', async (_case, end, exitCode, isLeftOut) => {
  const ended = await runWith(end);
  expect(ended.said).toMatch(/^npm run check:infra\n/);
  expect([ended.exitCode, ended.said.includes(LEFT_OUT)]).toEqual([exitCode, isLeftOut]);
});
