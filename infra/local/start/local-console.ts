// The console beside the local system, with actions on.
import { chooseConnection } from '../../../cli/connection.ts';
import { onEnter } from '../../../cli/console/on-enter.ts';
import { type RunningConsole, startConsole } from '../../../cli/console/running-console.ts';
import { processSurroundings } from '../../../cli/process-surroundings.ts';
import { localConsolePort } from '../../../client/sqs/local-queues.ts';
import { type LocalSystem, onPort } from '../local-system.ts';

/** It runs. */
export interface LocalConsole extends Pick<RunningConsole, 'look' | 'close'> {
  /** For the browser; good once. */
  readonly link: string;
}

/**
 * Starts it on the second port after that of SQS. Enter prints a fresh link. When nobody has done anything for half an hour it
 * ends, and the rest runs on.
 *
 * @param port of SQS, as it was asked for; 0: any that is free
 */
export async function startLocalConsole(
  { sqs }: LocalSystem,
  port: number,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<LocalConsole> {
  const typed = { local: true as const, port: Number(new URL(sqs.endpoint).port) };
  const options = {
    connection: chooseConnection(typed, process.env),
    typed,
    queue: { sqs: sqs.client, queueUrl: sqs.queueUrl },
    deadLetterQueue: { sqs: sqs.client, queueUrl: sqs.deadLetterQueueUrl },
    actionsAllowed: true,
    port: port === 0 ? 0 : localConsolePort(port),
  };
  const console = await onPort(options.port, 'the console', () =>
    startConsole(options, processSurroundings({ signal, interrupt: () => undefined })),
  );
  const forgetKeys = onEnter(process, () => print(`console  ${console.newLink()}`));
  const close = async () => {
    forgetKeys();
    await console.close();
  };
  void console.over.then(async (why) => {
    if (why !== 'idle') return;
    await close();
    print('Nobody has used the console for half an hour: it has ended.');
  });
  return { link: console.newLink(), look: console.look, close };
}
