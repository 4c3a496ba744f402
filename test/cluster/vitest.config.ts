import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/cases/**/*.test.ts'],
    globalSetup: ['test/cluster/set-up.ts'],
    // It says what was left out, and why.
    reporters: ['verbose'],
    // A cluster far away, a token endpoint that takes its time over wrong secrets, and a storage that lags behind.
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
