// How the cluster is reached and who calls it, as the settings say: the same for the function, the command line and
// services.
import * as z from 'zod/mini';
import { type Bounds, httpUrl, integer, optional, present } from './environment-fields.ts';

/** How the cluster is told who calls. */
export type AuthenticationStrategy = 'NONE' | 'BASIC' | 'OAUTH';

/** How an OAuth client may show its secret to the token endpoint, as OpenID Connect Core, section 9, names it. */
export const CLIENT_AUTHENTICATIONS = ['client_secret_post', 'client_secret_basic'] as const;

/** In the form, or in the authorization header; see RFC 6749, section 2.3.1. */
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

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
    /** Where it is not given, `client_secret_post`. */
    readonly clientAuthentication?: ClientAuthentication;
    readonly audience?: string;
    readonly scope?: string;
  };
  readonly tls: TlsIdentity;
  /** The Secrets Manager secret whose JSON overrides the secret settings above. */
  readonly secretArn?: string;
}

/** Where the cluster is, and how it is called. */
export interface ClusterSettings {
  readonly origin: string;
  /** What stands before `/user-tasks` in every path, such as `/v2` or, on Camunda SaaS, `/<cluster id>/v2`. */
  readonly basePath: string;
  readonly connections: number;
  readonly callTimeoutMs: number;
}

/** The numbers that can be set, by the variable's name; those that end in `_SECONDS` are seconds. */
export const CLUSTER_BOUNDS = {
  CAMUNDA_CALL_TIMEOUT_SECONDS: { minimum: 1, maximum: 600, byDefault: 20 },
  CAMUNDA_MAX_CONNECTIONS: { minimum: 1, maximum: 1000, byDefault: 10 },
} as const satisfies Record<string, Bounds>;

/** The settings, by the variable's name. */
export const CLUSTER_FIELDS = {
  CAMUNDA_CALL_TIMEOUT_SECONDS: integer(CLUSTER_BOUNDS.CAMUNDA_CALL_TIMEOUT_SECONDS, ' seconds'),
  CAMUNDA_MAX_CONNECTIONS: integer(CLUSTER_BOUNDS.CAMUNDA_MAX_CONNECTIONS),
  CAMUNDA_REST_ADDRESS: httpUrl("the address of the cluster's REST API, with or without /v2"),
  CAMUNDA_AUTH_STRATEGY: z.optional(
    z.enum(['NONE', 'BASIC', 'OAUTH'], { error: 'expected NONE, BASIC or OAUTH' }),
  ),
  CAMUNDA_BASIC_AUTH_USERNAME: optional,
  CAMUNDA_BASIC_AUTH_PASSWORD: optional,
  CAMUNDA_CLIENT_ID: optional,
  CAMUNDA_CLIENT_SECRET: optional,
  CAMUNDA_OAUTH_URL: z.optional(httpUrl('the URL of the token endpoint', true)),
  CAMUNDA_OAUTH_CLIENT_AUTHENTICATION: z.optional(
    z.enum(CLIENT_AUTHENTICATIONS, { error: `expected ${CLIENT_AUTHENTICATIONS.join(' or ')}` }),
  ),
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
};

/** {@link CLUSTER_FIELDS} as one schema. */
export const ClusterEnvironment = z.object(CLUSTER_FIELDS);
type ClusterEnvironment = z.infer<typeof ClusterEnvironment>;
type Given = Readonly<{ [name in keyof ClusterEnvironment]?: string | undefined }>;

/** What the settings say together, once each of them is valid. */
export function clusterSettingsOf(valid: ClusterEnvironment): ClusterSettings {
  const address = new URL(valid.CAMUNDA_REST_ADDRESS);
  return {
    origin: address.origin,
    basePath: `${address.pathname.replace(/\/+$/, '').replace(/\/v2$/, '')}/v2`,
    connections: valid.CAMUNDA_MAX_CONNECTIONS,
    callTimeoutMs: valid.CAMUNDA_CALL_TIMEOUT_SECONDS * 1000,
  };
}

/**
 * Who calls, as far as the settings say.
 *
 * @param given without what is not set; see {@link cleaned}
 * @param readFile reads the files that the `_PATH` settings name
 * @param problems is told what is missing or contradicts itself
 */
