// An action that is written down: before it begins, and again when it has ended.
import { randomUUID } from 'node:crypto';
import { errorText } from '../../../client/contract/text.ts';
import type { ActOptions, QueueAccess } from '../../../client/dead-letters/index.ts';
import type { ConnectionChoice } from '../../connection.ts';
import { CommandError } from '../../exit-codes.ts';
import { type Surroundings, say } from '../../surroundings.ts';
import { type Act, isDoneAs } from '../act-until-hopeless.ts';
import type { ChoiceOrFile } from '../choice.ts';
import { whoActs } from './actor.ts';
import { appendRecord, auditPath } from './audit-file.ts';
import type { KeptFile } from './kept-file.ts';
import { type ActionName, type AuditRecord, choiceRecord, pathText, stageOf } from './record.ts';

/** What an action is, for those who ask later. */
export interface Trace {
  readonly action: ActionName;
  readonly deadLetterQueue: QueueAccess;
  readonly queue?: QueueAccess;
  /** As it was made, before any file was read and any cluster asked. */
  readonly choice: ChoiceOrFile;
  /** What takes the messages first. */
  readonly keptIn?: KeptFile | undefined;
}

/** What an action will do. */
export interface Intent {
  readonly connection: ConnectionChoice;
  readonly reason: string | undefined;
  readonly planned: number;
  readonly leftOut: number;
  /** Named, and not even seen. */
  readonly unseen: number;
}

/**
 * Writes down that an action begins; running what is returned writes down how it ended.
 *
 * @throws CommandError where that cannot be written: what nobody can trace is not begun
 */
export async function audited(
  act: Act,
  trace: Trace,
  intent: Intent,
  surroundings: Surroundings,
): Promise<Act> {
  const path = auditPath(surroundings.environment);
  const began = await beginning(trace, intent, surroundings);
  try {
    await appendRecord(path, began);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`${error.message}\nNothing was done: nobody could trace it.`, error.exitCode, {
      cause: error,
    });
  }
  const end = async (counts: Pick<AuditRecord, 'done' | 'failed' | 'notMet' | 'error'>) => {
    const endedAt = new Date(surroundings.now()).toISOString();
    const kept = trace.keptIn?.file.isEmpty === false ? began.export : null;
    try {
      await appendRecord(path, { ...began, ...counts, endedAt, export: kept });
    } catch (error) {
      // What is done is done, and that it began is written.
      say(surroundings, `${errorText(error)}\nIt says that this action began, and not how it ended.`);
    }
  };
  return async (options) => {
    let done = 0;
    let failed = 0;
    const onResult: ActOptions['onResult'] = async (result) => {
      if (isDoneAs(result)) done += 1;
      else failed += 1;
      await options.onResult?.(result);
    };
    try {
      const summary = await act({ ...options, onResult });
      const notMet = summary.notMet.size + intent.unseen;
      await end({ done: summary.done, failed: summary.failed, notMet, error: null });
      return summary;
    } catch (error) {
      // Where it has gone on, more may have been done than was planned.
      const notMet = Math.max(0, intent.planned - done - failed) + intent.unseen;
      await end({ done, failed, notMet, error: errorText(error) });
      throw error;
    }
  };
}

async function beginning(
  { action, deadLetterQueue, queue, choice, keptIn }: Trace,
  { connection, reason, planned, leftOut }: Intent,
  { now, signal }: Surroundings,
): Promise<AuditRecord> {
  return {
    id: randomUUID(),
    at: new Date(now()).toISOString(),
    endedAt: null,
    action,
    ...(await whoActs(deadLetterQueue, connection, signal)),
    stage: stageOf(connection),
    deadLetterQueueUrl: deadLetterQueue.queueUrl,
    queueUrl: queue?.queueUrl ?? null,
    choice: choiceRecord(choice),
    reason: reason ?? null,
    planned,
    leftOut,
    done: null,
    failed: null,
    notMet: null,
    error: null,
    export: keptIn === undefined ? null : pathText(keptIn.path),
  };
}
