// Serving the console for the person at the terminal: from the connection to its end.
import { setFlagsFromString } from 'node:v8';
import {
  type ConnectionChoice,
  type ConnectionOptions,
  type QueueName,
  withConnection,
} from '../connection.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { spanText } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { onEnter } from './on-enter.ts';
import { openBrowser } from './open-browser.ts';
import { IDLE_MS, type RunningConsole, startConsole } from './running-console.ts';
import { NOT_BUILT } from './server/assets.ts';

/** What to serve. */
export interface ConsoleOrder {
  readonly connection: ConnectionChoice;
  /** As they were typed, for the commands that pages show. */
  readonly typed: ConnectionOptions;
  readonly actionsAllowed: boolean;
  readonly opensBrowser: boolean;
  /** 0: any that is free. */
  readonly port: number;
}

/** A browser that has not asked by then will not; milliseconds. */
const BROWSER_STARTS_MS = 60_000;

/** Serves until Ctrl-C, or until nobody has done anything for half an hour. */
export function serveConsole(order: ConsoleOrder, surroundings: Surroundings): Promise<ExitCode> {
  const { connection } = order;
  // A hundred thousand messages pass by; what is left of them must not pile up before it is collected.
  setFlagsFromString('--optimize-for-size');
  const isRedrivable = connection.queue !== undefined;
  const names: QueueName[] = ['dead-letter queue', ...(isRedrivable ? (['queue'] as const) : [])];
  return withConnection(connection, names, async ({ deadLetterQueue, queue }) => {
    const queues = {
      deadLetterQueue: await deadLetterQueue(),
      queue: isRedrivable ? await queue() : undefined,
    };
    const console = await startConsole({ ...order, ...queues }, surroundings).catch((error: unknown) => {
      throw portError(error, order.port);
    });
    try {
      return await untilItIsOver(console, order, surroundings);
    } finally {
      await console.close();
    }
  });
}

/** A port that cannot be had, in words that say what to do; any other error itself. */
function portError(error: unknown, port: number): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== 'listen') return error;
  const why = code === 'EADDRINUSE' ? 'is taken, perhaps by another console' : `cannot be had (${code})`;
  return new CommandError(
    `Port ${port} ${why}: --console-port <n> names another, and 0 takes any that is free.`,
    EXIT.failed,
    { cause: error },
  );
}

async function untilItIsOver(
  console: RunningConsole,
  { opensBrowser }: ConsoleOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const link = console.newLink();
  if (!console.hasPages) say(surroundings, NOT_BUILT);
  surroundings.stdout.write(`${link}\n`);
  say(surroundings, LINKS);
  console.look();
  const forgetKeys = onEnter(surroundings, () => surroundings.stdout.write(`${console.newLink()}\n`));
  const closeFile = opensBrowser ? await openAt(link, console, surroundings) : undefined;
  const why = await console.over;
  forgetKeys();
  await closeFile?.();
  if (why === 'idle')
    say(surroundings, `Nobody has done anything for ${spanText(IDLE_MS)}: the console ends.`);
  return EXIT.done;
}

const LINKS = 'The link is good once; Enter prints a fresh one, and Ctrl-C ends the console.';

/** Returns what takes the file away that leads to the link. */
async function openAt(
  link: string,
  console: RunningConsole,
  surroundings: Surroundings,
): Promise<(() => Promise<void>) | undefined> {
  const opened = await openBrowser(link, surroundings.environment);
  if (opened === undefined) {
    say(surroundings, 'There is no browser to be opened here: open the link yourself.');
    return undefined;
  }
  const timer = setTimeout(() => void opened.remove(), BROWSER_STARTS_MS);
  void console.linkUsed().then(() => opened.remove());
  return async () => {
    clearTimeout(timer);
    await opened.remove();
  };
}
