// Who we are to the cluster: nobody, a user with a password, or an OAuth client; with or without a certificate.

import { errorText } from '../contract/text.ts';
import { hasPassed } from './clock.ts';
import {
  type Credentials,
  CredentialsError,
  createMerger,
  type ReadTlsIdentity,
  type Secret,
} from './credentials.ts';
import type { TlsOptions } from './exchange.ts';
import type { Token, TokenRequest } from './oauth.ts';
import type { CredentialSettings } from './settings.ts';

/** What a call to the cluster carries. */
export interface Access {
  readonly type: 'access';
  /** The authorization header's value; undefined with NONE. */
  readonly header: string | undefined;
  /** What must not be repeated to anybody: what it is and what it was made of. */
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
  /**
   * Ours to fix: the token endpoint refused the client, or a setting is missing or wrong. From then on until a token
   * comes, that is also said where the endpoint gives no answer: it may take its time for a client that it has refused.
   */
  readonly refused: boolean;
  /** When it is worth trying again. */
  readonly retryAfterSeconds: number;
}

/** Shared by all calls of one environment. */
export interface Authorization {
  /**
   * What to call with. Whoever asks while a token is being fetched waits for that one.
   * Never throws.
   */
  access(timeoutMs: number): Promise<Access | NoAccess>;
  /**
   * After a 401: something newer than what was refused, or undefined where there is none to be had. With OAUTH a
   * new token, asked for at most once a minute; with BASIC and NONE never.
   */
  renew(refused: Access, timeoutMs: number): Promise<Access | undefined>;
  /**
   * What a call carried may be refused: where a secret is configured, it is read again, at most once a minute.
   *
   * @param refused it was, for certain: although it was fresh, or in the TLS handshake
   */
  credentialsRejected(refused: boolean): void;
  /** The cluster has taken what a call carried. */
  credentialsAccepted(): void;
}

/** What the authorization needs from outside. */
export interface AuthorizationDependencies {
  readonly secret: Secret;
  readonly requestToken: (request: TokenRequest, timeoutMs: number) => Promise<Token>;
  readonly readTlsIdentity: ReadTlsIdentity;
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
  readonly since: number;
  /** So long it is used, in milliseconds. */
  readonly freshMs: number;
  /** So long it can be used where there is none that is newer. */
  readonly lifetimeMs: number;
}

interface Failure {
  readonly cause: string;
  readonly since: number;
  /** Doubles from failure to failure, in seconds. */
  readonly pauseSeconds: number;
  /** How long nothing is asked: the pause, or longer where the endpoint says so. */
  readonly waitMs: number;
}

