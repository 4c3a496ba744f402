// The one template for every tool: what osls made, without what only osls needs. Pure.
import * as z from 'zod';
import { resolveParameters } from '../conditions.ts';
import type { CloudFormationTemplate, Resource } from './osls.ts';

/** Where CloudFormation finds the artifact. */
export interface CodePlace {
  /** The bucket's name, which may hold `${AWS::Region}` and `${AWS::AccountId}`. */
  readonly bucket: string;
  readonly key: string;
}

/** The largest template that CloudFormation takes in a request (CloudFormation user guide, "Understand CloudFormation quotas"). Bytes. */
export const INLINE_TEMPLATE_BYTES = 51_200;

/** What osls keeps its artifacts in; the template for every tool has the artifact in a bucket that is there already. */
const OF_OSLS = new Set(['ServerlessDeploymentBucket', 'ServerlessDeploymentBucketPolicy']);
const OUTPUT_OF_OSLS = 'ServerlessDeploymentBucketName';

const FUNCTION = 'UnassignLambdaFunction';

/**
 * The template with its code in `code`, and with neither a bucket of its own nor CloudFormation's parameters. osls lets them
 * have their new defaults; `aws cloudformation deploy` (AWS CLI, deploy.py, merge_parameters) and `cdk deploy` would have an
 * update keep the values of before.
 */
export function oneTemplate(template: CloudFormationTemplate, code: CodePlace): CloudFormationTemplate {
  const resolved = resolveParameters(template);
  const { [OUTPUT_OF_OSLS]: _, ...Outputs } = resolved.Outputs ?? {};
  const resources = Object.entries(resolved.Resources).filter(([id]) => !OF_OSLS.has(id));
  return {
    ...resolved,
    Resources: Object.fromEntries(
      resources.map(([id, resource]) => [id, id === FUNCTION ? withCode(resource, code) : resource]),
    ),
    Outputs,
  };
}

function withCode(resource: Resource, { bucket, key }: CodePlace): Resource {
  const Code = { S3Bucket: bucket.includes('${') ? { 'Fn::Sub': bucket } : bucket, S3Key: key };
  return { ...resource, Properties: { ...resource.Properties, Code } };
}

/**
 * The template as text, as short as it gets: without the arguments with the scanners, and without the line breaks in the
 * dashboard, which the console shows as a form anyway.
 */
export function minified(template: CloudFormationTemplate): string {
  const resources = Object.entries(template.Resources).map(([id, { Metadata: _, ...resource }]) => [
    id,
    resource.Type === 'AWS::CloudWatch::Dashboard' ? withShortBody(resource) : resource,
  ]);
  return `${JSON.stringify({ ...template, Resources: Object.fromEntries(resources) })}\n`;
}

/** The properties of a dashboard whose body CloudFormation completes. */
export const DashboardProperties = z.looseObject({ DashboardBody: z.object({ 'Fn::Sub': z.string() }) });

/** What CloudFormation puts into the body stands within its strings, so that it is JSON before, too. */
function withShortBody<Dashboard extends { readonly Properties?: unknown }>(dashboard: Dashboard): Dashboard {
  const properties = DashboardProperties.parse(dashboard.Properties);
  const body = JSON.stringify(JSON.parse(properties.DashboardBody['Fn::Sub']));
  return { ...dashboard, Properties: { ...properties, DashboardBody: { 'Fn::Sub': body } } };
}
