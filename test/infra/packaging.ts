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

/** What packaging left behind. */
export interface Packaging {
  readonly exitCode: number;
  readonly output: string;
  readonly directory: string;
}

/**
 * Runs `osls package` in a directory of its own, with a build that stands in for the real one.
 *
 * @param options what to pass to osls, such as `--stage`
 * @param yaml text to add to serverless.yml
 */
export async function packageDeployment(options: readonly string[], yaml = ''): Promise<Packaging> {
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
  const { exitCode, output } = await osls(directory, ['package', ...options]);
  return { exitCode, output, directory };
}

/**
 * Packages a deployment before the tests of a file run, and removes what that left behind after them.
 *
 * @param options what to pass to osls, such as `--stage`
 * @param use is handed what came of it
 */
export function packageBeforeTests(
  options: readonly string[],
  use: (template: Template, packaging: Packaging) => void,
): void {
  let packaging: Packaging | undefined;
  beforeAll(async () => {
    packaging = await packageDeployment(options);
    use(await readTemplate(packaging), packaging);
  }, PACKAGING_TIMEOUT_MS);
  afterAll(async () => {
    if (packaging !== undefined) await removePackaging(packaging);
  });
}

/** Removes what packaging left behind. */
export async function removePackaging({ directory }: Packaging): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** The template that a deployment would send to CloudFormation. */
export async function readTemplate({ directory, exitCode, output }: Packaging): Promise<Template> {
  if (exitCode !== 0) throw new Error(`osls package failed:\n${output}`);
  return JSON.parse(
    await readFile(join(directory, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
  );
}

/** The artifact's bytes. */
export async function readArtifact({ directory }: Packaging): Promise<Buffer> {
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

function osls(cwd: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules/osls/bin/serverless.js'), ...args],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd } },
      (error, stdout, stderr) => {
        const exitCode = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
        resolve({ exitCode, output: stdout + stderr });
      },
    );
  });
}
