// How a command ends: with one of these codes, or with an error that brings its own.

/** What the process says at its end; stable, for scripts. */
export const EXIT = {
  /** All that was asked for is done. */
  done: 0,
  /** Nothing of it is done. */
  failed: 1,
  /** Not begun: the arguments or the input are wrong. */
  usage: 2,
  /** Some of it is done and some is not. */
  partly: 3,
  /** Ctrl-C or SIGTERM; what was done is said. */
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something that the person at the keyboard can fix; the message says how, and is all that is shown. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Arguments or input that make no sense; nothing was begun. */
export class UsageError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
    this.name = 'UsageError';
  }
}
