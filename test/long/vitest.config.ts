import { defineConfig } from 'vitest/config';
import { LONG_TESTS } from './files.ts';

export default defineConfig({
  test: {
    include: [...LONG_TESTS],
    setupFiles: ['test/property-seed.ts'],
    maxWorkers: 4,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
