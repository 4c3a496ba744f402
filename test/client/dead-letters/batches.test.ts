// Requests for ten messages at once, of which some fail for good and some for a while.
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { deleteMessages, HOLD_LOST } from '../../../client/dead-letters/batches.ts';
import { type ActionResult, discard } from '../../../client/dead-letters/index.ts';
import { burials, startDeadLetterStage } from './dead-letter-stage.ts';

it('does not forget what failed for good while it tries the others again', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(burials(4));
  let deletions = 0;
  stage.play = async (call, ask) => {
    if (call.name !== 'DeleteMessageBatch') return ask();
    deletions += 1;
    if (deletions > 1) return ask();
    const { Entries } = call.input as { Entries: { Id: string }[] };
    return {
      Failed: Entries.map(({ Id }, index) =>
        index === 0
          ? { Id, Code: 'AccessDenied', Message: 'not allowed', SenderFault: true }
          : { Id, Code: 'InternalError', Message: 'later', SenderFault: false },
      ),
    };
  };
  const results: ActionResult[] = [];
  const summary = await discard(stage.deadLetterQueue, new Set(ids), {
    onResult: (result) => void results.push(result),
  });
  stage.play = undefined;
  const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
  expect({ done: summary.done, failed: summary.failed, deletions }).toEqual({
    done: 3,
    failed: 1,
    deletions: 2,
  });
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual(
    left.map(({ MessageId }) => expect.objectContaining({ messageId: MessageId, code: 'AccessDenied' })),
  );
});

it('does not forget whose hold was lost while it tries the others again', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(burials(3));
  const { sqs, queueUrl } = stage.deadLetterQueue;
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
  );
  const receipts = Messages.map(({ MessageId = '', ReceiptHandle = '' }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
  }));
  const [lost = '', ...held] = receipts.map(({ messageId }) => messageId);
  stage.play = async (call, ask) => {
    const isFirst = stage.calls.filter(({ name }) => name === call.name).length === 1;
    return isFirst ? {} : ask();
  };
  const faults = await deleteMessages(stage.deadLetterQueue, receipts, ({ messageId }) =>
    held.includes(messageId),
  );
  expect(faults).toEqual(new Map([[lost, HOLD_LOST]]));
});
