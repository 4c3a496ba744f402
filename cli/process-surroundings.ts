// The world outside as this process has it.
import type { Surroundings } from './surroundings.ts';
import { aroundSuspension } from './suspending.ts';

/** The surroundings of this process, but for what stops it. */
export function processSurroundings(stop: Pick<Surroundings, 'signal' | 'interrupt'>): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    now: Date.now,
    aroundSuspension,
    ...stop,
  };
}
