// What the function has to show to the cluster: the environment's settings with those of the secret over them.
import * as z from 'zod/mini';
import { present } from './environment-fields.ts';
import type { TlsOptions } from './exchange.ts';
import {
  type AuthenticationStrategy,
  ClusterEnvironment,
  type CredentialSettings,
  strategiesMeant,
  type TlsIdentity,
} from './settings.ts';

/**
 * The settings that a secret may hold, under their own names, as JSON. Others in it are ignored. Lazy, so that a function
 * without a secret does not build it.
 */
export const SecretSettings = z.lazy(() =>
  z.pick(ClusterEnvironment, {
    CAMUNDA_BASIC_AUTH_USERNAME: true,
    CAMUNDA_BASIC_AUTH_PASSWORD: true,
    CAMUNDA_CLIENT_ID: true,
    CAMUNDA_CLIENT_SECRET: true,
    CAMUNDA_MTLS_CERT: true,
    CAMUNDA_MTLS_KEY: true,
    CAMUNDA_MTLS_CA: true,
    CAMUNDA_MTLS_KEY_PASSPHRASE: true,
  }),
);
export type SecretSettings = z.infer<typeof SecretSettings>;

/** A secret that can be read again. */
export interface Secret {
  /**
   * The settings, from memory where they are fresh enough.
   * @throws CredentialsError whose message says what is wrong and holds no part of the secret
   */
  read(timeoutMs: number): Promise<SecretSettings>;
  /** What it holds was refused: the next read asks again, at most once a minute. */
  markStale(): void;
}

const NOTHING: SecretSettings = {};

/** Where no secret is configured. */
export const NO_SECRET: Secret = { read: async () => NOTHING, markStale: () => {} };

/** The settings of the environment with those of the secret over them. */
export interface Credentials {
  readonly strategy: AuthenticationStrategy;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly oauth: CredentialSettings['oauth'];
  readonly tls: TlsOptions;
}

/** Checks what connections are made with. Throws or rejects with a CredentialsError where they cannot be. */
export type ReadTlsIdentity = (identity: TlsIdentity) => TlsOptions | Promise<TlsOptions>;

/**
 * What the credentials are with a secret's settings: the same object for the same secret, so that connections are
 * not rebuilt for nothing. Rejects with what `readTlsIdentity` does.
 */
export function createMerger(
  settings: CredentialSettings,
  readTlsIdentity: ReadTlsIdentity,
): (secret: SecretSettings) => Promise<Credentials> {
  let merged: { readonly from: SecretSettings; readonly credentials: Credentials } | undefined;
  return async (secret) => {
    if (merged?.from !== secret) {
      merged = { from: secret, credentials: await merge(settings, secret, readTlsIdentity) };
    }
    return merged.credentials;
  };
}

async function merge(
  settings: CredentialSettings,
  secret: SecretSettings,
  readTlsIdentity: ReadTlsIdentity,
): Promise<Credentials> {
  const { basic, oauth } = settings;
  const tls = present({
    cert: secret.CAMUNDA_MTLS_CERT ?? settings.tls.cert,
    key: secret.CAMUNDA_MTLS_KEY ?? settings.tls.key,
    ca: secret.CAMUNDA_MTLS_CA ?? settings.tls.ca,
    passphrase: secret.CAMUNDA_MTLS_KEY_PASSPHRASE ?? settings.tls.passphrase,
  });
  const hasIdentity = tls.cert !== undefined || tls.key !== undefined || tls.ca !== undefined;
  return {
    strategy: settings.strategy ?? strategyOf(secret),
    username: secret.CAMUNDA_BASIC_AUTH_USERNAME ?? basic.username,
    password: secret.CAMUNDA_BASIC_AUTH_PASSWORD ?? basic.password,
    oauth: {
      ...oauth,
      ...present({
        clientId: secret.CAMUNDA_CLIENT_ID ?? oauth.clientId,
        clientSecret: secret.CAMUNDA_CLIENT_SECRET ?? oauth.clientSecret,
      }),
    },
    tls: hasIdentity ? await readTlsIdentity(tls) : {},
  };
}

function strategyOf(secret: SecretSettings): AuthenticationStrategy {
  const [strategy = 'NONE'] = strategiesMeant({
    clientId: secret.CAMUNDA_CLIENT_ID !== undefined,
    // A secret does not hold it.
    oauthUrl: false,
    username: secret.CAMUNDA_BASIC_AUTH_USERNAME !== undefined,
  });
  return strategy;
}

/** There is nothing to call the cluster with. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** Not because something is down, but ours to fix. */
  readonly refused: boolean;
  /** How long whoever refused wants to be left alone; 0 where that was not said. */
  readonly retryAfterSeconds: number;
  /** @param message for people, without a secret */
  constructor(message: string, refused: boolean, retryAfterSeconds = 0) {
    super(message);
    this.refused = refused;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
