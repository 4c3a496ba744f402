// Packages the deployment as `npm run package` does: the real osls, offline, without AWS credentials.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

/** For a test or a hook that packages: osls takes seconds, and many at once take long. */
export const PACKAGING_TIMEOUT_MS = 300_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
export const OSLS = 'node_modules/osls/bin/serverless.js';

/** A resource of a CloudFormation template. */
interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** A CloudFormation template, as far as the tests look at it. */
export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default: string }>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** A folder like a checkout, with a build that stands in for the real one. */
export interface Checkout {
  readonly directory: string;
}

/** What packaging left behind. */
export interface Packaging extends Checkout {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * Makes a checkout.
 *
 * @param yaml text to add to serverless.yml
 */
export async function makeCheckout(yaml = ''): Promise<Checkout> {
  const directory = await mkdtemp(join(tmpdir(), 'camunda-unassign-package-'));
  await mkdir(join(directory, '.build/unassign/chunks'), { recursive: true });
  await writeFile(join(directory, '.build/unassign/index.mjs'), 'export const handler = () => {};\n');
  await writeFile(join(directory, '.build/unassign/chunks/sqs.mjs'), 'export {};\n');
  await writeFile(join(directory, '.build/unassign/THIRD-PARTY-NOTICES'), 'What is bundled.\n');
  await writeFile(join(directory, '.build/unassign.meta.json'), '{}\n');
  await writeFile(join(directory, '.env'), 'CAMUNDA_CLIENT_SECRET=not-for-the-package\n');
  await cp(join(root, 'serverless.yml'), join(directory, 'serverless.yml'));
  if (yaml !== '') await writeFile(join(directory, 'serverless.yml'), yaml, { flag: 'a' });
  await symlink(join(root, 'infra'), join(directory, 'infra'));
  return { directory };
}

/**
 * Runs `osls package` in a checkout.
 *
 * @param options what to pass to osls, such as `--stage`
 * @param yaml text to add to serverless.yml
 */
export async function packageDeployment(options: readonly string[], yaml = ''): Promise<Packaging> {
  const { directory } = await makeCheckout(yaml);
  const { exitCode, stdout, stderr } = await run(directory, OSLS, ['package', ...options]);
  return { exitCode, output: stdout + stderr, directory };
}

/**
 * Packages a deployment before the tests of a file run, and removes what that left behind after them.
 *
 * @param options what to pass to osls, such as `--stage`
 * @param use is handed what came of it
 */
export function packageBeforeTests(
  options: readonly string[],
  use: (template: Template, packaging: Packaging) => void | Promise<void>,
): void {
  let packaging: Packaging | undefined;
  beforeAll(async () => {
    packaging = await packageDeployment(options);
    await use(await readTemplate(packaging), packaging);
  }, PACKAGING_TIMEOUT_MS);
  afterAll(async () => {
    if (packaging !== undefined) await removeCheckout(packaging);
  });
}

/** Removes a checkout with all that was made there. */
export async function removeCheckout({ directory }: Checkout): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** The template that a deployment would send to CloudFormation. */
export async function readTemplate({ directory, exitCode, output }: Packaging): Promise<Template> {
  if (exitCode !== 0) throw new Error(`osls package failed:\n${output}`);
  return JSON.parse(
    await readFile(join(directory, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
  );
}

/** What osls noted for its own later commands. */
export async function readState({
  directory,
}: Packaging): Promise<{ readonly service: { readonly provider: unknown } }> {
  return JSON.parse(await readFile(join(directory, '.serverless/serverless-state.json'), 'utf8'));
}

/** The artifact's bytes. */
export async function readArtifact({ directory }: Checkout): Promise<Buffer> {
  return await readFile(join(directory, '.serverless/unassign.zip'));
}

/** The names in a zip file's central directory. */
export function namesInZip(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

/** How a program ended. */
interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the project in a checkout, without credentials or anything else of this environment. */
export function run(cwd: string, program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, program), ...args],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd } },
      (error, stdout, stderr) => {
        const exitCode = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ exitCode, stdout, stderr });
      },
    );
  });
}
