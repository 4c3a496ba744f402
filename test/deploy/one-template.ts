// Deploys to the emulated AWS as people do without osls: the folder of `npm run package`, the zip into a bucket, the template to CloudFormation.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { type Credentials, clientConfig, ROOT } from './aws.ts';
import { type Deployment, describe } from './deployment.ts';
import { withinLimits } from './limits.ts';

/** The bucket that the code is put into. */
export const CODE_BUCKET = 'my-artifacts';

/** A folder of `npm run package`. */
export interface Package {
  readonly stage: string;
  readonly folder: string;
}

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const Parameters = z.object({ code: z.object({ bucket: z.string(), key: z.string() }) });

/** Makes the bucket for the code, unless another file of tests has made it. */
export async function makeCodeBucket(): Promise<void> {
  await s3(ROOT)
    .send(new CreateBucketCommand({ Bucket: CODE_BUCKET }))
    .catch((error: Error) => {
      if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
    });
}

/** Runs what `npm run package -- --code-bucket` runs. */
export async function packageOneTemplate(
  stage: string,
  params: Readonly<Record<string, string>>,
): Promise<Package> {
  const folder = await mkdtemp(join(CHECKOUT, '.build/test-deploy/package-'));
  const pairs = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`);
  const options = [`--stage=${stage}`, `--code-bucket=${CODE_BUCKET}`, `--folder=${folder}`, ...pairs];
  await promisify(execFile)(process.execPath, ['infra/package/package.ts', ...options], { cwd: CHECKOUT });
  return { stage, folder: join(folder, stage) };
}

/** Puts the code of a package into the bucket, and makes its stack, or brings the stack to it. */
export async function deployOneTemplate(
  { stage, folder }: Package,
  deployer: Credentials = ROOT,
): Promise<Pick<Deployment, 'resources' | 'outputs'>> {
  const read = (name: string) => readFile(join(folder, name));
  const { code } = Parameters.parse(JSON.parse((await read('parameters.json')).toString()));
  await s3(deployer).send(
    new PutObjectCommand({ Bucket: code.bucket, Key: code.key, Body: await read('function.zip') }),
  );
  const client = new CloudFormationClient(clientConfig(deployer));
  const StackName = `camunda-unassign-${stage}`;
  const template = withinLimits(JSON.parse((await read('template.json')).toString()));
  const wanted = {
    StackName,
    TemplateBody: JSON.stringify(template),
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  };
  if (await exists(client, StackName)) {
    // As aws cloudformation deploy does (AWS CLI, deploy.py, merge_parameters), and cdk deploy by default.
    const Parameters = Object.keys(template.Parameters ?? {}).map((ParameterKey) => ({
      ParameterKey,
      UsePreviousValue: true,
    }));
    await client.send(new UpdateStackCommand({ ...wanted, Parameters }));
    await waitUntilStackUpdateComplete({ client, ...PATIENCE }, { StackName });
  } else {
    await client.send(new CreateStackCommand(wanted));
    await waitUntilStackCreateComplete({ client, ...PATIENCE }, { StackName });
  }
  return await describe(StackName);
}

/** Removes the stack of a package. */
export async function removeOneTemplate({ stage }: Package, deployer: Credentials = ROOT): Promise<void> {
  const client = new CloudFormationClient(clientConfig(deployer));
  const StackName = `camunda-unassign-${stage}`;
  await client.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client, ...PATIENCE }, { StackName });
}

/** Seconds. */
const PATIENCE = { maxWaitTime: 120, minDelay: 1, maxDelay: 1 };

async function exists(client: CloudFormationClient, stack: string): Promise<boolean> {
  return await describe(stack, client).then(
    () => true,
    () => false,
  );
}

function s3(who: Credentials): S3Client {
  return new S3Client({ ...clientConfig(who), forcePathStyle: true });
}
