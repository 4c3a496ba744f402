// Deploys to the emulated AWS and removes from it as people do: with osls, the real build and the real serverless.yml.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { readTemplate, type Template } from '../infra/packaging.ts';
import { aws, type Credentials, cloudformation, ROOT, ssm } from './aws.ts';
import { withinLimits } from './limits.ts';

/** A stack that was deployed. */
export interface Deployment {
  readonly stage: string;
  /** As osls made it, whole. */
  readonly template: Template;
  /** By their logical id, as CloudFormation has them. */
  readonly resources: ReadonlyMap<string, StackResource>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Where it was deployed from: the build, serverless.yml, what osls made of them. */
  readonly directory: string;
  readonly params: Readonly<Record<string, string>>;
  /** Who deployed it. */
  readonly deployer: Credentials;
}

/** A resource as CloudFormation has it. */
export interface StackResource {
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
}

/** What other services find under the stage's SSM parameters, by the last part of their names. */
export type Places = Readonly<Record<string, string>>;

const ROOT_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));
const OSLS = `${ROOT_DIRECTORY}node_modules/osls/bin/serverless.js`;
const ROLLBACK = `${ROOT_DIRECTORY}infra/tools/rollback.ts`;
const EVENT_SOURCE = `${ROOT_DIRECTORY}infra/tools/emergency-stop.ts`;

/**
 * Deploys a stage, or deploys it again.
 *
 * @param params as `--param` takes them
 * @param change what to change in the template first, as another version would have it
 * @throws Error with what osls printed
 */
export async function deploy(
  stage: string,
  params: Readonly<Record<string, string>>,
  deployer: Credentials = ROOT,
  change = (template: Template) => template,
): Promise<Deployment> {
  const directory = await workshop(stage);
  await osls(directory, ['package', ...options({ stage, params })], deployer);
  const template = change(await readTemplate({ directory, exitCode: 0, output: '' }));
  await replaceTemplate(directory, withinLimits(template));
  await osls(directory, ['deploy', '--package=.serverless', ...options({ stage, params })], deployer);
  return { stage, params, deployer, directory, template, ...(await describe(stackName(stage))) };
}

/** Removes what was deployed, as docs/deployment.md says. */
export async function remove(deployment: Deployment): Promise<void> {
  await osls(deployment.directory, ['remove', ...options(deployment)], deployment.deployer);
}

/** Whether the stage has a stack. */
export async function isDeployed(stage: string): Promise<boolean> {
  const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({}));
  return Stacks.some(
    ({ StackName, StackStatus }) => StackName === stackName(stage) && StackStatus !== 'DELETE_COMPLETE',
  );
}

/** What other services find. */
export async function places(stage: string): Promise<Places> {
  const { Parameters = [] } = await ssm.send(
    new GetParametersByPathCommand({ Path: `/camunda-unassign/${stage}` }),
  );
  return Object.fromEntries(
    Parameters.map(({ Name = '', Value = '' }) => [Name.split('/').at(-1) ?? '', Value]),
  );
}

/**
 * Runs `npm run rollback`.
 *
 * @returns what it printed
 * @throws Error with what it printed where it did not end with 0
 */
export async function rollBack(stage: string, options: readonly string[], who = ROOT): Promise<string> {
  return await run(ROOT_DIRECTORY, [ROLLBACK, '--stage', stage, ...options], who);
}

/**
 * Runs `npm run pause` or `npm run resume`.
 *
 * @returns what it printed
 */
export async function switchEventSource(action: 'pause' | 'resume', stage: string): Promise<string> {
  return await run(ROOT_DIRECTORY, [EVENT_SOURCE, action, '--stage', stage, '--timeout', '60']);
}

/** A directory like a checkout, for this stage only: osls leaves its work beside serverless.yml. */
async function workshop(stage: string): Promise<string> {
  const place = `${ROOT_DIRECTORY}.build/test-deploy`;
  await mkdir(place, { recursive: true });
  const directory = await mkdtemp(join(place, `${stage}-`));
  await cp(`${ROOT_DIRECTORY}serverless.yml`, join(directory, 'serverless.yml'));
  await cp(`${ROOT_DIRECTORY}.build/unassign`, join(directory, '.build/unassign'), { recursive: true });
  await symlink(`${ROOT_DIRECTORY}infra`, join(directory, 'infra'));
  return directory;
}

function options({ stage, params }: Pick<Deployment, 'stage' | 'params'>): string[] {
  const pairs = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`);
  return [`--stage=${stage}`, `--region=${aws.region}`, ...pairs];
}

function stackName(stage: string): string {
  return `camunda-unassign-${stage}`;
}

/** What CloudFormation says of a stack. */
export async function describe(
  stack: string,
  client = cloudformation,
): Promise<Pick<Deployment, 'resources' | 'outputs'>> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: stack }));
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  return {
    resources: new Map(
      StackResources.map((resource) => [
        resource.LogicalResourceId ?? '',
        {
          type: resource.ResourceType ?? '',
          physicalId: resource.PhysicalResourceId ?? '',
          status: resource.ResourceStatus ?? '',
        },
      ]),
    ),
    outputs: Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  };
}

/** Where `osls deploy --package` takes the template from: what `osls package` noted for it. */
async function replaceTemplate(directory: string, template: Template): Promise<void> {
  const path = join(directory, '.serverless/serverless-state.json');
  const state = State.parse(JSON.parse(await readFile(path, 'utf8')));
  state.service.provider.compiledCloudFormationTemplate = template;
  await writeFile(path, JSON.stringify(state));
}

const State = z.looseObject({
  service: z.looseObject({ provider: z.looseObject({ compiledCloudFormationTemplate: z.unknown() }) }),
});

async function osls(directory: string, args: readonly string[], who: Credentials): Promise<void> {
  await run(directory, [OSLS, ...args], who);
}

function run(cwd: string, args: readonly string[], who: Credentials = ROOT): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: cwd,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: who.accessKeyId,
    AWS_SECRET_ACCESS_KEY: who.secretAccessKey,
    NODE_EXTRA_CA_CERTS: aws.caFile,
    // How often osls looks whether CloudFormation is done. Milliseconds.
    SLS_AWS_MONITORING_FREQUENCY: '200',
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}
