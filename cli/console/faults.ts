// Errors in the words of a page. Pure.
import { errorText } from '../../client/contract/text.ts';
import type { ConnectionChoice } from '../connection.ts';
import { connectionError } from '../connection-errors.ts';
import { CommandError, UsageError } from '../exit-codes.ts';
import { Refusal } from './server/refusal.ts';

/** Why it failed, and what to do: as the command line says it. */
export function adviceOn(error: unknown, connection: ConnectionChoice): string {
  const told = connectionError(error, connection);
  return told instanceof CommandError ? told.message : errorText(told);
}

/** What an error of a route's is answered with. */
export function refusalFor(error: unknown, connection: ConnectionChoice): Refusal {
  if (error instanceof UsageError) return new Refusal('invalid', error.message, { cause: error });
  const told = connectionError(error, connection);
  if (told instanceof CommandError) return new Refusal('unreachable', told.message, { cause: error });
  return new Refusal('failed', `Something went wrong here: ${errorText(error)}`, { cause: error });
}
