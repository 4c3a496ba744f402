// Looking leaves no trace: against the embedded SQS, in fair weather and foul.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  OverLimit,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import {
  type Coverage,
  type DeadLetter,
  type LookOptions,
  look,
} from '../../../client/dead-letters/index.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { burial, burials, createStages, type DeadLetterStage, type SqsCall } from './dead-letter-stage.ts';

const startStage = createStages();

interface Seen {
  readonly letters: DeadLetter[];
  readonly coverage: Coverage;
}

async function stageWith(count: number): Promise<DeadLetterStage> {
  return (await startStage(burials(count))).stage;
}

/** As if their visibility timeout had passed. */
async function makeVisible(
  { embedded }: DeadLetterStage,
  messages: readonly { readonly ReceiptHandle?: string | undefined }[],
): Promise<void> {
  for (const { ReceiptHandle } of messages) {
    await embedded.client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: embedded.deadLetterQueueUrl,
        ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
  }
}

async function lookAll({ deadLetterQueue }: DeadLetterStage, options: LookOptions = {}): Promise<Seen> {
  const letters: DeadLetter[] = [];
  const coverage = await look(deadLetterQueue, (letter) => void letters.push(letter), options);
  return { letters, coverage };
}

async function receivable({ drain, embedded }: DeadLetterStage): Promise<number> {
  return (await drain(embedded.deadLetterQueueUrl)).length;
}

