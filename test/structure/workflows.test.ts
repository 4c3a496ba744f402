// The workflows of GitHub Actions, as far as they can be judged without GitHub: by its own parser, and by what they may do.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Parser from '@actions/workflow-parser';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { ROOT, read } from '../docs/pages.ts';

const FOLDER = '.github/workflows';

const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await loadParser();

/** Bundled, since it imports JSON as bundlers allow and Node.js does not. */
async function loadParser(): Promise<typeof Parser> {
  const folder = mkdtempSync(join(tmpdir(), 'camunda-unassign-test-'));
  const outfile = join(folder, 'parser.mjs');
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['@actions/workflow-parser'],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      // For what is CommonJS in it.
      banner: { js: 'const require = process.getBuiltinModule;' },
    });
    return await import(outfile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What GitHub's parser says against a workflow, such as an unknown key, permission, event or function. */
async function problemsOf(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const { errors = [] } = value === undefined ? {} : await convertWorkflowTemplate(context, value);
  return [...context.errors.getErrors(), ...errors].map((error) =>
    'message' in error ? error.message : error.Message,
  );
}

describe.each(readdirSync(join(ROOT, FOLDER)))('%s', (name) => {
  const content = read(`${FOLDER}/${name}`);

  test('is a workflow to GitHub', async () => {
    expect(await problemsOf(name, content)).toEqual([]);
  });

  test.each([
    ['key', 'timeout-minutes:', 'timeout-minute:'],
    ['permission', 'attestations: write', 'attestation: write'],
    ['function', 'startsWith(', 'startWith('],
    ['job', 'needs: build', 'needs: built'],
  ])('would not be one with a %s that there is not', async (_, right, wrong) => {
    expect(await problemsOf(name, content.replace(right, wrong))).not.toEqual([]);
  });

  test('takes every action by its commit, and says which version that is', () => {
    const uses = [...content.matchAll(/\buses: (.*)$/gm)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(0);
    expect(
      uses.filter((action = '') => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
  });

  test('knows no secret', () => {
    expect(content).not.toMatch(/\bsecrets\b/);
  });

  test('leaves no credentials in a checkout', () => {
    const count = (pattern: RegExp) => [...content.matchAll(pattern)].length;
    expect(count(/actions\/checkout@/g)).toBe(count(/persist-credentials: false/g));
  });

  test('puts nothing that others can write into a command line', () => {
    expect(content).not.toMatch(/\brun:.*\$\{\{/);
  });

  test('may only read, but for the job that publishes, which runs nothing of the project', () => {
    const [all = '', rest = ''] = content.split(/^jobs:$/m);
    const jobs = rest.split(/^ {2}(?=[\w-]+:$)/m);
    const writing = jobs.filter((job) => /: write$/m.test(job));
    expect(all).toContain('permissions:\n  contents: read\n');
    expect(writing.map((job) => [job.split(':', 1).join(), /npm|\.ci|checkout/.test(job)])).toEqual([
      ['publish', false],
    ]);
  });
});
