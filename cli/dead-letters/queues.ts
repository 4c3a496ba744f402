// The queues that the commands are about, found by the connection.
import type { QueueAccess } from '../../client/dead-letters/index.ts';
import { type ConnectionChoice, type QueueName, withConnection } from '../connection.ts';
import { UsageError } from '../exit-codes.ts';

/** The dead-letter queue. */
export interface DeadLetters {
  readonly deadLetterQueue: QueueAccess;
}

/** The dead-letter queue, and the queue that its messages go back to. */
export interface RedriveQueues extends DeadLetters {
  readonly queue: QueueAccess;
}

/** Connects to the dead-letter queue, works, and closes the connection. */
export function withDeadLetters<T>(
  choice: ConnectionChoice,
  work: (queues: DeadLetters) => Promise<T>,
): Promise<T> {
  return withConnection(choice, ['dead-letter queue'], async ({ deadLetterQueue }) =>
    work({ deadLetterQueue: await deadLetterQueue() }),
  );
}

/** Connects to both queues, works, and closes the connection. */
export function withBothQueues<T>(
  choice: ConnectionChoice,
  work: (queues: RedriveQueues) => Promise<T>,
): Promise<T> {
  const both: readonly QueueName[] = ['dead-letter queue', 'queue'];
  return withConnection(choice, both, async ({ deadLetterQueue, queue }) => {
    const queues = { deadLetterQueue: await deadLetterQueue(), queue: await queue() };
    if (queues.queue.queueUrl === queues.deadLetterQueue.queueUrl) {
      throw new UsageError(
        'The queue and the dead-letter queue are the same: a redrive would go round in circles.',
      );
    }
    return work(queues);
  });
}
