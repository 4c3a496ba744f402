// Who we are to the cluster: nobody, a user with a password, or an OAuth client; with or without a certificate.
import { errorText } from '../../client/text.ts';
import type { CredentialSettings } from './config.ts';
import { type Credentials, CredentialsError, createMerger } from './credentials.ts';
import type { TlsOptions } from './http.ts';
import type { Token, TokenRequest } from './oauth.ts';
import type { Secret } from './secret.ts';

/** What a call to the cluster carries. */
export interface Access {
  readonly type: 'access';
  /** The authorization header's value; undefined with NONE. */
  readonly header: string | undefined;
  /** What of it must not be repeated to anybody. */
  readonly secrets: readonly string[];
  /** It is a token, for which there may be a newer one. */
  readonly renewable: boolean;
  readonly tls: TlsOptions;
}

/** The headers of a request to the cluster. */
export function requestHeaders({ header }: Access): Readonly<Record<string, string>> {
  const accept = 'application/json';
  return header === undefined ? { accept } : { accept, authorization: header };
}

/** Nothing to call the cluster with for now. */
export interface NoAccess {
  readonly type: 'no-access';
  /** Why, in words for people, without a secret. */
  readonly cause: string;
  /** The token endpoint refused the client, or a setting is missing: ours to mend. */
  readonly refused: boolean;
  /** When it is worth trying again. */
  readonly retryAfterSeconds: number;
}

/** Shared by all calls of one environment. */
export interface Authorization {
  /**
   * What to call with, at once where it is at hand. Whoever asks while a token is being fetched waits for that one.
   * Never throws.
   */
  access(timeoutMs: number): Access | NoAccess | Promise<Access | NoAccess>;
  /**
   * After a 401: something newer than what was refused, or undefined where there is none to be had. With OAUTH a
   * new token, asked for at most once a minute; with BASIC and NONE never.
   */
  renew(refused: Access, timeoutMs: number): Promise<Access | undefined>;
  /**
   * What a call carried was refused although it was fresh, or in the TLS handshake: where a secret is configured,
   * it is read again, at most once a minute.
   */
  doubt(): void;
}

/** What the authorization needs from outside. */
export interface AuthorizationDependencies {
  readonly secret: Secret;
  readonly requestToken: (request: TokenRequest, timeoutMs: number) => Promise<Token>;
  /** Epoch milliseconds: the wall clock, since a token's life goes on while an environment is frozen. */
  readonly now: () => number;
}

const TOKEN_TIMEOUT_MS = 10_000;
const MIN_RENEWAL_MS = 60_000;
/** The pause after a failure doubles from 1 s up to this. */
const MAX_PAUSE_SECONDS = 60;
/** Where the endpoint does not say how long a token lasts (RFC 6749, section 5.1: it should), or says 0. */
const ASSUMED_LIFETIME_SECONDS = 300;
/** A token is renewed this much before its end, or a tenth of its life where that is less. */
const MARGIN_SECONDS = 30;

interface Grant {
  readonly access: Access;
  readonly renewAt: number;
  readonly expiresAt: number;
}

interface Failure {
  readonly cause: string;
  readonly refused: boolean;
  readonly pauseSeconds: number;
  readonly retryAt: number;
}

