// The floor: the least that a handler can do and still tell Lambda which messages failed. It checks nothing, logs
// nothing, requeues nothing and ends no call that hangs.
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { Pool } from 'undici';

const pool = new Pool(process.env['CAMUNDA_REST_ADDRESS'] ?? '', {
  connections: Number(process.env['CAMUNDA_MAX_CONNECTIONS']),
});

/** Serves a batch: all at once, as far as there are connections. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const unassigned = await Promise.all(event.Records.map(unassign));
  const failed = event.Records.filter((_, index) => !unassigned[index]);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function unassign({ body }: SQSRecord): Promise<boolean> {
  const { userTaskKey } = JSON.parse(body) as { userTaskKey: string };
  const response = await pool.request({
    method: 'DELETE',
    path: `/v2/user-tasks/${userTaskKey}/assignee`,
    headers: { accept: 'application/json' },
  });
  await response.body.dump();
  return response.statusCode < 300;
}
