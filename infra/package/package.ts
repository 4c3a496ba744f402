// `npm run package`: what a deployment consists of, for osls or for every other tool.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { shellWord } from '../../cli/shell-word.ts';
import manifest from '../../package.json' with { type: 'json' };
import { isPlaceholder, Parameters } from '../parameters.ts';
import { runCommand } from '../tools/run-command.ts';
import { canonicalZip } from './archives.ts';
import { type PackageOrder, readPackageCommand, SUM, USAGE } from './arguments.ts';
import { type CodePlace, INLINE_TEMPLATE_BYTES, minified, oneTemplate } from './one-template.ts';
import { type Packaging, PackagingError, packageWithOsls } from './osls.ts';

/** Where osls looks for what it deploys. */
const FOR_OSLS = '.serverless';

/** How whatever has the placeholder for the cluster's address is named. */
const PLACEHOLDER = 'placeholder';

async function makePackage(order: PackageOrder): Promise<void> {
  if (order.code === undefined) await makeForOsls(order);
  else await makeForEveryTool(order, order.code);
}

async function makeForOsls({ oslsOptions }: PackageOrder): Promise<void> {
  const { deployment, output } = await packageWithOsls(FOR_OSLS, oslsOptions);
  let folder = FOR_OSLS;
  if (isPlaceholder(deployment.camundaRestAddress)) {
    folder = `${FOR_OSLS}-${PLACEHOLDER}`;
    await rm(folder, { recursive: true, force: true });
    await rename(FOR_OSLS, folder);
  }
  console.log(`${manifest.name} ${manifest.version}, stage ${deployment.stage}, in ${folder}`);
  tellWarnings(output);
}

/**
 * Everything is made before the folder is touched, so that a package that is refused leaves the one before it. The three files
 * of before go first, so that none of them is ever beside one of another package; what else is there is not ours.
 */
async function makeForEveryTool(order: PackageOrder, { bucket, key }: CodePlace): Promise<void> {
  const scratch = await mkdtemp('.build/package-');
  const packaging = await packageWithOsls(scratch, order.oslsOptions).finally(() =>
    rm(scratch, { recursive: true }),
  );
  const { stage, camundaRestAddress } = packaging.deployment;
  const zip = canonicalZip(packaging.zip);
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const code = { bucket, key: key.replaceAll(SUM, sha256) };
  const template = Buffer.from(minified(oneTemplate(packaging.template, code)));
  const folder = join(order.folder, isPlaceholder(camundaRestAddress) ? `${stage}-${PLACEHOLDER}` : stage);
  const files = {
    'template.json': template,
    'function.zip': zip,
    'parameters.json': parametersOf(packaging, code, sha256),
  };
  await mkdir(folder, { recursive: true });
  for (const name of Object.keys(files)) await rm(join(folder, name), { force: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const made: Made = {
    folder,
    stage,
    code,
    region: order.region,
    isLarge: template.length > INLINE_TEMPLATE_BYTES,
    hasOwnKey: key.includes(SUM),
  };
  console.log(`${manifest.name} ${manifest.version}, stage ${stage}, in ${folder}:`);
  console.log(`  template.json    ${template.length.toLocaleString('en')} bytes`);
  console.log(`  function.zip     SHA-256 ${sha256}`);
  console.log('  parameters.json  what went in');
  if (!isPlaceholder(camundaRestAddress)) console.log(`\n${nextSteps(made)}`);
  for (const warning of warningsOf(made)) warn(warning);
  tellWarnings(packaging.output);
}

/** What was made, for what is said about it. */
interface Made {
  readonly folder: string;
  readonly stage: string;
  readonly code: CodePlace;
  readonly region: string | undefined;
  /** Whether the template is too large for a request. */
  readonly isLarge: boolean;
  /** Whether no other zip has the key of this one. */
  readonly hasOwnKey: boolean;
}

/** What went in, for people who ask later what is deployed: as given, and with every default. */
function parametersOf({ deployment }: Packaging, code: CodePlace, sha256: string): string {
  const { version, stage, given } = deployment;
  const facts = {
    name: manifest.name,
    version,
    stage,
    code: { ...code, sha256 },
    given,
    all: Parameters.parse(given),
  };
  return `${JSON.stringify(facts, undefined, 2)}\n`;
}

/** Under a key that any zip may have, there may be one that must stay, such as one that AWS Signer wrote. */
function nextSteps({ folder, stage, code: { bucket, key }, region, isLarge, hasOwnKey }: Made): string {
  const where = region === undefined ? '' : ` --region ${region}`;
  const each = bucket.includes('${') ? ' of each region and account (put their names in)' : '';
  const put = `  aws s3 cp ${shellWord(`${folder}/function.zip`)} ${shellWord(`s3://${bucket}/${key}`)}`;
  return [
    ...(hasOwnKey
      ? [`Put the code into the bucket${each}, and deploy:`, put]
      : ['Deploy the code under that key:']),
    `  aws cloudformation deploy${where} --stack-name ${manifest.name}-${stage} \\`,
    `    --template-file ${shellWord(`${folder}/template.json`)} --capabilities CAPABILITY_NAMED_IAM${isLarge ? ` \\\n    --s3-bucket ${shellWord(bucket)}` : ''}`,
  ].join('\n');
}

function warningsOf({ code: { bucket, key }, isLarge, hasOwnKey }: Made): string[] {
  return [
    ...(isLarge
      ? [
          `the template has more than the ${INLINE_TEMPLATE_BYTES} bytes that CloudFormation takes in a request: it has to be in a bucket, or have fewer tags or producers`,
        ]
      : []),
    ...(hasOwnKey
      ? []
      : [
          `--code-key (${key}) is the same for every zip: CloudFormation takes what is there now as s3://${bucket}/${key}, and takes new code only where the key is new`,
        ]),
  ];
}

/** What the parameters said to standard error of osls; what osls says of its own is no news here. */
function tellWarnings(output: string): void {
  for (const [, warning = ''] of output.matchAll(/^Warning: (.*)$/gm)) warn(warning);
}

function warn(warning: string): void {
  const { stderr } = process;
  stderr.write(`\n${styleText(['bold', 'yellow'], 'Warning:', { stream: stderr })} ${warning}\n`);
}

/** A folder that cannot be written to, a full disk: what Node.js says of it names the file. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function advice(error: unknown): string {
  if (error instanceof PackagingError || isFileError(error)) return error.message;
  throw error;
}

await runCommand(readPackageCommand(process.argv.slice(2)), USAGE, makePackage, advice);
