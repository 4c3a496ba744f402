// A CDK app that includes the one template, synthesised offline.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minified, oneTemplate } from '../../../infra/package/one-template.ts';
import { EVERYTHING } from '../../../infra/tools/example-deployments.ts';
import { packageBeforeTests, type Template } from '../packaging.ts';

let template: Template;
packageBeforeTests(EVERYTHING, (packaged) => {
  template = packaged;
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'camunda-unassign-cdk-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('CDK deploys the template as it is', async () => {
  const text = minified(oneTemplate(template, { bucket: 'my-artifacts', key: 'function.zip' }));
  const templateFile = join(folder, 'template.json');
  await writeFile(templateFile, text);

  const app = new App({ outdir: join(folder, 'cdk.out') });
  const stack = new Stack(app, 'camunda-unassign-prod');
  new CfnInclude(stack, 'CamundaUnassign', { templateFile });
  const { template: synthesised } = app.synth().getStackByName('camunda-unassign-prod');

  // What CDK adds is for its own bootstrap stack.
  const { Rules: _, Parameters, ...rest } = synthesised;
  expect(Object.keys(Parameters)).toEqual(['BootstrapVersion']);
  expect(rest).toEqual(withoutEmptyDependencies(JSON.parse(text)));
});

function withoutEmptyDependencies(template: { readonly Resources: Readonly<Record<string, object>> }) {
  const resources = Object.entries(template.Resources).map(([id, resource]) => {
    const { DependsOn, ...rest } = resource as { DependsOn?: unknown };
    return [id, Array.isArray(DependsOn) && DependsOn.length === 0 ? rest : resource];
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}
