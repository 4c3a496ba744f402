// The embedded SQS in a process of its own, whose memory is not that of the sender.
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';

const sqs = await startEmbeddedSqs();
process.send?.({ queueUrl: sqs.queueUrl });
// Nobody reads the messages.
setInterval(() => {
  sqs.client.send(new PurgeQueueCommand({ QueueUrl: sqs.queueUrl })).catch(() => undefined);
}, 2_000);
process.once('disconnect', () => process.exit());
