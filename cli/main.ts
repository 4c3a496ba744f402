#!/usr/bin/env node
// What `npx camunda-unassign` runs: the program in the surroundings of this process.
import { runProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

const { signal, interrupt } = whenAskedToStop();
// A reader that has gone (`| head`), a disk that is full: whoever writes learns of it from the write, and ends in
// good order. Thrown here, it would end the process with messages still held.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  now: Date.now,
  signal,
  interrupt,
});
// What was read of a terminal or a pipe must not keep the process.
process.stdin.unref?.();

/** The signal aborts on the first Ctrl-C or SIGTERM, or when the terminal goes; the next one ends it at once. */
function whenAskedToStop(): Pick<Surroundings, 'signal' | 'interrupt'> {
  const controller = new AbortController();
  let askedAt = 0;
  const interrupt = () => {
    // npx passes on what the terminal has sent to this process, too.
    if (controller.signal.aborted && Date.now() - askedAt < 500) return;
    if (controller.signal.aborted) process.exit(130);
    askedAt = Date.now();
    process.stderr.write('\nStopping when what is under way is done. Ctrl-C again stops at once.\n');
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, interrupt);
  return { signal: controller.signal, interrupt };
}
