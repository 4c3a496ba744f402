// Redriving and discarding from a queue of which SQS lets only a part be in flight, through the real binary.
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import {
  type Burial,
  burial,
  burials,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { type Ended, runCli } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

const MESSAGES = 260;

/** From so many on SQS lets no more be in flight; what ten receives at once bring comes on top. */
const IN_FLIGHT = 20;

interface Scene {
  readonly stage: DeadLetterStage;
  dlq(...args: readonly string[]): Promise<Ended>;
}

async function sceneWith(entries: readonly Burial[]): Promise<Scene> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(entries);
  const { client, deadLetterQueueUrl } = stage.embedded;
  const inFlight = async () => {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: deadLetterQueueUrl,
        AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  };
  const gate = await openGate(stage.embedded, undefined, async (action) =>
    action === 'ReceiveMessage' && (await inFlight()) >= IN_FLIGHT ? 'OverLimit' : undefined,
  );
  return {
    stage,
    dlq(...args) {
      const urls = ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
      if (args[0] === 'redrive') urls.push('--queue-url', gate.queueUrl);
      return runCli(['dlq', ...args, ...urls]);
    },
  };
}

it('redrives all of it, pass after pass, with one plan', async () => {
  const expired = burial({ body: '{"userTaskKey":"7","expiresAt":"2020-01-01T00:00:00Z"}' });
  const { stage, dlq } = await sceneWith([...burials(MESSAGES), expired]);
  const { code, stdout, stderr } = await dlq('redrive', '--all', '--yes', '--output', 'json');
  const { messages, ...result } = JSON.parse(stdout);
  expect({ code, result }, stderr).toMatchObject({
    code: 0,
    result: {
      done: MESSAGES,
      failed: 0,
      notMet: 0,
      leftOut: 1,
      interrupted: false,
      coverage: { complete: true },
    },
  });
  expect(result.passes).toBeGreaterThan(2);
  expect(messages.filter(({ outcome }: { outcome: string }) => outcome === 'left-out')).toHaveLength(1);
  expect(stderr).toMatch(/\nPass 2: saw \d+ of about \d+, redriven \d+\.\n/);
  expect(stderr.match(/^Redrive \d+ messages/gm)).toHaveLength(1);
  expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(MESSAGES);
  expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(1);
});

it('says that this is not all where nothing in what it sees matches', async () => {
  const { stage, dlq } = await sceneWith(burials(MESSAGES));
  const { code, stderr } = await dlq('discard', '--match', 'nothing has this text', '--yes');
  expect(code, stderr).toBe(3);
  expect(stderr).toContain('SQS lets no more be in flight at once');
  expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(MESSAGES);
});

it('does no more than a limit says', async () => {
  const { stage, dlq } = await sceneWith(burials(MESSAGES));
  const { code, stderr } = await dlq('discard', '--all', '--limit', '15', '--yes');
  expect(code, stderr).toBe(0);
  expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(MESSAGES - 15);
});

it('discards all of a kind, and says so for people', async () => {
  const { stage, dlq } = await sceneWith(burials(MESSAGES));
  const { code, stdout, stderr } = await dlq('discard', '--kind', 'not-found', '--yes');
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: `Discarded ${MESSAGES} of ${MESSAGES}.\n` });
  expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toEqual([]);
});
