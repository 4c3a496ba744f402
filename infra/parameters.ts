// The deployment's parameters: one schema with every default, unit and bound, and the sums between them.
import * as z from 'zod';
import { BOUNDS, type Bounds, isHttpUrl, RESERVE_SECONDS } from '../functions/unassign/config.ts';

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

const whole = (minimum: number, maximum: number, unit = '') => {
  const expected = `expected a whole number from ${minimum} to ${maximum}${unit && ` ${unit}`}`;
  return z
    .union([z.string().regex(/^\d{1,9}$/, expected), z.number()], expected)
    .transform(Number)
    .pipe(z.int(expected).min(minimum, expected).max(maximum, expected));
};

const oneOf = (allowed: readonly number[], unit: string) =>
  z
    .union([z.string(), z.number()])
    .transform(Number)
    .refine((value) => allowed.includes(value), `expected one of ${allowed.join(', ')} ${unit}`);

/** A number that the function's own configuration bounds. */
const setting = ({ minimum, maximum, byDefault }: Bounds, unit = '') =>
  whole(minimum, maximum, unit).default(byDefault);

const httpUrl = (what: string, mayHaveQuery = false) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is required: ${what}` : `expected ${what}`) })
    .refine(
      (address) => isHttpUrl(address, mayHaveQuery),
      `expected ${what}: http or https, without user name${mayHaveQuery ? '' : ', query'} or fragment`,
    );

const text = (what: string) => z.string(`expected ${what}`).trim().min(1, `expected ${what}`);

const ids = (prefix: string, maximum: number) => {
  const id = new RegExp(`^${prefix}-[0-9a-f]{8}([0-9a-f]{9})?$`);
  const expected = `expected 1 to ${maximum} ids ${prefix}-…, separated by commas`;
  return z
    .union([z.string(), z.array(z.string())], expected)
    .transform((list) => (typeof list === 'string' ? list.split(',') : list).map((item) => item.trim()))
    .refine(
      (list) => list.length > 0 && list.length <= maximum && list.every((item) => id.test(item)),
      expected,
    );
};

const secretArn = z
  .string()
  .regex(
    /^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    "expected a secret's whole ARN, with the six characters that Secrets Manager adds to its name",
  );

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
  camundaTokenAudience: text('an audience').optional().describe('Audience that a token is asked for'),
  camundaOauthScope: text('a scope').optional().describe('Scope that a token is asked for'),
  camundaSecretArn: secretArn
    .optional()
    .describe('The Secrets Manager secret with what must stay secret; the only one the function may read'),
  camundaMaxConnections: setting(BOUNDS.CAMUNDA_MAX_CONNECTIONS).describe(
    'Calls at once from one environment of the function',
  ),
  camundaCallTimeoutSeconds: setting(BOUNDS.CAMUNDA_CALL_TIMEOUT_SECONDS, 'seconds').describe(
    "One call with its retry and a fresh token; Camunda's gateway itself gives up after 15 s",
  ),
  holdSeconds: setting(BOUNDS.HOLD_SECONDS, 'seconds').describe(
    'How long messages wait inside the function for a cluster under pressure, which is billed; 0 switches it off',
  ),
  batchSize: whole(1, 10_000).default(10).describe('Messages that one invocation gets at most'),
  batchingWindowSeconds: whole(0, 300, 'seconds')
    .default(0)
    .describe('How long Lambda may wait to fill a batch; at least 1 where batchSize is over 10'),
  maximumConcurrency: whole(2, 1000)
    .default(5)
    .describe('Environments of the function at once; times camundaMaxConnections it shields the cluster'),
  functionTimeoutSeconds: setting(BOUNDS.FUNCTION_TIMEOUT_SECONDS, 'seconds').describe(
    'Time-out of one invocation; six times this, plus the window, is the visibility time-out',
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
  memorySizeMb: whole(128, 10_240, 'MB')
    .default(512)
    .describe("The function's memory; its share of a processor grows with it"),
  logRetentionDays: oneOf(LOG_RETENTION_DAYS, 'days')
    .optional()
    .describe("How long the function's log is kept; by default 90 days for prod, 14 for every other stage"),
  subnetIds: ids('subnet', 16)
    .optional()
    .describe('Subnets, separated by commas, where the function is to run in a VPC'),
  securityGroupIds: ids('sg', 5)
    .optional()
    .describe('Security groups, separated by commas, required with subnetIds'),
});
export type Parameters = z.infer<typeof Parameters>;

/** What serverless.yml takes from here: the checked parameters and what follows from them. */
export interface Deployment extends Omit<Parameters, 'subnetIds' | 'securityGroupIds' | 'logRetentionDays'> {
  readonly logRetentionDays: number;
  /** Six function time-outs plus the window (Lambda developer guide, "Using Lambda with Amazon SQS"). Seconds. */
  readonly visibilityTimeoutSeconds: number;
  readonly queueRetentionSeconds: number;
  readonly deadLetterQueueRetentionSeconds: number;
  /** Where the function runs in a VPC, as Lambda's VpcConfig. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
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
    ...(parsed.success ? contradictions(parsed.data) : parsed.error.issues.flatMap(describeIssue(set))),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new ParameterError(
      `these parameters cannot be deployed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  const { subnetIds, securityGroupIds, ...parameters } = parsed.data;
  return {
    ...parameters,
    logRetentionDays: parameters.logRetentionDays ?? (stage === 'prod' ? 90 : 14),
    visibilityTimeoutSeconds: 6 * parameters.functionTimeoutSeconds + parameters.batchingWindowSeconds,
    queueRetentionSeconds: parameters.queueRetentionDays * 86_400,
    deadLetterQueueRetentionSeconds: parameters.deadLetterQueueRetentionDays * 86_400,
    ...(subnetIds && securityGroupIds ? { vpc: { subnetIds, securityGroupIds } } : {}),
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
 * @throws ParameterError with every problem that was found
 */
export async function deployment(context: VariableContext): Promise<Deployment> {
  const stage = String(await context.resolveVariable('sls:stage'));
  const params = (await context.resolveConfigurationProperty(['params'])) as
    | Record<string, Record<string, unknown> | undefined>
    | null
    | undefined;
  const names = new Set([
    ...Object.keys(Parameters.shape),
    ...Object.keys(params?.['default'] ?? {}),
    ...Object.keys(params?.[stage] ?? {}),
    // Also names that nobody knows, so that a typing error is heard of.
    ...(context.options.param ?? []).map((pair) => pair.split('=', 1).join()),
  ]);
  const given = await Promise.all(
    Array.from(names, async (name) => [name, await context.resolveVariable(`param:${name}, null`)] as const),
  );
  return readParameters(Object.fromEntries(given), stage);
}

function contradictions(parameters: Parameters): string[] {
  return [
    ...contradictingTimes(parameters),
    ...contradictingCounts(parameters),
    ...missingCredentials(parameters),
    ...((parameters.subnetIds === undefined) === (parameters.securityGroupIds === undefined)
      ? []
      : ['subnetIds and securityGroupIds are required together']),
  ];
}

function contradictingTimes(parameters: Parameters): string[] {
  const { camundaCallTimeoutSeconds, holdSeconds, functionTimeoutSeconds } = parameters;
  const needed = holdSeconds + camundaCallTimeoutSeconds + RESERVE_SECONDS;
  return [
    ...(needed > functionTimeoutSeconds
      ? [
          `functionTimeoutSeconds (${functionTimeoutSeconds}) expected at least ${needed} seconds: holdSeconds (${holdSeconds}), camundaCallTimeoutSeconds (${camundaCallTimeoutSeconds}) and ${RESERVE_SECONDS} for sending`,
        ]
      : []),
    ...(parameters.retryForSeconds > parameters.queueRetentionDays * 86_400
      ? [
          `retryForSeconds (${parameters.retryForSeconds}) expected at most queueRetentionDays (${parameters.queueRetentionDays} days are ${parameters.queueRetentionDays * 86_400} seconds)`,
        ]
      : []),
    ...(parameters.deadLetterQueueRetentionDays < parameters.queueRetentionDays
      ? [
          // SQS developer guide, "Using dead-letter queues": a moved message keeps its enqueue time.
          `deadLetterQueueRetentionDays (${parameters.deadLetterQueueRetentionDays}) expected at least queueRetentionDays (${parameters.queueRetentionDays}), since the age of a message that SQS moves counts on`,
        ]
      : []),
  ];
}

function contradictingCounts({ maxReceiveCount, queueMaxReceiveCount, ...window }: Parameters): string[] {
  return [
    ...(queueMaxReceiveCount <= maxReceiveCount
      ? [
          `queueMaxReceiveCount (${queueMaxReceiveCount}) expected more than maxReceiveCount (${maxReceiveCount}), so that the function says why before SQS moves the message`,
        ]
      : []),
    // Lambda API reference, CreateEventSourceMapping, BatchSize.
    ...(window.batchSize > 10 && window.batchingWindowSeconds === 0
      ? [`batchingWindowSeconds (0) expected at least 1 second with batchSize (${window.batchSize}) over 10`]
      : []),
  ];
}

function missingCredentials(parameters: Parameters): string[] {
  const strategy = parameters.camundaAuthStrategy;
  const oauth =
    strategy === 'OAUTH' ||
    (strategy === undefined &&
      (parameters.camundaClientId !== undefined || parameters.camundaOauthUrl !== undefined));
  const basic =
    strategy === 'BASIC' || (strategy === undefined && parameters.camundaBasicAuthUsername !== undefined);
  if (oauth && basic)
    return ['camundaAuthStrategy is required where both BASIC and OAUTH settings are given'];
  return [
    ...(oauth && parameters.camundaOauthUrl === undefined
      ? ['camundaOauthUrl is required with camundaAuthStrategy OAUTH']
      : []),
    ...((oauth || basic) && parameters.camundaSecretArn === undefined
      ? [
          `camundaSecretArn is required with camundaAuthStrategy ${oauth ? 'OAUTH: it holds CAMUNDA_CLIENT_SECRET' : 'BASIC: it holds CAMUNDA_BASIC_AUTH_PASSWORD'}`,
        ]
      : []),
  ];
}

const describeIssue =
  (given: Readonly<Record<string, unknown>>) =>
  (issue: z.core.$ZodIssue): string[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(
        (key) => `${key} is no parameter; there are ${Object.keys(Parameters.shape).join(', ')}`,
      );
    }
    const name = String(issue.path[0]);
    const value = String(given[name]);
    // An address with an @ may hold a password, which has no place in a log.
    const shown = name in given && !value.includes('@') ? ` (${value})` : '';
    return [`${name}${shown} ${issue.message}`];
  };
