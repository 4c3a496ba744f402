// `npm run rollback`: brings a stage that osls deployed to an earlier deployment, template and code, as osls keeps them.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { awsClientConfig } from '../../client/sqs/aws-client.ts';
import { REGION } from '../../client/sqs/endpoint.ts';
import { accessAdvice } from './aws-advice.ts';
import {
  folderOf,
  type KnownDeployment,
  keptDeployments,
  listOf,
  TEMPLATE_FILE,
  targetOf,
  timeOf,
  versionIn,
} from './deployments.ts';
import { type NoOrder, runCommand } from './run-command.ts';

const USAGE = `Usage: npm run rollback -- --stage <stage> [--to <version or time>] [--region <region>]
       npm run rollback -- --stage <stage> --list

Brings a stage that npm run deploy deployed to the deployment before the present one, or to the one that is named:
its code and its whole template, with the parameters of then. osls keeps the last five. Both queues stay, with their
messages. Waits until CloudFormation is done.

  --stage <stage>         the deployment's stage, such as prod
  --to <version or time>  a version such as 1.2.3, or a time as --list shows it
  --list                  only says which deployments are kept
  --region <region>       the deployment's region (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile's)
  --help                  this text

Needs what a deployment needs (docs/who-may-deploy.md). A stage that was deployed by its template alone goes back by
deploying the template of then (docs/runbook.md, "Going back").
Exit codes: 0 brought back (or already so), 1 not brought back, 2 wrong use.`;

/** How often the state of the stack is read. Milliseconds. */
const POLL_MS = 2000;

interface Order {
  readonly action: 'roll back' | 'list';
  readonly stage: string;
  readonly to: string | undefined;
  readonly region: string | undefined;
}

type Command = Order | NoOrder;

/** Something that a person can fix; `message` says how. */
class RollbackError extends Error {
  override readonly name = 'RollbackError';
}

interface Clients {
  readonly cloudformation: CloudFormationClient;
  readonly s3: S3Client;
}

/** As much of a template as it takes to see what it deploys. */
const Deployed = z.object({
  Description: z.string().default(''),
  Resources: z.object({
    UnassignLambdaFunction: z.object({
      Properties: z.object({ Code: z.object({ S3Bucket: z.unknown(), S3Key: z.string() }) }),
    }),
  }),
});

/** Reads the command line; pure. */
function readCommand(argv: readonly string[]): Command {
  const refuse = (why: string): Command => ({ action: 'refuse', why });
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { stage, to, region, list, help } = values;
  if (help) return { action: 'help' };
  if (!stage) return refuse('--stage is required, such as: npm run rollback -- --stage prod');
  if (region !== undefined && !REGION.test(region)) {
    return refuse(`--region (${region}) expected a region such as eu-central-1`);
  }
  if (list && to !== undefined) return refuse('expected either --list or --to');
  return { action: list ? 'list' : 'roll back', stage, to, region };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      stage: { type: 'string', short: 's' },
      to: { type: 'string' },
      region: { type: 'string', short: 'r' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

async function carryOut(clients: Clients, { action, stage, to }: Order): Promise<void> {
  const stackName = `camunda-unassign-${stage}`;
  const { bucket, current } = await presentDeployment(clients, stackName);
  const kept = await readKept(clients, bucket, stage);
  if (action === 'list') {
    console.log(listOf(kept, current));
    return;
  }
  const target = targetOf(kept, current, to);
  if (!target.ok) throw new RollbackError(target.why);
  const { deployment } = target;
  const now = kept.find(({ folder }) => folder === current);
  console.log(`${stackName}: from ${named(now)} to ${named(deployment)}`);
  await bringTo(clients, stackName, bucket, deployment);
}

const named = (deployment: KnownDeployment | undefined) =>
  deployment === undefined
    ? 'a deployment that is not kept'
    : `${deployment.version ?? 'a version that it does not name'} of ${timeOf(deployment.deployedAt)}`;

/** Where osls keeps the deployments of the stack, and which one it has now. */
async function presentDeployment({ cloudformation }: Clients, StackName: string) {
  const { TemplateBody = '' } = await cloudformation.send(
    new GetTemplateCommand({ StackName, TemplateStage: 'Original' }),
  );
  const parsed = Deployed.safeParse(jsonOf(TemplateBody));
  const code = parsed.data?.Resources.UnassignLambdaFunction.Properties.Code;
  const current = code === undefined ? undefined : folderOf(code.S3Key);
  if (code === undefined || current === undefined) {
    throw new RollbackError(
      `The stack ${StackName} was not deployed by npm run deploy. Deploy the template that you want to go back to: docs/runbook.md, "Going back".`,
    );
  }
  return { current, bucket: typeof code.S3Bucket === 'string' ? code.S3Bucket : await ownBucket() };

  async function ownBucket(): Promise<string> {
    const { StackResourceDetail } = await cloudformation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'ServerlessDeploymentBucket' }),
    );
    return StackResourceDetail?.PhysicalResourceId ?? '';
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readKept({ s3 }: Clients, Bucket: string, stage: string): Promise<KnownDeployment[]> {
  const keys: string[] = [];
  const Prefix = `serverless/camunda-unassign/${stage}/`;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  }
  return await Promise.all(
    keptDeployments(keys).map(async (deployment) => {
      const Key = `${deployment.folder}/${TEMPLATE_FILE}`;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const template = Deployed.safeParse(jsonOf((await Body?.transformToString()) ?? ''));
      return { ...deployment, version: versionIn(template.data?.Description ?? '') };
    }),
  );
}

