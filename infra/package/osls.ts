// What osls makes of serverless.yml: the template and the artifact, without credentials or a network.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Template } from '../conditions.ts';
import { ROOT } from '../tools/bundle.ts';

/** What `osls package` left in a folder. */
export interface Packaging {
  readonly template: CloudFormationTemplate;
  /** The artifact. */
  readonly zip: Uint8Array;
  /** The deployment as serverless.yml had it from infra/parameters.ts. */
  readonly deployment: PackagedDeployment;
  /** What osls and the parameters said: a line for people, a warning. */
  readonly output: string;
}

/** A template of CloudFormation, as osls writes it. */
export interface CloudFormationTemplate extends Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** A resource of it. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: unknown;
}

const State = z.object({
  service: z.object({
    custom: z.object({
      version: z.string(),
      stage: z.string(),
      camundaRestAddress: z.string(),
      given: z.record(z.string(), z.unknown()),
    }),
  }),
});
type PackagedDeployment = z.infer<typeof State>['service']['custom'];

/** The deployment is refused; `message` is what osls and the parameters said. */
export class PackagingError extends Error {
  override readonly name = 'PackagingError';
}

/**
 * Runs `osls package` in the current folder, a checkout, over what `npm run build` made.
 *
 * @param folder where osls puts what it makes; what it made there before is replaced
 * @param options as osls takes them: `--stage`, `--region`, `--param`
 * @throws PackagingError with what osls said, such as the parameters that are wrong
 */
export async function packageWithOsls(folder: string, options: readonly string[]): Promise<Packaging> {
  const osls = join(ROOT, 'node_modules/osls/bin/serverless.js');
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    // Of a folder that is not relative osls makes another one below the service.
    [osls, 'package', '--package', relative('', folder), ...options],
  ).catch((error: { stdout?: string; stderr?: string; message: string }) => {
    throw new PackagingError(`${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message);
  });
  const read = (name: string) => readFile(join(folder, name));
  const text = async (name: string) => JSON.parse((await read(name)).toString('utf8'));
  return {
    template: await text('cloudformation-template-update-stack.json'),
    zip: await read('unassign.zip'),
    deployment: State.parse(await text('serverless-state.json')).service.custom,
    output: stdout + stderr,
  };
}
