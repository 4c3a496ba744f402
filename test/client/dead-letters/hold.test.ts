// A process may stand still for hours, and others go on: what may have been handled meanwhile is left alone.
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { earliest, extensionSeconds, limitOf, mayStillAct } from '../../../client/dead-letters/hold.ts';
import {
  type ActionResult,
  discard,
  type RedriveOptions,
  redrive,
} from '../../../client/dead-letters/index.ts';
import { burials, createStages, type DeadLetterStage } from './dead-letter-stage.ts';

const stageWith = createStages();

type ClockName = 'wall' | 'monotonic';

/** Clocks that stand still until they are turned on. */
function createClocks() {
  const time = { wall: Date.parse('2026-11-23T12:00:00Z'), monotonic: 0 };
  return {
    options: { now: () => time.wall, monotonicNow: () => time.monotonic, visibilitySeconds: 30 },
    turn(clock: ClockName, milliseconds: number) {
      time[clock] += milliseconds;
    },
  };
}

/** As if its visibility timeout had passed, which by the clock of the embedded SQS it has not. */
async function show({ embedded }: DeadLetterStage, answer: object): Promise<void> {
  const { Messages = [] } = answer as { Messages?: { ReceiptHandle: string }[] };
  for (const { ReceiptHandle } of Messages) {
    const QueueUrl = embedded.deadLetterQueueUrl;
    const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await embedded.client.send(command);
  }
}

const requests = ({ calls }: DeadLetterStage, name: string) => calls.filter((call) => call.name === name);

const CLOCKS: readonly ClockName[] = ['wall', 'monotonic'];

describe.concurrent.each(CLOCKS)('a process that stands still by the %s clock', (clock) => {
  it('after a receive sends nothing that others have discarded meanwhile', async () => {
    const { stage, ids } = await stageWith(burials(10));
    const clocks = createClocks();
    const others: string[] = [];
    stage.play = async ({ name }, ask) => {
      const answer = await ask();
      if (name === 'ReceiveMessage' && 'Messages' in answer && others.length === 0) {
        clocks.turn(clock, 30_000);
        await show(stage, answer);
        const discarded = await stage.drain(stage.embedded.deadLetterQueueUrl);
        others.push(...discarded.map(({ MessageId = '' }) => MessageId));
      }
      return answer;
    };
    const summary = await redrive(stage.deadLetterQueue, stage.queue, new Set(ids), clocks.options);
    expect(others).toHaveLength(10);
    expect(summary).toMatchObject({ done: 0, failed: 0, notMet: new Set(ids), holdLost: new Set(ids) });
    expect(await stage.drain(stage.embedded.queueUrl)).toEqual([]);
  });

  it.each([
    [24_999, 10],
    [25_000, 0],
  ])('for %i of 30,000 ms deletes %i of ten', async (milliseconds, done) => {
    const { stage, ids } = await stageWith(burials(10));
    const clocks = createClocks();
    let turned = false;
    stage.play = async ({ name }, ask) => {
      const answer = await ask();
      if (name === 'ReceiveMessage' && !turned) clocks.turn(clock, milliseconds);
      turned ||= name === 'ReceiveMessage';
      return answer;
    };
    const summary = await discard(stage.deadLetterQueue, new Set(ids), clocks.options);
    expect([summary.done, summary.holdLost.size]).toEqual([done, 10 - done]);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(10 - done);
  });

  it('after a send that failed does not send again', async () => {
    const { stage, ids } = await stageWith(burials(3));
    const clocks = createClocks();
    stage.play = async (call, ask) => {
      if (call.name !== 'SendMessageBatch') return ask();
      const { Entries } = call.input as { Entries: { Id: string }[] };
      return { Failed: Entries.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) };
    };
    const pause = async () => clocks.turn(clock, 30_000);
    const results: ActionResult[] = [];
    await redrive(stage.deadLetterQueue, stage.queue, new Set(ids), {
      ...clocks.options,
      send: { pause },
      onResult: (result) => void results.push(result),
    });
    expect(requests(stage, 'SendMessageBatch')).toHaveLength(1);
    expect(results).toMatchObject(Array(3).fill({ outcome: 'failed', code: 'InternalError' }));
  });

  it('after a send does not delete, and says that it was sent', async () => {
    const { stage, ids } = await stageWith(burials(3));
    const clocks = createClocks();
    stage.play = async ({ name }, ask) => {
      const answer = await ask();
      if (name === 'SendMessageBatch') clocks.turn(clock, 30_000);
      return answer;
    };
    const results: ActionResult[] = [];
    const options: RedriveOptions = { ...clocks.options, onResult: (result) => void results.push(result) };
    const summary = await redrive(stage.deadLetterQueue, stage.queue, new Set(ids), options);
    expect(requests(stage, 'DeleteMessageBatch')).toEqual([]);
    expect(results).toMatchObject(Array(3).fill({ outcome: 'redriven-but-kept', code: 'HoldLost' }));
    expect(summary).toMatchObject({ done: 0, failed: 3 });
  });

  it('leaves the visibility of what others may have received alone', async () => {
    const { stage, ids } = await stageWith(burials(3));
    const clocks = createClocks();
    stage.play = async ({ name }, ask) => {
      const answer = await ask();
      if (name === 'ReceiveMessage') clocks.turn(clock, 30_000);
      return answer;
    };
    const { coverage } = await discard(stage.deadLetterQueue, new Set(ids), clocks.options);
    expect(requests(stage, 'ChangeMessageVisibilityBatch')).toEqual([]);
    expect(coverage.unreleased).toBe(0);
  });
});

describe('a hold', () => {
  const end = { wall: 60_000, monotonic: 100_000 };

  it.each([
    [{ wall: 0, monotonic: 40_000 }, true],
    [{ wall: 54_999, monotonic: 94_999 }, true],
    [{ wall: 55_000, monotonic: 40_000 }, false],
    [{ wall: 0, monotonic: 95_000 }, false],
    [{ wall: -3_600_000, monotonic: 200_000 }, false],
  ])('at %o leaves time for a request: %s', (now, expected) => {
    expect(mayStillAct(now, end)).toBe(expected);
  });

  it.each([
    [0, 3_600],
    [11 * 3_600, 3_600],
    [11.5 * 3_600, 1_800],
    [12 * 3_600, 0],
    [13 * 3_600, 0],
  ])('that began %d s ago is extended for %i s where an hour is wanted', (seconds, expected) => {
    const later = { wall: 1_000 + seconds * 1_000, monotonic: 2_000 };
    const younger = limitOf({ wall: 50_000_000, monotonic: 50_000_000 });
    const limits = [limitOf({ wall: 1_000, monotonic: 1_000 }), younger];
    expect(extensionSeconds(later, earliest(limits), 3_600)).toBe(expected);
  });
});
