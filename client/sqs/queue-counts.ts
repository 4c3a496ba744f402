// How many messages a queue has, as SQS counts.
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** SQS's counts, which are approximate, and what else the queue says of itself. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /**
   * How long the queue keeps a message from when it was sent (SQS API reference, MessageRetentionPeriod), in seconds; undefined
   * where SQS did not say.
   */
  readonly retentionSeconds: number | undefined;
}

/** @throws what SQS answered where it does not count */
export async function countMessages(sqs: SQSClient, queueUrl: string): Promise<QueueCounts> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
        'MessageRetentionPeriod',
      ],
    }),
  );
  return {
    visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
    retentionSeconds: Number(Attributes['MessageRetentionPeriod']) || undefined,
  };
}
