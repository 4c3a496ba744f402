/**
 * Tests that take minutes, and are run by `npm run test:long` instead of `npm test`: a person's whole procedures, hostile
 * messages and interruptions of the dead-letter commands, a real terminal, everything that the console does to a queue, and
 * chaos.
 */
export const LONG_TESTS: readonly string[] = [
  'test/chaos/chaos.test.ts',
  'test/cli/console/acting.test.ts',
  'test/cli/console/command.test.ts',
  'test/cli/console/looking.test.ts',
  'test/cli/console/verdicts.test.ts',
  'test/cli/dead-letters/hostile.test.ts',
  'test/cli/dead-letters/incident.test.ts',
  'test/cli/dead-letters/interruption.test.ts',
  'test/cli/dead-letters/terminal.test.ts',
  'test/cli/dead-letters/triage.test.ts',
  'test/cli/enqueue/tasks.test.ts',
  'test/cluster/run.test.ts',
  'test/docs/runbook/runbook.test.ts',
  'test/docs/scale-simulated.test.ts',
  'test/infra/release/release.test.ts',
  'test/simulation/simulation.test.ts',
];