describe.concurrent('a look', () => {
  it.each([0, 1, 10, 11, 137])('shows each of %i messages once and leaves all receivable', async (count) => {
    const stage = await stageWith(count);
    const { letters, coverage } = await lookAll(stage);
    expect(new Set(letters.map(({ userTaskKey }) => userTaskKey)).size).toBe(count);
    expect(letters).toHaveLength(count);
    expect(coverage).toMatchObject({
      seen: count,
      about: count,
      inFlightElsewhere: 0,
      ended: 'queue-empty',
      unreleased: 0,
    });
    expect(await receivable(stage)).toBe(count);
  });

  it('does not take an empty answer for the end of the queue', async () => {
    const stage = await stageWith(25);
    let receives = 0;
    stage.play = async ({ name }, ask) => {
      receives += name === 'ReceiveMessage' ? 1 : 0;
      return name === 'ReceiveMessage' && receives % 2 === 1 ? {} : ask();
    };
    const { coverage } = await lookAll(stage, { receivers: 1 });
    expect(coverage).toMatchObject({ seen: 25, about: 25 });
  });

  it('says what others hold', async () => {
    const stage = await stageWith(15);
    const { Messages = [] } = await stage.embedded.client.send(
      new ReceiveMessageCommand({ QueueUrl: stage.embedded.deadLetterQueueUrl, MaxNumberOfMessages: 3 }),
    );
    const { coverage } = await lookAll(stage);
    expect(coverage).toMatchObject({ seen: 12, about: 15, missing: 3, inFlightElsewhere: 3 });
    await makeVisible(stage, Messages);
  });

  it('does not miss what others have taken off the queue meanwhile', async () => {
    const stage = await stageWith(15);
    const { client, deadLetterQueueUrl: QueueUrl } = stage.embedded;
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3 }),
    );
    const coverage = await look(stage.deadLetterQueue, async () => {
      for (const { ReceiptHandle } of Messages.splice(0)) {
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      return undefined;
    });
    expect(coverage).toMatchObject({ seen: 12, about: 15, missing: 0, inFlightElsewhere: 0 });
  });

  const count = (visible: number, hidden: number) => ({
    Attributes: {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(hidden),
    },
  });

  it.each([
    ['both counts are too high', [count(9, 2), count(4, 11)], { missing: 6, inFlightElsewhere: 6 }],
    ['some are visible at the end', [count(9, 0), count(4, 5)], { missing: 4, inFlightElsewhere: 0 }],
    ['the count before is too low', [count(3, 0), count(5, 0)], { missing: 0, inFlightElsewhere: 0 }],
    ['the count at the end lags behind', [count(5, 0), count(5, 0)], { missing: 0, inFlightElsewhere: 0 }],
    ['the count at the end is too low', [count(9, 2), count(0, 0)], { missing: 0, inFlightElsewhere: 0 }],
    ['nobody can count at the end', [count(9, 2)], { missing: 6, inFlightElsewhere: 2 }],
  ])('says of five what is missing where %s', async (_, answers, expected) => {
    const stage = await stageWith(5);
    const left = [...answers];
    stage.play = async ({ name }, ask) => {
      if (name !== 'GetQueueAttributes') return ask();
      const answer = left.shift();
      if (answer === undefined) throw new Error('no answer');
      return answer;
    };
    const { coverage } = await lookAll(stage);
    expect(coverage).toMatchObject({ seen: 5, ...expected });
  });

  it('counts a message that it receives twice once, and shows it again all the same', async () => {
    const stage = await stageWith(12);
    let released = false;
    stage.play = async (call, ask) => {
      const answer = await ask();
      if (call.name === 'ReceiveMessage' && !released) {
        released = true;
        // As if its visibility timeout had passed before the pass was over.
        const { Messages = [] } = answer as { Messages?: { ReceiptHandle: string }[] };
        await makeVisible(stage, Messages);
      }
      return answer;
    };
    const { letters, coverage } = await lookAll(stage);
    expect(stage.calls.filter(({ name }) => name === 'ReceiveMessage').length).toBeGreaterThan(2);
    expect(letters).toHaveLength(12);
    expect(coverage).toMatchObject({ seen: 12, unreleased: 0 });
    stage.play = undefined;
    expect(await receivable(stage)).toBe(12);
  });

  it('keeps what it has seen hidden while a look lasts longer than the visibility timeout', async () => {
    const stage = await stageWith(12);
    let first = true;
    const coverage = await look(
      stage.deadLetterQueue,
      async () => {
        if (!first) return undefined;
        first = false;
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        const { Messages = [] } = await stage.embedded.client.send(
          new ReceiveMessageCommand({
            QueueUrl: stage.embedded.deadLetterQueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 0,
          }),
        );
        expect(Messages).toEqual([]);
        return undefined;
      },
      { visibilitySeconds: 2 },
    );
    expect(coverage.seen).toBe(12);
    expect(await receivable(stage)).toBe(12);
  });

  it('shows everything again when the onlooker throws', async () => {
    const stage = await stageWith(30);
    const looking = look(stage.deadLetterQueue, () => {
      throw new Error('seen too much');
    });
    await expect(looking).rejects.toThrow('seen too much');
    expect(await receivable(stage)).toBe(30);
  });

  it('shows everything again when a receive fails, and says why', async () => {
    const stage = await stageWith(30);
    let receives = 0;
    stage.play = async ({ name }, ask) => {
      if (name === 'ReceiveMessage') receives += 1;
      if (name === 'ReceiveMessage' && receives === 2) {
        throw Object.assign(new Error('no'), { name: 'AccessDenied' });
      }
      return ask();
    };
    await expect(lookAll(stage, { receivers: 1 })).rejects.toThrow('no');
    expect(await receivable(stage)).toBe(30);
  });

  it('ends early and releases when aborted, and says so', async () => {
    const stage = await stageWith(60);
    const controller = new AbortController();
    stage.play = async ({ name }, ask) => {
      const answer = await ask();
      if (name === 'ReceiveMessage') controller.abort();
      return answer;
    };
    const { coverage } = await lookAll(stage, { receivers: 1, signal: controller.signal });
    expect(coverage).toMatchObject({ seen: 10, about: 60, ended: 'aborted', unreleased: 0 });
    expect(await receivable(stage)).toBe(60);
  });

  it('stops where as many are held as may be, and says so', async () => {
    const stage = await stageWith(60);
    const { coverage } = await lookAll(stage, { receivers: 2, holdAtMost: 20 });
    expect(coverage.ended).toBe('hold-limit');
    expect(coverage.seen).toBeGreaterThanOrEqual(20);
    expect(coverage.seen).toBeLessThan(60);
    expect(await receivable(stage)).toBe(60);
  });

  it('stops where SQS says that too many are in flight, and says so', async () => {
    const stage = await stageWith(30);
    let receives = 0;
    stage.play = async ({ name }, ask) => {
      receives += name === 'ReceiveMessage' ? 1 : 0;
      if (name !== 'ReceiveMessage' || receives < 3) return ask();
      throw new OverLimit({ message: 'too many', $metadata: {} });
    };
    const { coverage } = await lookAll(stage, { receivers: 1 });
    expect(coverage).toMatchObject({ seen: 20, about: 30, ended: 'hold-limit' });
    expect(await receivable(stage)).toBe(30);
  });

  it('stops when it has seen enough', async () => {
    const stage = await stageWith(40);
    const coverage = await look(stage.deadLetterQueue, () => 'enough', { receivers: 1 });
    expect(coverage).toMatchObject({ seen: 10, ended: 'enough' });
    expect(await receivable(stage)).toBe(40);
  });

  const failAll = (code: string, senderFault: boolean) => async (call: SqsCall) => {
    const { Entries } = call.input as { Entries: { Id: string }[] };
    return { Failed: Entries.map(({ Id }) => ({ Id, Code: code, Message: 'no', SenderFault: senderFault })) };
  };

  it('asks again for what could not be released', async () => {
    const stage = await stageWith(25);
    let failures = 3;
    stage.play = async (call, ask) => {
      if (call.name !== 'ChangeMessageVisibilityBatch' || failures === 0) return ask();
      failures -= 1;
      return failAll('InternalError', false)(call);
    };
    const { coverage } = await lookAll(stage);
    expect(failures).toBe(0);
    expect(coverage.unreleased).toBe(0);
    expect(await receivable(stage)).toBe(25);
  });

  it('says how many stay hidden, for how long and why, where releasing fails for good', async () => {
    const stage = await stageWith(25);
    stage.play = async (call, ask) =>
      call.name === 'ChangeMessageVisibilityBatch' ? failAll('AccessDenied', true)(call) : ask();
    const { coverage } = await lookAll(stage);
    expect(coverage).toMatchObject({
      seen: 25,
      unreleased: 25,
      releaseFault: { code: 'AccessDenied' },
      hiddenForSeconds: 30,
    });
  });

  it('takes a message that is gone or visible already for released', async () => {
    const stage = await stageWith(5);
    stage.play = async (call, ask) =>
      call.name === 'ChangeMessageVisibilityBatch' ? failAll('MessageNotInflight', true)(call) : ask();
    const { coverage } = await lookAll(stage);
    expect(coverage.unreleased).toBe(0);
  });

  it('tells its progress', async () => {
    const stage = await stageWith(25);
    const told: string[] = [];
    await lookAll(stage, {
      receivers: 1,
      onProgress: ({ phase, seen, about }) => void told.push(`${phase} ${seen}/${about}`),
    });
    expect(told).toEqual(['receiving 10/25', 'receiving 20/25', 'receiving 25/25', 'releasing 25/25']);
  });

  it('reads a message that SQS moved, and one that says nothing', async () => {
    const { stage } = await startStage([], { maxReceiveCount: 1 });
    const { client, queueUrl, deadLetterQueueUrl } = stage.embedded;
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"userTaskKey":"5"}' }));
    await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 }));
    await eventually(async () => {
      const command = new GetQueueAttributesCommand({
        QueueUrl: deadLetterQueueUrl,
        AttributeNames: ['All'],
      });
      expect((await client.send(command)).Attributes).toMatchObject({ ApproximateNumberOfMessages: '1' });
    });
    await stage.bury([{ MessageBody: 'who sent this?' }, burial()]);
    const { letters } = await lookAll(stage);
    expect(
      letters.map(({ kind, movedFrom, userTaskKey }) => [kind, movedFrom, userTaskKey]).sort(),
    ).toMatchObject([
      ['moved-by-sqs', stage.embedded.queueArn, '5'],
      ['not-found', undefined, expect.any(String)],
      ['unexplained', undefined, undefined],
    ]);
  });
});
