// Requests that may be made only as long as something holds: asked before each attempt, since a process may stand still
// for hours between two of them.
import type { SendFault } from './send-faults.ts';

/** Why an entry was not asked for: what had to hold does not hold any more. */
export const WITHHELD: SendFault = {
  code: 'Withheld',
  message: 'not asked for: that was no longer allowed',
  retryable: true,
};

/** Any command of the SDK's: its own types name input and output, which nothing here looks at. */
interface AnyCommand {
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

type Handler = (args: unknown) => Promise<unknown>;

/**
 * Has the SDK ask before each of its attempts at a command, its own retries included, when all that takes time before is
 * done: credentials, pauses. Where the answer is no, nothing leaves the process, and the command fails: as
 * {@link WITHHELD}, or as in doubt where an earlier attempt may have been carried out.
 */
export function onlyWhile<C extends AnyCommand>(command: C, may: () => boolean): C {
  let attempts = 0;
  const middleware = (next: Handler) => async (args: unknown) => {
    if (!may()) throw attempts === 0 ? named(WITHHELD) : named(IN_DOUBT);
    attempts += 1;
    return next(args);
  };
  const afterAllElse = { step: 'finalizeRequest', priority: 'low', name: 'onlyWhile' } as const;
  command.middlewareStack.add(middleware as never, afterAllElse as never);
  return command;
}

const IN_DOUBT = {
  code: 'InDoubt',
  message: 'tried no more, and an attempt before may have been carried out',
} as const;

function named({ code, message }: Pick<SendFault, 'code' | 'message'>): Error {
  return Object.assign(new Error(message), { name: code });
}
