// What was last done to a group: by the console that is asked, or by whoever wrote it to the audit file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLastActions } from '../../../cli/console/acting/last-actions.ts';
import type { OperationAnswer } from '../../../cli/console/api.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';

const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign-dev-dead-letters';

/** As the command line writes it. */
function record(id: string, at: string, filter: object | null, deadLetterQueueUrl = QUEUE) {
  return {
    ...{ id, at, endedAt: at, action: 'redrive', identity: null, user: null, stage: 'dev', queueUrl: null },
    choice: { all: filter === null, ids: null, file: null, filter, verdicts: null, limit: null },
    ...{ deadLetterQueueUrl, reason: null, planned: 2, leftOut: 0, done: 2, failed: 0, notMet: 0 },
    ...{ error: null, export: null },
  };
}

async function auditFile(...lines: readonly object[]): Promise<string> {
  const path = join(await temporaryFolder(), 'audit.jsonl');
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

const nothingHere = () => undefined;

function operationAt(startedAt: string): OperationAnswer {
  return { operationId: 'here', startedAt, action: 'discard', done: 1, failed: 1 } as OperationAnswer;
}

it('is the last of those that name the group, by the beginning of its id', async () => {
  const path = await auditFile(
    record('first', '2026-11-01T00:00:00Z', { groups: ['3f9a'] }),
    record('last', '2026-11-02T00:00:00Z', { groups: ['77', '3f9a2b'] }),
    record('another group', '2026-11-03T00:00:00Z', { groups: ['3f9b'] }),
    record('by kind', '2026-11-04T00:00:00Z', { kinds: ['expired'] }),
    record('all', '2026-11-05T00:00:00Z', null),
    record('another queue', '2026-11-06T00:00:00Z', { groups: ['3f9a'] }, `${QUEUE}-2`),
  );
  const lastOn = await readLastActions(path, QUEUE, nothingHere);
  expect(lastOn('3f9a2b1c')).toEqual({
    id: 'last',
    at: '2026-11-02T00:00:00Z',
    action: 'redrive',
    done: 2,
    failed: 0,
  });
});

it.each([
  ['2026-11-01T00:00:00.000Z', 'written'],
  ['2026-11-03T00:00:00.000Z', 'here'],
])('is that of this console where it is the later one: %s', async (startedAt, expected) => {
  const path = await auditFile(record('written', '2026-11-02T00:00:00Z', { groups: ['3f9a'] }));
  const lastOn = await readLastActions(path, QUEUE, () => operationAt(startedAt));
  expect(lastOn('3f9a2b1c')?.id).toBe(expected);
});

it('is what this console knows where there is no audit file, or one that cannot be read', async () => {
  const folder = await temporaryFolder();
  for (const path of [join(folder, 'none.jsonl'), folder]) {
    const lastOn = await readLastActions(path, QUEUE, () => operationAt('2026-11-03T00:00:00.000Z'));
    expect(lastOn('3f9a2b1c')?.id).toBe('here');
  }
});
