// How the commands of a checkout run: the help, a refusal, or what was ordered, with an exit code for each.

/** What is not carried out. */
export type NoOrder =
  | { readonly action: 'help' }
  /** `why` is for the person who typed it. */
  | { readonly action: 'refuse'; readonly why: string };

/**
 * Carries out a command, and sets the exit code of the process: 0 done, 1 failed, 2 wrong use.
 *
 * @param advice what a person can do about an error; whatever it throws ends the process
 */
export async function runCommand<Order extends object>(
  command: Order | NoOrder,
  usage: string,
  carryOut: (order: Order) => Promise<void>,
  advice: (error: unknown, order: Order) => string,
): Promise<void> {
  if (isNoOrder(command)) {
    if (command.action === 'help') console.log(usage);
    else {
      console.error(`${command.why}\n\n${usage}`);
      process.exitCode = 2;
    }
    return;
  }
  try {
    await carryOut(command);
  } catch (error) {
    console.error(advice(error, command));
    process.exitCode = 1;
  }
}

function isNoOrder(command: object): command is NoOrder {
  return 'action' in command && (command.action === 'help' || command.action === 'refuse');
}
