import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/deploy/**', 'test/cluster/cases/**', 'test/cli/console/browser/**'],
    setupFiles: ['test/property-seed.ts'],
    // Many tests wait for queues and delays, so more of them fit side by side than there are cores.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
