// What people can say to `npm start`. Pure.
import { parseArgs } from 'node:util';
import { LOCAL_PORT } from '../../../client/sqs/local-queues.ts';
import { FEWEST_REQUESTS } from './demo.ts';

/** What to do. */
export type Command =
  | { readonly type: 'help' }
  /** The arguments make no sense. */
  | { readonly type: 'usage'; readonly problem: string }
  | {
      readonly type: 'start';
      /** Of SQS; the stand-in cluster takes the next one. 0: any that are free. */
      readonly port: number;
      /** How many requests the demonstration sends. */
      readonly demo: number;
      readonly once: boolean;
      readonly verbose: boolean;
      readonly build: boolean;
      /** A real cluster instead of the stand-in. */
      readonly cluster: string | undefined;
    };

/** What `--help` prints. */
export const HELP = `Usage: npm start -- [options]

Runs it all on this machine: SQS with the queue and its dead-letter queue, the function as it is built for
Lambda, a stand-in for a Camunda cluster, and the console in which to watch it, but for --once. Sends one request for each
fate and shows what becomes of it.

Options:
  --demo <n>   send n requests with the fates of a bad day: then the dead-letter queue is worth a look
  --once       end when every request is settled
  --port <n>   SQS listens on this port, the stand-in cluster and the console on the next two (default ${LOCAL_PORT};
               also PORT)
  --verbose    show the function's own log lines, too
  --no-build   run the function as it was built before
  --help       this text

Environment:
  CAMUNDA_REST_ADDRESS   use this real cluster instead of the stand-in, with the other CAMUNDA_* settings;
                         then no requests are sent
  MAX_RECEIVE_COUNT, RETRY_FOR_SECONDS …   the function's settings; with the stand-in they are short by default
  NO_COLOR               no colours

Ctrl-C ends it when the batch in progress is done, a second Ctrl-C at once.

Exit codes: 0 ended as asked (after Ctrl-C npm itself says 130), 1 not settled or not started, 2 wrong arguments.
`;

/** Reads the arguments and the environment. */
export function parseCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Command {
  const cluster = environment['CAMUNDA_REST_ADDRESS'] || undefined;
  try {
    const { values } = parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        demo: { type: 'string', default: String(FEWEST_REQUESTS) },
        once: { type: 'boolean', default: false },
        port: { type: 'string', default: environment['PORT'] || String(LOCAL_PORT) },
        verbose: { type: 'boolean', default: false },
        build: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { type: 'help' };
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_533) {
      return usage(`the port is a number from 0 to 65533, not ${JSON.stringify(values.port)}`);
    }
    if (values.once && cluster !== undefined) {
      return usage('--once has nothing to wait for with CAMUNDA_REST_ADDRESS, as no requests are sent then');
    }
    const demo = Number(values.demo);
    if (!/^\d{1,5}$/.test(values.demo) || demo < FEWEST_REQUESTS) {
      return usage(
        `--demo takes a number from ${FEWEST_REQUESTS} to 99999, not ${JSON.stringify(values.demo)}`,
      );
    }
    const { once, verbose, build } = values;
    return { type: 'start', port: Number(values.port), demo, once, verbose, build, cluster };
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(problem: string): Command {
  return { type: 'usage', problem };
}
