import { defineConfig } from 'vitest/config';

// The tests that a change of a room must fail: those of the room, without the slow ones.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['act', 'documents', 'examples', 'look', 'rate', 'slow-sqs', 'sqs-requests'].map(
      (name) => `**/${name}.test.ts`,
    ),
    testTimeout: 60_000,
    setupFiles: ['test/property-seed.ts'],
    // A change is judged by the same examples each time.
    env: { PROPERTY_SEED: '1' },
  },
});
