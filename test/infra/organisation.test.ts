// An organisation's rules in the template: with all of them, and with none.

import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { EVERYTHING, PLAIN } from '../../infra/tools/example-deployments.ts';
import { evaluate } from './cloudformation.ts';
import { packageBeforeTests, readState, type Template } from './packaging.ts';

let plain: Template;
let ruled: Template;
let state: Awaited<ReturnType<typeof readState>>;
packageBeforeTests(PLAIN, (template) => {
  plain = template;
});
packageBeforeTests(EVERYTHING, async (template, packaging) => {
  ruled = template;
  state = await readState(packaging);
});

/** What CloudFormation cannot tag (CloudFormation template reference, each type's properties). */
const UNTAGGABLE = [
  'AWS::IAM::ManagedPolicy',
  'AWS::Logs::QueryDefinition',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
];

const properties = (template: Template, id: string) =>
  evaluate(template, template.Resources[id]?.Properties) as Record<string, unknown>;

describe('tags', () => {
  const taggable = () => Object.entries(ruled.Resources).filter(([, { Type }]) => !UNTAGGABLE.includes(Type));

  test('are on everything that can have them', () => {
    const Tags = z.union([
      z.array(z.object({ Key: z.string(), Value: z.string() })),
      z.record(z.string(), z.string()),
    ]);
    const untagged = taggable().filter(([, { Properties }]) => {
      const tags = Tags.safeParse(Properties['Tags']).data ?? {};
      const values = Array.isArray(tags)
        ? tags.map(({ Key, Value }) => `${Key}=${Value}`)
        : Object.entries(tags).map((pair) => pair.join('='));
      return !(values.includes('Team=orders') && values.includes('CostCentre=0042'));
    });
    expect(untagged.map(([id]) => id)).toEqual([]);
    expect(taggable().length).toBeGreaterThan(20);
  });

  test('are nowhere unless they are given', () => {
    expect(JSON.stringify(plain)).not.toContain('"Tags"');
  });
});

describe("the function's role", () => {
  test('has the boundary, the path and the name that are asked for', () => {
    expect(properties(ruled, 'FunctionRole')).toMatchObject({
      PermissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
      Path: '/teams/orders/',
      RoleName: 'orders-camunda-unassign-prod-eu-central-1',
    });
  });

  test('has none of them otherwise', () => {
    expect(Object.keys(properties(plain, 'FunctionRole')).toSorted()).toEqual([
      'AssumeRolePolicyDocument',
      'Policies',
    ]);
  });
});

test.each([
  ['ProducerPolicy', 'orders-camunda-unassign-prod-eu-central-1-producers'],
  ['DeadLetterOperatorPolicy', 'orders-camunda-unassign-prod-eu-central-1-dead-letter-operators'],
])('%s has the path and the name that are asked for', (id, ManagedPolicyName) => {
  expect(properties(ruled, id)).toMatchObject({ Path: '/teams/orders/', ManagedPolicyName });
  expect(properties(plain, id)).not.toHaveProperty('ManagedPolicyName');
});

describe('the log', () => {
  const name = '/aws/lambda/camunda-unassign-prod-unassign-51af3dc0-da77-11e4-872e-1234567db123';

  test('is encrypted with the key that is named', () => {
    expect(properties(ruled, 'UnassignLogGroup')).toMatchObject({
      KmsKeyId: expect.stringContaining('key/0b7f'),
    });
    expect(properties(plain, 'UnassignLogGroup')).not.toHaveProperty('KmsKeyId');
  });

  test('that is kept outlives the stack under a name that no other stack has', () => {
    expect(ruled.Resources['UnassignLogGroup']).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    expect(properties(ruled, 'UnassignLogGroup')['LogGroupName']).toBe(name);
  });

  test('that is not kept goes with the stack', () => {
    expect(plain.Resources['UnassignLogGroup']).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test.each([
    ['kept', () => ruled],
    ['not kept', () => plain],
  ])('that is %s is where the function writes', (_kept, template) => {
    expect(properties(template(), 'UnassignLambdaFunction')['LoggingConfig']).toEqual({
      LogFormat: 'Text',
      LogGroup: properties(template(), 'UnassignLogGroup')['LogGroupName'],
    });
  });
});

test('Lambda checks the signature of the code where a configuration is named', () => {
  expect(properties(ruled, 'UnassignLambdaFunction')['CodeSigningConfigArn']).toMatch(
    /csc-0123456789abcdef0$/,
  );
  expect(properties(plain, 'UnassignLambdaFunction')).not.toHaveProperty('CodeSigningConfigArn');
});

test('osls keeps its artifacts in the bucket that is given, and makes none', () => {
  expect(properties(ruled, 'UnassignLambdaFunction')['Code']).toMatchObject({
    S3Bucket: 'artifacts-of-orders',
  });
  expect(ruled.Resources).not.toHaveProperty('ServerlessDeploymentBucket');
});

test('osls deploys with the service role that is given', () => {
  expect(state.service.provider).toMatchObject({
    iam: { deploymentRole: 'arn:aws:iam::123456789012:role/deploys-with-cloudformation' },
  });
});