/** Never throws: what goes wrong shows in {@link NoAccess} when access is asked for. */
export function createAuthorization(
  settings: CredentialSettings,
  { secret, requestToken, now }: AuthorizationDependencies,
): Authorization {
  const credentialsOf = createMerger(settings);
  let grant: Grant | undefined;
  let pending: Promise<Access | NoAccess> | undefined;
  let failure: Failure | undefined;
  /** Bounds how often a refusal, by a 401 or in the TLS handshake, makes us ask for something new. */
  let droppedAt = Number.NEGATIVE_INFINITY;

  function access(timeoutMs: number): Access | NoAccess | Promise<Access | NoAccess> {
    if (grant !== undefined && now() < grant.renewAt) return grant.access;
    if (failure !== undefined && now() < failure.retryAt) return grantedOr(failure);
    pending ??= obtain(timeoutMs).finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function obtain(timeoutMs: number): Promise<Access | NoAccess> {
    const startedAt = now();
    try {
      const credentials = credentialsOf(await secret.read(timeoutMs));
      const tokenTimeoutMs = Math.min(TOKEN_TIMEOUT_MS, timeoutMs - (now() - startedAt));
      const { header, secrets, lifetimeSeconds } = await authorize(credentials, (request) =>
        requestToken(request, Math.max(1, tokenTimeoutMs)),
      );
      const marginSeconds = Math.min(MARGIN_SECONDS, lifetimeSeconds / 10);
      grant = {
        access: {
          type: 'access',
          header,
          secrets,
          renewable: credentials.strategy === 'OAUTH',
          tls: credentials.tls,
        },
        renewAt: startedAt + (lifetimeSeconds - marginSeconds) * 1000,
        expiresAt: startedAt + lifetimeSeconds * 1000,
      };
      failure = undefined;
      return grant.access;
    } catch (error) {
      failure = failed(error, failure);
      return grantedOr(failure);
    }
  }

  function failed(error: unknown, before: Failure | undefined): Failure {
    const refused = error instanceof CredentialsError && error.refused;
    if (refused) secret.mayBeRotated();
    const pauseSeconds = Math.min((before?.pauseSeconds ?? 0.5) * 2, MAX_PAUSE_SECONDS);
    return { cause: errorText(error), refused, pauseSeconds, retryAt: now() + pauseSeconds * 1000 };
  }

  /** A token that is due for renewal is still good until it expires. */
  function grantedOr({ cause, refused, retryAt }: Failure): Access | NoAccess {
    if (grant !== undefined && now() < grant.expiresAt) return grant.access;
    return { type: 'no-access', cause, refused, retryAfterSeconds: Math.max(0, (retryAt - now()) / 1000) };
  }

  async function renew(refused: Access, timeoutMs: number): Promise<Access | undefined> {
    if (!refused.renewable) {
      doubt();
      return undefined;
    }
    if (grant?.access === refused) {
      if (now() - droppedAt < MIN_RENEWAL_MS) return undefined;
      drop();
    }
    const fresh = await access(timeoutMs);
    return fresh.type === 'access' ? fresh : undefined;
  }

  function doubt(): void {
    if (settings.secretArn === undefined) return;
    secret.mayBeRotated();
    if (now() - droppedAt >= MIN_RENEWAL_MS) drop();
  }

  function drop(): void {
    droppedAt = now();
    grant = undefined;
  }

  return { access, renew, doubt };
}

interface Authorized {
  readonly header: string | undefined;
  readonly secrets: readonly string[];
  readonly lifetimeSeconds: number;
}

async function authorize(
  credentials: Credentials,
  requestToken: (request: TokenRequest) => Promise<Token>,
): Promise<Authorized> {
  switch (credentials.strategy) {
    case 'NONE':
      return { header: undefined, secrets: [], lifetimeSeconds: Number.POSITIVE_INFINITY };
    case 'BASIC': {
      const username = required(credentials.username, 'CAMUNDA_BASIC_AUTH_USERNAME');
      const password = required(credentials.password, 'CAMUNDA_BASIC_AUTH_PASSWORD');
      const pair = Buffer.from(`${username}:${password}`).toString('base64');
      return {
        header: `Basic ${pair}`,
        secrets: [pair, password],
        lifetimeSeconds: Number.POSITIVE_INFINITY,
      };
    }
    case 'OAUTH': {
      const { url, clientId, clientSecret, audience, scope } = credentials.oauth;
      const token = await requestToken({
        url: required(url, 'CAMUNDA_OAUTH_URL'),
        clientId: required(clientId, 'CAMUNDA_CLIENT_ID'),
        clientSecret: required(clientSecret, 'CAMUNDA_CLIENT_SECRET'),
        audience,
        scope,
        tls: credentials.tls,
      });
      const lifetimeSeconds = token.expiresInSeconds || ASSUMED_LIFETIME_SECONDS;
      return { header: `Bearer ${token.accessToken}`, secrets: [token.accessToken], lifetimeSeconds };
    }
  }
}

function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new CredentialsError(`${name} is neither in the environment nor in the secret`, true);
}
