// What a deployment with nothing but the address leaves in the account.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import { DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import { aws, cloudwatch, lambda, logs, sqs } from './aws.ts';
import { type Deployment, deploy, type Places, places } from './deployment.ts';
import { isUnknownType } from './limits.ts';
import { metricsOfAlarm, metricsOfDashboard } from './metrics.ts';

const STAGE = 'stack';
const ADDRESS = 'https://camunda.example.org/4b1f/v2';

let deployed: Deployment;
let found: Places;
let queue: Attributes;
let deadLetterQueue: Attributes;
let unassign: GetFunctionCommandOutput;

beforeAll(async () => {
  deployed = await deploy(STAGE, { camundaRestAddress: ADDRESS });
  found = await places(STAGE);
  queue = await attributes(found['queue-url']);
  deadLetterQueue = await attributes(found['dead-letter-queue-url']);
  unassign = await lambda.send(
    new GetFunctionCommand({ FunctionName: `camunda-unassign-${STAGE}-unassign` }),
  );
});

test('every resource of the template is there', () => {
  const wanted = Object.entries(deployed.template.Resources).filter(([, { Type }]) => !isUnknownType(Type));
  expect(Object.fromEntries(deployed.resources)).toEqual(
    Object.fromEntries(
      wanted.map(([id, { Type }]) => [
        id,
        { type: Type, physicalId: expect.stringMatching(/./), status: expect.stringMatching(/_COMPLETE$/) },
      ]),
    ),
  );
});

test('the saved queries, which the emulator does not take, ask the log of the stack', () => {
  const queries = Object.values(deployed.template.Resources).filter(({ Type }) => isUnknownType(Type));
  expect(queries).not.toEqual([]);
  for (const { Properties } of queries) {
    expect(Properties).toMatchObject({
      Name: expect.stringMatching(`^camunda-unassign/${STAGE}/`),
      LogGroupNames: [{ Ref: 'UnassignLogGroup' }],
    });
  }
});

test('the stack says where everything is', () => {
  expect(deployed.outputs).toMatchObject({
    QueueUrl: found['queue-url'],
    QueueArn: found['queue-arn'],
    DeadLetterQueueUrl: found['dead-letter-queue-url'],
    DeadLetterQueueArn: found['dead-letter-queue-arn'],
    FunctionName: unassign.Configuration?.FunctionName,
    FunctionArn: unassign.Configuration?.FunctionArn,
  });
});

describe('the queues', () => {
  test('are where services look for them', () => {
    expect([queue['QueueArn'], deadLetterQueue['QueueArn']]).toEqual([
      found['queue-arn'],
      found['dead-letter-queue-arn'],
    ]);
  });

  test('keep messages for 7 and 14 days', () => {
    expect([queue['MessageRetentionPeriod'], deadLetterQueue['MessageRetentionPeriod']]).toEqual([
      '604800',
      '1209600',
    ]);
  });

  test('hide a message for six time-outs of the function', () => {
    expect(queue['VisibilityTimeout']).toBe(String(6 * (unassign.Configuration?.Timeout ?? 0)));
  });

  test('are encrypted', () => {
    expect([queue['SqsManagedSseEnabled'], deadLetterQueue['SqsManagedSseEnabled']]).toEqual([
      'true',
      'true',
    ]);
  });

  test('belong together: the backstop, and nobody else may use it', () => {
    expect(JSON.parse(queue['RedrivePolicy'] ?? '{}')).toEqual({
      deadLetterTargetArn: found['dead-letter-queue-arn'],
      maxReceiveCount: 20,
    });
    expect(JSON.parse(deadLetterQueue['RedriveAllowPolicy'] ?? '{}')).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [found['queue-arn']],
    });
  });
});

