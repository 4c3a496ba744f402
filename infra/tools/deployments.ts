// What osls keeps of earlier deployments of a stage, and which one to go back to. Pure.

/** A deployment whose template and code are still in the bucket of osls. */
export interface KeptDeployment {
  /** Below which key its files are, without a slash at the end. */
  readonly folder: string;
  readonly deployedAt: Date;
}

/** A kept deployment of which is known what it is. */
export interface KnownDeployment extends KeptDeployment {
  /** The version of package.json when it was made; undefined where its template says none. */
  readonly version: string | undefined;
}

/** The file with the template in the folder of a deployment (osls, naming.js, getCompiledTemplateS3Suffix). */
export const TEMPLATE_FILE = 'compiled-cloudformation-template.json';

/** `serverless/<service>/<stage>/<milliseconds>-<ISO time>/<file>` (osls, generate-artifact-directory-name.js). */
const KEY = /^(serverless\/camunda-unassign\/[a-z0-9-]+\/(\d{13})-[^/]+)\/([^/]+)$/;

/** The deployments of which there is a template among the keys of a bucket, the newest first. */
export function keptDeployments(keys: readonly string[]): KeptDeployment[] {
  return keys
    .flatMap((key) => {
      const [, folder = '', milliseconds, file] = KEY.exec(key) ?? [];
      return file === TEMPLATE_FILE ? [{ folder, deployedAt: new Date(Number(milliseconds)) }] : [];
    })
    .toSorted((one, other) => other.deployedAt.getTime() - one.deployedAt.getTime());
}

/** The folder of the deployment that a stack has now, by its function's code; undefined where osls did not deploy it. */
export function folderOf(codeKey: string): string | undefined {
  return KEY.exec(codeKey)?.[1];
}

/** The version that a stack's description names. */
export function versionIn(description: string): string | undefined {
  return /\bcamunda-unassign (\d+\.\d+\.\d+\S*), stage /.exec(description)?.[1];
}

/** A deployment to go back to, or why there is none. */
export type Target =
  | { readonly ok: true; readonly deployment: KnownDeployment }
  | { readonly ok: false; readonly why: string };

/**
 * Which deployment to go to: the one before the present one, or the newest of a version or of a time that is named.
 *
 * @param kept all that are kept, the newest first
 * @param current the folder of the present one
 * @param wanted a version such as 1.2.3, or a time as {@link listOf} shows it; undefined: the one before
 */
export function targetOf(
  kept: readonly KnownDeployment[],
  current: string,
  wanted: string | undefined,
): Target {
  const others = kept.filter(({ folder }) => folder !== current);
  if (wanted !== undefined) {
    const named = others.find(
      ({ version, deployedAt }) => version === wanted.replace(/^v/, '') || timeOf(deployedAt) === wanted,
    );
    return named === undefined
      ? {
          ok: false,
          why: `no other deployment of ${wanted} is kept. These are:\n${listOf(kept, current)}`,
        }
      : { ok: true, deployment: named };
  }
  const at = kept.findIndex(({ folder }) => folder === current);
  const before = at < 0 ? undefined : kept[at + 1];
  return before === undefined
    ? {
        ok: false,
        why: `no deployment before the present one is kept. These are:\n${listOf(kept, current)}`,
      }
    : { ok: true, deployment: before };
}

/** A table for people, the newest first. */
export function listOf(kept: readonly KnownDeployment[], current: string): string {
  return kept
    .map(
      ({ folder, deployedAt, version = 'unknown' }) =>
        `  ${timeOf(deployedAt)}  ${version}${folder === current ? '  (now)' : ''}`,
    )
    .join('\n');
}

/** A time to the second, which is how a deployment is named. */
export const timeOf = (time: Date) => time.toISOString().replace(/\.\d+Z$/, 'Z');
