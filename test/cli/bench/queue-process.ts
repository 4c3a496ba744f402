// The embedded SQS in a process of its own, with as many dead letters as asked for.

import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { startEmbeddedSqs } from '../../../infra/local/embedded-sqs.ts';
import { burials } from '../../client/dead-letters/dead-letter-stage.ts';

const count = Number(process.argv[2]);
const { client, queueUrl, deadLetterQueueUrl } = await startEmbeddedSqs();
for (let start = 0; start < count; start += 10) {
  const letters = burials(Math.min(10, count - start), 2_251_799_813_685_249n + BigInt(start));
  const Entries = letters.map((letter, index) => ({ ...letter, Id: String(index) }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries }));
}
process.send?.({ queueUrl, deadLetterQueueUrl });
process.once('disconnect', () => process.exit());
