import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveParameters } from '../../../infra/conditions.ts';
import { PACKAGING_TIMEOUT_MS } from '../packaging.ts';

const script = fileURLToPath(new URL('../../../infra/tools/check.ts', import.meta.url));

interface Ended {
  readonly exitCode: number;
  readonly said: string;
}

/** Runs the check with a Python that does as told, in a folder where nothing is installed yet. */
async function checkWith(python: string): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const executable = join(folder, 'python');
  await writeFile(executable, `#!/bin/sh\n${python}\n`);
  await chmod(executable, 0o755);
  const env = { ...process.env, PYTHON: executable, CHECK_INFRA_FOLDER: join(folder, 'workspace') };
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { env }, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? 0), said: stdout + stderr }),
    );
  });
}

describe('where the scanners cannot be installed, the check is neither passed nor failed: exit code 3', () => {
  test.each([
    ['without Python, or with an old one', 'exit 1', 'no Python 3.10 or later'],
    [
      'without virtual environments',
      'if [ "$1" = -c ]; then exit 0; fi; echo "No module named venv" >&2; exit 1',
      'cannot make a virtual environment (Debian: python3-venv):\nNo module named venv',
    ],
    [
      'without a network',
      // Stands in for the environment's own Python, too.
      `if [ "$1" = -c ]; then exit 0; fi
       if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; exit 0; fi
       echo "Temporary failure in name resolution" >&2; exit 1`,
      "the scanners' Python packages cannot be installed:\nTemporary failure in name resolution",
    ],
  ])('%s', async (_case, python, expected) => {
    const { exitCode, said } = await checkWith(python);
    expect({ exitCode, said }).toEqual({ exitCode: 3, said: expect.stringContaining('NOT CHECKED: ') });
    expect(said).toContain(expected);
  });
});

/** Installed, each scanner ends with its own code. */
const withScanners = (cfnLint: number, checkov: number, passed = 33) => `
  if [ "$1" = -c ]; then exit 0; fi
  if [ "$2" = venv ]; then
    mkdir -p "$3/bin"; cp "$0" "$3/bin/python"
    printf '#!/bin/sh\\necho linted "$@"; exit ${cfnLint}\\n' >"$3/bin/cfn-lint"
    printf '#!/bin/sh\\necho scanned "$@"; echo Passed checks: ${passed}; exit ${checkov}\\n' >"$3/bin/checkov"
    chmod +x "$3"/bin/*
  fi`;

describe('where they can', { timeout: PACKAGING_TIMEOUT_MS }, () => {
  test.each([
    [4, 0, 1],
    [0, 1, 1],
  ])('cfn-lint ending with %i and checkov with %i end it with %i', async (cfnLint, checkov, expected) => {
    expect((await checkWith(withScanners(cfnLint, checkov))).exitCode).toBe(expected);
  });

  test('checkov having looked at nothing is no success', async () => {
    expect((await checkWith(withScanners(0, 0, 0))).exitCode).toBe(1);
  });

  test('they look at a plain deployment and at one with everything, and it passes if neither finds anything', async () => {
    const { exitCode, said } = await checkWith(withScanners(0, 0));
    expect(exitCode).toBe(0);
    expect(said.match(/^(linted|scanned) .*?(plain|everything)(?=\/)/gm)).toHaveLength(4);
  });
});

describe('what checkov gets', () => {
  const template = {
    Parameters: { Key: { Default: 'a key' }, Topic: { Default: '' } },
    Conditions: {
      HasKey: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Key' }, ''] }] },
      HasTopic: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Topic' }, ''] }] },
    },
  };
  const resolved = (value: unknown) => resolveParameters({ ...template, Resources: value }).Resources;

  test.each([
    ['the branch that holds', { a: { 'Fn::If': ['HasKey', 'some', 'none'] } }, { a: 'some' }],
    ['what a parameter is', { 'Fn::If': ['HasKey', [{ Ref: 'Key' }], 'none'] }, ['a key']],
    ['what refers to a resource', { Ref: 'Queue' }, { Ref: 'Queue' }],
    ['the branch that does not', { a: { 'Fn::If': ['HasTopic', 'some', 'none'] } }, { a: 'none' }],
    ['nothing for no value', { a: { 'Fn::If': ['HasTopic', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    ['nothing in a list', [1, { 'Fn::If': ['HasTopic', 2, { Ref: 'AWS::NoValue' }] }], [1]],
    ['branches in branches', { 'Fn::If': ['HasKey', { 'Fn::If': ['HasTopic', 1, 2] }, 3] }, 2],
  ])('%s', (_case, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  test('is refused where a condition is not understood', () => {
    const unknown = {
      ...template,
      Conditions: { Both: { 'Fn::And': [] } },
      Resources: { 'Fn::If': ['Both', 1, 2] },
    };
    expect(() => resolveParameters(unknown)).toThrow('a condition uses Fn::And, which is not known here');
  });
});
