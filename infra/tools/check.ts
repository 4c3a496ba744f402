// `npm run check:infra`: cfn-lint and checkov over the templates that a deployment would send to CloudFormation.
import { type ExecFileException, execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveConditions, type Template } from '../conditions.ts';
import { CANNOT_RUN_HERE } from './where-possible.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const workspace = process.env['CHECK_INFRA_FOLDER'] || join(root, '.build/check-infra');

/** The outcomes: where nothing was checked, that says nothing of the template. */
const EXIT = { clean: 0, findings: 1, notChecked: CANNOT_RUN_HERE } as const;

/** Deployments that between them have every condition of the template both ways. */
const DEPLOYMENTS: Readonly<Record<string, readonly string[]>> = {
  plain: ['--stage=dev', '--param=camundaRestAddress=https://camunda.example.org'],
  everything: [
    '--stage=prod',
    '--region=eu-central-1',
    '--param=camundaRestAddress=https://camunda.example.org',
    '--param=camundaOauthUrl=https://login.example.org/oauth/token',
    '--param=camundaClientId=unassign',
    '--param=camundaSecretArn=arn:aws:secretsmanager:eu-central-1:123456789012:secret:camunda/prod-AbC123',
    '--param=camundaSecretKmsKeyArn=arn:aws:kms:eu-central-1:123456789012:key/6f1c9a52-0f0b-4f9e-9d59-6a0a3c1f6b11',
    '--param=kmsKeyArn=arn:aws:kms:eu-central-1:123456789012:key/0b7f4c0e-3a55-4e2f-8a0a-f5c1c5d7c1d2',
    '--param=producerArns=arn:aws:iam::210987654321:role/orders,arn:aws:sns:eu-central-1:123456789012:orders',
    '--param=producerAccounts=345678901234',
    '--param=subnetIds=subnet-0a1b2c3d',
    '--param=securityGroupIds=sg-0a1b2c3d',
    '--param=tracing=true',
    '--param=tracingLayerArn=arn:aws:lambda:eu-central-1:615299751070:layer:AWSOpenTelemetryDistroJs:8',
    '--param=alarmTopicArn=arn:aws:sns:eu-central-1:123456789012:on-call',
  ],
};

/** Nothing could be checked; `message` says why and what to do. */
class NotChecked extends Error {
  override readonly name = 'NotChecked';
}

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

async function checkAll(): Promise<boolean> {
  const scanners = await installScanners();
  const clean: boolean[] = [];
  for (const [name, options] of Object.entries(DEPLOYMENTS)) {
    const templates = await packageTemplates(name, options);
    const lint = await run(join(scanners, 'cfn-lint'), templates.asSent);
    clean.push(report(`cfn-lint, ${name}`, lint, lint.exitCode === 0));
    const scan = await run(join(scanners, 'checkov'), checkovArguments(templates.resolved));
    // It also ends with 0 where it could read nothing.
    clean.push(
      report(`checkov, ${name}`, scan, scan.exitCode === 0 && /Passed checks: [1-9]/.test(scan.output)),
    );
  }
  return clean.every(Boolean);
}

/** @returns the folder of the scanners' executables */
async function installScanners(): Promise<string> {
  const requirements = join(root, 'infra/scanners.txt');
  const environment = join(workspace, 'python');
  const executables = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
  const installed = join(environment, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if ((await readFile(installed, 'utf8').catch(() => '')) === wanted) return executables;

  const python = process.env['PYTHON'] || 'python3';
  const version = await run(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']);
  if (version.exitCode !== 0) {
    throw new NotChecked(`no Python 3.10 or later: ${python} is missing or older (set PYTHON)`);
  }
  await rm(environment, { recursive: true, force: true });
  await mkdir(workspace, { recursive: true });
  const made = await run(python, ['-m', 'venv', environment]);
  if (made.exitCode !== 0) {
    throw new NotChecked(
      `${python} cannot make a virtual environment (Debian: python3-venv):\n${made.output}`,
    );
  }
  console.log(`Installing cfn-lint and checkov into ${environment} …`);
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', '--timeout=15', '--retries=1'];
  const fetched = await run(join(executables, 'python'), [...pip, 'install', '--quiet', '-r', requirements]);
  if (fetched.exitCode !== 0) {
    throw new NotChecked(`the scanners' Python packages cannot be installed:\n${fetched.output}`);
  }
  await writeFile(installed, wanted);
  return executables;
}

/** In a folder of its own, so that what `npm run package` left behind stays. */
async function packageTemplates(name: string, options: readonly string[]) {
  const folder = join(workspace, name);
  await rm(folder, { recursive: true, force: true });
  await cp(join(root, '.build/unassign'), join(folder, '.build/unassign'), { recursive: true });
  await cp(join(root, 'serverless.yml'), join(folder, 'serverless.yml'));
  await symlink(join(root, 'infra'), join(folder, 'infra'));
  const osls = join(root, 'node_modules/osls/bin/serverless.js');
  const { exitCode, output } = await run(process.execPath, [osls, 'package', ...options], folder);
  if (exitCode !== 0) throw new Error(`osls package failed:\n${output}`);

  const template = (step: string) => join(folder, `.serverless/cloudformation-template-${step}-stack.json`);
  const resolved = join(folder, 'resolved.json');
  const conditional = JSON.parse(await readFile(template('update'), 'utf8')) as Template;
  await writeFile(resolved, JSON.stringify(resolveConditions(conditional), undefined, 2));
  return { asSent: [template('create'), template('update')], resolved };
}

/** Of what is behind an Fn::If checkov sees nothing, and calls it good: it gets the template without any. */
const checkovArguments = (template: string) => [
  '--file',
  template,
  '--framework',
  'cloudformation',
  '--compact',
  '--quiet',
  '--skip-download',
];

function report(title: string, { output }: Ended, isClean: boolean): boolean {
  console.log(`${title}: ${isClean ? 'no findings' : 'NOT CLEAN'}\n${output.trim()}`.trim());
  return isClean;
}

function run(file: string, args: readonly string[], cwd = root): Promise<Ended> {
  return new Promise((resolve) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({
        exitCode: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        output: stdout + stderr || (error?.message ?? ''),
      });
    execFile(file, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, ended);
  });
}

try {
  process.exitCode = (await checkAll()) ? EXIT.clean : EXIT.findings;
} catch (error) {
  if (!(error instanceof NotChecked)) throw error;
  console.error(`NOT CHECKED: ${error.message.trim()}`);
  process.exitCode = EXIT.notChecked;
}