describe('the event source', () => {
  test('reads the queue, with partial batch responses and the limits that shield the cluster', async () => {
    const mapping = await lambda.send(
      new GetEventSourceMappingCommand({
        UUID: deployed.resources.get('UnassignEventSourceMappingSQSQueue')?.physicalId,
      }),
    );
    expect(mapping).toMatchObject({
      EventSourceArn: found['queue-arn'],
      FunctionArn: unassign.Configuration?.FunctionArn,
      State: 'Enabled',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });
});

describe('the function', () => {
  test('runs on Node 24 on arm64, with its role', () => {
    expect(unassign.Configuration).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 512,
      Role: `arn:aws:iam::${aws.account}:role/${deployed.resources.get('FunctionRole')?.physicalId}`,
    });
  });

  test('is told its queues, its cluster and its time-out', () => {
    expect(unassign.Configuration?.Environment?.Variables).toMatchObject({
      QUEUE_URL: found['queue-url'],
      DEAD_LETTER_QUEUE_URL: found['dead-letter-queue-url'],
      CAMUNDA_REST_ADDRESS: ADDRESS,
      FUNCTION_TIMEOUT_SECONDS: String(unassign.Configuration?.Timeout),
    });
  });

  test('may loop over the queue', () => {
    expect(deployed.template.Resources['UnassignLambdaFunction']?.Properties).toMatchObject({
      RecursiveLoop: 'Allow',
    });
  });

  test('is the build, file for file, and nothing else', async () => {
    // the emulator's own certificate is none that fetch() trusts
    const location = new URL(unassign.Code?.Location ?? '');
    const zip = await fetch(`${aws.plainEndpoint}${location.pathname}${location.search}`);
    expect(zip.status).toBe(200);
    expect(filesInZip(Buffer.from(await zip.arrayBuffer()))).toEqual(await filesOfBuild());
  });

  test('keeps its log for 14 days', async () => {
    const { logGroups = [] } = await logs.send(
      new DescribeLogGroupsCommand({
        logGroupNamePrefix: deployed.resources.get('UnassignLogGroup')?.physicalId,
      }),
    );
    expect(logGroups.map(({ retentionInDays }) => retentionInDays)).toEqual([14]);
  });
});

/** The function's own metrics: messages.test.ts. */
describe('AWS’s metrics', () => {
  test('that alarms look at are of this stack’s queues and function', async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: `camunda-unassign-${STAGE}-` }),
    );
    expect(MetricAlarms.map(({ AlarmName }) => AlarmName).sort()).toEqual(namesOf('AWS::CloudWatch::Alarm'));
    const lookedAt = MetricAlarms.flatMap(metricsOfAlarm).filter((metric) => metric.startsWith('AWS/'));
    expect(lookedAt).not.toEqual([]);
    expect(lookedAt.filter((metric) => !isOfStack(metric))).toEqual([]);
  });

  test('that the dashboard shows are of this stack’s queues, function and log', async () => {
    const [DashboardName] = namesOf('AWS::CloudWatch::Dashboard');
    const { DashboardBody = '' } = await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
    expect(DashboardBody).not.toContain('${');
    const shown = metricsOfDashboard(DashboardBody).filter((metric) => metric.startsWith('AWS/'));
    expect(shown).not.toEqual([]);
    expect(shown.filter((metric) => !isOfStack(metric))).toEqual([]);
  });
});

/** Physical names of all resources of a type. */
function namesOf(wanted: string): string[] {
  return Array.from(deployed.resources.values())
    .filter(({ type }) => type === wanted)
    .map(({ physicalId }) => physicalId)
    .sort();
}

function isOfStack(metric: string): boolean {
  const nameOf = (arn: string | undefined) => arn?.split(':').at(-1);
  const owner = metric.split(' ').at(-1) ?? '';
  return [
    `QueueName=${nameOf(found['queue-arn'])}`,
    `QueueName=${nameOf(found['dead-letter-queue-arn'])}`,
    `FunctionName=${unassign.Configuration?.FunctionName}`,
    `LogGroupName=${deployed.resources.get('UnassignLogGroup')?.physicalId}`,
  ].includes(owner);
}

type Attributes = Partial<Record<string, string>>;

async function attributes(QueueUrl: string | undefined): Promise<Attributes> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return Attributes;
}

/** The checksum (CRC-32) of each file, by its path. */
type Checksums = Readonly<Record<string, number>>;

async function filesOfBuild(): Promise<Checksums> {
  const root = join(deployed.directory, '.build/unassign');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (path) => [relative(deployed.directory, path), crc32(await readFile(path))] as const),
    ),
  );
}

/** From a zip file's central directory (APPNOTE.TXT of PKWARE, section 4.3.12). */
function filesInZip(zip: Buffer): Checksums {
  const files: Record<string, number> = {};
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 46)) {
    files[zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28))] = zip.readUInt32LE(at + 16);
  }
  return files;
}
