// The environment, read once, through one schema.
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

/** How the cluster is told who calls. */
export type AuthenticationStrategy = 'NONE' | 'BASIC' | 'OAUTH';

/** A PEM certificate and key for mutual TLS, and the authority that signs the other side. All PEM text. */
export interface TlsIdentity {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly passphrase?: string;
}

/** What proves to the cluster who is calling, as far as the environment says; a secret may add to it. */
export interface CredentialSettings {
  /** Undefined where what the secret holds will tell. */
  readonly strategy: AuthenticationStrategy | undefined;
  readonly basic: { readonly username?: string; readonly password?: string };
  readonly oauth: {
    /** The token endpoint. */
    readonly url?: URL;
    readonly clientId?: string;
    readonly clientSecret?: string;
    readonly audience?: string;
    readonly scope?: string;
  };
  readonly tls: TlsIdentity;
  /** The Secrets Manager secret whose JSON overrides the secret settings above. */
  readonly secretArn?: string;
}

/** Everything that the function can be told, validated. Times in milliseconds unless the name says seconds. */
export interface Config {
  readonly cluster: {
    readonly origin: string;
    /** What stands before `/user-tasks` in every path, such as `/v2` or, on Camunda SaaS, `/<cluster id>/v2`. */
    readonly basePath: string;
    readonly connections: number;
    readonly callTimeoutMs: number;
  };
  /** How long a batch may wait for a cluster that asks for mercy; 0: not at all. */
  readonly holdMs: number;
  readonly credentials: CredentialSettings;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly policy: { readonly maxReceiveCount: number; readonly retryForSeconds: number };
  readonly functionTimeoutMs: number;
}

/** Seconds kept free at the end of an invocation for sending copies; the template's time-outs build on it. */
export const RESERVE_SECONDS = 6;

/** The start is refused: `message` lists every problem by the variable's name, and no value of a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const required = (what: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? `is required: ${what}` : `expected ${what}`;

/** A number's bounds, both included, and its default. The deployment's parameters have the same. */
export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  readonly byDefault: number;
}

/** The numbers that can be set, by the variable's name; those that end in `_SECONDS` are seconds. */
export const BOUNDS = {
  MAX_RECEIVE_COUNT: { minimum: 1, maximum: 1000, byDefault: 5 },
  /** Up to 14 days, as long as a queue can keep a message. */
  RETRY_FOR_SECONDS: { minimum: 1, maximum: 1_209_600, byDefault: 86_400 },
  /** Lambda developer guide, "Lambda quotas": a time-out of at most 15 minutes. */
  FUNCTION_TIMEOUT_SECONDS: { minimum: 1, maximum: 900, byDefault: 60 },
  HOLD_SECONDS: { minimum: 0, maximum: 600, byDefault: 20 },
  CAMUNDA_CALL_TIMEOUT_SECONDS: { minimum: 1, maximum: 600, byDefault: 20 },
  CAMUNDA_MAX_CONNECTIONS: { minimum: 1, maximum: 1000, byDefault: 10 },
} as const satisfies Record<string, Bounds>;

/** Whether it is an http or https URL without user name, password or fragment, and, unless allowed, query. */
export function isHttpUrl(text: string, mayHaveQuery = false): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return `${url.username}${url.password}${url.hash}${mayHaveQuery ? '' : url.search}` === '';
}

