// The one template for every tool, beside the one that osls deploys: made from the same files, the same but for the code's place.

import { describe, expect, test } from 'vitest';
import { INLINE_TEMPLATE_BYTES, minified, oneTemplate } from '../../../infra/package/one-template.ts';
import { EVERYTHING, PLAIN } from '../../../infra/tools/example-deployments.ts';
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

  test('it is otherwise what osls deploys', () => {
    const { Resources, Outputs, ...rest } = template();
    const {
      ServerlessDeploymentBucket: _,
      ServerlessDeploymentBucketPolicy: _policy,
      ...resources
    } = Resources;
    const { ServerlessDeploymentBucketName: _name, ...outputs } = Outputs;
    const { UnassignLambdaFunction: unassign, ...others } = resources;
    expect(one()).toEqual({
      ...rest,
      Resources: {
        ...others,
        UnassignLambdaFunction: {
          ...unassign,
          Properties: { ...unassign?.Properties, Code: expect.anything() },
        },
      },
      Outputs: outputs,
    });
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
