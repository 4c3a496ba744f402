// Deploying as somebody who has the policies of docs/who-may-deploy.md, and nothing else.
//
// The emulator asks for the permissions of what the deployer calls. What CloudFormation calls by itself, in the deployer's name or as
// the service role, it does not ask for: there IAM's policy simulator is asked about all that the registry of CloudFormation names.
import { randomUUID } from 'node:crypto';
import { CreatePolicyCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks } from '../docs/pages.ts';
import { aws, iam, type User, userWith } from './aws.ts';
import { CALLED_BY_CLOUDFORMATION } from './called-by-cloudformation.ts';
import { type Deployment, deploy, isDeployed, remove, rollBack } from './deployment.ts';
import { deployOneTemplate, makeCodeBucket, packageOneTemplate, removeOneTemplate } from './one-template.ts';

const PAGE = 'docs/who-may-deploy.md';
const STAGE = 'who';
const ADDRESS = { camundaRestAddress: 'https://camunda.example.org' };

let deployer: User;
/** The same person for the simulator, which knows no context of a request (limits.ts). */
let simulated: User;
let deployed: Deployment;

beforeAll(async () => {
  await makeCodeBucket();
  const documents = [documentOf('The deployer'), documentOf('The resources')];
  deployer = await userWith(...(await Promise.all(documents.map((document) => makePolicy(document)))));
  simulated = await userWith(
    ...(await Promise.all(documents.map((document) => makePolicy(withoutConditions(document))))),
  );
  deployed = await deploy(STAGE, ADDRESS, deployer.credentials);
});

test('osls deploys, changes, brings back and removes a stage', async () => {
  expect(await isDeployed(STAGE)).toBe(true);
  const changed = await deploy(STAGE, { ...ADDRESS, memorySizeMb: '256' }, deployer.credentials);
  expect(changed.outputs).toEqual(deployed.outputs);
  expect(await rollBack(STAGE, [], deployer.credentials)).toContain('UPDATE_COMPLETE');
  await remove(changed);
  expect(await isDeployed(STAGE)).toBe(false);
});

test('the one template is deployed, changed and removed', async () => {
  const one = await packageOneTemplate(STAGE, ADDRESS);
  const { outputs } = await deployOneTemplate(one, deployer.credentials);
  expect(outputs).toMatchObject({ FunctionName: `camunda-unassign-${STAGE}-unassign` });
  const other = await packageOneTemplate(STAGE, { ...ADDRESS, memorySizeMb: '256' });
  expect((await deployOneTemplate(other, deployer.credentials)).outputs).toEqual(outputs);
  await removeOneTemplate(one, deployer.credentials);
  expect(await isDeployed(STAGE)).toBe(false);
});

test('with a service role the deployer needs no permission on what is made', async () => {
  const stage = 'by-role';
  const documents = ['The deployer', 'CloudFormation with a service role'].map((heading) =>
    documentOf(heading, stage),
  );
  const withRole = await userWith(...(await Promise.all(documents.map((document) => makePolicy(document)))));
  const role = `arn:aws:iam::${aws.account}:role/deploys-with-cloudformation`;
  const made = await deploy(stage, { ...ADDRESS, deploymentRoleArn: role }, withRole.credentials);
  expect(await isDeployed(stage)).toBe(true);
  await remove(made);
  expect(await isDeployed(stage)).toBe(false);
});

test('a role goes to Lambda only, and an event source to the function of the stage', () => {
  const conditions = documentOf('The resources').Statement.flatMap(({ Sid, Condition }) =>
    Condition === undefined ? [] : [[Sid, Condition]],
  );
  expect(Object.fromEntries(conditions)).toEqual({
    RoleOfTheFunction: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    EventSource: {
      ArnLike: {
        'lambda:FunctionArn': `arn:aws:lambda:${aws.region}:${aws.account}:function:camunda-unassign-${STAGE}-unassign`,
      },
    },
  });
});

test('another stage is refused', async () => {
  await expect(deploy('other', ADDRESS, deployer.credentials)).rejects.toThrow(/not authorized/);
});

