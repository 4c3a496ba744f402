// When a release is refused, and what a person is told to do then.
import { describe, expect, it, test } from 'vitest';
import { type Checkout, refusalsOf, remarksOn } from '../../../infra/release/readiness.ts';

const COMMIT = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

const READY: Checkout = {
  version: '1.2.0',
  changeLog: '## [Unreleased]\n\n## [1.2.0] - 2026-12-24\n\n- A thing.\n',
  commit: COMMIT,
  taggedCommit: COMMIT,
  changes: [],
  strayPackages: [],
};
const WITH_MORE = '## [Unreleased]\n\n- More.\n\n## [1.2.0] - 2026-12-24\n\n- A thing.\n';

it('a tagged commit with a section in the change log is released without a word', () => {
  expect([refusalsOf(READY), remarksOn(READY)]).toEqual([[], []]);
});

test.each<[string, Partial<Checkout>, RegExp]>([
  [
    'the work tree is not clean',
    { changes: [' M README.md', '?? new.ts'] },
    /^The work tree differs from its commit \( M README\.md, \?\? new\.ts\)\. Commit /,
  ],
  [
    'the change log has no section',
    { changeLog: '## [Unreleased]\n\n## [1.1.0]\n\n- x\n' },
    /^CHANGELOG\.md says nothing of 1\.2\.0\. Move .*"## \[1\.2\.0\]"/,
  ],
  [
    'the section is empty',
    { changeLog: '## [1.2.0]\n\n## [1.1.0]\n\n- x\n' },
    /^CHANGELOG\.md says nothing of 1\.2\.0\./,
  ],
  [
    'the tag points elsewhere',
    { taggedCommit: OTHER },
    /^The tag v1\.2\.0 points to another commit \(b{12}\), so 1\.2\.0 is released already\. Check that tag out /,
  ],
  [
    'the tag contains what no version has yet',
    { changeLog: WITH_MORE },
    /^CHANGELOG\.md has entries under \[Unreleased\] that v1\.2\.0 contains, too\. Move them /,
  ],
  [
    'other packages are installed',
    { strayPackages: ['esbuild'] },
    /^node_modules is not what package-lock\.json says \(esbuild\)\. Run npm ci\.$/,
  ],
])('it is refused where %s', (_, difference, sentence) => {
  expect(refusalsOf({ ...READY, ...difference })).toEqual([expect.stringMatching(sentence)]);
});

it('a refusal names the first three of many', () => {
  const [refusal] = refusalsOf({ ...READY, strayPackages: ['a', 'b', 'c', 'd', 'e'] });
  expect(refusal).toContain('(a, b, c, and 2 more)');
});

describe('without a tag', () => {
  const trial = { ...READY, taggedCommit: undefined };

  it('it is a trial, and says so', () => {
    expect([refusalsOf(trial), remarksOn(trial)]).toEqual([
      [],
      ['This is a trial: there is no tag v1.2.0 yet.'],
    ]);
  });

  it('it says that the notes leave something out', () => {
    const ahead = { ...trial, changeLog: WITH_MORE };
    expect([refusalsOf(ahead), remarksOn(ahead)[1]]).toEqual([
      [],
      expect.stringContaining('that the notes of 1.2.0 leave out'),
    ]);
  });
});
