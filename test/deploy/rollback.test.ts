// The way back: to the deployment before, by `npm run rollback` where osls deployed, by the template of then where it did not.
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StandInCluster, startStandInCluster } from '../../infra/local/stand-in/cluster.ts';
import manifest from '../../package.json' with { type: 'json' };
import { eventually } from '../infra/local/eventually.ts';
import type { Template } from '../infra/packaging.ts';
import { aws, cloudwatch, lambda, ROOT, sqs } from './aws.ts';
import { deploy, places, rollBack } from './deployment.ts';
import { deployOneTemplate, makeCodeBucket, type Package, packageOneTemplate } from './one-template.ts';

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startStandInCluster();
});
afterAll(() => cluster.close());

/** The template as the next version would have it. */
const asNext = (template: Template): Template =>
  JSON.parse(
    JSON.stringify(template).replaceAll(
      `camunda-unassign ${manifest.version}, stage`,
      'camunda-unassign 9.9.9, stage',
    ),
  );

describe('a stage of osls', () => {
  const stage = 'back';
  let before: Awaited<ReturnType<typeof places>>;

  beforeAll(async () => {
    const params = { camundaRestAddress: cluster.url };
    await deploy(stage, { ...params, memorySizeMb: '256' });
    before = await places(stage);
    await deploy(stage, { ...params, memorySizeMb: '512' }, ROOT, asNext);
  });

  test('is listed with its versions, the newest first', async () => {
    expect(await rollBack(stage, ['--list'])).toMatch(
      new RegExp(`^ {2}\\S+Z {2}9\\.9\\.9 {2}\\(now\\)\n {2}\\S+Z {2}${manifest.version}\n$`),
    );
  });

  test('goes back to the deployment before, with the same queues, and carries out requests', async () => {
    expect(await rollBack(stage, [])).toMatch(`from 9.9.9 of`);
    expect(await memoryOf(stage)).toBe(256);
    expect(await places(stage)).toEqual(before);
    await expectUnassigned(stage);
  });

  test('has nothing to go back to from the first', async () => {
    await expect(rollBack(stage, [])).rejects.toThrow(/no deployment before the present one is kept/);
  });

  test('goes to a version that is named, forward as well, and once only', async () => {
    expect(await rollBack(stage, ['--to', '9.9.9'])).toMatch(`to 9.9.9 of`);
    expect(await memoryOf(stage)).toBe(512);
    await expect(rollBack(stage, ['--to', '9.9.9'])).rejects.toThrow(
      /no other deployment of 9\.9\.9 is kept/,
    );
    await expectUnassigned(stage);
  });

  test('that is not there is said so', async () => {
    await expect(rollBack('nowhere', [])).rejects.toThrow(/There is no stack camunda-unassign-nowhere/);
  });
});

describe('a stage of the one template', () => {
  const stage = 'one-template';
  let first: Package;

  beforeAll(async () => {
    await makeCodeBucket();
    const params = { camundaRestAddress: cluster.url };
    first = await packageOneTemplate(stage, { ...params, memorySizeMb: '256' });
    await deployOneTemplate(first);
  });

  test('carries out requests', async () => {
    await expectUnassigned(stage);
  });

  test('is updated to what the next package says', async () => {
    const alarmTopicArn = `arn:aws:sns:${aws.region}:${aws.account}:on-call`;
    await deployOneTemplate(
      await packageOneTemplate(stage, {
        camundaRestAddress: cluster.url,
        memorySizeMb: '512',
        alarmTopicArn,
      }),
    );
    expect({ memory: await memoryOf(stage), topics: await topicsOf(stage) }).toEqual({
      memory: 512,
      topics: [alarmTopicArn],
    });
  });

  test('goes back by deploying the package of then, with the same queues', async () => {
    const before = await places(stage);
    await deployOneTemplate(first);
    expect({ memory: await memoryOf(stage), topics: await topicsOf(stage) }).toEqual({
      memory: 256,
      topics: [],
    });
    expect(await places(stage)).toEqual(before);
    await expectUnassigned(stage);
  });

  test('is no business of npm run rollback', async () => {
    await expect(rollBack(stage, [])).rejects.toThrow(
      /was not deployed by npm run deploy\. Deploy the template/,
    );
  });
});

async function memoryOf(stage: string): Promise<number | undefined> {
  const FunctionName = `camunda-unassign-${stage}-unassign`;
  return (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).MemorySize;
}

/** What the alarm about dead letters notifies. */
async function topicsOf(stage: string): Promise<string[] | undefined> {
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [`camunda-unassign-${stage}-dead-letters`] }),
  );
  return alarm?.AlarmActions;
}

async function expectUnassigned(stage: string): Promise<void> {
  const { key } = cluster.tasks.create();
  const QueueUrl = (await places(stage))['queue-url'];
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ userTaskKey: key }) }));
  await eventually(() => expect(cluster.tasks.get(key)?.assignee).toBeNull());
}
