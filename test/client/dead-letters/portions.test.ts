// What an action hides from others, and for how long: the plan's messages while they wait for their turn, and no others.
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../client/dead-letters/action.ts';
import { deleteMessages, type IsHeld } from '../../../client/dead-letters/batches.ts';
import { redrive } from '../../../client/dead-letters/index.ts';
import type { HeldLetter } from '../../../client/dead-letters/portion.ts';
import { actInPortions, mostGathered } from '../../../client/dead-letters/portions.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { burials, counts, createStages, type DeadLetterStage } from './dead-letter-stage.ts';

const stageWith = createStages();

/** Deletes what it is handed, a few at a time and never more than three of them held. */
function deleting({ deadLetterQueue }: DeadLetterStage) {
  const seen: number[] = [];
  return {
    atOnce: 2,
    mostHeld: 3,
    seen,
    wait: async () => undefined,
    act: async (held: readonly HeldLetter[], isHeld: IsHeld, report: Report) => {
      seen.push(held.length);
      const receipts = held.map(({ receipt }) => receipt);
      await deleteMessages(deadLetterQueue, receipts, isHeld);
      for (const { messageId } of receipts) await report({ messageId, outcome: 'discarded' });
      return receipts.map(({ messageId }) => messageId);
    },
  };
}

describe.concurrent('while a plan is acted on', () => {
  it('others can receive what is not of it', async () => {
    const { stage, ids } = await stageWith(burials(40));
    const found: [number, number][] = [];
    stage.play = async ({ name }, ask) => {
      if (name === 'SendMessageBatch') found.push(await counts(stage));
      return ask();
    };
    const { done } = await redrive(stage.deadLetterQueue, stage.queue, new Set(ids.slice(0, 3)), {
      perSecond: 1,
    });
    expect(done).toBe(3);
    expect(found).toEqual([
      [37, 3],
      [37, 2],
      [37, 1],
    ]);
  });

  it('what waits for its turn stays hidden for as long as that takes', async () => {
    const { stage, ids } = await stageWith(burials(6));
    const planned = ids.slice(0, 2);
    let wall = Date.parse('2026-11-23T12:00:00Z');
    const extensions = () =>
      stage.calls.flatMap(({ input }) => {
        const { Entries = [] } = input as { Entries?: { VisibilityTimeout?: number }[] };
        return Entries.flatMap(({ VisibilityTimeout = 0 }) =>
          VisibilityTimeout > 0 ? VisibilityTimeout : [],
        );
      });
    let isFirst = true;
    stage.play = async ({ name }, ask) => {
      if (name === 'SendMessageBatch' && isFirst) {
        isFirst = false;
        wall += 16_000;
        await eventually(async () => expect(extensions()).toEqual([120, 120]));
        wall += 60_000;
      }
      return ask();
    };
    const summary = await redrive(stage.deadLetterQueue, stage.queue, new Set(planned), {
      now: () => wall,
      monotonicNow: () => 0,
      visibilitySeconds: 30,
    });
    expect(summary).toMatchObject({ done: 2, holdLost: new Set() });
  });

  it('a portion is acted on after the other, until all are', async () => {
    const { stage, ids } = await stageWith(burials(10));
    const action = deleting(stage);
    const summary = await actInPortions(stage.deadLetterQueue, new Set(ids), { receivers: 1 }, action);
    expect(summary).toMatchObject({ done: 10, notMet: new Set() });
    expect(action.seen).toEqual([2, 1, 2, 1, 2, 1, 1]);
    expect(await counts(stage)).toEqual([0, 0]);
  });

  it('nothing is acted on twice, and what failed is shown again', async () => {
    const { stage, ids } = await stageWith(burials(7));
    const tried: string[] = [];
    const fault = { code: 'AccessDenied', message: 'no', retryable: false };
    const summary = await actInPortions(
      stage.deadLetterQueue,
      new Set(ids),
      {},
      {
        ...deleting(stage),
        act: async (received, _, report) => {
          for (const { receipt } of received) {
            tried.push(receipt.messageId);
            await report({ messageId: receipt.messageId, outcome: 'failed', ...fault });
          }
          return [];
        },
      },
    );
    expect(summary).toMatchObject({ done: 0, failed: 7 });
    expect(tried.sort()).toEqual([...ids].sort());
    expect(await counts(stage)).toEqual([7, 0]);
  });

  it('an error ends it all, and everything is shown again', async () => {
    const { stage, ids } = await stageWith(burials(30));
    let acts = 0;
    const acting = actInPortions(
      stage.deadLetterQueue,
      new Set(ids),
      { receivers: 2 },
      {
        atOnce: 2,
        wait: async () => undefined,
        act: async () => {
          acts += 1;
          throw new Error('no more');
        },
      },
    );
    await expect(acting).rejects.toThrow('no more');
    expect(acts).toBeLessThanOrEqual(2);
    expect(await counts(stage)).toEqual([30, 0]);
  });
});

describe('a portion holds at most', () => {
  it.each([
    ['20,000 messages', undefined, 20_000],
    ['that, however fast the rate', 100_000, 20_000],
    ['what a slow rate sends in six hours', 360, 360],
  ])('%s', (_, mostHeld, expected) => {
    expect(mostGathered({ mostHeld })).toBe(expected);
  });
});
