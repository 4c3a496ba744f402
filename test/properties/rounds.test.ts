// A message that comes back again and again: what the function wrote on its copies is understood by the function,
// nothing of the sender's is lost on the way, and the way has an end. See runs.ts for how to try more often.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delivered } from '../support/messages.ts';
import { callsMade, counted, spoilt } from './conservation.ts';
import { createInMemorySqs, DEAD_LETTER_QUEUE_URL, QUEUE_URL, type Sent } from './in-memory-sqs.ts';
import { batchServer, POLICY, type Serve } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { mould, type Original } from './originals.ts';
import { runs } from './runs.ts';
import {
  type Behaviour,
  behaviour,
  type Call,
  createScriptedCluster,
  type Read,
  type ReadingBehaviour,
} from './scripted-cluster.ts';
import { inVirtualTime, pass, untilDone } from './virtual-time.ts';

/** How far the clocks of SQS and of the function's environments go wrong, either way. */
const SKEW_MS = 20_000;

interface Round {
  readonly copies: readonly Sent[];
  /** What counts as an attempt. */
  readonly calls: readonly (Call | Read)[];
}

/** The storage says that the task is the expected person's. */
const THEIRS: ReadingBehaviour = { kind: 'task', assignee: 'demo', calls: 1, latencyMs: 0 };

/** An environment that nothing has happened to yet. */
function newEnvironment(retryForSeconds: number, random: number): Serve {
  return batchServer(1, { ...POLICY, retryForSeconds }, () => random);
}

/** One delivery of one message, with all the time that it may need. */
async function serveOnce(
  original: Original,
  how: Behaviour,
  serve: Serve,
  reading: ReadingBehaviour = THEIRS,
): Promise<Round> {
  const lifeline = createLifeline();
  const cluster = createScriptedCluster(
    () => how,
    lifeline,
    () => reading,
  );
  const sqs = createInMemorySqs(() => ({ kind: 'none', latencyMs: 0 }), lifeline);
  await untilDone(serve([original.record], 60_000, { cluster, sqs }));
  expect(sqs.violations).toEqual([]);
  return { copies: sqs.sent, calls: counted(original, cluster.calls, cluster.readings) };
}

/** What the next delivery brings, when SQS took the copy so many milliseconds ago by its own clock. */
function cameBack(original: Original, { entry }: Sent, attempts: number, agoMs: number): Original {
  const { messageId } = original.record;
  return {
    ...original,
    record: delivered(entry, {
      messageId: `${messageId.slice(0, 30)}+`,
      receiveCount: 1,
      sentAt: Date.now() - agoMs,
    }),
    attempts,
    tried: original.tried || attempts > 0,
  };
}

/** The message as it comes back after its delay; undefined where it has become a dead letter. */
function next(original: Original, { copies, calls }: Round, skewMs: number): Original | undefined {
  expect(copies).toHaveLength(1);
  const [copy] = copies;
  if (copy?.queueUrl !== QUEUE_URL) return undefined;
  pass((copy.entry.DelaySeconds ?? 0) * 1000);
  return cameBack(original, copy, original.attempts + callsMade(calls), skewMs + 1_000);
}

function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

/** The most hops that fit into a budget, where clocks go wrong by so much. */
function mostHops(retryForSeconds: number): number {
  const blindSeconds = (4 * SKEW_MS) / 1000;
  let age = 0;
  let hops = 1;
  while (age < retryForSeconds + blindSeconds) {
    age += Math.min(900, Math.max(1, Math.ceil((age - blindSeconds) * 0.05)));
    hops += 1;
  }
  return hops;
}

/** Whatever means "not now". */
const notNow = behaviour.filter(
  (how) =>
    how.kind === 'hangs' ||
    how.kind === 'no-answer' ||
    (how.kind === 'response' && [401, 429, 502, 503, 504].includes(how.status)),
);

const readings = fc.array(fc.oneof(fc.constant(THEIRS), notNow), { minLength: 1, maxLength: 5 });

const skew = fc.integer({ min: -SKEW_MS, max: SKEW_MS });

