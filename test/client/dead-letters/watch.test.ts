// Which redriven messages come back to the dead-letter queue, as that queue alone says.
import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { type DeadLetter, readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import {
  type CameBack,
  createWatchlist,
  type Redriven,
  redrive,
  type Watchlist,
  type WatchOptions,
  type WatchSummary,
  watch,
} from '../../../client/dead-letters/index.ts';
import { lookTimes } from '../../../client/dead-letters/watch.ts';
import { type Burial, burial, createStages, type DeadLetterStage } from './dead-letter-stage.ts';
import { type Fate, settleAll } from './simulated-function.ts';

const startStage = createStages();

const REFUSED = '{"userTaskKey":"7"}';
const ACCEPTED = '{"userTaskKey":"8"}';

const dead = (body: string, firstId: string = randomUUID()): Burial => burial({ body, messageId: firstId });

/** The function refuses one body, and carries out everything else. */
const refusing = (body: string): Fate => (body === REFUSED ? 'dead' : 'done');

interface Scene {
  readonly stage: DeadLetterStage;
  readonly watchlist: Watchlist;
  readonly ids: string[];
  readonly cameBack: Map<string, CameBack>;
  /** How long the watch has paused, each time. */
  readonly pauses: number[];
  watch(options?: Partial<WatchOptions>): Promise<WatchSummary>;
}

/** Buries them, and redrives all of them or those at these places. The pauses of a watch pass at once. */
async function redriven(entries: readonly Burial[], places?: readonly number[]): Promise<Scene> {
  const { stage, ids } = await startStage(entries);
  const watchlist = createWatchlist(Date.now());
  const chosen = places?.map((place) => ids[place] ?? '') ?? ids;
  await redrive(stage.deadLetterQueue, stage.queue, new Set(chosen), {
    onResult: (result) => void ('newMessageId' in result && watchlist.add(result)),
  });
  const cameBack = new Map<string, CameBack>();
  const pauses: number[] = [];
  let clock = 0;
  return {
    stage,
    watchlist,
    ids,
    cameBack,
    pauses,
    watch: (options) =>
      watch(stage.deadLetterQueue, watchlist, {
        watchForMs: 1_000,
        monotonicNow: () => clock,
        pause: async (milliseconds) => {
          pauses.push(milliseconds);
          clock += milliseconds;
        },
        onCameBack: ({ messageId }, as) => void cameBack.set(messageId, as),
        ...options,
      }),
  };
}

describe.concurrent('a watch', () => {
  it('says which came back, as what, and why', async () => {
    const { stage, ids, cameBack, watch } = await redriven([dead(REFUSED), dead(ACCEPTED)]);
    await settleAll(stage, refusing);
    expect(await watch()).toMatchObject({ ended: 'time-over', looks: 1 });
    const [letter] = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect([...cameBack]).toEqual([
      [
        ids[0],
        {
          messageId: letter?.MessageId,
          kind: 'wrong-state',
          status: 409,
          reason: "wrong-state: 409 INVALID_STATE: it is in state 'ASSIGNING'",
        },
      ],
    ]);
  });

  it('recognises what came back after another try', async () => {
    const { stage, ids, cameBack, watch } = await redriven([dead(REFUSED)]);
    await settleAll(stage, () => 'requeued');
    await settleAll(stage, refusing);
    await watch();
    expect([...cameBack.keys()]).toEqual(ids);
  });

  it('recognises what somebody else has redriven since, and what came back then', async () => {
    const { stage, ids, cameBack, watch } = await redriven([dead(REFUSED)]);
    await settleAll(stage, refusing);
    const [again] = await stage.drain(stage.embedded.deadLetterQueueUrl);
    await stage.embedded.client.send(
      new SendMessageCommand({
        QueueUrl: stage.embedded.queueUrl,
        MessageBody: again?.Body,
        MessageAttributes: again?.MessageAttributes,
      }),
    );
    await settleAll(stage, refusing);
    await watch();
    expect([...cameBack.keys()]).toEqual(ids);
  });

  it('looks at 5, 15, 30 and 60 s and at the end, and tells of each that came back once', async () => {
    const { stage, watch, pauses } = await redriven([dead(REFUSED), dead(ACCEPTED)]);
    await settleAll(stage, refusing);
    const told: Redriven[] = [];
    await watch({ watchForMs: 120_000, onCameBack: (one) => void told.push(one) });
    expect([pauses, told.length]).toEqual([[5_000, 10_000, 15_000, 30_000, 60_000], 1]);
  });

  it('ends once all have come back', async () => {
    const { stage, watch } = await redriven([dead(REFUSED), dead(REFUSED)]);
    await settleAll(stage, refusing);
    expect(await watch()).toMatchObject({ ended: 'all-came-back', looks: 1 });
  });

  it('ends on its signal, without another look', async () => {
    const { watch } = await redriven([dead(ACCEPTED)]);
    const controller = new AbortController();
    const pause = async () => controller.abort();
    expect(await watch({ signal: controller.signal, pause })).toEqual({
      ended: 'aborted',
      looks: 0,
      coverage: undefined,
    });
  });

  it('leaves out the looks for which the one before took too long', async () => {
    const { watch, pauses } = await redriven([dead(ACCEPTED)]);
    let clock = 0;
    const pause = async (milliseconds: number) => {
      pauses.push(milliseconds);
      clock += milliseconds;
    };
    // The first look takes 40 s.
    const onLook = () => {
      if (clock < 30_000) clock += 40_000;
    };
    const { looks } = await watch({ watchForMs: 120_000, monotonicNow: () => clock, pause, onLook });
    expect([looks, pauses]).toEqual([3, [5_000, 15_000, 60_000]]);
  });

  it('leaves the dead letters where they are, and receivable', async () => {
    const { stage, watch } = await redriven(
      [dead(REFUSED), dead(ACCEPTED), dead('{"userTaskKey":"9"}')],
      [0, 1],
    );
    await settleAll(stage, refusing);
    await watch();
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(2);
  });

  it('takes no other dead letter of the same task for one that came back', async () => {
    const { cameBack, watch } = await redriven([dead(REFUSED), dead(REFUSED)], [0]);
    await watch();
    expect([...cameBack]).toEqual([]);
  });

  it('takes a duplicate that was never redriven for none that came back', async () => {
    const { cameBack, watch } = await redriven([dead(REFUSED, 'first'), dead(REFUSED, 'first')], [0]);
    await watch();
    expect([...cameBack]).toEqual([]);
  });
});

describe('a watchlist', () => {
  const since = Date.parse('2026-11-23T12:00:00Z');
  const one = (messageId: string, timesRedriven: number): Redriven => ({
    messageId,
    newMessageId: `new ${messageId}`,
    firstMessageId: 'first',
    timesRedriven,
  });
  const letter = (wish: Partial<DeadLetter> & { readonly firstMessageId?: string }): DeadLetter => {
    const { firstMessageId = 'first', ...rest } = wish;
    const journey = { attempts: 1, firstSentAt: '2026-11-01T12:00:00Z', firstMessageId };
    return { ...readDeadLetter({ MessageId: 'back' }, since), journey, redriven: 1, sentAt: since, ...rest };
  };

  it('tells duplicates apart by how often they were redriven', () => {
    const watchlist = createWatchlist(since);
    watchlist.add(one('a', 1));
    watchlist.add(one('b', 2));
    const found = [letter({ redriven: 2, messageId: 'x' }), letter({ redriven: 1, messageId: 'y' })].map(
      (dead) => watchlist.recognise(dead)?.messageId,
    );
    expect([found, watchlist.size]).toEqual([['b', 'a'], 0]);
  });

  it('takes one of several duplicates for each that came back', () => {
    const watchlist = createWatchlist(since);
    watchlist.add(one('a', 1));
    watchlist.add(one('b', 1));
    watchlist.recognise(letter({}));
    watchlist.recognise(letter({}));
    expect(watchlist.size).toBe(1);
  });

  it('knows what SQS moved by the id of its copy', () => {
    const watchlist = createWatchlist(since);
    watchlist.add(one('a', 1));
    const moved = letter({ messageId: 'new a', firstMessageId: 'another', sentAt: since - 3_600_000 });
    expect(watchlist.recognise(moved)?.messageId).toBe('a');
  });

  it('knows a journey that began with the copy', () => {
    const watchlist = createWatchlist(since);
    watchlist.add(one('a', 3));
    expect(watchlist.recognise(letter({ firstMessageId: 'new a', redriven: 0 }))?.messageId).toBe('a');
  });

  it.each([
    ['came back from an earlier redrive', { sentAt: since - 3_600_000 }],
    ['was redriven less often', { redriven: 0 }],
    ['is another request', { firstMessageId: 'second' }],
    ['has no journey', { journey: undefined }],
  ])('knows nothing of a dead letter that %s', (_, wish) => {
    const watchlist = createWatchlist(since);
    watchlist.add(one('a', 1));
    expect(watchlist.recognise(letter(wish))).toBeUndefined();
  });
});

it.each([
  [1_000, [1_000]],
  [60_000, [5_000, 15_000, 30_000, 60_000]],
  [120_000, [5_000, 15_000, 30_000, 60_000, 120_000]],
  [900_000, [5_000, 15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 900_000]],
])('a watch of %i ms looks at these times', (watchForMs, times) => {
  expect(lookTimes(watchForMs)).toEqual(times);
});
