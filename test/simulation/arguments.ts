// What people can say to `npm run simulate`. Pure.
import { parseArgs } from 'node:util';

/** What to do. */
export type Command =
  | { readonly type: 'help' }
  /** The arguments make no sense. */
  | { readonly type: 'usage'; readonly problem: string }
  /** `only`: what the names of the settings contain that are played; undefined for all. */
  | { readonly type: 'run'; readonly seed: number; readonly only: string | undefined };

/** What `--help` prints. */
export const HELP = `Usage: npm run simulate -- [options]

Plays the function's own pace and delays against clusters of limited capacity, in virtual time: 10,000 messages or
more in each of some 1,400 settings. Then the window that expectedAssignee leaves: 10,000 requests whose tasks change
hands, with a storage that lags behind. Then up to 1,000 environments at one cluster, with up to 400,000 messages.
Prints what came of it as tables; progress and what misses its targets go to stderr. Takes a few minutes, and up to
1.5 GB of memory.

Options:
  --seed <n>     decides what chance decides (default 1); the same seed prints the same tables
  --only <text>  only the settings whose name contains the text, each with its figures; names are like
                 "burst: bucket of 500/s at 5 ms, 50 environments, 0 % poison"; "window" is the window alone, and
                 "scale" the up to 1,000 environments alone, which takes a minute
  --help         this text

Exit codes: 0 every setting reaches its targets, 1 one does not, 2 wrong arguments.
`;

const MOST = 4_294_967_295;

/** Reads the arguments. */
export function parseCommand(argv: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: '1' },
        only: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { type: 'help' };
    if (/^\d{1,10}$/.test(values.seed) && Number(values.seed) <= MOST) {
      return { type: 'run', seed: Number(values.seed), only: values.only };
    }
    return {
      type: 'usage',
      problem: `--seed is a whole number from 0 to ${MOST}, not ${JSON.stringify(values.seed)}`,
    };
  } catch (error) {
    return { type: 'usage', problem: error instanceof Error ? error.message : String(error) };
  }
}
