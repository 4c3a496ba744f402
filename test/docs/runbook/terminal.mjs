// Loaded before the command line: somebody is at the terminal, and time that is only waited for passes quickly.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

for (const stream of [process.stdin, process.stderr]) stream.isTTY = true;

/** The pauses of --watch; what SQS is kept waiting for is shorter. */
const LONG_MS = 4_500;

const pause = timers.setTimeout;
timers.setTimeout = (milliseconds, ...rest) => pause(milliseconds > LONG_MS ? 50 : milliseconds, ...rest);
syncBuiltinESMExports();
