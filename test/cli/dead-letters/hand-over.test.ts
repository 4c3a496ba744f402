// An action that nobody is asked about, through the real binary: it sends or deletes what its look still holds.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { burial, burials, startDeadLetterStage } from '../../client/dead-letters/dead-letter-stage.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { runCli, runHere } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

const EXPIRED = burial({ body: '{"userTaskKey":"7","expiresAt":"2020-01-01T00:00:00Z"}' });

/** Runs a command about 25 messages and one that has expired. Returns which requests it made, in their order. */
async function requestsOf(...args: readonly string[]) {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury([...burials(25), EXPIRED]);
  const requests: string[] = [];
  const gate = await openGate(stage.embedded, undefined, (action) => void requests.push(action));
  const urls = ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
  if (args[0] === 'redrive') urls.push('--queue-url', gate.queueUrl);
  const { code, stderr } = await runCli(['dlq', ...args, '--yes', ...urls]);
  expect(code, stderr).toBe(0);
  const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
  return { requests, left: left.length };
}

const SHOW = 'ChangeMessageVisibilityBatch';

it('receives nothing twice, and releases what it leaves out before it sends', async () => {
  const { requests, left } = await requestsOf('redrive', '--all');
  expect(left).toBe(1);
  expect(requests.lastIndexOf('ReceiveMessage')).toBeLessThan(requests.indexOf('SendMessageBatch'));
  expect(requests.filter((name) => name === SHOW)).toHaveLength(1);
  expect(requests.indexOf(SHOW)).toBeLessThan(requests.indexOf('SendMessageBatch'));
});

it('discards without releasing before, too', async () => {
  const { requests, left } = await requestsOf('discard', '--all');
  expect({ left, released: requests.includes(SHOW) }).toEqual({ left: 0, released: false });
});

it('releases everything before it sends at a rate', async () => {
  const { requests, left } = await requestsOf('redrive', '--all', '--rate', '100/s');
  expect(left).toBe(1);
  expect(requests.indexOf(SHOW)).toBeLessThan(requests.lastIndexOf('ReceiveMessage'));
});

/**
 * Discards 300 messages, and stands still at its second deletion for longer than they are hidden: what it has not asked SQS to delete
 * by then can be received again.
 */
async function discardWithPause(file: string, refusal: (action: string) => string | undefined) {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  await stage.bury(burials(300));
  const { client, deadLetterQueueUrl } = stage.embedded;
  const handles: string[] = [];
  let deletions = 0;
  let pausedMs = 0;
  const show = async (ReceiptHandle: string) =>
    client
      .send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: deadLetterQueueUrl,
          ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      )
      // It is deleted.
      .catch(() => undefined);
  const gate = await openGate(
    stage.embedded,
    undefined,
    async (action) => {
      if (action === 'DeleteMessageBatch') deletions += 1;
      if (deletions === 2 && pausedMs === 0) {
        pausedMs = 60_000;
        await Promise.all(handles.splice(0).map(show));
      }
      return pausedMs > 0 ? refusal(action) : undefined;
    },
    (action, answer) => {
      if (action !== 'ReceiveMessage' || pausedMs > 0) return;
      const { Messages = [] }: { Messages?: { ReceiptHandle: string }[] } = JSON.parse(answer || '{}');
      handles.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
    },
  );
  const { deadLetterQueueUrl: url } = gate;
  const args = ['--all', '--yes', '--export-to', file, '--output', 'json', '--dead-letter-queue-url', url];
  const ended = await runHere(['dlq', 'discard', ...args], { now: () => Date.now() + pausedMs });
  return { ...ended, tally: JSON.parse(ended.stdout) };
}

it('writes each once, also what it has to receive again', async () => {
  const file = join(await temporaryFolder(), 'kept.jsonl');
  const { tally, stderr } = await discardWithPause(file, () => undefined);
  expect(tally.done + tally.failed, stderr).toBe(300);
  expect(stderr.match(/^Wrote 300 messages/gm)).toHaveLength(1);
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(300);
});

it('ends with 3 where an error comes when some are done', async () => {
  const file = join(await temporaryFolder(), 'kept.jsonl');
  const refusal = (action: string) => (action === 'ReceiveMessage' ? 'AccessDenied' : undefined);
  const { code, tally, stderr } = await discardWithPause(file, refusal);
  expect(tally, stderr).toMatchObject({
    done: expect.any(Number),
    error: expect.stringContaining('refused'),
  });
  expect(tally.done).toBeGreaterThan(0);
  expect(code).toBe(3);
});
