// What `npm run rollback` says before it gets as far as AWS; the way back itself is in test/deploy/rollback.test.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../packaging.ts';

let nowhere: string;
beforeAll(async () => {
  nowhere = await mkdtemp(join(tmpdir(), 'camunda-unassign-rollback-'));
});
afterAll(() => rm(nowhere, { recursive: true }));

test.each([
  [['--help'], 0, /^Usage: npm run rollback/],
  [[], 2, /^--stage is required/],
  [['--stage=prod', '--list', '--to=1.2.3'], 2, /^expected either --list or --to/],
  [['--stage=prod', '--region=Frankfurt'], 2, /^--region \(Frankfurt\) expected a region/],
  [['--stage=prod', '--region=eu-central-1', '--to=yesterday morning', 'more'], 2, /'more'/],
  [['--stage=prod'], 1, /^No AWS region: pass --region/],
])('%j: exit code %i', async (options, expected, said) => {
  const { exitCode, stdout, stderr } = await run(nowhere, 'infra/tools/rollback.ts', options);
  expect({ exitCode, said: stdout + stderr }).toEqual({
    exitCode: expected,
    said: expect.stringMatching(said),
  });
});
