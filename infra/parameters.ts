// The deployment's parameters: one schema with every default, unit and bound, and the sums between them.
import * as z from 'zod';
import {
  CLEAR_TEXT,
  CLIENT_AUTHENTICATIONS,
  isClearText,
  strategiesMeant,
} from '../client/cluster/settings.ts';
import { MAX_DELAY_SECONDS } from '../client/sqs/limits.ts';
import { BOUNDS, RESERVE_SECONDS } from '../functions/unassign/config.ts';
import manifest from '../package.json' with { type: 'json' };
import { namesTooLong, ORGANISATION, type OrganisationRules, readOrganisation } from './organisation.ts';
import {
  arn,
  flag,
  httpUrl,
  ids,
  kmsKeyArn,
  list,
  oneOf,
  setting,
  text,
  textLike,
  textOf,
  whole,
} from './parameter-fields.ts';

/** The deployment is refused: `message` lists every problem by the parameter's name and what was expected. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
  constructor(message: string) {
    super(message);
    // osls prints the stack where there is one; a person who mistyped a number needs the sentence only.
    this.stack = `${this.name}: ${message}`;
  }
}

/** What CloudWatch Logs takes (API reference, PutRetentionPolicy). Days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653,
];

const secretArn = arn(
  /secretsmanager:[^:]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}/,
  "expected a secret's whole ARN, with the six characters that Secrets Manager adds to its name",
);

/** Who can be named as a producer by an ARN: a principal of IAM, or what a service sends in the name of. */
const PRODUCER_ARN =
  /^arn:aws[a-z-]*:(iam::\d{12}:(role|user)\/[\w/+=,.@-]+|sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?|events:[a-z0-9-]+:\d{12}:rule\/[\w./-]+)$/;

