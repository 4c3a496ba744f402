// `dead-letters triage` and `--verdict` as people run them, over the embedded SQS and the stand-in cluster.
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedSqs, startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import type { StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { runHere } from '../support/binary.ts';
import { openGate } from './sqs-gate.ts';

interface Stage {
  readonly sqs: EmbeddedSqs;
  readonly cluster: StandInCluster;
  run(args: readonly string[], environment?: Record<string, string | undefined>): ReturnType<typeof runHere>;
  left(): Promise<number>;
}

/** A dead letter each for a task that is gone, one that is free, two that are theirs, one that is busy, and no request. */
async function setStage(): Promise<Stage> {
  const sqs = await startEmbeddedSqs();
  onTestFinished(() => sqs.close());
  const cluster = await start();
  const { tasks } = cluster;
  const bodies: object[] = [
    { userTaskKey: tasks.newKey(2) },
    { userTaskKey: tasks.create({ assignee: null }).key },
    { userTaskKey: tasks.create({ assignee: 'anna' }).key },
    { userTaskKey: tasks.create({ assignee: 'anna' }).key, expectedAssignee: 'bert' },
    { userTaskKey: tasks.create({ state: 'ASSIGNING' }).key },
    { no: 'request' },
  ];
  for (const body of bodies) {
    await sqs.client.send(
      new SendMessageCommand({ QueueUrl: sqs.deadLetterQueueUrl, MessageBody: JSON.stringify(body) }),
    );
  }
  const queues = ['--dead-letter-queue-url', sqs.deadLetterQueueUrl];
  return {
    sqs,
    cluster,
    run: ([command = '', ...args], environment = {}) =>
      runHere(
        [
          'dead-letters',
          command,
          ...queues,
          ...(command === 'redrive' ? ['--queue-url', sqs.queueUrl] : []),
          ...args,
        ],
        { environment: { CAMUNDA_REST_ADDRESS: cluster.url, ...environment } },
      ),
    async left() {
      const { Attributes } = await sqs.client.send(
        new GetQueueAttributesCommand({
          QueueUrl: sqs.deadLetterQueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages'],
        }),
      );
      return Number(Attributes?.['ApproximateNumberOfMessages']);
    },
  };
}

describe('triage', () => {
  it('says of each task what it is, and what to do', async () => {
    const stage = await setStage();
    const { code, stdout } = await stage.run(['triage', '--all']);
    expect(code).toBe(3);
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'VERDICT  COUNT  WHAT TO DO',
      'gone         1  The task is over: nothing is left to unassign. Discard them.',
      'free         1  Nobody has the task: what was wanted is so already. Discard them.',
      'theirs       2  Somebody has the task. Redrive those that are still meant, and discard the others. (anna: 2)',
      'busy         1  The task is changing its state, or a listener holds it. Triage them again later.',
      'unknown      1  The cluster did not say. (its body has no key that can be read: 1)',
      '',
    ]);
    expect(await stage.left()).toBe(6);
  });

  it('is a row of JSON for each, and counts', async () => {
    const stage = await setStage();
    const { code, stdout } = await stage.run(['triage', '--verdict', 'theirs', '--output', 'json']);
    const told = JSON.parse(stdout);
    expect({ code, counts: told.counts, coverage: told.coverage.complete }).toEqual({
      code: 0,
      counts: { gone: 0, free: 0, theirs: 2, busy: 0, unknown: 0 },
      coverage: true,
    });
    expect(told.deadLetters).toHaveLength(2);
    expect(told.deadLetters).toContainEqual({
      messageId: expect.any(String),
      userTaskKey: expect.any(String),
      expectedAssignee: 'bert',
      verdict: 'theirs',
      assignee: 'anna',
      state: 'CREATED',
      reason: null,
    });
  });

  it('fails where the cluster says nothing of any', async () => {
    const stage = await setStage();
    await stage.cluster.close();
    expect(await stage.run(['triage', '--all'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^VERDICT.*\nunknown +6 +The cluster did not say\. \(/),
    });
  });

  it('needs to know which cluster', async () => {
    const stage = await setStage();
    const { code, stderr } = await stage.run(['triage', '--all'], { CAMUNDA_REST_ADDRESS: undefined });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('CAMUNDA_REST_ADDRESS') });
  });
});

describe('--verdict', () => {
  it('tells of what was named and has not been seen', async () => {
    const stage = await setStage();
    const id = '00000000-0000-4000-8000-000000000000';
    const { code, stdout } = await stage.run(['discard', id, '--verdict', 'gone', '--yes']);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^Discarded 0 of 1; 1 not found/m),
    });
  });

  it('says that it is not all where somebody held some while it was judged', async () => {
    const stage = await setStage();
    const { client, deadLetterQueueUrl } = stage.sqs;
    const receive = { QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 1, VisibilityTimeout: 600 };
    const { Messages: [held] = [] } = await client.send(new ReceiveMessageCommand(receive));
    let isHeld = true;
    const gate = await openGate(stage.sqs, undefined, async (action) => {
      // When the first look is over, it releases.
      if (action !== 'ChangeMessageVisibilityBatch' || !isHeld) return undefined;
      isHeld = false;
      const { ReceiptHandle } = held ?? {};
      const show = { QueueUrl: deadLetterQueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
      await client.send(new ChangeMessageVisibilityCommand(show));
      return undefined;
    });
    const all = ['--verdict', 'gone,free,theirs,busy,unknown', '--yes', '--output', 'json'];
    const urls = ['--dead-letter-queue-url', gate.deadLetterQueueUrl];
    const { code, stdout } = await stage.run(['discard', ...all, ...urls]);
    expect({ code, told: JSON.parse(stdout) }).toMatchObject({
      code: 3,
      told: { done: 5, coverage: { seen: 5, about: 6, complete: false } },
    });
  });

  it('discards what is gone or free, and nothing else', async () => {
    const stage = await setStage();
    const { code, stdout } = await stage.run(['discard', '--verdict', 'gone,free', '--yes']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Discarded 2 of 2\.$/m) });
    expect(await stage.left()).toBe(4);
  });

  it('exports and redrives what is theirs', async () => {
    const stage = await setStage();
    const { stdout } = await stage.run(['export', '--verdict', 'theirs']);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const { code, stderr } = await stage.run(['redrive', '--verdict', 'theirs', '--yes']);
    expect(code).toBe(0);
    expect(stderr).toContain('1 would take a task from somebody who has it now.\n');
    expect(await stage.left()).toBe(4);
  });

  it('that is none is refused', async () => {
    const stage = await setStage();
    expect(await stage.run(['discard', '--verdict', 'lost'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Expected some of gone, free, theirs, busy, unknown'),
    });
  });
});

describe('the plan of a redrive', () => {
  it('says how many take a task from somebody', async () => {
    const stage = await setStage();
    const { stdout } = await stage.run(['redrive', '--all', '--dry-run', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ messages: 5, wouldStrip: 1 });
  });

  it('says that nobody was asked where no cluster is named', async () => {
    const stage = await setStage();
    const { stderr, stdout } = await stage.run(['redrive', '--all', '--dry-run', '--output', 'json'], {
      CAMUNDA_REST_ADDRESS: undefined,
    });
    expect(JSON.parse(stdout)).toMatchObject({ wouldStrip: null });
    expect(stderr).toContain('Nobody was asked whether somebody has these tasks');
  });
});
