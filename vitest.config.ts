import { globSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { LONG_TESTS } from './test/long/files.ts';
import { FACTOR } from './test/properties/runs.ts';
import { reachOf } from './test/reach.ts';

const TESTS = globSync('test/**/*.test.ts', {
  cwd: import.meta.dirname,
  exclude: ['test/deploy/**', 'test/cluster/cases/**', 'test/cli/console/browser/**', ...LONG_TESTS],
});

/**
 * How long a test may take, and each of its hooks: by the modules that its file reaches, of which the first kind counts
 * that fits. A limit ends what hangs, and asserts no speed: it is several times what the slowest of its kind takes where ten
 * others run on the same two cores.
 */
const KINDS: readonly { readonly name: string; readonly reaches: RegExp; readonly seconds: number }[] = [
  { name: 'properties', reaches: /^test\/properties\/.*\.test\.ts$/, seconds: 300 * Math.max(1, FACTOR) },
  { name: 'processes', reaches: /^(?:node:child_process|esbuild)$/, seconds: 240 },
  {
    name: 'servers',
    reaches: /^(?:node:(?:http|https|net|tls|worker_threads)|local-aws-sqs)$/,
    seconds: 120,
  },
  { name: 'examples', reaches: /^(?:fast-check$|test\/simulation\/)/, seconds: 60 },
  { name: 'modules', reaches: /^/, seconds: 15 },
];

function kindOf(file: string): string | undefined {
  const reached = [...reachOf(import.meta.dirname, file)];
  return KINDS.find(({ reaches }) => reached.some((module) => reaches.test(module)))?.name;
}

const kinds = Object.groupBy(TESTS, (file) => kindOf(file) ?? '');

/** What waits for minutes begins first, or everything would wait for it in the end. */
const BEGIN_FIRST = ['test/properties/bad-input.test.ts', 'test/infra/package/package.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = BEGIN_FIRST.findIndex((file) => moduleId.endsWith(file));
      return rank < 0 ? BEGIN_FIRST.length : rank;
    };
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

export default defineConfig({
  test: {
    setupFiles: ['test/property-seed.ts'],
    // Many tests wait for queues and delays, so more of them fit side by side than there are cores.
    maxWorkers: 6,
    sequence: { sequencer: LongestFirst },
    projects: KINDS.map(({ name, seconds }) => ({
      extends: true,
      test: {
        name,
        include: kinds[name] ?? [],
        testTimeout: seconds * 1000,
        hookTimeout: seconds * 1000,
      },
    })),
  },
});
