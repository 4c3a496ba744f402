// What people can say to `npm run bench`. Pure.
import { parseArgs } from 'node:util';

/** What can be measured by itself, in the order in which it is. */
export const PARTS = ['size', 'calls', 'cold-start', 'speed', 'guard', 'connections', 'memory'] as const;

/** One of {@link PARTS}. */
export type Part = (typeof PARTS)[number];

/** What to do. */
export type Command =
  | { readonly type: 'help' }
  /** The arguments make no sense. */
  | { readonly type: 'usage'; readonly problem: string }
  | {
      readonly type: 'run';
      readonly parts: readonly Part[];
      readonly quick: boolean;
      /** Figures as JSON instead of tables. */
      readonly json: boolean;
    };

/** What `--help` prints. */
export const HELP = `Usage: npm run bench -- [options]

Measures the function as it is built for Lambda against three handlers: the floor (undici, and nothing else), the
official SDK with Powertools' batch processor and an SQS client, and a fetch loop. All are bundled alike and run in
turns, in fresh processes for each round, against a cluster that takes no time of its own. Figures are medians of
the ratios within each round, with their quartiles. The part "guard" measures the function alone: messages with
expectedAssignee beside messages without. Takes about twenty-five minutes; leave the machine alone meanwhile.

Options:
  --quick        fewer rounds: a few minutes, for a first look
  --only <part>  one of ${PARTS.join(', ')}; may be repeated
  --json         the figures as JSON
  --help         this text

Ctrl-C ends it.

Exit codes: 0 measured, whether or not a target was reached; 1 could not be measured; 2 wrong arguments.
`;

/** Reads the arguments. */
export function parseCommand(argv: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { type: 'help' };
    const asked = values.only.map(partOf);
    const parts = asked.length === 0 ? PARTS : PARTS.filter((part) => asked.includes(part));
    return { type: 'run', parts, quick: values.quick, json: values.json };
  } catch (error) {
    return { type: 'usage', problem: error instanceof Error ? error.message : String(error) };
  }
}

function partOf(text: string): Part {
  const part = PARTS.find((each) => each === text);
  if (part !== undefined) return part;
  throw new Error(`--only is one of ${PARTS.join(', ')}, not ${JSON.stringify(text)}`);
}
