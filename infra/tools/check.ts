// `npm run check:infra`: cfn-lint and checkov over the templates that a deployment would send to CloudFormation.
import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveParameters } from '../conditions.ts';
import { minified, oneTemplate } from '../package/one-template.ts';
import { packageWithOsls } from '../package/osls.ts';
import { ROOT } from './bundle.ts';
import { EVERYTHING, PLAIN } from './example-deployments.ts';
import { CANNOT_RUN_HERE } from './where-possible.ts';

const workspace = process.env['CHECK_INFRA_FOLDER'] || join(ROOT, '.build/check-infra');

/** The outcomes: where nothing was checked, that says nothing of the template. */
const EXIT = { clean: 0, findings: 1, notChecked: CANNOT_RUN_HERE } as const;

const DEPLOYMENTS = { plain: PLAIN, everything: EVERYTHING };

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
  const requirements = join(ROOT, 'infra/scanners.txt');
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

/** Of osls and of `npm run package -- --code-bucket`, as sent; and the latter as checkov is to see it. */
async function packageTemplates(name: string, options: readonly string[]) {
  const folder = join(workspace, name);
  await rm(folder, { recursive: true, force: true });
  const { template } = await packageWithOsls(folder, options);
  // Where it is given a bucket, it makes no template for a stack that has nothing else.
  const ofOsls = (await readdir(folder)).filter((file) => file.startsWith('cloudformation-template-'));
  const one = oneTemplate(template, { bucket: 'artifacts', key: 'function.zip' });
  const written = async (file: string, text: string) => {
    await writeFile(join(folder, file), text);
    return join(folder, file);
  };
  return {
    asSent: [...ofOsls.map((file) => join(folder, file)), await written('one-template.json', minified(one))],
    resolved: [
      await written('resolved.json', JSON.stringify(resolveParameters(template), undefined, 2)),
      await written('one-resolved.json', JSON.stringify(one, undefined, 2)),
    ],
  };
}

/** Of what is behind an Fn::If checkov sees nothing, and calls it good: it gets the template without any. */
const checkovArguments = (templates: readonly string[]) => [
  '--file',
  ...templates,
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

function run(file: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string) =>
      resolve({
        exitCode: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        output: stdout + stderr || (error?.message ?? ''),
      });
    execFile(file, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }, ended);
  });
}

try {
  process.exitCode = (await checkAll()) ? EXIT.clean : EXIT.findings;
} catch (error) {
  if (!(error instanceof NotChecked)) throw error;
  console.error(`NOT CHECKED: ${error.message.trim()}`);
  process.exitCode = EXIT.notChecked;
}
