import { describe, expect, it } from 'vitest';
import { licenceProblem } from '../../../infra/tools/licence-policy.ts';

describe('a licence expression', () => {
  it.each([
    ['MIT', 'fine', 'fine'],
    ['MIT OR Apache-2.0', 'fine', 'fine'],
    ['MIT OR BUSL-1.1', 'fine', 'fine'],
    ['MIT AND BUSL-1.1', 'not on the list', 'not on the list'],
    ['(MIT AND CC0-1.0)', 'fine', 'not on the list'],
    ['(BUSL-1.1 OR ISC) AND (MIT OR Elastic-2.0)', 'fine', 'fine'],
    ['Apache-2.0 WITH LLVM-exception', 'fine', 'fine'],
    ['GPL-3.0-or-later WITH GCC-exception-3.1', 'fine', 'not on the list'],
    ['MPL-2.0', 'fine', 'not on the list'],
    ['SSPL-1.0', 'not on the list', 'not on the list'],
    ['LicenseRef-Camunda-1.0', 'not on the list', 'not on the list'],
    ['mit', 'not an SPDX licence expression', 'not an SPDX licence expression'],
    ['UNLICENSED', 'not an SPDX licence expression', 'not an SPDX licence expression'],
    ['SEE LICENSE IN LICENSE', 'not an SPDX licence expression', 'not an SPDX licence expression'],
    ['', 'not an SPDX licence expression', 'not an SPDX licence expression'],
    [undefined, 'names no licence', 'names no licence'],
  ])('%s is for a tool %s and for what is shipped %s', (licence, forTool, forShipped) => {
    expect([licenceProblem(licence, 'tool') ?? 'fine', licenceProblem(licence, 'shipped') ?? 'fine']).toEqual(
      [expect.stringContaining(forTool), expect.stringContaining(forShipped)],
    );
  });
});
