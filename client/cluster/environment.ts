// How a cluster is reached, from an environment alone: for whoever calls one outside the function.
import { cleaned } from './environment-fields.ts';
import {
  ClusterEnvironment,
  type ClusterSettings,
  type CredentialSettings,
  clusterSettingsOf,
  credentialSettingsOf,
} from './settings.ts';

/** Settings of a cluster that are valid, or everything that is wrong with them. */
export type ReadEnvironment =
  | { readonly ok: true; readonly cluster: ClusterSettings; readonly credentials: CredentialSettings }
  /** One line each: the variable's name and what is wrong with it, without a secret. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads the function's own `CAMUNDA_` settings. A secret of Secrets Manager is not read: that is the function's.
 *
 * @param environment usually `process.env`; see {@link cleaned}
 * @param readFile reads the files that the `_PATH` settings name
 */
export function readClusterEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): ReadEnvironment {
  const { CAMUNDA_SECRET_ARN: secretArn, ...set } = cleaned(environment);
  const parsed = ClusterEnvironment.safeParse(set);
  const problems = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
  const credentials = credentialSettingsOf(set, readFile, problems);
  if (secretArn !== undefined && (problems.length > 0 || credentials.strategy === 'NONE')) {
    problems.push('CAMUNDA_SECRET_ARN is read by the function alone: set what the secret holds');
  }
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, cluster: clusterSettingsOf(parsed.data), credentials };
}
