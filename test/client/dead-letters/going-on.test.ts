// Acting on more dead letters than one look can hold: what comes after the plan, pass after pass.
import { describe, expect, it } from 'vitest';
import {
  type ActionResult,
  type ActionSummary,
  type ActOptions,
  type DeadLetter,
  discard,
  type FurtherPass,
  look,
  redrive,
} from '../../../client/dead-letters/index.ts';
import { type Burial, burials, createStages, type DeadLetterStage } from './dead-letter-stage.ts';

const startStage = createStages();

/** A pass holds no more than these. */
const HOLD = { holdAtMost: 20, receivers: 1 } as const;
const MESSAGES = 75;

interface Acted {
  readonly stage: DeadLetterStage;
  readonly summary: ActionSummary;
  readonly results: ActionResult[];
  readonly passes: FurtherPass[];
}

type Play = NonNullable<DeadLetterStage['play']>;

/** Plans with one look, which does not see all, and acts on that and on what comes after. */
async function act(
  verb: 'redrive' | 'discard',
  isMeant: (letter: DeadLetter) => boolean,
  options: ActOptions & { readonly entries?: readonly Burial[]; readonly play?: Play } = {},
): Promise<Acted> {
  const { entries = burials(MESSAGES), play, ...rest } = options;
  const { stage } = await startStage(entries);
  const planned = new Set<string>();
  const coverage = await look(
    stage.deadLetterQueue,
    (letter) => void (isMeant(letter) && planned.add(letter.messageId)),
    HOLD,
  );
  expect(coverage.ended).toBe('hold-limit');
  stage.play = play;
  const results: ActionResult[] = [];
  const passes: FurtherPass[] = [];
  const all: ActOptions = {
    ...HOLD,
    goOnWith: () => isMeant,
    onResult: (result) => void results.push(result),
    onPass: (pass) => void passes.push(pass),
    ...rest,
  };
  const { deadLetterQueue, queue } = stage;
  const summary =
    verb === 'discard'
      ? await discard(deadLetterQueue, planned, all)
      : await redrive(deadLetterQueue, queue, planned, { ...all, send: { maxAttempts: 1 } });
  stage.play = undefined;
  return { stage, summary, results, passes };
}

const everything = () => true;

/** About a third of them. */
const some = ({ userTaskKey = '' }: DeadLetter) => BigInt(userTaskKey) % 3n === 0n;

describe.concurrent('an action that goes on', () => {
  it.each(['redrive', 'discard'] as const)('does all that is meant: %s', async (verb) => {
    const { stage, summary, results } = await act(verb, everything);
    expect(summary).toMatchObject({
      done: MESSAGES,
      failed: 0,
      notMet: new Set(),
      goneOn: { ended: 'all-seen' },
    });
    expect(new Set(results.map(({ messageId }) => messageId)).size).toBe(MESSAGES);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toEqual([]);
    const queued = await stage.drain(stage.embedded.queueUrl);
    expect(queued).toHaveLength(verb === 'redrive' ? MESSAGES : 0);
  });

  it('says of each pass what it saw and did, and holds no more in it than it may', async () => {
    const { summary, passes } = await act('discard', everything);
    expect(passes.map(({ number }) => number)).toEqual(passes.map((_, index) => index + 1));
    expect(passes.length).toBe(summary.goneOn?.passes);
    expect(passes.length).toBeGreaterThan(1);
    // The last receive may bring ten.
    expect(passes.filter(({ coverage }) => coverage.seen >= HOLD.holdAtMost + 10)).toEqual([]);
  });

  it('leaves what is not meant where it is, and receivable', async () => {
    const { stage, summary } = await act('discard', some, { holdAtMost: 60 });
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect([summary.done, left.length]).toEqual([MESSAGES / 3, (MESSAGES * 2) / 3]);
  });

  it('ends where a pass finds nothing that is meant, and does not take that for all', async () => {
    const none = new Set<string>();
    const { summary } = await act('discard', (letter) => none.has(letter.messageId));
    expect(summary).toMatchObject({
      done: 0,
      coverage: { ended: 'hold-limit' },
      goneOn: { passes: 1, ended: 'nothing-matched' },
    });
  });

  it('tries nothing again that has failed, and counts it once', async () => {
    let refused: string | undefined;
    const play: Play = async (call, ask) => {
      if (call.name !== 'SendMessageBatch') return ask();
      const { Entries } = call.input as { Entries: { Id: string; MessageBody: string }[] };
      // The first of the first request.
      refused ??= Entries[0]?.MessageBody;
      const bad = Entries.filter(({ MessageBody }) => MessageBody === refused);
      const good = Entries.filter(({ MessageBody }) => MessageBody !== refused);
      const answer = good.length === 0 ? {} : await ask({ ...call.input, Entries: good });
      const Failed = bad.map(({ Id }) => ({ Id, Code: 'Refused', Message: 'no', SenderFault: true }));
      return { ...answer, Failed };
    };
    const { stage, summary, results } = await act('redrive', everything, { play });
    expect(summary).toMatchObject({ done: MESSAGES - 1, failed: 1, goneOn: { ended: 'all-seen' } });
    expect(results.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(1);
  });

  it('does not go on where nothing of the plan could be done', async () => {
    const play: Play = async (call, ask) => {
      if (call.name !== 'DeleteMessageBatch') return ask();
      const { Entries } = call.input as { Entries: { Id: string }[] };
      return { Failed: Entries.map(({ Id }) => ({ Id, Code: 'Refused', Message: 'no', SenderFault: true })) };
    };
    const { stage, summary } = await act('discard', everything, { play });
    expect(summary).toMatchObject({ done: 0, goneOn: { passes: 0, ended: 'no-progress' } });
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(MESSAGES);
  });

  it('ends on its signal after what is under way, and leaves the rest receivable', async () => {
    const controller = new AbortController();
    const { stage, summary } = await act('discard', everything, {
      signal: controller.signal,
      onPass: () => controller.abort(),
    });
    expect(summary.goneOn).toMatchObject({ passes: 1, ended: 'aborted' });
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect(left).toHaveLength(MESSAGES - summary.done);
  });

  it('asks at the beginning of each pass what is meant', async () => {
    let asked = 0;
    const goOnWith = () => {
      asked += 1;
      return everything;
    };
    const { summary } = await act('discard', everything, { goOnWith });
    expect(asked).toBe(summary.goneOn?.passes);
  });

  it('does the plan and no more where nothing else is meant', async () => {
    const { stage, summary } = await act('discard', everything, { goOnWith: undefined });
    expect(summary.goneOn).toBeUndefined();
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect(left).toHaveLength(MESSAGES - summary.done);
  });
});
