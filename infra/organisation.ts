// What an organisation asks of everything that is deployed in its accounts: tags, names, boundaries, keys, buckets.
import * as z from 'zod';
import { arn, flag, kmsKeyArn, tags, textLike } from './parameter-fields.ts';

/** IAM API reference, CreateRole and CreatePolicy: Path. */
const iamPath = textLike(
  /^\/(?:[\w+=,.@-]{1,64}\/){0,7}$/,
  'expected a path of IAM such as /teams/orders/, with a slash at both ends',
);

/** How long it may be depends on the stage. */
const iamNamePrefix = textLike(/^[\w+=,.@-]{1,40}$/, 'expected 1 to 40 of A-Z, a-z, 0-9 and _+=,.@-');

/** The parameters, as `--param="name=value"` gives them. */
export const ORGANISATION = {
  tags: tags()
    .optional()
    .describe('Tags on everything that can have them: name=value, separated by commas, or a map in YAML'),
  permissionsBoundaryArn: arn(
    /iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+/,
    'expected the ARN of a managed policy: arn:aws:iam::…:policy/…',
  )
    .optional()
    .describe("The permissions boundary of the function's role"),
  iamPath: iamPath.optional().describe("The path of the function's role and of the two managed policies"),
  iamNamePrefix: iamNamePrefix
    .optional()
    .describe(
      'How the names of the role and of the managed policies begin; without it CloudFormation makes the names',
    ),
  deploymentBucket: textLike(
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    'expected the name of a bucket: 3 to 63 of a-z, 0-9 and -',
  )
    .optional()
    .describe('A bucket of your own that osls puts artifacts into, instead of one in the stack'),
  deploymentRoleArn: arn(
    /iam::\d{12}:role\/[\w+=,.@/-]+/,
    'expected the ARN of a role: arn:aws:iam::…:role/…',
  )
    .optional()
    .describe('The service role with which CloudFormation makes, updates and removes the stack'),
  logKmsKeyArn: kmsKeyArn
    .optional()
    .describe("A customer's KMS key for the function's log; its key policy must let CloudWatch Logs use it"),
  codeSigningConfigArn: arn(
    /lambda:[^:]+:\d{12}:code-signing-config:csc-[a-z0-9]{17}/,
    'expected the ARN of a code signing configuration: arn:aws:lambda:…:code-signing-config:csc-…',
  )
    .optional()
    .describe('The code signing configuration by which Lambda checks the artifact'),
  keepLogGroup: flag()
    .default(false)
    .describe(
      "Whether the function's log outlives the stack; its log group then has the stack's id in its name",
    ),
};

const Organisation = z.object(ORGANISATION);
type Organisation = z.infer<typeof Organisation>;

/** What serverless.yml takes from here. What is undefined stands for nothing in the template. */
export interface OrganisationRules {
  readonly tags?: Tags;
  /** Joined from parts that only CloudFormation knows. */
  readonly iamNames?: IamNames;
  readonly logGroup: LogGroup;
  /** Whether osls makes the bucket, or is given one: a key of infra/deployment-bucket.yml. */
  readonly bucketOrigin: 'made' | 'given';
  /** As osls takes it (osls, provider.deploymentBucket). */
  readonly bucket: Readonly<Record<string, unknown>>;
}

/** The same tags, in the two forms that CloudFormation knows. */
export interface Tags {
  readonly list: readonly { readonly Key: string; readonly Value: string }[];
  readonly map: Readonly<Record<string, string>>;
}

/** IAM's names are those of an account, not of a region of it, so that the region is a part of them. */
export interface IamNames {
  readonly role: object;
  readonly producerPolicy: object;
  readonly operatorPolicy: object;
}

/** Attributes and properties of the log group that differ where it is kept; without them it is as osls makes it. */
export interface LogGroup {
  readonly name?: object;
  readonly deletionPolicy: 'Delete' | 'RetainExceptOnCreate';
  readonly updateReplacePolicy: 'Delete' | 'Retain';
}

/** Works out what the rules come to. */
export function readOrganisation(
  { tags: given, iamNamePrefix: prefix, deploymentBucket, keepLogGroup }: Organisation,
  stage: string,
): OrganisationRules {
  return {
    ...(given && { tags: tagsOf(given) }),
    ...(prefix && {
      iamNames: {
        role: iamName(prefix, stage),
        producerPolicy: iamName(prefix, stage, '-producers'),
        operatorPolicy: iamName(prefix, stage, '-dead-letter-operators'),
      },
    }),
    logGroup: keepLogGroup
      ? { name: keptLogGroup(stage), deletionPolicy: 'RetainExceptOnCreate', updateReplacePolicy: 'Retain' }
      : { deletionPolicy: 'Delete', updateReplacePolicy: 'Delete' },
    ...(deploymentBucket
      ? { bucketOrigin: 'given', bucket: { name: deploymentBucket } }
      : { bucketOrigin: 'made', bucket: { blockPublicAccess: true, ...(given && { tags: given }) } }),
  };
}

/** Sorted, as CDK writes them, so that a template that goes through CDK stays the same. */
function tagsOf(given: Readonly<Record<string, string>>): Tags {
  const sorted = Object.entries(given).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { list: sorted.map(([Key, Value]) => ({ Key, Value })), map: Object.fromEntries(sorted) };
}

const SERVICE = 'camunda-unassign';

/** The longest name of a region of AWS today, such as us-isof-south-1. Characters. */
const LONGEST_REGION = 15;

/** IAM user guide, "IAM and AWS STS quotas": of a role; a policy's is 128. Characters. */
const LONGEST_ROLE_NAME = 64;

function iamName(prefix: string, stage: string, suffix = ''): object {
  return { 'Fn::Sub': `${prefix}${SERVICE}-${stage}-\${AWS::Region}${suffix}` };
}

/** Why the names of IAM would be too long; a stack that is refused for it is refused by IAM, half-made. */
export function namesTooLong(prefix: string, stage: string): string | undefined {
  const longest = LONGEST_ROLE_NAME - `${SERVICE}-${stage}-`.length - LONGEST_REGION;
  return prefix.length > longest
    ? `iamNamePrefix (${prefix}) expected at most ${longest} characters with stage ${stage}, since a role's name has at most ${LONGEST_ROLE_NAME}`
    : undefined;
}

/** With the stack's own id, so that a stack that comes back does not meet the log of the one before. */
function keptLogGroup(stage: string): object {
  return {
    'Fn::Join': [
      '-',
      [
        `/aws/lambda/${SERVICE}-${stage}-unassign`,
        { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] },
      ],
    ],
  };
}
