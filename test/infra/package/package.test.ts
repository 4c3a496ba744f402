// `npm run package` in a checkout of its own: with the real osls, and a build that stands in for the real one.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { type Checkout, makeCheckout, namesInZip, OSLS, removeCheckout, run } from '../packaging.ts';

const ADDRESS = '--param=camundaRestAddress=https://camunda.example.org';

const checkouts: Checkout[] = [];
afterAll(() => Promise.all(checkouts.map(removeCheckout)));

async function checkout(yaml = ''): Promise<Checkout> {
  const made = await makeCheckout(yaml);
  checkouts.push(made);
  return made;
}

const pack = ({ directory }: Checkout, ...options: readonly string[]) =>
  run(directory, 'infra/package/package.ts', options);

const readJson = async (...path: readonly string[]) => JSON.parse(await readFile(join(...path), 'utf8'));

describe('with a bucket for the code', () => {
  test('the folder of the stage holds all that it takes, and the commands to deploy it are said', async () => {
    const { directory } = await checkout();
    const options = ['--stage=prod', '--code-bucket=my-artifacts', ADDRESS, '--param=batchSize=3'];
    const { exitCode, stdout } = await pack({ directory }, ...options);
    const folder = join(directory, 'dist/package/prod');
    const zip = await readFile(join(folder, 'function.zip'));
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const key = `camunda-unassign/${sha256}.zip`;

    expect({ exitCode, files: (await readdir(folder)).toSorted() }).toEqual({
      exitCode: 0,
      files: ['function.zip', 'parameters.json', 'template.json'],
    });
    expect(
      (await readJson(folder, 'template.json')).Resources.UnassignLambdaFunction.Properties,
    ).toMatchObject({
      Code: { S3Bucket: 'my-artifacts', S3Key: key },
      Handler: '.build/unassign/index.handler',
    });
    expect(namesInZip(zip)).toContain('.build/unassign/index.mjs');
    expect(await readJson(folder, 'parameters.json')).toMatchObject({
      version: manifest.version,
      stage: 'prod',
      code: { bucket: 'my-artifacts', key, sha256 },
      given: { camundaRestAddress: 'https://camunda.example.org', batchSize: '3' },
      all: { batchSize: 3, maximumConcurrency: 5 },
    });
    expect(stdout).toContain(`aws s3 cp dist/package/prod/function.zip s3://my-artifacts/${key}\n`);
    expect(stdout).toContain(
      '--stack-name camunda-unassign-prod \\\n    --template-file dist/package/prod/template.json',
    );
  });

  test('a key of your own may hold the sum; one that does not is warned of', async () => {
    const made = await checkout();
    const options = ['--code-bucket=my-artifacts', ADDRESS];
    const one = await pack(made, ...options, '--code-key=releases/{sha256}/code.zip');
    const other = await pack(made, ...options, '--code-key=code.zip');
    expect(one.stdout).toMatch(/s3:\/\/my-artifacts\/releases\/[0-9a-f]{64}\/code\.zip/);
    expect(one.stderr).toBe('');
    expect(other.stderr).toContain('--code-key (code.zip) is the same for every zip');
  });

  test('what may be under a key of your own already, such as signed code, is not to be overwritten', async () => {
    const { stdout } = await pack(
      await checkout(),
      '--code-bucket=my-artifacts',
      ADDRESS,
      '--code-key=code.zip',
    );
    expect(stdout).toContain('aws cloudformation deploy');
    expect(stdout).not.toContain('aws s3 cp');
  });

  test('a template that is too large for a request is deployed by way of the bucket', async () => {
    const tags = Array.from({ length: 40 }, (_, at) => `name-${at}=value`).join(',');
    const { stdout, stderr } = await pack(
      await checkout(),
      '--code-bucket=my-artifacts',
      ADDRESS,
      `--param=tags=${tags}`,
    );
    expect(stdout).toContain('CAPABILITY_NAMED_IAM \\\n    --s3-bucket my-artifacts\n');
    expect(stderr).toContain('the template has more than the 51200 bytes');
  });

  test('what else is in the folder stays', async () => {
    const { directory } = await checkout();
    const folder = join(directory, 'kept/prod');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'notes.txt'), 'whom to call');
    await pack({ directory }, '--stage=prod', '--code-bucket=my-artifacts', ADDRESS, '--folder=kept');
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('whom to call');
    expect(await readdir(folder)).toContain('template.json');
  });

  test('the parameters are those of the stage in serverless.yml, and they stay where they are wrong', async () => {
    const made = await checkout('params: { prod: { camundaRestAddress: "https://prod.example.org" } }\n');
    const options = ['--stage=prod', '--code-bucket=my-artifacts'];
    await pack(made, ...options);
    const refused = await pack(made, ...options, '--param=batchSize=0');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('batchSize (0) expected a whole number from 1 to 10000'),
    });
    expect(await readJson(made.directory, 'dist/package/prod/parameters.json')).toMatchObject({
      given: { camundaRestAddress: 'https://prod.example.org' },
      all: { batchSize: 10 },
    });
  });

  test('without an address it is a placeholder: by its name, in its description, in a warning, without commands', async () => {
    const made = await checkout();
    const { exitCode, stdout, stderr } = await pack(made, '--stage=prod', '--code-bucket=my-artifacts');
    const folder = join(made.directory, 'dist/package');
    expect({ exitCode, folders: await readdir(folder) }).toEqual({
      exitCode: 0,
      folders: ['prod-placeholder'],
    });
    expect(stderr).toContain('this package is a PLACEHOLDER');
    expect(stdout).not.toContain('aws ');
    expect((await readJson(folder, 'prod-placeholder/template.json')).Description).toContain('PLACEHOLDER');
  });
});

describe('without a bucket for the code', () => {
  test('it is what osls deploys, where osls looks for it', async () => {
    const { directory } = await checkout();
    const { exitCode } = await pack({ directory }, '--stage=prod', ADDRESS);
    expect(exitCode).toBe(0);
    expect(existsSync(join(directory, '.serverless/serverless-state.json'))).toBe(true);
  });

  test('the parameters are those of the stage in serverless.yml', async () => {
    const { directory } = await checkout(
      'params: { prod: { camundaRestAddress: "https://prod.example.org" } }\n',
    );
    await pack({ directory }, '--stage=prod');
    const template = await readFile(
      join(directory, '.serverless/cloudformation-template-update-stack.json'),
      'utf8',
    );
    expect(template).toContain('https://prod.example.org');
  });

  test('without an address it is a placeholder, and not where osls looks', async () => {
    const { directory } = await checkout();
    const { exitCode, stderr } = await pack({ directory });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('this package is a PLACEHOLDER'),
    });
    expect((await readdir(directory)).filter((name) => name.startsWith('.serverless'))).toEqual([
      '.serverless-placeholder',
    ]);
  });
});

test('nothing is deployed without an address', async () => {
  const { directory } = await checkout();
  expect(await run(directory, OSLS, ['deploy', '--stage=prod'])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("camundaRestAddress is required: the address of the cluster's REST API"),
  });
});

test.each([
  [['--help'], 0],
  [['--stages=prod'], 2],
])('%j: exit code %i', async (options, exitCode) => {
  expect((await pack(await checkout(), ...options)).exitCode).toBe(exitCode);
});
