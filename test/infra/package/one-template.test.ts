// The one template for every tool, beside the one that osls deploys: made from the same files, the same but for the code's place.

import { describe, expect, test } from 'vitest';
import { INLINE_TEMPLATE_BYTES, minified, oneTemplate } from '../../../infra/package/one-template.ts';
import { EVERYTHING, PLAIN } from '../../../infra/tools/example-deployments.ts';
import { evaluate } from '../cloudformation.ts';
import { packageBeforeTests, type Template } from '../packaging.ts';

const CODE = { bucket: 'my-artifacts', key: 'camunda-unassign/0a1b.zip' };

let plain: Template;
let everything: Template;
packageBeforeTests(PLAIN, (template) => {
  plain = template;
});
packageBeforeTests(EVERYTHING, (template) => {
  everything = template;
});

const TEMPLATES = [
  ['nothing but the address', () => plain],
  ['everything', () => everything],
] as const;

describe.each(TEMPLATES)('with %s', (_name, template) => {
  const one = () => oneTemplate(template(), CODE);

  test('it takes its code from the bucket that is named', () => {
    expect(one().Resources['UnassignLambdaFunction']?.Properties).toMatchObject({
      Code: { S3Bucket: 'my-artifacts', S3Key: 'camunda-unassign/0a1b.zip' },
    });
  });

  test('it has no bucket of its own, and nothing asks for one', () => {
    expect(JSON.stringify(one())).not.toContain('ServerlessDeploymentBucket');
  });

  test('it is otherwise what the one of osls comes to', () => {
    const { Resources, Outputs, ...rest } = whatComesOf(template());
    const {
      ServerlessDeploymentBucket: _,
      ServerlessDeploymentBucketPolicy: _policy,
      ...resources
    } = Resources;
    const { ServerlessDeploymentBucketName: _name, ...outputs } = Outputs;
    const { UnassignLambdaFunction: unassign } = resources;
    expect(whatComesOf(one())).toEqual({
      ...rest,
      Resources: {
        ...resources,
        UnassignLambdaFunction: {
          ...unassign,
          Properties: { ...unassign?.Properties, Code: { S3Bucket: CODE.bucket, S3Key: CODE.key } },
        },
      },
      Outputs: outputs,
    });
  });

  // Where there are any, aws cloudformation deploy and cdk deploy keep their values of before.
  test('it leaves CloudFormation no parameter to fill in', () => {
    expect(one()).not.toHaveProperty('Parameters');
    expect(one()).not.toHaveProperty('Conditions');
    expect(JSON.stringify(one())).not.toMatch(/AWS::NoValue|Fn::If/);
  });

  test('it is small enough to be sent with a request', () => {
    expect(Buffer.byteLength(minified(one()))).toBeLessThan(INLINE_TEMPLATE_BYTES);
  });

  test('its short form says the same, the dashboard too', () => {
    expect(meaning(JSON.parse(minified(one())))).toEqual(meaning(one()));
  });

  test('it names no region, so that it is the same for each', () => {
    const regions = JSON.stringify(one()).match(/(?<![\w:-])(us|eu|ap)-[a-z]+-\d\b/g);
    expect(regions).toBeNull();
  });
});

test('the bucket may be another one in each region', () => {
  const bucket = `my-artifacts-\${AWS::Region}`;
  const { Resources } = oneTemplate(plain, { ...CODE, bucket });
  expect(Resources['UnassignLambdaFunction']?.Properties).toMatchObject({
    Code: { S3Bucket: { 'Fn::Sub': bucket } },
  });
});

/** The template with its parameters, conditions and functions carried out. */
function whatComesOf(template: object): Omit<Template, 'Parameters' | 'Conditions'> {
  const whole = { Parameters: {}, Conditions: {}, ...template } as Template;
  const { Parameters: _, Conditions: _conditions, ...rest } = whole;
  return evaluate(whole, rest) as typeof rest;
}

/** A template without what is for people only, and with the dashboard as the value that CloudWatch reads. */
function meaning(template: { readonly Resources: Readonly<Record<string, object>> }) {
  const resources = Object.entries(template.Resources).map(([id, resource]) => {
    const { Metadata: _, ...attributes } = resource as {
      Metadata?: unknown;
      Properties?: { DashboardBody?: unknown };
    };
    const body = attributes.Properties?.DashboardBody as { 'Fn::Sub': string } | undefined;
    return [
      id,
      body === undefined
        ? attributes
        : {
            ...attributes,
            Properties: { ...attributes.Properties, DashboardBody: JSON.parse(body['Fn::Sub']) },
          },
    ];
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}
