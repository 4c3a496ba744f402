// What the function has to show to the cluster: the environment's settings with those of the secret over them.
import * as z from 'zod/mini';
import type { AuthenticationStrategy, CredentialSettings, TlsIdentity } from './config.ts';
import type { TlsOptions } from './http.ts';

/**
 * The settings that a secret may hold, under their own names, as JSON. Others in it are ignored. Lazy, so that a function
 * without a secret does not build it.
 */
export const SecretSettings = z.lazy(() =>
  z.object({
    CAMUNDA_BASIC_AUTH_USERNAME: z.optional(z.string()),
    CAMUNDA_BASIC_AUTH_PASSWORD: z.optional(z.string()),
    CAMUNDA_CLIENT_ID: z.optional(z.string()),
    CAMUNDA_CLIENT_SECRET: z.optional(z.string()),
    CAMUNDA_MTLS_CERT: z.optional(z.string()),
    CAMUNDA_MTLS_KEY: z.optional(z.string()),
    CAMUNDA_MTLS_CA: z.optional(z.string()),
    CAMUNDA_MTLS_KEY_PASSPHRASE: z.optional(z.string()),
  }),
);
export type SecretSettings = z.infer<typeof SecretSettings>;

/** The settings of the environment with those of the secret over them. */
export interface Credentials {
  readonly strategy: AuthenticationStrategy;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly oauth: CredentialSettings['oauth'];
  readonly tls: TlsOptions;
}

/**
 * What the credentials are with a secret's settings: the same object for the same secret, so that connections are
 * not rebuilt for nothing.
 */
export function createMerger(settings: CredentialSettings): (secret: SecretSettings) => Credentials {
  let merged: { readonly from: SecretSettings; readonly credentials: Credentials } | undefined;
  return (secret) => {
    if (merged?.from !== secret) merged = { from: secret, credentials: merge(settings, secret) };
    return merged.credentials;
  };
}

function merge(settings: CredentialSettings, secret: SecretSettings): Credentials {
  const { basic, oauth, tls } = settings;
  const clientId = secret.CAMUNDA_CLIENT_ID ?? oauth.clientId;
  const clientSecret = secret.CAMUNDA_CLIENT_SECRET ?? oauth.clientSecret;
  return {
    strategy: settings.strategy ?? strategyOf(secret),
    username: secret.CAMUNDA_BASIC_AUTH_USERNAME ?? basic.username,
    password: secret.CAMUNDA_BASIC_AUTH_PASSWORD ?? basic.password,
    oauth: {
      ...oauth,
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
    },
    tls: tlsOptions({
      cert: secret.CAMUNDA_MTLS_CERT ?? tls.cert,
      key: secret.CAMUNDA_MTLS_KEY ?? tls.key,
      ca: secret.CAMUNDA_MTLS_CA ?? tls.ca,
      passphrase: secret.CAMUNDA_MTLS_KEY_PASSPHRASE ?? tls.passphrase,
    }),
  };
}

/** By the same rule as for the environment's settings (config.ts). */
function strategyOf(secret: SecretSettings): AuthenticationStrategy {
  if (secret.CAMUNDA_CLIENT_ID !== undefined) return 'OAUTH';
  return secret.CAMUNDA_BASIC_AUTH_USERNAME === undefined ? 'NONE' : 'BASIC';
}

/** PEM text as it survives a one-line setting: with `\n` written out. */
function tlsOptions(identity: { [K in keyof TlsIdentity]: string | undefined }): TlsOptions {
  const given = Object.entries(identity).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value?.replaceAll('\\n', '\n')]));
}

/**
 * The text without the secrets, also where somebody echoes them as a URL, a form or JSON spells them.
 *
 * @param secrets those of fewer than four characters do not count: they would be found everywhere
 */
export function redact(text: string, secrets: readonly string[]): string {
  const spellings = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
    ]);
  return spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '***'), text);
}

/** There is nothing to call the cluster with. `refused`: not because something is down, but ours to mend. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly refused: boolean;
  /** @param message for people, without a secret */
  constructor(message: string, refused: boolean) {
    super(message);
    this.refused = refused;
  }
}
