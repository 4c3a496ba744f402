// The command as it comes out of the package, in an empty project.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, startEmptyProject } from '../package/installed-package.ts';

it('runs from the package alone', async () => {
  const project = await startEmptyProject();
  onTestFinished(() => project.remove());
  const { version, bin, scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  // Whoever installs from a folder or from git would have to build it.
  expect(Object.keys(scripts)).not.toContain('prepare');
  const command = join('node_modules/camunda-unassign', bin['camunda-unassign']);
  expect(await project.run([command, '--version'])).toBe(`${version}\n`);
  const body = JSON.stringify({ userTaskKey: '2251799813685249' });
  expect(await project.run([command, 'enqueue', '2251799813685249', '--dry-run', '--output', 'jsonl'])).toBe(
    `${JSON.stringify({ body })}\n`,
  );
});
