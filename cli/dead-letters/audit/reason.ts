// Why somebody acts: said by an option, and asked for in production.
import { InvalidArgumentError } from 'commander';
import { oneLine } from '../../../client/contract/text.ts';
import { ask, hasTerminal } from '../../confirm.ts';
import type { ConnectionChoice } from '../../connection.ts';
import { UsageError } from '../../exit-codes.ts';
import type { Surroundings } from '../../surroundings.ts';
import { isProduction, PRODUCTION } from './record.ts';

/** A reason as it is given. */
export interface Reasoned {
  /** One line. */
  readonly reason: string | undefined;
  readonly connection: ConnectionChoice;
}

/** The value of `--reason`. */
export function reasonText(text: string): string {
  const reason = oneLine(text, 500);
  if (reason !== '') return reason;
  throw new InvalidArgumentError('Expected a reason, such as "INC-4711: the cluster was down".');
}

/** Throws a UsageError where a reason is needed and could not even be asked for. */
export function requireReason(reasoned: Reasoned, surroundings: Surroundings): void {
  if (!isReasonMissing(reasoned) || hasTerminal(surroundings)) return;
  throw new UsageError(
    `In the stage ${PRODUCTION} an action needs a reason, and there is no terminal to ask for it on: --reason <text> gives it.`,
  );
}

/** The reason, asked for where it is missing and needed: then undefined says that none was given. */
export async function reasonFor(
  reasoned: Reasoned,
  surroundings: Surroundings,
): Promise<{ readonly isGiven: boolean; readonly reason: string | undefined }> {
  if (!isReasonMissing(reasoned)) return { isGiven: true, reason: reasoned.reason };
  const reason = oneLine(await ask(surroundings, 'Why (for dead-letters history)? '), 500);
  return { isGiven: reason !== '' && !surroundings.signal.aborted, reason };
}

/** Whether a reason is needed that was not given. */
export function isReasonMissing({ reason, connection }: Reasoned): boolean {
  return reason === undefined && isProduction(connection);
}