/** Never throws: what goes wrong shows in {@link NoAccess} when access is asked for. */
export function createAuthorization(
  settings: CredentialSettings,
  { secret, requestToken, readTlsIdentity, now }: AuthorizationDependencies,
): Authorization {
  const credentialsOf = createMerger(settings, readTlsIdentity);
  let grant: Grant | undefined;
  let pending: Promise<Access | NoAccess> | undefined;
  let failure: Failure | undefined;
  /** Why what we have to show was refused: by the token endpoint, or the secret; until a token comes. */
  let refusal: string | undefined;
  /** The same by the cluster, until it takes something. */
  let rejection: string | undefined;
  /** Bounds how often a refusal, by a 401 or in the TLS handshake, makes us ask for something new. */
  let droppedAt = Number.NEGATIVE_INFINITY;

  async function access(timeoutMs: number): Promise<Access | NoAccess> {
    if (grant !== undefined && !hasPassed(grant.freshMs, grant.since, now())) return grant.access;
    if (failure !== undefined && !hasPassed(failure.waitMs, failure.since, now())) return grantedOr(failure);
    pending ??= obtain(timeoutMs).finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function obtain(timeoutMs: number): Promise<Access | NoAccess> {
    const startedAt = now();
    try {
      const credentials = await credentialsOf(await secret.read(timeoutMs));
      const tokenTimeoutMs = Math.min(TOKEN_TIMEOUT_MS, timeoutMs - (now() - startedAt));
      const { header, secrets, lifetimeSeconds } = await authorize(credentials, (request) =>
        requestToken(request, Math.max(1, tokenTimeoutMs)),
      );
      const marginSeconds = Math.min(MARGIN_SECONDS, lifetimeSeconds / 10);
      const renewable = credentials.strategy === 'OAUTH';
      grant = {
        access: { type: 'access', header, secrets, renewable, tls: credentials.tls },
        since: startedAt,
        freshMs: (lifetimeSeconds - marginSeconds) * 1000,
        lifetimeMs: lifetimeSeconds * 1000,
      };
      failure = undefined;
      refusal = undefined;
      rejection = undefined;
      return grant.access;
    } catch (error) {
      failure = failed(error, failure);
      return grantedOr(failure);
    }
  }

  function failed(error: unknown, earlier: Failure | undefined): Failure {
    const known = error instanceof CredentialsError ? error : undefined;
    const text = errorText(error);
    const before = refusal ?? rejection;
    const cause = before === undefined || known?.refused === true ? text : `${text}; before that: ${before}`;
    if (known?.refused === true) refusal = text;
    // Also where nothing was refused: an endpoint that knows a wrong secret may take longer to say so than we wait.
    secret.markStale();
    const pauseSeconds = Math.min((earlier?.pauseSeconds ?? 0.5) * 2, MAX_PAUSE_SECONDS);
    return {
      cause,
      since: now(),
      pauseSeconds,
      waitMs: Math.max(pauseSeconds, known?.retryAfterSeconds ?? 0) * 1000,
    };
  }

  /** A token that is due for renewal is still good until it expires, for all that a clock that was set back can say. */
  function grantedOr({ cause, since, waitMs }: Failure): Access | NoAccess {
    if (grant !== undefined && now() - grant.since < grant.lifetimeMs) return grant.access;
    const retryAfterSeconds = Math.max(0, since + waitMs - now()) / 1000;
    return { type: 'no-access', cause, refused: (refusal ?? rejection) !== undefined, retryAfterSeconds };
  }

  async function renew(refused: Access, timeoutMs: number): Promise<Access | undefined> {
    if (!refused.renewable) {
      credentialsRejected(true);
      return undefined;
    }
    if (grant?.access === refused) {
      if (!mayDrop()) return undefined;
      drop();
    }
    const fresh = await access(timeoutMs);
    return fresh.type === 'access' ? fresh : undefined;
  }

  function credentialsRejected(refused: boolean): void {
    if (refused) rejection ??= 'the cluster refused the credentials, or the TLS handshake with it failed';
    if (settings.secretArn === undefined) return;
    secret.markStale();
    if (mayDrop()) drop();
  }

  function mayDrop(): boolean {
    return hasPassed(MIN_RENEWAL_MS, droppedAt, now());
  }

  function drop(): void {
    droppedAt = now();
    grant = undefined;
  }

  function credentialsAccepted(): void {
    rejection = undefined;
  }

  return { access, renew, credentialsRejected, credentialsAccepted };
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
      const { url, clientId, clientAuthentication, audience, scope } = credentials.oauth;
      const clientSecret = required(credentials.oauth.clientSecret, 'CAMUNDA_CLIENT_SECRET');
      const token = await requestToken({
        url: required(url, 'CAMUNDA_OAUTH_URL'),
        clientId: required(clientId, 'CAMUNDA_CLIENT_ID'),
        clientSecret,
        clientAuthentication,
        audience,
        scope,
        tls: credentials.tls,
      });
      const lifetimeSeconds = token.expiresInSeconds || ASSUMED_LIFETIME_SECONDS;
      return {
        header: `Bearer ${token.accessToken}`,
        secrets: [token.accessToken, clientSecret],
        lifetimeSeconds,
      };
    }
  }
}

function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new CredentialsError(`${name} is neither in the environment nor in the secret`, true);
}