describe('what CloudFormation does by itself', () => {
  const place = `${aws.region}:${aws.account}`;
  const name = `camunda-unassign-${STAGE}`;
  /** An ARN of each type as the stack of this stage has it. */
  const ARNS: Readonly<Record<string, string>> = {
    'AWS::CloudWatch::Alarm': `arn:aws:cloudwatch:${place}:alarm:${name}-errors`,
    'AWS::CloudWatch::Dashboard': `arn:aws:cloudwatch::${aws.account}:dashboard/${name}-${aws.region}`,
    'AWS::IAM::ManagedPolicy': `arn:aws:iam::${aws.account}:policy/${name}-ProducerPolicy-1A2B`,
    'AWS::IAM::Role': `arn:aws:iam::${aws.account}:role/${name}-FunctionRole-1A2B`,
    'AWS::Lambda::EventSourceMapping': `arn:aws:lambda:${place}:event-source-mapping:51af3dc0-da77-11e4-872e-1234567db123`,
    'AWS::Lambda::Function': `arn:aws:lambda:${place}:function:${name}-unassign`,
    'AWS::Logs::LogGroup': `arn:aws:logs:${place}:log-group:/aws/lambda/${name}-unassign`,
    'AWS::Logs::QueryDefinition': '*',
    'AWS::S3::Bucket': `arn:aws:s3:::${name}-serverlessdeploymentbucket-1a2b`,
    'AWS::S3::BucketPolicy': `arn:aws:s3:::${name}-serverlessdeploymentbucket-1a2b`,
    'AWS::SQS::Queue': `arn:aws:sqs:${place}:${name}-51af3dc0-da77-11e4-872e-1234567db123`,
    'AWS::SQS::QueuePolicy': `arn:aws:sqs:${place}:${name}-51af3dc0-da77-11e4-872e-1234567db123`,
    'AWS::SSM::Parameter': `arn:aws:ssm:${place}:parameter/camunda-unassign/${STAGE}/queue-url`,
  };

  test('is known of every type of the template', () => {
    const types = new Set(Object.values(deployed.template.Resources).map(({ Type }) => Type));
    expect(Object.keys(CALLED_BY_CLOUDFORMATION).toSorted()).toEqual([...types].toSorted());
  });

  test.each(Object.entries(CALLED_BY_CLOUDFORMATION))('%s is allowed', async (type, actions) => {
    expect(await refused(actions, ARNS[type] ?? '')).toEqual([]);
  });

  test.each(
    Object.entries(CALLED_BY_CLOUDFORMATION).filter(
      ([type]) => ARNS[type] !== '*' && type !== 'AWS::Lambda::EventSourceMapping',
    ),
  )('%s of another stage is not to be changed', async (type, actions) => {
    const changing = actions.filter(
      (action) =>
        /:(Create|Delete|Put|Update|Set|Pass)/.test(action) && !/:(Put|Delete)QueryDefinition$/.test(action),
    );
    const other = (ARNS[type] ?? '').replaceAll(STAGE, 'other');
    expect(await refused(changing, other)).toEqual(changing);
  });
});

/** Which of the actions the deployer may not do on a resource. */
async function refused(actions: readonly string[], resource: string): Promise<string[]> {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: simulated.arn,
      ActionNames: [...actions],
      ResourceArns: [resource],
    }),
  );
  return EvaluationResults.flatMap(({ EvalActionName = '', EvalDecision }) =>
    EvalDecision === 'allowed' ? [] : [EvalActionName],
  );
}

/** The policy that stands under a heading of the page, for a stage. */
function documentOf(heading: string, stage = STAGE): PolicyDocument {
  const text = codeBlocks(PAGE).find((block) => block.heading === heading)?.text ?? '';
  return JSON.parse(
    text
      .replaceAll('camunda-unassign-prod', `camunda-unassign-${stage}`)
      .replaceAll('camunda-unassign/prod/', `camunda-unassign/${stage}/`),
  );
}

interface PolicyDocument {
  readonly Statement: readonly { readonly Sid: string; readonly Condition?: unknown }[];
}

function withoutConditions(document: PolicyDocument): PolicyDocument {
  return { ...document, Statement: document.Statement.map(({ Condition: _, ...statement }) => statement) };
}

/** Makes a managed policy; returns its ARN. */
async function makePolicy(document: PolicyDocument): Promise<string> {
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: randomUUID(), PolicyDocument: JSON.stringify(document) }),
  );
  return Policy?.Arn ?? '';
}
