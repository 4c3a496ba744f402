// What `npm run package` is told. Pure.
import { parseArgs } from 'node:util';
import type { NoOrder } from '../tools/run-command.ts';
import type { CodePlace } from './one-template.ts';

export const USAGE = `Usage: npm run package -- [--stage <stage>] [--region <region>] [--param name=value]…
                      [--code-bucket <bucket> [--code-key <key>] [--folder <path>]]

Makes what a deployment consists of, without credentials or a network. The parameters are those of --param, or else
those that serverless.yml has under params for the stage. Without the address of a cluster it makes a placeholder, to
look at, and says so.

With --code-bucket: one CloudFormation template that needs nothing else, for aws cloudformation deploy, CDK, Terraform,
StackSets and others, with the function's zip and the parameters that went in, in a folder of the stage.
Without: what osls deploys, in .serverless. osls works there with --code-bucket as well, so a checkout makes one package at
a time, and what was there is gone.

  --stage <stage>         the deployment's stage (default: dev)
  --region <region>       where osls would deploy it; the one template is the same for every region
  --param name=value      a parameter of the deployment, of docs/settings.md; as often as needed
  --code-bucket <bucket>  the bucket that you put the zip into. '\${AWS::Region}' and '\${AWS::AccountId}' in it (in single
                          quotes) stand for where the stack is
  --code-key <key>        the zip's key in it (default: camunda-unassign/{sha256}.zip). {sha256} stands for its sum:
                          CloudFormation takes new code only where the key is new
  --folder <path>         where the folder of the stage is made (default: dist/package); only its three files are replaced
  --help                  this text

Exit codes: 0 made, 1 the parameters cannot be deployed, 2 wrong use.`;

/** Stands for the SHA-256 of the zip in a key. */
export const SUM = '{sha256}';

/** What to package. */
export interface PackageOrder {
  readonly action: 'package';
  /** As osls takes them. */
  readonly oslsOptions: readonly string[];
  readonly region: string | undefined;
  /** The key may hold {@link SUM}. Undefined: what osls deploys. */
  readonly code: CodePlace | undefined;
  readonly folder: string;
}

export type PackageCommand = PackageOrder | NoOrder;

/** Reads the command line. */
export function readPackageCommand(argv: readonly string[]): PackageCommand {
  const refuse = (why: string): PackageCommand => ({ action: 'refuse', why });
  let values: Values;
  try {
    values = parse(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { action: 'help' };
  const { stage, region, param = [], 'code-bucket': bucket, 'code-key': key, folder } = values;
  const problem = problemOf(values);
  if (problem !== undefined) return refuse(problem);
  return {
    action: 'package',
    region,
    oslsOptions: [
      ...(stage === undefined ? [] : [`--stage=${stage}`]),
      ...(region === undefined ? [] : [`--region=${region}`]),
      ...param.map((pair) => `--param=${pair}`),
    ],
    code: bucket === undefined ? undefined : { bucket, key: key ?? `camunda-unassign/${SUM}.zip` },
    folder: folder ?? 'dist/package',
  };
}

function problemOf({ 'code-bucket': bucket, 'code-key': key, folder }: Values): string | undefined {
  if (bucket === undefined) {
    const [idle] = Object.entries({ 'code-key': key, folder }).find(([, value]) => value !== undefined) ?? [];
    return idle === undefined ? undefined : `--${idle} expected together with --code-bucket`;
  }
  if (!isBucket(bucket)) {
    return `--code-bucket (${bucket}) expected the name of a bucket, 3 to 63 of a-z, 0-9, dots and hyphens; one with \${AWS::Region} in single quotes, since the shell would put something else there`;
  }
  if (key !== undefined && !/^[\w!.*'()/{}-]{1,1024}$/.test(key)) {
    return `--code-key (${key}) expected up to 1,024 of A-Z, a-z, 0-9, / and !-_.*'(), and ${SUM}`;
  }
  return undefined;
}

/** Amazon S3 user guide, "General purpose bucket naming rules", once CloudFormation has put in what it knows. */
function isBucket(name: string): boolean {
  const filled = name.replace(/\$\{AWS::(?:Region|AccountId)\}/g, 'eu-central-1');
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(filled) && !/\.\.|^\d+(?:\.\d+){3}$/.test(filled);
}

type Values = ReturnType<typeof parse>;

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      param: { type: 'string', multiple: true },
      'code-bucket': { type: 'string' },
      'code-key': { type: 'string' },
      folder: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}