/** Whether others on the way can read what is sent there: over http, and to another machine. */
export function isClearText({ protocol, hostname }: URL): boolean {
  if (protocol !== 'http:') return false;
  // As URL writes addresses; the last is an IPv4 address in IPv6 (RFC 4291, section 2.5.5.2).
  return !/^(([^.]+\.)*localhost\.?|127(\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/.test(hostname);
}

const integer = ({ minimum, maximum, byDefault }: Bounds, unit = '') => {
  const expected = `expected a whole number from ${minimum} to ${maximum}${unit}`;
  return z._default(
    z.pipe(
      z.string().check(z.regex(/^\d{1,9}$/, expected)),
      z.pipe(z.transform(Number), z.number().check(z.gte(minimum, expected), z.lte(maximum, expected))),
    ),
    byDefault,
  );
};

const httpUrl = (what: string, mayHaveQuery = false) =>
  z
    .string({ error: required(what) })
    .check(
      z.refine(
        (text) => isHttpUrl(text, mayHaveQuery),
        `expected ${what}: http or https, without user name${mayHaveQuery ? '' : ', query'} or fragment`,
      ),
    );

const queueUrl = (what: string) =>
  httpUrl(what).check(
    z.refine(
      (text) => !/\.fifo\/?$/i.test(text),
      'is a FIFO queue, which takes no delay per message (SQS API reference, SendMessage): use a standard queue',
    ),
  );

const optional = z.optional(z.string());

/** The settings, as the environment has them. */
export const Environment = z.object({
  QUEUE_URL: queueUrl('the URL of the queue that this function reads'),
  DEAD_LETTER_QUEUE_URL: queueUrl('the URL of the dead-letter queue'),
  MAX_RECEIVE_COUNT: integer(BOUNDS.MAX_RECEIVE_COUNT),
  RETRY_FOR_SECONDS: integer(BOUNDS.RETRY_FOR_SECONDS, ' seconds (14 days)'),
  FUNCTION_TIMEOUT_SECONDS: integer(BOUNDS.FUNCTION_TIMEOUT_SECONDS, ' seconds'),
  HOLD_SECONDS: integer(BOUNDS.HOLD_SECONDS, ' seconds'),
  CAMUNDA_CALL_TIMEOUT_SECONDS: integer(BOUNDS.CAMUNDA_CALL_TIMEOUT_SECONDS, ' seconds'),
  CAMUNDA_MAX_CONNECTIONS: integer(BOUNDS.CAMUNDA_MAX_CONNECTIONS),
  CAMUNDA_REST_ADDRESS: httpUrl("the address of the cluster's REST API, with or without /v2"),
  CAMUNDA_AUTH_STRATEGY: z.optional(
    z.enum(['NONE', 'BASIC', 'OAUTH'], { error: 'expected NONE, BASIC or OAUTH' }),
  ),
  CAMUNDA_BASIC_AUTH_USERNAME: optional,
  CAMUNDA_BASIC_AUTH_PASSWORD: optional,
  CAMUNDA_CLIENT_ID: optional,
  CAMUNDA_CLIENT_SECRET: optional,
  CAMUNDA_OAUTH_URL: z.optional(httpUrl('the URL of the token endpoint', true)),
  CAMUNDA_TOKEN_AUDIENCE: optional,
  CAMUNDA_OAUTH_SCOPE: optional,
  CAMUNDA_MTLS_CERT: optional,
  CAMUNDA_MTLS_CERT_PATH: optional,
  CAMUNDA_MTLS_KEY: optional,
  CAMUNDA_MTLS_KEY_PATH: optional,
  CAMUNDA_MTLS_CA: optional,
  CAMUNDA_MTLS_CA_PATH: optional,
  CAMUNDA_MTLS_KEY_PASSPHRASE: optional,
  CAMUNDA_SECRET_ARN: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+$/,
          'expected the ARN of a Secrets Manager secret',
        ),
      ),
  ),
});
type Environment = z.infer<typeof Environment>;

