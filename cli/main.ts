#!/usr/bin/env node
// What `npx camunda-unassign` runs: the program in the surroundings of this process.
import { setFlagsFromString } from 'node:v8';
import { processSurroundings } from './process-surroundings.ts';
import { runProgram } from './program.ts';
import { stopOn } from './stopping.ts';
import { measureAfterSuspension } from './suspending.ts';

// A hundred thousand messages make much garbage, for which V8 lets its young generation grow to a hundred megabytes. Left as small as
// it begins, it costs no time that can be measured (npm run bench:dead-letters).
setFlagsFromString('--semi-space-growth-factor=1');
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
