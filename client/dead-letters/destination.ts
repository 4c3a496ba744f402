// Whether a queue is the one that a dead-letter queue's messages come from.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { oneLine } from '../contract/text.ts';
import type { QueueAccess } from './batches.ts';

/**
 * Why dead letters do not belong on a queue: it does not name this dead-letter queue in its RedrivePolicy (SQS API reference,
 * SetQueueAttributes). Undefined where it does.
 *
 * @throws what SQS answered where one of the two cannot be asked; that needs `sqs:GetQueueAttributes` on both
 */
export async function destinationProblem(
  deadLetterQueue: QueueAccess,
  queue: QueueAccess,
): Promise<string | undefined> {
  const [own, policy] = await Promise.all([
    attributeOf(deadLetterQueue, 'QueueArn'),
    attributeOf(queue, 'RedrivePolicy'),
  ]);
  const target = deadLetterTarget(policy);
  if (target === undefined) return 'it has no dead-letter queue';
  return target === own ? undefined : `its dead-letter queue is ${oneLine(target, 300)}`;
}

async function attributeOf(
  { sqs, queueUrl }: QueueAccess,
  name: 'QueueArn' | 'RedrivePolicy',
): Promise<string | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] });
  const { Attributes } = await sqs.send(command);
  return Attributes?.[name];
}

function deadLetterTarget(policy: string | undefined): string | undefined {
  try {
    const target: unknown = Object(JSON.parse(policy ?? 'null')).deadLetterTargetArn;
    return typeof target === 'string' ? target : undefined;
  } catch {
    return undefined;
  }
}
