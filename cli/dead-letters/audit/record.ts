// What is written down of an action: its fields, and how the choice of its messages was made. Pure.
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { oneLine } from '../../../client/contract/text.ts';
import type { DeadLetterFilter } from '../../../client/dead-letters/index.ts';
import type { ConnectionChoice } from '../../connection.ts';
import type { ChoiceOrFile } from '../choice.ts';
import { isFilter } from '../selection.ts';

/** What can be done with dead letters. */
export type ActionName = 'redrive' | 'discard';

const Text = z.nullable(z.string());
const Condition = z.union([z.string(), z.array(z.union([z.string(), z.number()]))]);
const Count = z.nullable(z.number());

/**
 * An action, as a line of the audit file has it: one when it begins, and one more, with the same id, when it has ended. These
 * fields stay; null is what does not apply or is not known. A newer version may add some.
 */
export const AuditRecord = z.looseObject({
  id: z.string(),
  /** When it began, in ISO 8601. */
  at: z.iso.datetime(),
  /** Null where it goes on, or was killed. */
  endedAt: z.nullable(z.iso.datetime()),
  action: z.string(),
  /** ARN of whose credentials they are. */
  identity: Text,
  /** Of the operating system. */
  user: Text,
  stage: Text,
  deadLetterQueueUrl: z.string(),
  queueUrl: Text,
  choice: z.looseObject({
    all: z.boolean(),
    ids: z.nullable(z.array(z.string())),
    file: Text,
    filter: z.nullable(z.record(z.string(), Condition)),
    verdicts: z.nullable(z.array(z.string())),
    limit: Count,
  }),
  reason: Text,
  planned: z.number(),
  leftOut: z.number(),
  done: Count,
  failed: Count,
  notMet: Count,
  /** What ended it before its end. */
  error: Text,
  /** The file that has what was discarded. */
  export: Text,
});

/** One of {@link AuditRecord}. */
export type AuditRecord = z.infer<typeof AuditRecord>;

/** How the choice was made: by ids, a file, a filter, or all. */
export function choiceRecord(choice: ChoiceOrFile): AuditRecord['choice'] {
  const verdicts = choice.verdicts === undefined ? null : [...choice.verdicts];
  const rest = { all: false, ids: null, file: null, filter: null, verdicts, limit: choice.limit ?? null };
  if ('file' in choice) {
    const file = choice.file === '-' ? '-' : pathText(choice.file);
    return { ...rest, file };
  }
  const { named, filter } = choice;
  if (named.size > 0) return { ...rest, ids: [...named] };
  return isFilter(filter) ? { ...rest, filter: filterRecord(filter) } : { ...rest, all: true };
}

/** A filter's conditions are lists, texts, and times as numbers. */
function filterRecord(filter: DeadLetterFilter): AuditRecord['choice']['filter'] {
  const conditions = Object.entries(filter).filter(([, condition]) => condition !== undefined);
  return Object.fromEntries(
    conditions.map(([name, condition]) => {
      if (condition instanceof Set || Array.isArray(condition)) return [name, [...condition]];
      if (typeof condition === 'number') return [name, new Date(condition).toISOString()];
      return [name, oneLine(String(condition), 500)];
    }),
  );
}

/** The stage that one of the queues is of; null where they were named otherwise. */
export function stageOf({ deadLetterQueue, queue }: ConnectionChoice): string | null {
  const stages = [deadLetterQueue, queue].map((source) =>
    source?.by === 'stage' ? source.stage : undefined,
  );
  return stages.find((stage) => stage !== undefined) ?? null;
}

/** The stage whose alarms ring by default, too. */
export const PRODUCTION = 'prod';

/** Whether the queues are those of production, where actions need a reason. */
export function isProduction(connection: ConnectionChoice): boolean {
  return stageOf(connection) === PRODUCTION;
}

/** A path that means the same in every folder. */
export function pathText(path: string): string {
  return oneLine(resolve(path), 4096);
}
