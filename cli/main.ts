#!/usr/bin/env node
// What `npx camunda-unassign` runs: the program in the surroundings of this process.
import { processSurroundings } from './process-surroundings.ts';
import { runProgram } from './program.ts';
import { stopOn } from './stopping.ts';
import { measureAfterSuspension } from './suspending.ts';

const { signal, ask: interrupt } = stopOn({
  // SIGHUP: the terminal goes.
  signals: ['SIGINT', 'SIGTERM', 'SIGHUP'],
  announcement: 'Stopping when what is under way is done.',
  say: (text) => process.stderr.write(`${text}\n`),
});
// A reader that has gone (`| head`), a disk that is full: whoever writes learns of it from the write, and ends in
// good order. Thrown here, it would end the process with messages still held.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
measureAfterSuspension();
process.exitCode = await runProgram(process.argv.slice(2), processSurroundings({ signal, interrupt }));
// What was read of a terminal or a pipe must not keep the process.
process.stdin.unref?.();
