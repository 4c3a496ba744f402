// What was last done to a group: by this console, and by whoever named the group and wrote it to the audit file of this machine.
import { readTrail } from '../../dead-letters/audit/audit-file.ts';
import type { AuditRecord } from '../../dead-letters/audit/record.ts';
import type { Known } from '../answers/groups.ts';
import type { ConsoleGroup, OperationAnswer } from '../api.ts';

type LastAction = ConsoleGroup['lastAction'];

/**
 * Reads the audit file. One that cannot be read says nothing here: the history says why.
 *
 * @param lastOn what was last done to a group from this console
 */
export async function readLastActions(
  path: string,
  deadLetterQueueUrl: string,
  lastOn: (groupId: string) => OperationAnswer | undefined,
): Promise<Known['lastActionOn']> {
  const trail = await readTrail(path).catch(() => undefined);
  const records = (trail?.records ?? []).filter((record) => record.deadLetterQueueUrl === deadLetterQueueUrl);
  return (groupId) => {
    const written = records.findLast((record) => groupsIn(record).some((part) => groupId.startsWith(part)));
    return later(ofOperation(lastOn(groupId)), ofRecord(written));
  };
}

/** The beginnings of ids that were named with `--group`, or by the page. */
function groupsIn({ choice }: AuditRecord): readonly string[] {
  const groups = choice.filter?.['groups'];
  return Array.isArray(groups) ? groups.map(String) : [];
}

function later(one: LastAction, other: LastAction): LastAction {
  if (one === null || other === null) return one ?? other;
  return Date.parse(other.at) > Date.parse(one.at) ? other : one;
}

function ofOperation(operation: OperationAnswer | undefined): LastAction {
  if (operation === undefined) return null;
  const { operationId, startedAt, action, done, failed } = operation;
  return { id: operationId, at: startedAt, action, done, failed };
}

function ofRecord(record: AuditRecord | undefined): LastAction {
  if (record === undefined) return null;
  const { id, at, action, done, failed } = record;
  return { id, at, action, done, failed };
}
