// An action that follows its look at once: what it acts on is not received twice, and nobody waits for the rest.
import { describe, expect, it } from 'vitest';
import {
  type ActionSummary,
  type Coverage,
  discard,
  type HoldOptions,
  lookAndHold,
  type RedriveOptions,
  redrive,
} from '../../../client/dead-letters/index.ts';
import { burials, counts, createStages, type DeadLetterStage } from './dead-letter-stage.ts';

const stageWith = createStages();

/** What to hold and to redrive, and how. */
interface Scene {
  readonly held: readonly string[];
  readonly planned?: readonly string[];
  readonly looking?: Omit<HoldOptions, 'isMeant'>;
  readonly acting?: RedriveOptions;
  readonly before?: (coverage: Coverage) => Promise<void> | void;
}

function lookAndRedrive(
  { deadLetterQueue, queue }: DeadLetterStage,
  { held, planned = held, looking = {}, acting = {}, before = () => undefined }: Scene,
): Promise<ActionSummary> {
  return lookAndHold(
    deadLetterQueue,
    () => undefined,
    { ...looking, isMeant: ({ messageId }) => held.includes(messageId) },
    async (handOver) => {
      await before(handOver.coverage);
      return redrive(deadLetterQueue, queue, new Set(planned), { ...acting, handOver });
    },
  );
}

const namesOf = ({ calls }: DeadLetterStage) => calls.map(({ name }) => name);

describe.concurrent('an action that follows its look at once', () => {
  it('receives nothing again', async () => {
    const { stage, ids } = await stageWith(burials(25));
    const receives: number[] = [];
    const count = () => void receives.push(namesOf(stage).filter((name) => name === 'ReceiveMessage').length);
    const summary = await lookAndRedrive(stage, { held: ids, before: count });
    count();
    expect(summary).toMatchObject({ done: 25, notMet: new Set(), coverage: { seen: 25, unreleased: 0 } });
    expect(receives[1]).toBe(receives[0]);
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(25);
    expect(await counts(stage)).toEqual([0, 0]);
  });

  it('discards, too, when what it discards has been kept elsewhere', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const kept: string[] = [];
    const { done } = await lookAndHold(
      stage.deadLetterQueue,
      () => undefined,
      { isMeant: () => true },
      (handOver) =>
        discard(stage.deadLetterQueue, new Set(ids), {
          handOver,
          async beforeDeletion(letters) {
            expect(await counts(stage)).toEqual([0, 12]);
            for (const { messageId } of letters) kept.push(messageId);
          },
        }),
    );
    expect({ done, kept: kept.sort() }).toEqual({ done: 12, kept: [...ids].sort() });
    expect(await counts(stage)).toEqual([0, 0]);
  });

  it('lets others receive what is not meant before it begins', async () => {
    const { stage, ids } = await stageWith(burials(25));
    let found: [number, number] | undefined;
    await lookAndRedrive(stage, {
      held: ids.slice(0, 3),
      before: async () => {
        found = await counts(stage);
      },
    });
    expect(found).toEqual([22, 3]);
  });

  it('leaves alone what it holds and is not of the plan', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const summary = await lookAndRedrive(stage, { held: ids, planned: ids.slice(0, 5) });
    expect(summary.done).toBe(5);
    expect(await counts(stage)).toEqual([7, 0]);
  });

  it('finds again what it does not hold', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const summary = await lookAndRedrive(stage, { held: ids.slice(0, 5), planned: ids });
    expect(summary).toMatchObject({ done: 12, notMet: new Set() });
  });

  it('finds again what it could not hold for long enough', async () => {
    const { stage, ids } = await stageWith(burials(12));
    // Extended to four seconds at most, and nothing is sent in the last five.
    const summary = await lookAndRedrive(stage, { held: ids, looking: { visibilitySeconds: 1 } });
    expect(summary).toMatchObject({ done: 12, holdLost: new Set(), notMet: new Set() });
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(12);
  });

  it('shows again what others have waited for long enough, and finds it again', async () => {
    const { stage, ids } = await stageWith(burials(25));
    let late = 0;
    stage.play = async ({ name }, ask) => {
      if (name === 'SendMessageBatch') late = 600_000;
      return ask();
    };
    const summary = await lookAndRedrive(stage, {
      held: ids,
      looking: {
        visibilitySeconds: 900,
        now: () => Date.now() + late,
        monotonicNow: () => performance.now() + late,
      },
      acting: { receivers: 1 },
    });
    expect(summary.done).toBe(25);
    const names = namesOf(stage);
    const sends = names.slice(names.indexOf('SendMessageBatch'));
    expect(sends.slice(0, 3)).toEqual([
      'SendMessageBatch',
      'DeleteMessageBatch',
      'ChangeMessageVisibilityBatch',
    ]);
    expect(sends.indexOf('ReceiveMessage')).toBeLessThan(sends.lastIndexOf('SendMessageBatch'));
  });

  it('shows everything again where it fails before it begins', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const failing = lookAndRedrive(stage, {
      held: ids,
      before: () => {
        throw new Error('no plan');
      },
    });
    await expect(failing).rejects.toThrow('no plan');
    expect(await counts(stage)).toEqual([12, 0]);
  });

  it('shows everything again when it is interrupted, and says that it was', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const interruption = new AbortController();
    const summary = await lookAndRedrive(stage, {
      held: ids,
      before: () => interruption.abort(),
      acting: { signal: interruption.signal },
    });
    expect(summary).toMatchObject({ done: 0, notMet: new Set(ids), coverage: { ended: 'aborted' } });
    expect(await counts(stage)).toEqual([12, 0]);
  });

  it('holds nothing when the look is interrupted', async () => {
    const { stage } = await stageWith(burials(12));
    const interruption = new AbortController();
    const found = await lookAndHold(
      stage.deadLetterQueue,
      () => void interruption.abort(),
      { signal: interruption.signal, isMeant: () => true },
      async ({ coverage }) => ({ ended: coverage.ended, counts: await counts(stage) }),
    );
    expect(found).toEqual({ ended: 'aborted', counts: [12, 0] });
  });

  it('says once what could not be shown again', async () => {
    const { stage, ids } = await stageWith(burials(12));
    const told: number[] = [];
    stage.play = async ({ name }, ask) => {
      if (name === 'ChangeMessageVisibilityBatch')
        throw Object.assign(new Error('no'), { name: 'AccessDenied' });
      return ask();
    };
    const { coverage } = await lookAndRedrive(stage, {
      held: ids.slice(0, 5),
      planned: ids.slice(0, 3),
      before: ({ unreleased }) => void told.push(unreleased),
    });
    expect([...told, coverage.unreleased]).toEqual([7, 2]);
  });
});
