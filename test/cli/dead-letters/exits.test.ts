// How a command ends where it names messages one by one.
import { expect, it, onTestFinished } from 'vitest';
import { burial, startDeadLetterStage } from '../../client/dead-letters/dead-letter-stage.ts';
import { runCli } from '../support/binary.ts';

const GOOD = burial({ body: '{"userTaskKey":"6"}' });
const EXPIRED = burial({
  kind: 'expired',
  body: '{"userTaskKey":"7","expiresAt":"2020-01-01T00:00:00Z"}',
  end: { attempts: 0 },
});
const GONE = '00000000-0000-4000-8000-000000000000';

async function setScene() {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const [good = '', expired = ''] = await stage.bury([GOOD, EXPIRED]);
  const { queueUrl, deadLetterQueueUrl } = stage.embedded;
  return {
    ids: { good, expired, gone: GONE },
    dlq: (args: readonly string[]) =>
      runCli([
        'dlq',
        ...args,
        '--dead-letter-queue-url',
        deadLetterQueueUrl,
        ...(args[0] === 'redrive' ? ['--queue-url', queueUrl] : []),
      ]),
  };
}

it.each([
  { command: ['redrive', '--yes'], named: ['good'], code: 0 },
  { command: ['redrive', '--yes'], named: ['good', 'expired'], code: 3 },
  { command: ['redrive', '--yes'], named: ['expired'], code: 1 },
  { command: ['redrive', '--yes'], named: ['good', 'gone'], code: 3 },
  { command: ['redrive', '--yes'], named: ['gone'], code: 1 },
  { command: ['discard', '--yes'], named: ['expired'], code: 0 },
  { command: ['discard', '--yes'], named: ['expired', 'gone'], code: 3 },
  { command: ['discard', '--yes'], named: ['gone'], code: 1 },
  { command: ['export'], named: ['good', 'expired'], code: 0 },
  { command: ['export'], named: ['good', 'gone'], code: 3 },
  { command: ['export'], named: ['gone'], code: 1 },
] as const)('$command with those named that are $named ends with $code', async ({ command, named, code }) => {
  const { dlq, ids } = await setScene();
  const ended = await dlq([...command, ...named.map((name) => ids[name])]);
  expect(ended.code, ended.stderr).toBe(code);
});

it('what a filter leaves out is no failure', async () => {
  const { dlq } = await setScene();
  const { code, stdout } = await dlq(['redrive', '--kind', 'expired,not-found', '--yes']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Redriven 1 of 1.\n' });
});

it('a trial of some of those that are named says nothing of the others', async () => {
  const { dlq, ids } = await setScene();
  const { code, stdout } = await dlq(['discard', ids.good, ids.expired, '--limit', '1', '--yes']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Discarded 1 of 1.\n' });
});