describe('a message that is sent back again and again', () => {
  it('stays what it was, and its way ends with its retry budget', async () => {
    const way = fc.record({
      mould,
      behaviours: fc.array(notNow, { minLength: 1, maxLength: 5 }),
      readings,
      budget: fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 600 }) },
        { weight: 1, arbitrary: fc.constantFrom(86_400, 1_209_600) },
      ),
      skews: fc.array(skew, { minLength: 1, maxLength: 5 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(way, ({ mould: make, behaviours, readings: words, budget, skews, random }) =>
        inVirtualTime(async () => {
          // What is large is sent around a little only: a round of it takes a while.
          const retryForSeconds = hasRoom(make(1)) ? budget : Math.min(budget, 10);
          const most = mostHops(retryForSeconds);
          let current: Original | undefined = make(1);
          for (let hop = 0; current !== undefined; hop += 1) {
            const round = await serveOnce(
              current,
              at(behaviours, hop),
              newEnvironment(retryForSeconds, random),
              at(words, hop),
            );
            expect(round.copies.flatMap((copy) => spoilt(current as Original, round.calls, copy))).toEqual(
              [],
            );
            current = next(current, round, at(skews, hop));
            expect(hop).toBeLessThan(most);
          }
        }),
      ),
      runs(60),
    );
  });

  it('ends with its retry budget as well where one environment holds it and calls it in turns', async () => {
    const way = fc.record({
      mould: mould.filter((make) => hasRoom(make(1))),
      behaviours: fc.array(notNow, { minLength: 1, maxLength: 5 }),
      readings,
      budget: fc.integer({ min: 1, max: 600 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(way, ({ mould: make, behaviours, readings: words, budget, random }) =>
        inVirtualTime(async () => {
          const serve = newEnvironment(budget, random);
          let current: Original | undefined = make(1);
          // A clock that is ahead where the message was sent has the budget begin later. Before its first call a
          // message has none: the longest hold and delay may come before that.
          const beginsAt = Math.max(Date.now(), Number(current.record.attributes.SentTimestamp));
          const endsAt = beginsAt + (budget + 900 + 120) * 1_000;
          for (let hop = 0; current !== undefined; hop += 1) {
            const round = await serveOnce(current, at(behaviours, hop), serve, at(words, hop));
            expect(round.copies.flatMap((copy) => spoilt(current as Original, round.calls, copy))).toEqual(
              [],
            );
            current = next(current, round, 0);
            expect(Date.now()).toBeLessThan(endsAt);
          }
        }),
      ),
      runs(40),
    );
  });

  it('is as its sender sent it when it is redriven from the dead-letter queue, with a fresh budget', async () => {
    const answer = (status: number): Behaviour => ({
      kind: 'response',
      status,
      calls: 1,
      latencyMs: 0,
      problem: 'camunda',
      isEmpty: false,
      title: undefined,
      detail: undefined,
      retryAfter: undefined,
    });
    const statuses = fc.array(fc.constantFrom(400, 404, 409), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(mould, statuses, (make, given) =>
        inVirtualTime(async () => {
          let current = make(1);
          for (const status of given) {
            const { copies, calls } = await serveOnce(
              current,
              answer(status),
              newEnvironment(POLICY.retryForSeconds, 0.5),
            );
            expect(copies.map(({ queueUrl }) => queueUrl)).toEqual([DEAD_LETTER_QUEUE_URL]);
            expect(copies.flatMap((copy) => spoilt(current, calls, copy))).toEqual([]);
            pass(3_600_000);
            for (const copy of copies) current = { ...cameBack(current, copy, 0, 1_000), tried: false };
          }
          const { copies, calls } = await serveOnce(
            current,
            answer(503),
            newEnvironment(POLICY.retryForSeconds, 0.5),
          );
          expect(copies.flatMap((copy) => spoilt(current, calls, copy))).toEqual([]);
          // A letter that has no room for its own reason cannot be told from a message that was never one.
          if (calls.length > 0 && hasRoom(current))
            expect(copies.map(({ queueUrl }) => queueUrl)).toEqual([QUEUE_URL]);
        }),
      ),
      runs(150),
    );
  });
});

function hasRoom({ record }: Original): boolean {
  return JSON.stringify(record).length < 1_000_000;
}