export function credentialSettingsOf(
  given: Given,
  readFile: (path: string) => string,
  problems: string[],
): CredentialSettings {
  const strategy = authenticationStrategy(given, problems);
  const tls = readTlsIdentity(given, readFile, problems);
  problems.push(...missingCredentials(given, strategy), ...missingHalf(given, tls));
  const { CAMUNDA_OAUTH_URL: url = '' } = given;
  return {
    strategy,
    basic: present({
      username: given.CAMUNDA_BASIC_AUTH_USERNAME,
      password: given.CAMUNDA_BASIC_AUTH_PASSWORD,
    }),
    oauth: present({
      url: URL.canParse(url) ? new URL(url) : undefined,
      clientId: given.CAMUNDA_CLIENT_ID,
      clientSecret: given.CAMUNDA_CLIENT_SECRET,
      clientAuthentication: CLIENT_AUTHENTICATIONS.find(
        (each) => each === given.CAMUNDA_OAUTH_CLIENT_AUTHENTICATION,
      ),
      audience: given.CAMUNDA_TOKEN_AUDIENCE,
      scope: given.CAMUNDA_OAUTH_SCOPE,
    }),
    tls,
    ...present({ secretArn: given.CAMUNDA_SECRET_ARN }),
  };
}

/**
 * The strategies that need what is there, the one that counts first: as Camunda's own SDKs infer it where it is not given
 * (TypeScript SDK, configuration reference). The same for the environment's settings, a secret's and the deployment's
 * parameters. Pure.
 */
export function strategiesMeant(there: {
  readonly clientId: boolean;
  readonly oauthUrl: boolean;
  readonly username: boolean;
}): Exclude<AuthenticationStrategy, 'NONE'>[] {
  return [
    ...(there.clientId || there.oauthUrl ? ['OAUTH' as const] : []),
    ...(there.username ? ['BASIC' as const] : []),
  ];
}

function authenticationStrategy(settings: Given, problems: string[]): AuthenticationStrategy | undefined {
  const given = settings.CAMUNDA_AUTH_STRATEGY;
  if (given === 'NONE' || given === 'BASIC' || given === 'OAUTH') return given;
  const [strategy, other] = strategiesMeant({
    clientId: settings.CAMUNDA_CLIENT_ID !== undefined,
    oauthUrl: settings.CAMUNDA_OAUTH_URL !== undefined,
    username: settings.CAMUNDA_BASIC_AUTH_USERNAME !== undefined,
  });
  if (given === undefined && other !== undefined) {
    problems.push('CAMUNDA_AUTH_STRATEGY is required where settings of both BASIC and OAUTH are given');
  }
  return strategy ?? (settings.CAMUNDA_SECRET_ARN === undefined ? 'NONE' : undefined);
}

/** What a secret may bring later is not missing where a secret is named. */
function missingCredentials(settings: Given, strategy: AuthenticationStrategy | undefined): string[] {
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

function missingHalf(settings: Given, tls: TlsIdentity): string[] {
  const isHalf = (tls.cert === undefined) !== (tls.key === undefined);
  return settings.CAMUNDA_SECRET_ARN === undefined && isHalf
    ? ['CAMUNDA_MTLS_CERT and CAMUNDA_MTLS_KEY (or their _PATH forms) are required together']
    : [];
}

function readTlsIdentity(
  settings: Given,
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

/** Whether others on the way can read what is sent there: over http, and to another machine. */
export function isClearText({ protocol, hostname }: URL): boolean {
  if (protocol !== 'http:') return false;
  // As URL writes addresses; the last is an IPv4 address in IPv6 (RFC 4291, section 2.5.5.2).
  return !/^(([^.]+\.)*localhost\.?|127(\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/.test(hostname);
}

/** Why an address over http deserves a warning. */
export const CLEAR_TEXT = 'passwords, client secrets and tokens cross the network in clear text';

/** What can be meant and hardly is, in words for people. */
export function clearTextWarnings(
  { origin }: Pick<ClusterSettings, 'origin'>,
  { strategy, oauth }: CredentialSettings,
): string[] {
  // Undefined: the secret will tell.
  if (strategy === 'NONE') return [];
  const addresses = [
    ['CAMUNDA_REST_ADDRESS', new URL(origin)] as const,
    ...(oauth.url === undefined || strategy !== 'OAUTH' ? [] : [['CAMUNDA_OAUTH_URL', oauth.url] as const]),
  ];
  return addresses
    .filter(([, address]) => isClearText(address))
    .map(([name, address]) => `${name} (${address.origin}) is not https: ${CLEAR_TEXT}`);
}
