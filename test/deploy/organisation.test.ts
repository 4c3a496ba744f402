// An organisation's rules on a stage that osls deploys from a bucket that was there before.

import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { ListTagsCommand } from '@aws-sdk/client-lambda';
import { ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { ListTagsForResourceCommand } from '@aws-sdk/client-ssm';
import { beforeAll, expect, test } from 'vitest';
import { aws, iam, lambda, logs, sqs, ssm } from './aws.ts';
import { type Deployment, deploy, places, remove } from './deployment.ts';
import { CODE_BUCKET, makeCodeBucket } from './one-template.ts';

const STAGE = 'ruled';
const TAGS = { CostCentre: '0042', Team: 'orders' };

let deployed: Deployment;

beforeAll(async () => {
  await makeCodeBucket();
  deployed = await deploy(STAGE, {
    camundaRestAddress: 'https://camunda.example.org',
    tags: 'Team=orders,CostCentre=0042',
    permissionsBoundaryArn: `arn:aws:iam::${aws.account}:policy/boundary`,
    iamPath: '/teams/orders/',
    iamNamePrefix: 'orders-',
    deploymentBucket: CODE_BUCKET,
    keepLogGroup: 'true',
  });
});

test('queues, function and parameters have the tags', async () => {
  const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: (await places(STAGE))['queue-url'] }));
  const ofFunction = await lambda.send(new ListTagsCommand({ Resource: deployed.outputs['FunctionArn'] }));
  const { TagList = [] } = await ssm.send(
    new ListTagsForResourceCommand({
      ResourceType: 'Parameter',
      ResourceId: `/camunda-unassign/${STAGE}/queue-url`,
    }),
  );
  expect(Tags).toMatchObject(TAGS);
  expect(ofFunction.Tags).toMatchObject(TAGS);
  expect(Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]))).toMatchObject(TAGS);
});

test('the role has the name and the path', async () => {
  const RoleName = `orders-camunda-unassign-${STAGE}-${aws.region}`;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(Role?.Path).toBe('/teams/orders/');
});

test('the stack has no bucket of its own', () => {
  expect(Array.from(deployed.resources.values(), ({ type }) => type)).not.toContain('AWS::S3::Bucket');
});

test('the log outlives the stack', async () => {
  const logGroupName = deployed.outputs['LogGroupName'];
  await remove(deployed);
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/camunda-unassign-${STAGE}-unassign-` }),
  );
  expect(logGroups.map((group) => group.logGroupName)).toEqual([logGroupName]);
});
