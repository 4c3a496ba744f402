import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cli/console/browser/**/*.test.ts'],
    globalSetup: ['test/cli/console/browser/set-up.ts'],
    setupFiles: ['test/property-seed.ts'],
    // A browser each, and what it shows is drawn without help of a graphics card.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
