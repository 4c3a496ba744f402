import { defineConfig } from 'vitest/config';

// The tests that a change of a room must fail: those of the room, without the slow ones.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: [
      'test/client/contract/documents.test.ts',
      'test/client/contract/examples.test.ts',
      'test/client/dead-letters/act.test.ts',
      'test/client/dead-letters/look.test.ts',
      'test/client/dead-letters/rate.test.ts',
      'test/functions/unassign/sending/slow-sqs.test.ts',
      'test/functions/unassign/sending/sqs-requests.test.ts',
    ],
    setupFiles: ['test/property-seed.ts'],
    // A change is judged by the same examples each time.
    env: { PROPERTY_SEED: '1' },
  },
});