/**
 * Reads and checks the environment.
 *
 * @param environment usually `process.env`; see {@link cleaned}
 * @param readFile reads the files that the `_PATH` settings name
 * @throws ConfigurationError with every problem that was found
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const set = cleaned(environment);
  const parsed = Environment.safeParse(set);
  const problems = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
  problems.push(...unaffordableTimes(set));
  const strategy = authenticationStrategy(set, problems);
  const tls = readTlsIdentity(set, readFile, problems);
  problems.push(...missingCredentials(set, strategy), ...contradictions(set, tls));
  if (!parsed.success || problems.length > 0) throw configurationError(problems);

  const settings = parsed.data;
  const address = new URL(settings.CAMUNDA_REST_ADDRESS);
  return {
    cluster: {
      origin: address.origin,
      basePath: `${address.pathname.replace(/\/+$/, '').replace(/\/v2$/, '')}/v2`,
      connections: settings.CAMUNDA_MAX_CONNECTIONS,
      callTimeoutMs: settings.CAMUNDA_CALL_TIMEOUT_SECONDS * 1000,
    },
    holdMs: settings.HOLD_SECONDS * 1000,
    credentials: {
      strategy,
      basic: present({
        username: settings.CAMUNDA_BASIC_AUTH_USERNAME,
        password: settings.CAMUNDA_BASIC_AUTH_PASSWORD,
      }),
      oauth: present({
        url: settings.CAMUNDA_OAUTH_URL === undefined ? undefined : new URL(settings.CAMUNDA_OAUTH_URL),
        clientId: settings.CAMUNDA_CLIENT_ID,
        clientSecret: settings.CAMUNDA_CLIENT_SECRET,
        audience: settings.CAMUNDA_TOKEN_AUDIENCE,
        scope: settings.CAMUNDA_OAUTH_SCOPE,
      }),
      tls,
      ...present({ secretArn: settings.CAMUNDA_SECRET_ARN }),
    },
    queueUrl: settings.QUEUE_URL,
    deadLetterQueueUrl: settings.DEAD_LETTER_QUEUE_URL,
    policy: { maxReceiveCount: settings.MAX_RECEIVE_COUNT, retryForSeconds: settings.RETRY_FOR_SECONDS },
    functionTimeoutMs: settings.FUNCTION_TIMEOUT_SECONDS * 1000,
  };
}

type Settings = Readonly<{ [name in keyof Environment]?: string | undefined }>;

/** What can be meant and hardly is, in words for people. */
export function warningsAbout({ cluster, credentials }: Config): string[] {
  const { strategy, oauth } = credentials;
  // Undefined: the secret will tell.
  if (strategy === 'NONE') return [];
  const addresses = [
    ['CAMUNDA_REST_ADDRESS', new URL(cluster.origin)] as const,
    ...(oauth.url === undefined || strategy !== 'OAUTH' ? [] : [['CAMUNDA_OAUTH_URL', oauth.url] as const]),
  ];
  return addresses
    .filter(([, address]) => isClearText(address))
    .map(([name, { origin }]) => `${name} (${origin}) is not https: ${CLEAR_TEXT}`);
}

/** Why an address over http deserves a warning. */
export const CLEAR_TEXT = 'passwords, client secrets and tokens cross the network in clear text';

/** What people have thought of may end in a blank, though not in a line break. */
const MAY_END_IN_BLANKS = new Set(['CAMUNDA_BASIC_AUTH_PASSWORD', 'CAMUNDA_MTLS_KEY_PASSPHRASE']);

/**
 * Settings without what came in at their ends with a file or a copy: white space, or, of a password and a passphrase,
 * line breaks. Those of which nothing is left are not set.
 */
export function cleaned(
  settings: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value = '']) => {
      const clean = MAY_END_IN_BLANKS.has(name) ? value.replace(/^[\r\n]+|[\r\n]+$/g, '') : value.trim();
      return clean === '' ? [] : [[name, clean]];
    }),
  );
}

