// How actions look in `dead-letters history`. Pure.
import type { ResultShape } from '../../output.ts';
import { grouped } from '../../progress.ts';
import type { AuditRecord } from './record.ts';

/** Rows of actions. */
export const HISTORY_SHAPE: ResultShape<AuditRecord> = {
  rowsField: 'actions',
  json: (record) => record,
  columns: [
    { title: 'WHEN (UTC)', text: ({ at }) => at.slice(0, 16).replace('T', ' ') },
    { title: 'WHO', text: whoText },
    { title: 'ACTION', text: ({ action }) => action },
    { title: 'WHERE', text: whereText, optional: 1 },
    { title: 'OUTCOME', text: outcomeText, style: (record) => (isWhole(record) ? undefined : 'yellow') },
    { title: 'WHICH', text: ({ choice }) => choiceText(choice), optional: 2 },
    { title: 'WHY', text: ({ reason }) => reason ?? '', flexible: true },
    { title: 'EXPORT', text: (record) => record.export ?? '', optional: 3 },
  ],
};

/** Of an ARN what stands after the account: `user/anna`, `assumed-role/operator/anna`. */
function whoText({ identity, user }: AuditRecord): string {
  return identity === null ? (user ?? '') : identity.split(':').slice(5).join(':') || identity;
}

function whereText({ stage, deadLetterQueueUrl }: AuditRecord): string {
  return stage ?? deadLetterQueueUrl.split('/').slice(-1).join();
}

function isWhole({ endedAt, failed, notMet, error }: AuditRecord): boolean {
  return endedAt !== null && error === null && !failed && !notMet;
}

function outcomeText({ endedAt, planned, done, failed, leftOut, notMet, error }: AuditRecord): string {
  if (endedAt === null) return `not ended (${grouped(planned)} planned)`;
  const counts = [
    [failed, 'failed'],
    [notMet, 'not met'],
    [leftOut, 'left out'],
  ] as const;
  return [
    `${grouped(done ?? 0)} done`,
    ...counts.flatMap(([number, what]) => (number ? [`${grouped(number)} ${what}`] : [])),
    ...(error === null ? [] : ['ended by an error']),
  ].join(', ');
}

function choiceText({ all, ids, file, filter, verdicts, limit }: AuditRecord['choice']): string {
  const parts = [
    ...(all ? ['all'] : []),
    ...(ids === null ? [] : [ids.length === 1 ? ids.join() : `${grouped(ids.length)} ids`]),
    ...(file === null ? [] : [`file ${file}`]),
    ...Object.entries(filter ?? {}).map(([name, condition]) => `${name} ${[condition].flat().join(',')}`),
    ...(verdicts === null ? [] : [`verdicts ${verdicts.join(',')}`]),
    ...(limit === null ? [] : [`at most ${grouped(limit)}`]),
  ];
  return parts.join('; ');
}
