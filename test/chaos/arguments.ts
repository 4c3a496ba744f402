// What people can say to `npm run chaos`. Pure.
import { parseArgs } from 'node:util';

/** What to do. */
export type Command =
  | { readonly type: 'help' }
  /** The arguments make no sense. */
  | { readonly type: 'usage'; readonly problem: string }
  | {
      readonly type: 'run';
      readonly messages: number;
      readonly firstSeed: number;
      /** Runs with this and the following seeds. */
      readonly seeds: number;
      readonly lanes: number;
      readonly artifact: string | undefined;
    };

/** What `--help` prints. */
export const HELP = `Usage: npm run chaos -- [options]

Runs the function as it is built for Lambda in several processes between an SQS and a cluster that fail in every
way they know, kills it in the middle of batches, and then accounts for every message by its identity. Delays and
time-outs are real but short: visibility timeout 2 s, retry budget 60 s, a call 1 s.

Options:
  --messages <n>     how many (default 10000, at least 200)
  --seed <n>         decides messages, faults and their order (default 1)
  --seeds <n>        as many runs, with this seed and those after it (default 1)
  --processes <n>    of the function (default 3)
  --artifact <file>  another build of the function (default .build/unassign/index.mjs)
  --help             this text

Ctrl-C ends it.

Exit codes: 0 everything adds up, 1 something does not, 2 wrong arguments, 130 ended by Ctrl-C.
`;

const NUMBERS = {
  messages: { byDefault: '10000', least: 200, most: 100_000 },
  seed: { byDefault: '1', least: 0, most: 1_000_000_000 },
  seeds: { byDefault: '1', least: 1, most: 1_000 },
  processes: { byDefault: '3', least: 1, most: 20 },
} as const;

/** Reads the arguments. */
export function parseCommand(argv: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        messages: { type: 'string', default: NUMBERS.messages.byDefault },
        seed: { type: 'string', default: NUMBERS.seed.byDefault },
        seeds: { type: 'string', default: NUMBERS.seeds.byDefault },
        processes: { type: 'string', default: NUMBERS.processes.byDefault },
        artifact: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { type: 'help' };
    return {
      type: 'run',
      messages: numberOf('messages', values.messages),
      firstSeed: numberOf('seed', values.seed),
      seeds: numberOf('seeds', values.seeds),
      lanes: numberOf('processes', values.processes),
      artifact: values.artifact,
    };
  } catch (error) {
    return { type: 'usage', problem: error instanceof Error ? error.message : String(error) };
  }
}

function numberOf(name: keyof typeof NUMBERS, text: string): number {
  const { least, most } = NUMBERS[name];
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${name} is a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}