/** As Camunda's own SDKs do (TypeScript SDK, configuration reference): inferred where it is not given. */
function authenticationStrategy(settings: Settings, problems: string[]): AuthenticationStrategy | undefined {
  const given = settings.CAMUNDA_AUTH_STRATEGY;
  if (given === 'NONE' || given === 'BASIC' || given === 'OAUTH') return given;
  const oauth = settings.CAMUNDA_CLIENT_ID !== undefined || settings.CAMUNDA_OAUTH_URL !== undefined;
  const basic = settings.CAMUNDA_BASIC_AUTH_USERNAME !== undefined;
  if (given === undefined && oauth && basic) {
    problems.push('CAMUNDA_AUTH_STRATEGY is required where settings of both BASIC and OAUTH are given');
  }
  if (oauth) return 'OAUTH';
  if (basic) return 'BASIC';
  return settings.CAMUNDA_SECRET_ARN === undefined ? 'NONE' : undefined;
}

/** What a secret may bring later is not missing where a secret is named. */
function missingCredentials(settings: Settings, strategy: AuthenticationStrategy | undefined): string[] {
  if (strategy === undefined) return [];
  const always = { NONE: [], BASIC: [], OAUTH: ['CAMUNDA_OAUTH_URL'] } as const;
  const unlessSecret = {
    NONE: [],
    BASIC: ['CAMUNDA_BASIC_AUTH_USERNAME', 'CAMUNDA_BASIC_AUTH_PASSWORD'],
    OAUTH: ['CAMUNDA_CLIENT_ID', 'CAMUNDA_CLIENT_SECRET'],
  } as const;
  const names = [
    ...always[strategy],
    ...(settings.CAMUNDA_SECRET_ARN === undefined ? unlessSecret[strategy] : []),
  ];
  return names
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name} is required with the authentication strategy ${strategy}`);
}

function contradictions(settings: Settings, tls: TlsIdentity): string[] {
  const problems: string[] = [];
  if (settings.QUEUE_URL !== undefined && settings.QUEUE_URL === settings.DEAD_LETTER_QUEUE_URL) {
    problems.push('DEAD_LETTER_QUEUE_URL is the same queue as QUEUE_URL');
  }
  if (settings.CAMUNDA_SECRET_ARN === undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    problems.push('CAMUNDA_MTLS_CERT and CAMUNDA_MTLS_KEY (or their _PATH forms) are required together');
  }
  return problems;
}

const Times = z.pick(Environment, {
  HOLD_SECONDS: true,
  CAMUNDA_CALL_TIMEOUT_SECONDS: true,
  FUNCTION_TIMEOUT_SECONDS: true,
});

/** A whole call fits behind the longest hold, and the sends behind that. */
function unaffordableTimes(settings: Settings): string[] {
  const times = Times.safeParse(settings);
  if (!times.success) return [];
  const needed = times.data.HOLD_SECONDS + times.data.CAMUNDA_CALL_TIMEOUT_SECONDS + RESERVE_SECONDS;
  if (needed <= times.data.FUNCTION_TIMEOUT_SECONDS) return [];
  return [
    `FUNCTION_TIMEOUT_SECONDS expected at least ${needed}: HOLD_SECONDS, CAMUNDA_CALL_TIMEOUT_SECONDS and ${RESERVE_SECONDS} s for sending`,
  ];
}

function readTlsIdentity(
  settings: Settings,
  readFile: (path: string) => string,
  problems: string[],
): TlsIdentity {
  const pem = (name: 'CAMUNDA_MTLS_CERT' | 'CAMUNDA_MTLS_KEY' | 'CAMUNDA_MTLS_CA') => {
    const path = settings[`${name}_PATH`];
    if (settings[name] !== undefined || path === undefined) return settings[name];
    try {
      return readFile(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      problems.push(`${name}_PATH names a file that cannot be read (${code})`);
      return undefined;
    }
  };
  return present({
    cert: pem('CAMUNDA_MTLS_CERT'),
    key: pem('CAMUNDA_MTLS_KEY'),
    ca: pem('CAMUNDA_MTLS_CA'),
    passphrase: settings.CAMUNDA_MTLS_KEY_PASSPHRASE,
  });
}

function configurationError(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    `the function cannot start with this environment:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
  );
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same object without the properties that are undefined. */
export function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
