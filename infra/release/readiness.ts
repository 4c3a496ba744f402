// Whether a checkout may be released as it is; pure.
import { sectionOf, UNRELEASED } from './change-log.ts';

/** A checkout, as far as it matters for a release. */
export interface Checkout {
  /** That of package.json. */
  readonly version: string;
  readonly changeLog: string;
  /** The commit that is checked out. */
  readonly commit: string;
  /** The commit that the version's tag points to; undefined where there is no such tag. */
  readonly taggedCommit: string | undefined;
  /** What differs from the commit, as `git status --porcelain` lists it. */
  readonly changes: readonly string[];
  /** Packages whose installed version is not that of package-lock.json. */
  readonly strayPackages: readonly string[];
}

/** The tag of a version. */
export const tagOf = (version: string) => `v${version}`;

/** Why a checkout is not released, each with what to do; none where it may be. */
export function refusalsOf(checkout: Checkout): string[] {
  const { version, changeLog, commit, taggedCommit, changes, strayPackages } = checkout;
  const tag = tagOf(version);
  const isTagged = taggedCommit === commit;
  return [
    ...(changes.length > 0
      ? [
          `The work tree differs from its commit (${several(changes)}). Commit what belongs to the release, and remove or ` +
            'stash the rest.',
        ]
      : []),
    ...((sectionOf(changeLog, version) ?? '') === ''
      ? [
          `CHANGELOG.md says nothing of ${version}. Move what stands under [${UNRELEASED}] below a heading ` +
            `"## [${version}]" with the day, or set the version in package.json that is to be released.`,
        ]
      : []),
    ...(taggedCommit !== undefined && !isTagged
      ? [
          `The tag ${tag} points to another commit (${taggedCommit.slice(0, 12)}), so ${version} is released already. Check ` +
            'that tag out to make its release again, or set the next version in package.json and CHANGELOG.md.',
        ]
      : []),
    ...(isTagged && hasUnreleased(checkout)
      ? [
          `CHANGELOG.md has entries under [${UNRELEASED}] that ${tag} contains, too. Move them below the heading of ` +
            `${version}, commit that, and tag that commit.`,
        ]
      : []),
    ...(strayPackages.length > 0
      ? [`node_modules is not what package-lock.json says (${several(strayPackages)}). Run npm ci.`]
      : []),
  ];
}

/** What a person should know of a release that is made all the same. */
export function remarksOn(checkout: Checkout): string[] {
  const { version, taggedCommit } = checkout;
  if (taggedCommit !== undefined) return [];
  return [
    `This is a trial: there is no tag ${tagOf(version)} yet.`,
    ...(hasUnreleased(checkout)
      ? [
          `CHANGELOG.md has entries under [${UNRELEASED}] that the notes of ${version} leave out; with the tag that would be ` +
            'refused.',
        ]
      : []),
  ];
}

const hasUnreleased = ({ changeLog }: Checkout) => (sectionOf(changeLog, UNRELEASED) ?? '') !== '';

/** The first few, and how many more. */
function several(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(', ') + (more > 0 ? `, and ${more} more` : '');
}
