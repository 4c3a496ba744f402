// An action that nobody is asked about, through the real binary: it sends or deletes what its look still holds.
import { expect, it, onTestFinished } from 'vitest';
import { burial, burials, startDeadLetterStage } from '../../client/dead-letters/dead-letter-stage.ts';
import { runCli } from '../support/binary.ts';
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