/** Each parameter as `--param="name=value"` gives it: description, default and bounds. */
export const Parameters = z.strictObject({
  camundaRestAddress: httpUrl("the address of the cluster's REST API").describe(
    "The cluster's REST API, with or without `/v2`, with a path prefix as on Camunda SaaS",
  ),
  camundaAuthStrategy: z
    .enum(['NONE', 'BASIC', 'OAUTH'], 'expected NONE, BASIC or OAUTH')
    .optional()
    .describe('How the function proves who it is; by default inferred from the other settings'),
  camundaBasicAuthUsername: text('a user name')
    .optional()
    .describe('User name for BASIC, unless the secret holds it'),
  camundaOauthUrl: httpUrl('the URL of the token endpoint', true)
    .optional()
    .describe('Token endpoint for OAUTH'),
  camundaClientId: text('a client id').optional().describe('Client id for OAUTH, unless the secret holds it'),
  camundaOauthClientAuthentication: z
    .enum(CLIENT_AUTHENTICATIONS, `expected ${CLIENT_AUTHENTICATIONS.join(' or ')}`)
    .optional()
    .describe(
      'How the client shows its secret to the token endpoint: in the form, as by default, or in the header',
    ),
  camundaTokenAudience: text('an audience').optional().describe('Audience that a token is asked for'),
  camundaOauthScope: text('a scope').optional().describe('Scope that a token is asked for'),
  camundaSecretArn: secretArn
    .optional()
    .describe('The Secrets Manager secret with what must stay secret; the only one the function may read'),
  camundaSecretKmsKeyArn: kmsKeyArn
    .optional()
    .describe("The customer's KMS key that the secret is encrypted with; the function may decrypt with it"),
  camundaMaxConnections: setting(BOUNDS.CAMUNDA_MAX_CONNECTIONS).describe(
    'Calls at once from one environment of the function',
  ),
  camundaCallTimeoutSeconds: setting(BOUNDS.CAMUNDA_CALL_TIMEOUT_SECONDS, 'seconds').describe(
    "One call with its retry and a fresh token; Camunda's gateway itself gives up after 15 s",
  ),
  holdSeconds: setting(BOUNDS.HOLD_SECONDS, 'seconds').describe(
    'How long messages wait inside the function under backpressure, which is billed; 0 switches it off',
  ),
  batchSize: whole(1, 10_000).default(10).describe('Messages that one invocation gets at most'),
  batchingWindowSeconds: whole(0, 300, 'seconds')
    .default(0)
    .describe('How long Lambda may wait to fill a batch; at least 1 where batchSize is over 10'),
  maximumConcurrency: whole(2, 1000)
    .default(5)
    .describe(
      'Environments of the function at once; times camundaMaxConnections, how many calls the cluster gets at most',
    ),
  functionTimeoutSeconds: setting(BOUNDS.FUNCTION_TIMEOUT_SECONDS, 'seconds').describe(
    'Time-out of one invocation; six times this, plus the window, is the visibility timeout',
  ),
  maxReceiveCount: setting(BOUNDS.MAX_RECEIVE_COUNT).describe(
    'Receives until the function itself dead-letters a message that keeps failing, with its reason',
  ),
  queueMaxReceiveCount: whole(2, 1000)
    .default(20)
    .describe('Receives until SQS dead-letters a message without a reason: the backstop'),
  retryForSeconds: setting(BOUNDS.RETRY_FOR_SECONDS, 'seconds').describe(
    'Age, since its first call, up to which a request is requeued while the cluster is unavailable',
  ),
  queueRetentionDays: whole(1, 14, 'days').default(7).describe('How long the queue keeps a message'),
  deadLetterQueueRetentionDays: whole(1, 14, 'days')
    .default(14)
    .describe('How long the dead-letter queue keeps a message'),
  kmsKeyArn: kmsKeyArn
    .optional()
    .describe("A customer's KMS key for both queues; by default SQS encrypts them with a key of its own"),
  producerArns: list(PRODUCER_ARN, 50, 'ARNs of IAM roles, IAM users, SNS topics or EventBridge rules')
    .optional()
    .describe('Who else may send requests, separated by commas: principals of any account, topics, rules'),
  producerAccounts: list(/^\d{12}$/, 50, 'account ids of 12 digits')
    .optional()
    .describe('Other accounts, separated by commas, whose administrators may let principals send requests'),
  memorySizeMb: whole(128, 10_240, 'MB')
    .default(512)
    .describe("The function's memory; its share of a processor grows with it"),
  logRetentionDays: oneOf(LOG_RETENTION_DAYS, 'days')
    .optional()
    .describe("How long the function's log is kept; by default 90 days for prod, 14 for every other stage"),
  tracing: flag()
    .default(false)
    .describe(
      'Whether AWS X-Ray traces the function; the hops of a request are linked where its sender is traced',
    ),
  tracingLayerArn: arn(
    /lambda:[^:]+:\d{12}:layer:[\w-]+:\d+/,
    'expected the ARN of a version of a Lambda layer',
  )
    .optional()
    .describe('The ADOT layer for JavaScript of the region, whose spans show each call; needs tracing'),
  subnetIds: ids('subnet', 16)
    .optional()
    .describe('Subnets, separated by commas, where the function runs in a VPC'),
  securityGroupIds: ids('sg', 5)
    .optional()
    .describe('Security groups, separated by commas, required with subnetIds'),
  alarmTopicArn: arn(/sns:[^:]+:\d{12}:[\w-]+/, 'expected the ARN of an SNS topic that is not FIFO')
    .optional()
    .describe('The SNS topic that the alarms notify'),
  alarmActionsEnabled: flag()
    .optional()
    .describe('Whether the alarms notify at all; by default for prod, not for other stages'),
  // It becomes part of the dashboard's JSON and of descriptions of at most 1,024 characters.
  runbookUrl: textLike(
    /^[^\s"'\\#${}]{1,300}$/,
    'expected an address of up to 300 characters without spaces, quotes, #, $, {, }',
  )
    .default('docs/runbook.md')
    .describe('Where the runbook is; each alarm adds #section'),
  deadLettersAlarmCount: whole(1, 1_000_000)
    .default(1)
    .describe('dead-letters: messages on the dead-letter queue, visible or in flight'),
  deadLetterBurstAlarmCount: whole(1, 1_000_000)
    .default(10)
    .describe('dead-letter-burst: messages that became dead letters, in a quarter of an hour'),
  deadLetterExpiryMarginHours: whole(1, 336, 'hours')
    .default(24)
    .describe('dead-letters-expiring: time to act before SQS deletes the first dead letter'),
  queueExpiryMarginHours: whole(1, 336, 'hours')
    .default(24)
    .describe('queue-expiring: time to act before SQS deletes the first message of the queue'),
  queueAgeAlarmSeconds: whole(60, 1_209_600, 'seconds')
    .optional()
    .describe(
      'queue-age: age of the oldest message on the queue; by default 900, the longest delay, and twice the visibility timeout',
    ),
  oldestRequestAlarmSeconds: whole(60, 1_209_600, 'seconds')
    .default(3600)
    .describe('oldest-request: time since the first send of the request that has waited longest'),
  requeueRateAlarmPercent: whole(1, 99, 'percent')
    .default(50)
    .describe('requeue-rate: share of requeued messages, in three of four quarters of an hour'),
  credentialsRefusedAlarmCount: whole(1, 1_000_000)
    .default(1)
    .describe('credentials-refused: refusals in 5 minutes, twice in half an hour'),
  redeliveredAlarmCount: whole(1, 1_000_000)
    .default(5)
    .describe('redelivered: messages left to SQS to deliver again, in a quarter of an hour'),
  errorsAlarmCount: whole(1, 1_000_000).default(1).describe('errors: failed invocations in 5 minutes'),
  throttlesAlarmCount: whole(1, 1_000_000)
    .default(1)
    .describe('throttles: throttled invocations in 5 minutes, twice in a quarter of an hour'),
  durationAlarmPercent: whole(1, 99, 'percent')
    .default(90)
    .describe("duration: part of the function's time-out, twice in a quarter of an hour"),
  ...ORGANISATION,
});
export type Parameters = z.infer<typeof Parameters>;

/** What serverless.yml takes from here: the checked parameters and what follows from them. */
export interface Deployment
  extends Omit<
    Parameters,
    | 'alarmActionsEnabled'
    | 'deploymentBucket'
    | 'iamNamePrefix'
    | 'keepLogGroup'
    | 'logRetentionDays'
    | 'producerAccounts'
    | 'producerArns'
    | 'queueAgeAlarmSeconds'
    | 'securityGroupIds'
    | 'subnetIds'
    | 'tags'
    | 'tracing'
    | 'tracingLayerArn'
  > {
  readonly stage: string;
  /** That of package.json. */
  readonly version: string;
  /** What the stack says of itself. */
  readonly description: string;
  /** The parameters as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly organisation: OrganisationRules;
  readonly logRetentionDays: number;
  readonly alarmActionsEnabled: boolean;
  readonly queueAgeAlarmSeconds: number;
  /** The duration alarm's threshold. Milliseconds. */
  readonly durationAlarmMs: number;
  /** The age on the dead-letter queue from which the first message may be close to its end. Seconds. */
  readonly deadLetterAgeAlarmSeconds: number;
  /** The age on the queue from which the first message is close to its end. Seconds. */
  readonly queueExpiryAlarmSeconds: number;
  readonly producers: Producers;
  /** Lambda API reference, TracingConfig: PassThrough leaves it to the sender, as Lambda itself does by default. */
  readonly tracingMode: 'Active' | 'PassThrough';
  readonly tracingLayer?: TracingLayer;
  /** Six function time-outs plus the window (Lambda developer guide, "Using Lambda with Amazon SQS"). Seconds. */
  readonly visibilityTimeoutSeconds: number;
  readonly queueRetentionSeconds: number;
  readonly deadLetterQueueRetentionSeconds: number;
  /** Where the function runs in a VPC, as Lambda's VpcConfig. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** The layer with spans of single calls, and the variables that it is told by. */
export interface TracingLayer {
  readonly arns: readonly string[];
  /** AWS_LAMBDA_EXEC_WRAPPER. */
  readonly execWrapper: string;
  /** OTEL_NODE_ENABLED_INSTRUMENTATIONS. */
  readonly instrumentations: string;
}

/**
 * As the layer's own start script has it (aws-otel-js-instrumentation, lambda-layer, otel-instrument): it adds
 * aws-lambda and http to what is named, and leaves undici out where nothing is. What is bundled can be traced by
 * undici's alone, which listens to Node's diagnostics channels instead of patching modules.
 */
const ADOT = { execWrapper: '/opt/otel-instrument', instrumentations: 'undici' } as const;

/** Who may send requests, besides principals of the stack's own account. */
export interface Producers {
  /** IAM principals and whole accounts, as a policy's Principal takes them. */
  readonly principals: readonly string[];
  /** The accounts of these principals, separated by commas. */
  readonly accounts: string;
  /** The topics and rules that SNS and EventBridge may send for. */
  readonly sources: readonly string[];
}

/**
 * Checks the parameters and works out what follows from them.
 *
 * @param given the parameters by name, as text or as YAML gave them; undefined and null count as not given
 * @param stage the deployment's stage; 1 to 20 characters, since it becomes part of names that AWS bounds
 * @throws ParameterError with every problem that was found
 */
export function readParameters(given: Readonly<Record<string, unknown>>, stage: string): Deployment {
  const set = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  );
  const parsed = Parameters.safeParse(set);
  const problems = [
    ...(/^[a-z][a-z0-9-]{0,19}$/.test(stage)
      ? []
      : [`stage (${stage}) expected a lower-case letter, then up to 19 of a-z, 0-9 and -`]),
    ...(parsed.error?.issues.flatMap(describeIssue(set)) ?? []),
    ...contradictions(parsed.data ?? validOf(set), set),
    ...tooLongNames(parsed.data ?? validOf(set), stage),
  ];
  if (!parsed.success || problems.length > 0) throw undeployable(problems);
  const {
    subnetIds,
    securityGroupIds,
    producerArns,
    producerAccounts,
    tracing,
    tracingLayerArn,
    tags,
    iamNamePrefix,
    deploymentBucket,
    keepLogGroup,
    ...parameters
  } = parsed.data;
  const visibilityTimeoutSeconds = 6 * parameters.functionTimeoutSeconds + parameters.batchingWindowSeconds;
  return {
    ...parameters,
    stage,
    version: manifest.version,
    description: describeStack(stage, parameters.camundaRestAddress),
    given: set,
    organisation: readOrganisation({ tags, iamNamePrefix, deploymentBucket, keepLogGroup }, stage),
    logRetentionDays: parameters.logRetentionDays ?? (stage === 'prod' ? 90 : 14),
    alarmActionsEnabled: parameters.alarmActionsEnabled ?? stage === 'prod',
    queueAgeAlarmSeconds:
      parameters.queueAgeAlarmSeconds ?? LONGEST_DELAY_SECONDS + 2 * visibilityTimeoutSeconds,
    durationAlarmMs: parameters.functionTimeoutSeconds * 10 * parameters.durationAlarmPercent,
    deadLetterAgeAlarmSeconds: deadLetterAge(parameters),
    queueExpiryAlarmSeconds: ageBefore(parameters.queueRetentionDays, parameters.queueExpiryMarginHours),
    producers: readProducers(producerArns, producerAccounts),
    visibilityTimeoutSeconds,
    queueRetentionSeconds: parameters.queueRetentionDays * 86_400,
    deadLetterQueueRetentionSeconds: parameters.deadLetterQueueRetentionDays * 86_400,
    tracingMode: tracing ? 'Active' : 'PassThrough',
    ...(tracingLayerArn ? { tracingLayer: { arns: [tracingLayerArn], ...ADOT } } : {}),
    ...(subnetIds && securityGroupIds ? { vpc: { subnetIds, securityGroupIds } } : {}),
  };
}

/** The address of a package that is made to be looked at: a name that is never anybody's (RFC 2606). */
export const PLACEHOLDER_ADDRESS = 'https://camunda.invalid';

/** Whether what is deployed with this address would find no cluster. */
export const isPlaceholder = (address: string) => address === PLACEHOLDER_ADDRESS;

/** The stack's description, by which people and `npm run rollback` know what is deployed. */
function describeStack(stage: string, address: string): string {
  const warning = isPlaceholder(address)
    ? ' THE ADDRESS OF THE CLUSTER IS A PLACEHOLDER: not to be deployed.'
    : '';
  return `Unassigns Camunda user tasks as the messages of a queue ask for. ${manifest.name} ${manifest.version}, stage ${stage}.${warning}`;
}

function tooLongNames({ iamNamePrefix }: Partial<Parameters>, stage: string): string[] {
  const problem = iamNamePrefix === undefined ? undefined : namesTooLong(iamNamePrefix, stage);
  return problem === undefined ? [] : [problem];
}

/** SQS API reference, SendMessage: DelaySeconds. */
const LONGEST_DELAY_SECONDS = MAX_DELAY_SECONDS;

/**
 * SQS measures the age of a message that it moved from the move, and deletes it by its original time (SQS API
 * reference, ApproximateAgeOfOldestMessage; SQS developer guide, "Using dead-letter queues"): it may have spent the
 * whole retention of its queue already. The function's own copies start afresh and have longer. Where the two
 * retentions leave less than the margin, an hour: any later would be too late.
 */
function deadLetterAge(
  parameters: Pick<
    Parameters,
    'deadLetterQueueRetentionDays' | 'queueRetentionDays' | 'deadLetterExpiryMarginHours'
  >,
): number {
  const days = parameters.deadLetterQueueRetentionDays - parameters.queueRetentionDays;
  return ageBefore(days, parameters.deadLetterExpiryMarginHours);
}

/** The age, in seconds, from which so many hours are left of so many days; at least an hour. */
function ageBefore(days: number, marginHours: number): number {
  return Math.max(days * 86_400 - marginHours * 3600, 3600);
}

function readProducers(arns: readonly string[] = [], accounts: readonly string[] = []): Producers {
  const isPrincipal = (producer: string) => producer.split(':')[2] === 'iam';
  const principals = arns.filter(isPrincipal);
  const accountOf = (principal: string) => principal.split(':')[4] ?? '';
  return {
    principals: [...accounts, ...principals],
    accounts: [...new Set([...accounts, ...principals.map(accountOf)])].join(','),
    sources: arns.filter((producer) => !isPrincipal(producer)),
  };
}

/** What osls hands to a function in a variables file (osls, lib/configuration/variables/sources/file.js). */
interface VariableContext {
  readonly options: { readonly param?: readonly string[] };
  readonly resolveVariable: (address: string) => Promise<unknown>;
  readonly resolveConfigurationProperty: (path: readonly string[]) => Promise<unknown>;
}

/**
 * The parameters of this deployment: from `--param`, or else from `params` in serverless.yml.
 *
 * @param mayBePlaceholder whether the cluster's address may be missing, as where a package is only made to be looked at
 * @param warn told what can be deployed and is hardly meant
 * @throws ParameterError with every problem that was found
 */
export async function deployment(
  context: VariableContext,
  mayBePlaceholder: boolean,
  warn: (warnings: readonly string[]) => void,
): Promise<Deployment> {
  const stage = String(await context.resolveVariable('sls:stage'));
  const params = (await context.resolveConfigurationProperty(['params'])) as
    | Record<string, Record<string, unknown> | undefined>
    | null
    | undefined;
  const pairs = context.options.param ?? [];
  const notPairs = pairs.filter((pair) => !/^[^=]+=/.test(pair));
  if (notPairs.length > 0) throw undeployable(notPairs.map((pair) => `--param=${pair} expected name=value`));
  const names = new Set([
    ...Object.keys(Parameters.shape),
    ...Object.keys(params?.['default'] ?? {}),
    ...Object.keys(params?.[stage] ?? {}),
    // Also names that nobody knows, so that a typing error is heard of.
    ...pairs.map((pair) => pair.split('=', 1).join()),
  ]);
  const given = await Promise.all(
    Array.from(names, async (name) => [name, await context.resolveVariable(`param:${name}, null`)] as const),
  );
  const set = Object.fromEntries(given.filter(([, value]) => value !== null));
  const checked = readParameters(
    mayBePlaceholder ? { camundaRestAddress: PLACEHOLDER_ADDRESS, ...set } : set,
    stage,
  );
  warn(warningsAbout(checked, stage));
  return checked;
}

/** What can be deployed and is hardly meant, in words for people. */
export function warningsAbout(deployment: Deployment, stage: string): string[] {
  const { alarmActionsEnabled, alarmTopicArn, camundaMaxConnections, maximumConcurrency } = deployment;
  const calls = camundaMaxConnections * maximumConcurrency;
  return [
    ...(isPlaceholder(deployment.camundaRestAddress)
      ? [
          `this package is a PLACEHOLDER, to look at and to compare, not to deploy: its cluster is ${PLACEHOLDER_ADDRESS}, since camundaRestAddress is given neither by --param nor in serverless.yml under params for stage ${stage}`,
        ]
      : []),
    ...(alarmActionsEnabled && alarmTopicArn === undefined
      ? [
          `the alarms of stage ${stage} notify nobody, since alarmTopicArn is not given: pass the ARN of an SNS topic, or alarmActionsEnabled=false if that is meant`,
        ]
      : []),
    ...(calls > MOST_CALLS_AT_ONCE
      ? [
          `camundaMaxConnections (${camundaMaxConnections}) times maximumConcurrency (${maximumConcurrency}) are up to ${calls} calls to the cluster at once: expected at most ${MOST_CALLS_AT_ONCE}, the most that a partition takes by default before it answers with backpressure`,
        ]
      : []),
    ...clearTextWarnings(deployment),
  ];
}

/** Which addresses would have credentials sent so that others can read them, in words for people. */
function clearTextWarnings(
  parameters: Pick<
    Parameters,
    'camundaAuthStrategy' | 'camundaOauthUrl' | 'camundaRestAddress' | 'camundaSecretArn'
  >,
): string[] {
  const { camundaAuthStrategy, camundaOauthUrl, camundaRestAddress, camundaSecretArn } = parameters;
  // No strategy needs a password or a token without the secret that holds it.
  if (camundaAuthStrategy === 'NONE' || camundaSecretArn === undefined) return [];
  const addresses = {
    camundaRestAddress,
    ...(camundaAuthStrategy === 'BASIC' ? {} : { camundaOauthUrl }),
  };
  return Object.entries(addresses).flatMap(([name, address]) =>
    address !== undefined && isClearText(new URL(address))
      ? [`${name} (${address}) is not https: ${CLEAR_TEXT}`]
      : [],
  );
}

/** Requests under way in a partition at most by default (Zeebe, broker.standalone.yaml.template: flowControl.request.aimd.maxLimit). */
const MOST_CALLS_AT_ONCE = 1000;

/** Messages that a standard queue lets be in flight (SQS developer guide, "Amazon SQS message quotas"). */
const MOST_IN_FLIGHT = 120_000;

/** Those of the parameters that are valid by themselves, defaults included. */
function validOf(given: Readonly<Record<string, unknown>>): Partial<Parameters> {
  return Object.fromEntries(
    Object.entries(Parameters.shape).flatMap(([name, schema]) => {
      const { success, data } = schema.safeParse(given[name]);
      return success ? [[name, data]] : [];
    }),
  );
}

/**
 * What is wrong between parameters. Where one is wrong by itself, whatever does not depend on its value is still
 * looked at, so that a person hears of everything at once.
 */
function contradictions(valid: Partial<Parameters>, given: Readonly<Record<string, unknown>>): string[] {
  const isGiven = (name: keyof Parameters) => name in given;
  return [
    ...SUMS.flatMap((sum) => sum(valid) ?? []),
    ...missingCredentials(valid, isGiven),
    ...missingCompanions(valid, isGiven),
  ];
}

/** Looked at where all of the `names` are valid: a default that stands for a wrong value would mislead. */
function sumOf<Name extends keyof Parameters>(
  names: readonly Name[],
  problem: (parameters: { readonly [N in Name]: NonNullable<Parameters[N]> }) => string | undefined,
): (valid: Partial<Parameters>) => string | undefined {
  return (valid) =>
    names.every((name) => valid[name] !== undefined)
      ? problem(valid as { readonly [N in Name]: NonNullable<Parameters[N]> })
      : undefined;
}

const retentionOf = (days: number) => `queueRetentionDays (${days} days are ${days * 86_400} seconds)`;

const SUMS = [
  sumOf(
    ['functionTimeoutSeconds', 'holdSeconds', 'camundaCallTimeoutSeconds'],
    ({ functionTimeoutSeconds, holdSeconds, camundaCallTimeoutSeconds }) => {
      const needed = holdSeconds + camundaCallTimeoutSeconds + RESERVE_SECONDS;
      if (functionTimeoutSeconds >= needed) return undefined;
      return `functionTimeoutSeconds (${functionTimeoutSeconds}) expected at least ${needed} seconds: holdSeconds (${holdSeconds}), camundaCallTimeoutSeconds (${camundaCallTimeoutSeconds}) and ${RESERVE_SECONDS} for sending`;
    },
  ),
  sumOf(['retryForSeconds', 'queueRetentionDays'], ({ retryForSeconds, queueRetentionDays }) =>
    retryForSeconds > queueRetentionDays * 86_400
      ? `retryForSeconds (${retryForSeconds}) expected at most ${retentionOf(queueRetentionDays)}`
      : undefined,
  ),
  // SQS deletes a message before it is older, so that the alarm would never ring.
  sumOf(['queueAgeAlarmSeconds', 'queueRetentionDays'], ({ queueAgeAlarmSeconds, queueRetentionDays }) =>
    queueAgeAlarmSeconds >= queueRetentionDays * 86_400
      ? `queueAgeAlarmSeconds (${queueAgeAlarmSeconds}) expected less than ${retentionOf(queueRetentionDays)}`
      : undefined,
  ),
  sumOf(
    ['deadLetterQueueRetentionDays', 'queueRetentionDays'],
    ({ deadLetterQueueRetentionDays, queueRetentionDays }) =>
      deadLetterQueueRetentionDays < queueRetentionDays
        ? // SQS developer guide, "Using dead-letter queues": a moved message keeps its enqueue time.
          `deadLetterQueueRetentionDays (${deadLetterQueueRetentionDays}) expected at least queueRetentionDays (${queueRetentionDays}), since the age of a message that SQS moves counts on`
        : undefined,
  ),
  sumOf(['queueMaxReceiveCount', 'maxReceiveCount'], ({ queueMaxReceiveCount, maxReceiveCount }) =>
    queueMaxReceiveCount <= maxReceiveCount
      ? `queueMaxReceiveCount (${queueMaxReceiveCount}) expected more than maxReceiveCount (${maxReceiveCount}), so that the function says why before SQS moves the message`
      : undefined,
  ),
  // Lambda API reference, CreateEventSourceMapping, BatchSize.
  sumOf(['batchSize', 'batchingWindowSeconds'], ({ batchSize, batchingWindowSeconds }) =>
    batchSize > 10 && batchingWindowSeconds === 0
      ? `batchingWindowSeconds (0) expected at least 1 second with batchSize (${batchSize}) over 10`
      : undefined,
  ),
  sumOf(['batchSize', 'maximumConcurrency'], ({ batchSize, maximumConcurrency }) => {
    const inFlight = batchSize * maximumConcurrency;
    return inFlight > MOST_IN_FLIGHT
      ? `batchSize (${batchSize}) times maximumConcurrency (${maximumConcurrency}) are ${inFlight} messages in flight: expected at most ${MOST_IN_FLIGHT}, SQS's quota for a standard queue`
      : undefined;
  }),
] as const;

type IsGiven = (name: keyof Parameters) => boolean;

/** By what is given, be it valid or not: what is there is not missing. */
function missingCredentials(valid: Partial<Parameters>, isGiven: IsGiven): string[] {
  const [strategy, other] = strategiesThatAsk(valid, isGiven);
  if (other !== undefined)
    return ['camundaAuthStrategy is required where both BASIC and OAUTH settings are given'];
  if (strategy === undefined) return [];
  return [
    ...(strategy === 'OAUTH' && !isGiven('camundaOauthUrl')
      ? ['camundaOauthUrl is required with camundaAuthStrategy OAUTH']
      : []),
    ...(isGiven('camundaSecretArn')
      ? []
      : [
          `camundaSecretArn is required with camundaAuthStrategy ${strategy}: it holds ${SECRET_OF[strategy]}`,
        ]),
  ];
}

const SECRET_OF = { OAUTH: 'CAMUNDA_CLIENT_SECRET', BASIC: 'CAMUNDA_BASIC_AUTH_PASSWORD' } as const;

/** The strategy that needs credentials, as the function infers it; both where the parameters leave it open. */
function strategiesThatAsk(valid: Partial<Parameters>, isGiven: IsGiven): (keyof typeof SECRET_OF)[] {
  if (isGiven('camundaAuthStrategy')) {
    const strategy = valid.camundaAuthStrategy;
    return strategy === undefined || strategy === 'NONE' ? [] : [strategy];
  }
  return strategiesMeant({
    clientId: isGiven('camundaClientId'),
    oauthUrl: isGiven('camundaOauthUrl'),
    username: isGiven('camundaBasicAuthUsername'),
  });
}

function missingCompanions(valid: Partial<Parameters>, isGiven: IsGiven): string[] {
  return [
    ...(isGiven('camundaSecretKmsKeyArn') && !isGiven('camundaSecretArn')
      ? ['camundaSecretArn is required with camundaSecretKmsKeyArn']
      : []),
    ...(isGiven('tracingLayerArn') && valid.tracing === false
      ? ['tracing (false) expected true with tracingLayerArn']
      : []),
    ...(isGiven('subnetIds') === isGiven('securityGroupIds')
      ? []
      : ['subnetIds and securityGroupIds are required together']),
  ];
}

function undeployable(problems: readonly string[]): ParameterError {
  return new ParameterError(
    `these parameters cannot be deployed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

const describeIssue =
  (given: Readonly<Record<string, unknown>>) =>
  (issue: z.core.$ZodIssue): string[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(unknownParameter);
    }
    const name = String(issue.path[0]);
    const value = textOf(given[name]);
    // An address with an @ may hold a password, which has no place in a log.
    const shown = name in given && !value.includes('@') ? ` (${value})` : '';
    return [`${name}${shown} ${issue.message}`];
  };

/** With the name that was probably meant: all of them together are more than anybody reads. */
function unknownParameter(name: string): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const meant = Object.keys(Parameters.shape).find((known) => plain(known) === plain(name));
  const hint = meant === undefined ? 'docs/settings.md lists them all' : `did you mean ${meant}?`;
  return `${name} is an unknown parameter: ${hint}`;
}
