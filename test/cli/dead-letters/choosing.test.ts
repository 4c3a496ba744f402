// Choosing among dead letters by group, sender and what they are not, and a trial of some: the real binary, over the embedded SQS.
import {
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { type DeadLetterKind, formatJourney, JOURNEY_ATTRIBUTE } from '../../../client/contract/journey.ts';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { runHere } from '../support/binary.ts';

interface Letter {
  readonly kind: DeadLetterKind;
  readonly detail: string;
  readonly senderId: string;
}

const GONE: Letter = { kind: 'not-found', detail: "no task '1'", senderId: 'AROAX:billing' };
const BUSY: Letter = { kind: 'wrong-state', detail: "in state 'ASSIGNING'", senderId: 'AROAX:billing' };
const OTHER: Letter = { kind: 'wrong-state', detail: 'suspended', senderId: 'AROAX:Shipping' };

async function setStage(letters: readonly Letter[]) {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  for (const [index, { kind, detail, senderId }] of letters.entries()) {
    const StringValue = formatJourney({
      firstSentAt: new Date().toISOString(),
      firstMessageId: String(index),
      attempts: 1,
      kind,
      senderId,
      lastStatus: 409,
      lastTitle: 'X',
      lastDetail: detail,
    });
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: sqs.deadLetterQueueUrl,
        MessageBody: JSON.stringify({ userTaskKey: String(index + 1) }),
        MessageAttributes: { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue } },
      }),
    );
  }
  const run = ([command = '', ...args]: readonly string[]) =>
    runHere(['dlq', command, '--dead-letter-queue-url', sqs.deadLetterQueueUrl, ...args]);
  const list = async (...args: string[]) => {
    const { stdout } = await run(['list', '--output', 'json', ...args]);
    return JSON.parse(stdout)
      .deadLetters.map(({ userTaskKey }: { userTaskKey: string }) => userTaskKey)
      .sort();
  };
  return { sqs, run, list };
}

async function left({ client, deadLetterQueueUrl }: EmbeddedSqs): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: deadLetterQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return Number(Attributes?.['ApproximateNumberOfMessages']);
}

it('a group is chosen by the beginning of the id that groups shows', async () => {
  const { run, list } = await setStage([GONE, BUSY, BUSY, OTHER]);
  const { stdout } = await run(['groups']);
  const [, id = ''] = /^([0-9a-f]{4}) +2 +wrong-state/m.exec(stdout) ?? [];
  expect(await list('--group', id.toUpperCase())).toEqual(['2', '3']);
});

it.each([
  [['--sender', 'shipping'], ['4']],
  [
    ['--sender', 'ship,bill'],
    ['1', '2', '3', '4'],
  ],
  [['--not-kind', 'wrong-state'], ['1']],
  [['--kind', 'wrong-state', '--not-match', 'ASSIGNING'], ['4']],
  [
    ['--kind', 'wrong-state', '--sender', 'billing'],
    ['2', '3'],
  ],
])('%j chooses %j', async (args, keys) => {
  const { list } = await setStage([GONE, BUSY, BUSY, OTHER]);
  expect(await list(...args)).toEqual(keys);
});

it.each([
  [['--group', 'xyz'], /Expected ids of groups as `groups` shows them, such as 3f9a\./],
  [['--not-match', ' '], /Expected a text to look for/],
])('%j is refused', async (args, words) => {
  const { run } = await setStage([]);
  expect(await run(['list', ...args])).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
});

it('a trial is of so many and no more', async () => {
  const { sqs, run } = await setStage(Array.from({ length: 25 }, () => GONE));
  const { code, stdout } = await run(['discard', '--kind', 'not-found', '--limit', '3', '--yes']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Discarded 3 of 3\.$/m) });
  expect(await left(sqs)).toBe(22);
});

it('groups and list say how many SQS deletes within a day', async () => {
  const { sqs, run } = await setStage([GONE, BUSY]);
  expect((await run(['list'])).stderr).not.toContain('SQS deletes');
  const Attributes = { MessageRetentionPeriod: '86400' };
  await sqs.client.send(new SetQueueAttributesCommand({ QueueUrl: sqs.deadLetterQueueUrl, Attributes }));
  expect((await run(['list'])).stderr).toContain('Warning: SQS deletes 2 of these within 24 h.\n');
  const { stdout } = await run(['groups', '--kind', 'not-found', '--output', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({ expiringSoon: 1 });
});
