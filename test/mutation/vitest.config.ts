import { defineConfig } from 'vitest/config';

// The fast tests of the rooms that stryker.config.json names: each runs once for each change that Stryker makes.
export default defineConfig({
  test: {
    include: [
      'test/client/contract/{duration,journey,request,text}.test.ts',
      'test/client/dead-letters/{dead-letter,group,plan}.test.ts',
      'test/functions/unassign/decision/*.test.ts',
      'test/functions/unassign/pacing/*.test.ts',
      'test/functions/unassign/sending/{copy,settlement}.test.ts',
    ],
    setupFiles: ['test/property-seed.ts'],
    // A change is judged by the same examples each time.
    env: { PROPERTY_SEED: '1' },
  },
});
