// One emulated AWS for all tests of the deployment, empty at the start.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { CANNOT_RUN_HERE } from '../../infra/tools/where-possible.ts';
import { type Aws, EMULATOR_LOG, endOfLog, startEmulator } from './emulator.ts';
import { installMinistack } from './installation.ts';

declare module 'vitest' {
  interface ProvidedContext {
    aws: Aws;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const installation = await installMinistack();
  if ('missing' in installation) {
    // thrown, the message would drown in vitest's words about its own failure
    console.error(`\n${installation.missing}\n`);
    process.exit(CANNOT_RUN_HERE);
  }
  const emulator = await startEmulator(installation.python);
  project.provide('aws', emulator.aws);
  return async () => {
    await emulator.stop();
    const failed = project.vitest.state.getFiles().some(({ result }) => result?.state === 'fail');
    if (failed) console.log(`\nThe end of ${EMULATOR_LOG}:\n${await endOfLog()}`);
  };
}
