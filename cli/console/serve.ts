// Serving the console for the person at the terminal: from the connection to its end.
import { createInterface } from 'node:readline';
import {
  type ConnectionChoice,
  type ConnectionOptions,
  type QueueName,
  withConnection,
} from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { spanText } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
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
  const isRedrivable = connection.queue !== undefined;
  const names: QueueName[] = ['dead-letter queue', ...(isRedrivable ? (['queue'] as const) : [])];
  return withConnection(connection, names, async ({ deadLetterQueue, queue }) => {
    const queues = {
      deadLetterQueue: await deadLetterQueue(),
      queue: isRedrivable ? await queue() : undefined,
    };
    const console = await startConsole({ ...order, ...queues }, surroundings);
    try {
      return await untilItIsOver(console, order, surroundings);
    } finally {
      await console.close();
    }
  });
}

async function untilItIsOver(
  console: RunningConsole,
  { actionsAllowed, opensBrowser }: ConsoleOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const link = console.newLink();
  if (!console.hasPages) say(surroundings, NOT_BUILT);
  surroundings.stdout.write(`${link}\n`);
  say(surroundings, `${actionsAllowed ? WITH_ACTIONS : READ_ONLY} ${LINKS}`);
  console.look();
  const forgetKeys = onEnter(surroundings, () => surroundings.stdout.write(`${console.newLink()}\n`));
  const closeFile = opensBrowser && console.hasPages ? await openAt(link, console, surroundings) : undefined;
  const why = await console.over;
  forgetKeys();
  await closeFile?.();
  if (why === 'idle')
    say(surroundings, `Nobody has done anything for ${spanText(IDLE_MS)}: the console ends.`);
  return EXIT.done;
}

const READ_ONLY = 'Read-only: --allow-actions lets it redrive, discard and export.';
const WITH_ACTIONS = 'Actions are allowed.';
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

/** Calls back on every line that is typed; what is returned ends that. */
export function onEnter({ stdin }: Pick<Surroundings, 'stdin'>, tell: () => void): () => void {
  // Not as a terminal's own: Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on('line', tell);
  return () => lines.close();
}