async function bringTo(
  { cloudformation }: Clients,
  StackName: string,
  bucket: string,
  { folder }: KnownDeployment,
): Promise<void> {
  const region = await cloudformation.config.region();
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const startedAt = new Date();
  try {
    await cloudformation.send(
      new UpdateStackCommand({
        StackName,
        TemplateURL: `https://s3.${region}.${domain}/${bucket}/${folder}/${TEMPLATE_FILE}`,
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      }),
    );
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('No updates are to be performed'))) throw error;
    console.log('It is there already: nothing to change.');
    return;
  }
  const { StackStatus = 'unknown', StackStatusReason } = await settled(cloudformation, StackName);
  if (StackStatus === 'UPDATE_COMPLETE') return;
  const reasons = await failures(cloudformation, StackName, startedAt);
  throw new RollbackError(
    `CloudFormation did not bring the stack there; it is ${StackStatus}${StackStatusReason === undefined ? '' : ` (${StackStatusReason})`}:\n${reasons.join('\n')}`,
  );
}

/** Waits until CloudFormation has finished with the stack, and says each state that it goes through. */
async function settled(cloudformation: CloudFormationClient, StackName: string): Promise<Stack> {
  for (let said = ''; ; await sleep(POLL_MS)) {
    const { Stacks: [stack] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    const { StackStatus = '' } = stack ?? {};
    if (StackStatus !== said) console.log(`  ${StackStatus}`);
    said = StackStatus;
    if (stack !== undefined && !StackStatus.endsWith('_IN_PROGRESS')) return stack;
  }
}

async function failures(
  cloudformation: CloudFormationClient,
  StackName: string,
  since: Date,
): Promise<string[]> {
  const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.flatMap(({ Timestamp, ResourceStatus, LogicalResourceId, ResourceStatusReason }) =>
    Timestamp !== undefined && Timestamp >= since && ResourceStatus?.endsWith('_FAILED')
      ? [`  ${LogicalResourceId}: ${ResourceStatusReason ?? ResourceStatus}`]
      : [],
  );
}

/** What a person can do about an error of the SDK or of AWS. */
function advice(error: unknown, { stage }: Order): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RollbackError) return error.message;
  const ofAccess = accessAdvice(error, process.env['AWS_PROFILE']);
  if (ofAccess !== undefined) return ofAccess;
  if (/does not exist/.test(error.message)) {
    return `There is no stack camunda-unassign-${stage} in this region and account: is --stage right, and --region?\n  (${error.message})`;
  }
  if (/_IN_PROGRESS state/.test(error.message)) {
    return `Somebody else is changing the stack right now: wait until that is done, and run the same command again.\n  (${error.message})`;
  }
  if (/UPDATE_ROLLBACK_FAILED state/.test(error.message)) {
    return `An update failed before, and CloudFormation could not undo it. Let it try again, then run the same command again:\n  aws cloudformation continue-update-rollback --stack-name camunda-unassign-${stage}\n  (${error.message})`;
  }
  if (/^AccessDenied/.test(error.name)) {
    return `Permission denied: docs/who-may-deploy.md says what it takes.\n  (${error.message})`;
  }
  return `Not brought back: ${error.name}: ${error.message}`;
}

async function withClients(order: Order): Promise<void> {
  const access = { region: order.region ?? '', environment: process.env, usesProxies: true };
  // Of each its own, since it is closed with the client.
  const config = async () => ({ ...(await awsClientConfig(access)), maxAttempts: 3 });
  const clients = {
    cloudformation: new CloudFormationClient(await config()),
    s3: new S3Client(await config()),
  };
  try {
    await carryOut(clients, order);
  } finally {
    clients.cloudformation.destroy();
    clients.s3.destroy();
  }
}

await runCommand(readCommand(process.argv.slice(2)), USAGE, withClients, advice);
