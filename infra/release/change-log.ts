// What CHANGELOG.md says of a version.

/** The heading of what no version has yet. */
export const UNRELEASED = 'Unreleased';

/**
 * What stands under the heading of a version in the change log, without that heading; undefined where it has none.
 *
 * @param version such as `1.2.0`, or {@link UNRELEASED}
 */
export function sectionOf(changeLog: string, version: string): string | undefined {
  const lines = changeLog.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`## [${version}]`));
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith('## '));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .join('\n')
    .trim();
}
