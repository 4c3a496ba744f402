// `npm start`: the whole system on one machine, without Docker, AWS account or network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stopOn } from '../../../cli/stopping.ts';
import { FunctionError } from '../lambda/function-child.ts';
import { type LocalSystem, StartProblem, startLocalSystem } from '../local-system.ts';
import { type Command, HELP, parseCommand } from './arguments.ts';
import { deadLetterGroupTable, deadLetterTable, lookAtAll } from './dead-letters.ts';
import { type DemoRequest, FEWEST_REQUESTS, prepareDemo } from './demo.ts';
import { type LocalConsole, startLocalConsole } from './local-console.ts';
import { Narrator } from './narrator.ts';
import { banner, invitation } from './texts.ts';

/** A request that is not settled by then will not be. */
const PATIENCE_MS = 180_000;

/** More requests take longer. */
const PATIENCE_PER_REQUEST_MS = 100;

const TELL_EVERY_MS = 2_000;

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
  const narrator = new Narrator({
    print,
    columns: () => process.stdout.columns,
    verbose: command.verbose,
    brief: command.demo > FEWEST_REQUESTS,
  });
  const system = await startLocalSystem({ ...command, environment: process.env, narrator });
  let console: LocalConsole | undefined;
  try {
    if (!command.once) console = await startLocalConsole(system, command.port, stop.signal, print);
    print(`${banner(system, console?.link)}\n`);
    return await live(system, narrator, stop.signal, command, () => console?.look());
  } finally {
    await console?.close();
    await system.stop();
    stop.forget();
  }
}

/** Until the requests are settled, or until somebody wants an end. */
async function live(
  system: LocalSystem,
  narrator: Narrator,
  stop: AbortSignal,
  { demo, once: onlyOnce }: Extract<Command, { type: 'start' }>,
  showDeadLetters: () => void,
): Promise<number> {
  try {
    if (system.standIn !== undefined) {
      const settled = await demonstrate(system, prepareDemo(system.standIn, demo), narrator, stop);
      if (onlyOnce) return settled ? 0 : 1;
      showDeadLetters();
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

/** Sends the requests, waits for their fates, shows the dead-letter queue. */
async function demonstrate(
  system: LocalSystem,
  requests: readonly DemoRequest[],
  narrator: Narrator,
  stop: AbortSignal,
): Promise<boolean> {
  const isLong = requests.length > FEWEST_REQUESTS;
  if (isLong) print(`Sending ${requests.length} requests …`);
  for (const { label, body, firstSentAt } of requests) {
    narrator.sent(await system.send(body, firstSentAt), label, body);
  }
  // Only now, so that no request is settled before the narrator has heard of it.
  system.startDelivery();
  const settled = await allSettled(system, narrator, stop, isLong ? requests.length : undefined);
  const { client: sqs, deadLetterQueueUrl: queueUrl } = system.sqs;
  const { letters } = await lookAtAll({ sqs, queueUrl });
  const draw = isLong ? deadLetterGroupTable : deadLetterTable;
  print(`\nThe dead-letter queue, ${letters.length} messages${isLong ? ', in groups' : ''}:`);
  print(`${draw(letters, process.stdout.columns ?? DEFAULT_WIDTH)}\n`);
  if (!settled) {
    const which = narrator.unsettled.slice(0, 20).join(', ') || 'something that is on the queue';
    process.stderr.write(`Not settled in time: ${which}\n`);
  }
  return settled;
}

/** @param total tells every few seconds how many of so many are settled; undefined where each is told of anyway */
async function allSettled(
  system: LocalSystem,
  narrator: Narrator,
  stop: AbortSignal,
  total: number | undefined,
): Promise<boolean> {
  const patience = PATIENCE_MS + (total ?? 0) * PATIENCE_PER_REQUEST_MS;
  const deadline = Date.now() + patience;
  let toldAt = Date.now();
  while (narrator.unsettled.length > 0 || !(await system.isEmpty())) {
    if (Date.now() > deadline) return false;
    const unsettled = narrator.unsettled.length;
    // Others may have put more on the queue, which are not counted.
    if (total !== undefined && unsettled > 0 && Date.now() - toldAt > TELL_EVERY_MS) {
      toldAt = Date.now();
      print(`${total - unsettled} of ${total} settled`);
    }
    await pause(100, undefined, { signal: stop });
  }
  return true;
}

/** Aborted when somebody asks for the end, and when there is nobody left to show anything to. */
function whenAskedToStop(): { readonly signal: AbortSignal; forget(): void } {
  const { signal, ask, forget } = stopOn({
    signals: ['SIGINT', 'SIGTERM'],
    announcement: 'Stopping when the batch in progress is done.',
    say: print,
  });
  const askOnce = () => {
    if (!signal.aborted) ask();
  };
  // npm ends by SIGTERM without passing it on, and a reader that has seen enough (`| head`) closes the pipe.
  const parent = process.ppid;
  const orphaned = setInterval(() => process.ppid !== parent && askOnce(), 500).unref();
  process.stdout.on('error', askOnce);
  return {
    signal,
    forget: () => {
      clearInterval(orphaned);
      forget();
    },
  };
}

async function build(): Promise<void> {
  const script = fileURLToPath(new URL('../../tools/build.ts', import.meta.url));
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
