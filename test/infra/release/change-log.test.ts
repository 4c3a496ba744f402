import { expect, test } from 'vitest';
import { sectionOf } from '../../../infra/release/change-log.ts';

const CHANGE_LOG = `# Changelog

What this is.

## [Unreleased]

## [1.10.0] - 2026-12-24

### Added

- A thing.

### Fixed

- Another.

## [1.1.0] - 2026-12-01

- The first.`;

test.each([
  ['between two others', '1.10.0', '### Added\n\n- A thing.\n\n### Fixed\n\n- Another.'],
  ['at the end', '1.1.0', '- The first.'],
  ['that is empty', 'Unreleased', ''],
  ['that is not there', '1.0.0', undefined],
  ['whose version only begins so', '1.1', undefined],
])('the section %s', (_, version, section) => {
  expect(sectionOf(CHANGE_LOG, version)).toBe(section);
});
