// The function as far as copies are concerned: takes what is on the queue, and sends its own copies of some of it.
import { SendMessageBatchCommand, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { journeyOf, type Message, readRecord } from '../../../functions/unassign/request.ts';
import { deadLetterCopy, requeueCopy } from '../../../functions/unassign/sending/copy.ts';
import { toRecord } from '../../../infra/local/lambda/event-source.ts';
import type { DeadLetterStage } from './dead-letter-stage.ts';

/** What becomes of a message: a dead letter again, back on the queue, or done. */
export type Fate = 'dead' | 'requeued' | 'done';

/** Takes everything that is on the queue, and makes of each what its body says. Returns how many it took. */
export async function settleAll(stage: DeadLetterStage, fateOf: (body: string) => Fate): Promise<number> {
  const received = await stage.drain(stage.embedded.queueUrl);
  for (const one of received) {
    const message = readRecord(toRecord(one, 'arn:aws:sqs:us-east-1:123456789012:unassign'), Date.now());
    const fate = fateOf(message.body);
    if (fate === 'dead') await send(stage, stage.embedded.deadLetterQueueUrl, deadEntry(message));
    if (fate === 'requeued') await send(stage, stage.embedded.queueUrl, requeuedEntry(message));
  }
  return received.length;
}

type Entry = Omit<SendMessageBatchRequestEntry, 'Id'>;

function deadEntry(message: Message): Entry {
  const copy = deadLetterCopy(message, {
    ...journeyOf(message),
    attempts: 1,
    lastStatus: 409,
    lastTitle: 'INVALID_STATE',
    lastDetail: "it is in state 'ASSIGNING'",
    kind: 'wrong-state',
    failedAt: new Date().toISOString(),
  });
  if (copy === undefined) throw new Error('the function would not send that');
  return copy.entry;
}

function requeuedEntry(message: Message): Entry {
  const copy = requeueCopy(message, { ...journeyOf(message), attempts: 1 }, 0);
  if (copy === undefined) throw new Error('the function would not send that');
  return copy.entry;
}

function send({ embedded }: DeadLetterStage, QueueUrl: string, entry: Entry) {
  return embedded.client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ ...entry, Id: '0' }] }));
}
