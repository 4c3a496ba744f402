// `npm start`: the whole system on one machine, without Docker, AWS account or network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deadLetterTable, look } from './dead-letters.ts';
import { prepareDemo } from './demo.ts';
import { FunctionError } from './function-child.ts';
import { type LocalSystem, StartProblem, startLocalSystem } from './local-system.ts';
import { Narrator } from './narrator.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { type Command, HELP, parseCommand } from './start-arguments.ts';
import { banner, invitation } from './start-texts.ts';

/** A request that is not settled by then will not be. */
const PATIENCE_MS = 180_000;

const DEFAULT_WIDTH = 110;

try {
  process.exitCode = await run(parseCommand(process.argv.slice(2), process.env));
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}

async function run(command: Command): Promise<number> {
  switch (command.type) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'usage':
      process.stderr.write(`npm start: ${command.problem}\n\n${HELP}`);
      return 2;
    case 'start':
      return start(command);
  }
}

async function start(command: Extract<Command, { type: 'start' }>): Promise<number> {
  const stop = whenAskedToStop();
  if (command.build) await build();
  const narrator = new Narrator({ print, columns: () => process.stdout.columns, verbose: command.verbose });
  const system = await startLocalSystem({ ...command, environment: process.env, narrator });
  try {
    print(`${banner(system)}\n`);
    return await live(system, narrator, stop.signal, command.once);
  } finally {
    await system.stop();
    stop.forget();
  }
}

/** Until the requests are settled, or until somebody wants an end. */
async function live(
  system: LocalSystem,
  narrator: Narrator,
  stop: AbortSignal,
  onlyOnce: boolean,
): Promise<number> {
  try {
    if (system.standIn !== undefined) {
      const settled = await demonstrate(system, system.standIn, narrator, stop);
      if (onlyOnce) return settled ? 0 : 1;
    } else {
      system.startDelivery();
    }
    print(invitation(system));
    if (!stop.aborted) await once(stop, 'abort');
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  return 0;
}

/** Sends one request for each fate, waits for the fates, shows the dead-letter queue. */
async function demonstrate(
  system: LocalSystem,
  standIn: StandInCluster,
  narrator: Narrator,
  stop: AbortSignal,
): Promise<boolean> {
  for (const { label, body } of prepareDemo(standIn)) narrator.sent(await system.send(body), label, body);
  // Only now, so that no request is settled before the narrator has heard of it.
  system.startDelivery();
  const settled = await allSettled(system, narrator, stop);
  const letters = await look(system.sqs.client, system.sqs.deadLetterQueueUrl);
  print(`\nThe dead-letter queue, ${letters.length} messages:`);
  print(`${deadLetterTable(letters, process.stdout.columns ?? DEFAULT_WIDTH)}\n`);
  if (!settled) {
    const which = narrator.unsettled.join(', ') || 'something that is on the queue';
    process.stderr.write(`Not settled after ${PATIENCE_MS / 1000} s: ${which}\n`);
  }
  return settled;
}

async function allSettled(system: LocalSystem, narrator: Narrator, stop: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (narrator.unsettled.length > 0 || !(await system.isEmpty())) {
    if (Date.now() > deadline) return false;
    await pause(100, undefined, { signal: stop });
  }
  return true;
}

/** The signal aborts on the first Ctrl-C or SIGTERM; the next one ends the process at once. */
function whenAskedToStop(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  let askedAt = 0;
  const stop = () => {
    // npm passes on what the terminal has sent to this process, too.
    if (controller.signal.aborted && Date.now() - askedAt < 500) return;
    if (controller.signal.aborted) process.exit(130);
    askedAt = Date.now();
    print('\nStopping when the batch in progress is done. Ctrl-C again stops at once.');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // npm ends by SIGTERM without passing it on, and a reader that has seen enough (`| head`) closes the pipe.
  const parent = process.ppid;
  const orphaned = setInterval(
    () => process.ppid !== parent && !controller.signal.aborted && stop(),
    500,
  ).unref();
  process.stdout.on('error', () => controller.abort());
  return {
    signal: controller.signal,
    forget: () => {
      clearInterval(orphaned);
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

async function build(): Promise<void> {
  const script = fileURLToPath(new URL('../build.ts', import.meta.url));
  const builder = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(builder, 'exit');
  if (code !== 0) throw new StartProblem('The build failed.');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function describe(error: unknown): string {
  if (error instanceof StartProblem) return error.message;
  if (error instanceof FunctionError) return `The function does not start: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
