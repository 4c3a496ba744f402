// What is held, and by which handle: only that of the newest receive is good.
import { expect, it, onTestFinished } from 'vitest';
import { HeldMessages } from '../../../client/dead-letters/held-messages.ts';
import { later } from '../../../client/dead-letters/hold.ts';
import { type DeadLetterStage, startDeadLetterStage } from './dead-letter-stage.ts';

async function setStage(): Promise<DeadLetterStage> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  return stage;
}

const handlesOf = ({ input }: { input: object }) =>
  (input as { Entries: { ReceiptHandle: string }[] }).Entries.map(({ ReceiptHandle }) => ReceiptHandle);

const MESSAGE = { messageId: 'one' };

it.each([
  ['succeeds', { Successful: [{ Id: '0' }] }],
  [
    'says that the message is gone',
    { Failed: [{ Id: '0', Code: 'MessageNotInflight', Message: '', SenderFault: true }] },
  ],
])('releases by the newest handle where an extension by an older one %s late', async (_, late) => {
  const stage = await setStage();
  let now = { wall: 0, monotonic: 0 };
  const held = new HeldMessages(stage.deadLetterQueue, 1, () => now);
  held.add([{ ...MESSAGE, receiptHandle: 'old' }], now);
  now = later(now, 600);
  const ended = new AbortController();
  const extended = Promise.withResolvers<void>();
  stage.play = async () => {
    // The message is received again while the answer is on its way.
    held.add([{ ...MESSAGE, receiptHandle: 'new' }], now);
    ended.abort();
    extended.resolve();
    return late;
  };
  const keeping = held.keep(ended.signal);
  await extended.promise;
  await keeping;
  stage.play = async () => ({ Successful: [{ Id: '0' }] });
  await held.release();
  expect(stage.calls.map(handlesOf)).toEqual([['old'], ['new']]);
});
