// What to type in a terminal for what a page shows. Pure.
import type { ConnectionOptions } from '../connection.ts';
import { shellWord } from '../shell-word.ts';

/** The words of a command that stands for a screen or an action. */
export interface TypedCommand {
  /** Such as `['dlq', 'list']`. */
  readonly command: readonly string[];
  /** Of the console's own, as they were typed. */
  readonly connection: ConnectionOptions;
  /** Whether it takes the queue, too. */
  readonly takesQueue?: boolean;
  readonly words: readonly string[];
}

/** One line for a POSIX shell. */
export function commandText({ command, connection, takesQueue = false, words }: TypedCommand): string {
  const { stage, local, port, profile, region, deadLetterQueueUrl, queueUrl } = connection;
  const options: readonly (readonly [string, string | undefined])[] = [
    ['--stage', stage],
    ['--port', port === undefined ? undefined : String(port)],
    ['--dead-letter-queue-url', deadLetterQueueUrl],
    ['--queue-url', takesQueue ? queueUrl : undefined],
    ['--profile', profile],
    ['--region', region],
  ];
  return [
    'npx',
    'camunda-unassign',
    ...command,
    ...(local ? ['--local'] : []),
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...words,
  ]
    .map(shellWord)
    .join(' ');
}
