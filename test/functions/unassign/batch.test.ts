import type { SQSRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../../client/cluster/authorized-call.ts';
import { FAILURE_ATTRIBUTE } from '../../../client/contract/journey.ts';
import { type BatchDependencies, processBatch, type Result } from '../../../functions/unassign/batch.ts';
import { createPace } from '../../../functions/unassign/pacing/pace.ts';
import type { SendBatch } from '../../../functions/unassign/sending/settlement.ts';
import { camunda, NO_ANSWER, page } from '../../support/answers.ts';
import { SENT_AT, sqsRecord } from '../../support/messages.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';

const QUEUE = 'https://sqs.example.com/queue';
const DEAD_LETTERS = 'https://sqs.example.com/dead-letters';
const RESERVE = 6_000;
const CALL_TIMEOUT = 20_000;

afterEach(() => {
  vi.useRealTimers();
});

/** As many records as asked for, with the keys 1, 2, … and ids to match. */
function records(count: number, receiveCount = 1): SQSRecord[] {
  return Array.from({ length: count }, (_, index) =>
    sqsRecord({
      messageId: `m-${index + 1}`,
      body: JSON.stringify({ userTaskKey: String(index + 1) }),
      receiveCount,
    }),
  );
}

interface Call {
  readonly key: string;
  readonly startedAt: number;
  readonly timeoutMs: number;
}

/** A batch over a clock, a cluster and an SQS that a test holds in its hands. */
class Stage {
  /** Milliseconds since the invocation began. */
  clock = 0;
  invocationMs = 60_000;
  calls: Call[] = [];
  sent: { queueUrl: string; entries: Parameters<SendBatch>[1] }[] = [];
  dependencies: BatchDependencies = {
    cluster: { unassign: async (key, timeoutMs) => this.called(key, timeoutMs) },
    reader: { readTask: async () => ({ type: 'task', calls: 1, startedAt: SENT_AT, assignee: null }) },
    topology: {
      partitionsCount: async () => undefined,
      partitionsCountNow: async () => undefined,
      witness: async () => 'camunda',
      confirmation: async () => 'camunda',
      pending: async () => {},
    },
    pace: createPace({ random: () => 0.5, changed: () => {} }),
    readingPace: createPace({ random: () => 0.5, changed: () => {} }),
    holdMs: 20_000,
    connections: 10,
    callTimeoutMs: CALL_TIMEOUT,
    reserveMs: RESERVE,
    policy: { maxReceiveCount: 5, retryForSeconds: 86_400 },
    send: async (queueUrl, entries) => {
      this.sent.push({ queueUrl, entries });
      return { Successful: entries.map(({ Id }) => ({ Id })) };
    },
    queueUrl: QUEUE,
    prepareSend: () => {},
    deadLetterQueueUrl: DEAD_LETTERS,
    now: () => SENT_AT + this.clock,
    random: () => 0.5,
    pause: async (milliseconds) => {
      this.clock += milliseconds;
    },
  };
  /** What the cluster does with a call. */
  cluster: (key: string, timeoutMs: number) => Answer | Promise<Answer> = () => camunda(204);

  private called(key: string, timeoutMs: number): Answer | Promise<Answer> {
    this.calls.push({ key, startedAt: this.clock, timeoutMs });
    return this.cluster(key, timeoutMs);
  }

  process(batch: readonly SQSRecord[], wish: Partial<BatchDependencies> = {}): Promise<Result[]> {
    return processBatch(batch, () => this.invocationMs - this.clock, { ...this.dependencies, ...wish });
  }

  sentTo(queueUrl: string): (string | undefined)[] {
    return this.sent
      .filter((sent) => sent.queueUrl === queueUrl)
      .flatMap(({ entries }) => entries.map(({ MessageBody }) => MessageBody));
  }
}

function unacknowledged(results: readonly Result[]): string[] {
  return results.filter(({ acknowledged }) => !acknowledged).map(({ message }) => message.messageId);
}

function outcomes(results: readonly Result[]): string[] {
  return results.map(({ outcome }) =>
    outcome.type === 'dead-letter' ? `dead-letter ${outcome.journey.kind}` : outcome.type,
  );
}

describe('a batch', () => {
  it('brings each message to its fate', async () => {
    const stage = new Stage();
    stage.cluster = (key) => camunda([204, 404, 503, 500][Number(key) - 1] ?? 204, key);
    const [first, second, third, fourth] = records(4);
    const malformed = sqsRecord({ messageId: 'm-5', body: 'unassign me' });
    const expired = sqsRecord({
      messageId: 'm-6',
      body: JSON.stringify({ userTaskKey: '6', expiresAt: '2020-01-01T00:00:00Z' }),
    });
    const batch = [first, second, third, fourth, malformed, expired].filter((record) => record !== undefined);
    const results = await stage.process(batch);
    expect(outcomes(results)).toEqual([
      'acknowledge',
      'dead-letter not-found',
      'requeue',
      'redeliver',
      'dead-letter malformed',
      'dead-letter expired',
    ]);
    expect(unacknowledged(results)).toEqual(['m-4']);
    expect(stage.sentTo(QUEUE)).toEqual([third?.body]);
    expect(stage.sentTo(DEAD_LETTERS)).toHaveLength(3);
  });

  it('has messages whose answer is not Camunda’s wait for the witness, and no others', async () => {
    const stage = new Stage();
    stage.cluster = (key) => (key === '1' ? page(404) : camunda(204));
    let answer: (witness: 'camunda') => void = () => {};
    const topology = {
      ...stage.dependencies.topology,
      witness: () =>
        new Promise<'camunda'>((resolve) => {
          answer = resolve;
        }),
    };
    const processing = stage.process(records(30), { topology });
    while (stage.calls.length < 30) await new Promise(setImmediate);
    answer('camunda');
    expect(outcomes(await processing)).toEqual(['requeue', ...Array(29).fill('acknowledge')]);
  });

  it('is reported only in part where the witness fails', async () => {
    const stage = new Stage();
    stage.cluster = (key) => (key === '1' ? page(404) : camunda(204));
    const witness = () => Promise.reject(new TypeError('a bug'));
    const results = await stage.process(records(3), {
      topology: { ...stage.dependencies.topology, witness },
    });
    expect({ outcomes: outcomes(results), failed: unacknowledged(results) }).toEqual({
      outcomes: ['redeliver', 'acknowledge', 'acknowledge'],
      failed: ['m-1'],
    });
  });

  it('never calls the cluster for a message that breaks the contract or is past its expiry', async () => {
    const stage = new Stage();
    await stage.process([
      sqsRecord({ body: 'unassign me' }),
      sqsRecord({ body: JSON.stringify({ userTaskKey: '6', expiresAt: '2020-01-01T00:00:00Z' }) }),
    ]);
    expect(stage.calls).toEqual([]);
  });

  it('that just succeeds sends nothing', async () => {
    const stage = new Stage();
    const results = await stage.process(records(10));
    expect(unacknowledged(results)).toEqual([]);
    expect(stage.sent).toEqual([]);
  });

  it('may be empty', async () => {
    expect(await new Stage().process([])).toEqual([]);
  });

  it('has a result for every record, in the order of the records, whatever the cluster answers and when', async () => {
    const fates = fc.array(
      fc.record({
        status: fc.constantFrom(204, 400, 401, 404, 409, 429, 500, 503),
        turns: fc.nat({ max: 5 }),
        receiveCount: fc.integer({ min: 1, max: 6 }),
      }),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 12 }), async (given, connections) => {
        const stage = new Stage();
        stage.cluster = async (key) => {
          const { status, turns } = given[Number(key) - 1] ?? { status: 204, turns: 0 };
          for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
          return camunda(status);
        };
        const batch = given.flatMap(
          ({ receiveCount }, index) => records(given.length, receiveCount)[index] ?? [],
        );
        const results = await stage.process(batch, { connections });
        expect(results.map(({ message }) => message.messageId)).toEqual(
          batch.map(({ messageId }) => messageId),
        );
        expect(results.every(({ acknowledged }, index) => acknowledged || given[index]?.status === 500)).toBe(
          true,
        );
        for (const { entries } of stage.sent) expect(sqsViolations(entries)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('says of each attempt what came back and how long it took', async () => {
    const stage = new Stage();
    stage.cluster = () => {
      stage.clock += 70;
      return camunda(409);
    };
    expect(await stage.process(records(1))).toMatchObject([{ attempt: { status: 409 }, callMs: 70 }]);
  });
});

describe('concurrency', () => {
  it('leaves few sends under way, however many messages have to be sent', async () => {
    const stage = new Stage();
    let running = 0;
    let most = 0;
    const batch = Array.from({ length: 500 }, (_, index) =>
      sqsRecord({ messageId: `m-${index}`, body: 'no' }),
    );
    await stage.process(batch, {
      send: async (_queueUrl, entries) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        return { Successful: entries.map(({ Id }) => ({ Id })) };
      },
    });
    expect(most).toBeLessThanOrEqual(12);
  });

  it('is never above the number of connections, and uses them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 25 }),
        async (connections, turnsOf) => {
          const stage = new Stage();
          let running = 0;
          let most = 0;
          stage.cluster = async (key) => {
            running += 1;
            most = Math.max(most, running);
            const turns = turnsOf[Number(key) - 1] ?? 0;
            for (let turn = 0; turn <= turns; turn += 1) await new Promise(setImmediate);
            running -= 1;
            return camunda(204);
          };
          await stage.process(records(turnsOf.length), { connections });
          expect(most).toBe(Math.min(connections, turnsOf.length));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the time of an invocation', () => {
  /** Calls that each take so long, or as long as they may. */
  function taking(stage: Stage, callMs: number): void {
    stage.cluster = (_, timeoutMs) => {
      stage.clock += Math.min(callMs, timeoutMs);
      return callMs <= timeoutMs ? camunda(204) : NO_ANSWER;
    };
  }

  it('is given to calls up to their own time-out, less the reserve', async () => {
    const stage = new Stage();
    taking(stage, 20_000);
    await stage.process(records(4), { connections: 1 });
    expect(stage.calls).toEqual([
      { key: '1', startedAt: 0, timeoutMs: 20_000 },
      { key: '2', startedAt: 20_000, timeoutMs: 20_000 },
      { key: '3', startedAt: 40_000, timeoutMs: 14_000 },
    ]);
  });

  it('is never given to a call that could not be settled, nor for less than a second', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 30_000 }),
        fc.integer({ min: 0, max: 30 }),
        async (invocationMs, callMs, count) => {
          const stage = new Stage();
          stage.invocationMs = invocationMs;
          taking(stage, callMs);
          const results = await stage.process(records(count), { connections: 1 });
          const reserve = Math.min(RESERVE, invocationMs / 3);
          for (const { startedAt, timeoutMs } of stage.calls) {
            expect(timeoutMs).toBeGreaterThanOrEqual(1_000);
            expect(timeoutMs).toBeLessThanOrEqual(CALL_TIMEOUT);
            expect(startedAt + timeoutMs).toBeLessThanOrEqual(invocationMs - reserve + 1e-6);
          }
          expect(results).toHaveLength(count);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('that is short keeps at most a third of it for sending', async () => {
    const stage = new Stage();
    stage.invocationMs = 9_000;
    await stage.process(records(1));
    expect(stage.calls).toMatchObject([{ timeoutMs: 6_000 }]);
  });

  it('that ran out leaves messages unattempted, which are reported', async () => {
    const stage = new Stage();
    taking(stage, 20_000);
    const results = await stage.process(records(6), { connections: 1 });
    expect(outcomes(results)).toEqual([
      'acknowledge',
      'acknowledge',
      'requeue',
      'redeliver',
      'redeliver',
      'redeliver',
    ]);
    expect(unacknowledged(results)).toEqual(['m-4', 'm-5', 'm-6']);
    expect(stage.calls).toHaveLength(3);
  });

  it('that ran out has unattempted messages requeued on their last receive', async () => {
    const stage = new Stage();
    stage.invocationMs = 1_000;
    const results = await stage.process(records(2, 5));
    expect(outcomes(results)).toEqual(['requeue', 'requeue']);
    expect(unacknowledged(results)).toEqual([]);
    expect(stage.calls).toEqual([]);
    expect(stage.sentTo(QUEUE)).toHaveLength(2);
  });

  it('ends sends that hang, before the invocation ends, and their messages are reported', async () => {
    vi.useFakeTimers();
    const stage = new Stage();
    const startedAt = Date.now();
    stage.cluster = () => camunda(503);
    const processing = processBatch(records(3), () => 60_000 - (Date.now() - startedAt), {
      ...stage.dependencies,
      send: (_queueUrl, _entries, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await vi.advanceTimersToNextTimerAsync();
    const results = await processing;
    expect(Date.now() - startedAt).toBe(59_500);
    expect(unacknowledged(results)).toEqual(['m-1', 'm-2', 'm-3']);
  });

  it('sends nothing any more when the first answer comes as the invocation ends', async () => {
    const stage = new Stage();
    stage.cluster = () => {
      stage.clock = stage.invocationMs - 100;
      return camunda(503);
    };
    const results = await stage.process(records(1));
    expect(results).toMatchObject([
      { acknowledged: false, sendError: expect.stringContaining('out of time for the send') },
    ]);
    expect(stage.sent).toEqual([]);
  });

  it('is not watched any longer than the batch lasts', async () => {
    vi.useFakeTimers();
    const stage = new Stage();
    stage.cluster = () => camunda(503);
    await stage.process(records(3));
    expect([stage.sent.length, vi.getTimerCount()]).toEqual([1, 0]);
  });
});

describe('a cluster that asks for mercy', () => {
  const LOAD = { ...camunda(503), title: 'RESOURCE_EXHAUSTED' } as const;

  function startsOf({ calls }: Stage): number[] {
    return calls.map(({ startedAt }) => Math.round(startedAt));
  }

  it('gets twenty calls a second, and every message that can wait for its turn is served', async () => {
    const stage = new Stage();
    stage.cluster = (key) => (key === '1' ? LOAD : camunda(204));
    const results = await stage.process(records(4), { connections: 1 });
    expect(startsOf(stage)).toEqual([0, 50, 100, 148]);
    expect(outcomes(results)).toEqual(['requeue', 'acknowledge', 'acknowledge', 'acknowledge']);
  });

  it('gets no call while it serves nothing but single probes, and what waited for a hold is requeued untried', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    const results = await stage.process(records(12), { connections: 1 });
    // Seven calls open the breaker; within the 20 s of the hold there is time for four probes.
    expect(stage.calls).toHaveLength(11);
    expect(stage.clock).toBe(20_000);
    expect(results.at(-1)).toMatchObject({
      attempt: { type: 'held' },
      callMs: undefined,
      acknowledged: true,
      outcome: { type: 'requeue', journey: { attempts: 0 }, delaySeconds: 8 },
    });
    expect(results.at(-1)?.outcome).not.toHaveProperty('journey.firstTriedAt');
  });

  it('is remembered from one batch to the next', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    await stage.process(records(7), { connections: 1 });
    const before = stage.calls.length;
    stage.cluster = () => camunda(204);
    await stage.process(records(2), { connections: 1 });
    const [probe = 0, next = 0] = startsOf(stage).slice(before);
    expect(probe - (startsOf(stage)[before - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(next).toBeGreaterThan(probe);
  });

  it('gets nobody to wait where the hold is switched off', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    const results = await stage.process(records(10), { connections: 1, holdMs: 0 });
    expect({ clock: stage.clock, calls: stage.calls.length }).toEqual({ clock: 0, calls: 1 });
    expect(outcomes(results)).toEqual(Array(10).fill('requeue'));
  });

  it('holds nobody longer than leaves time for a whole call and the sends', async () => {
    const stage = new Stage();
    stage.invocationMs = 30_000;
    stage.cluster = () => LOAD;
    await stage.process(records(30), { connections: 1 });
    expect(stage.clock).toBeLessThanOrEqual(4_100);
    expect(new Set(stage.calls.map(({ timeoutMs }) => timeoutMs))).toEqual(new Set([CALL_TIMEOUT]));
  });

  it('has nothing dead-lettered that was never tried, not even on the last receive', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    const results = await stage.process(records(12, 5), { connections: 1, holdMs: 0 });
    expect(outcomes(results)).toEqual(Array(12).fill('requeue'));
    expect(stage.sentTo(DEAD_LETTERS)).toEqual([]);
  });

  it('is not called for a message that expired while it waited', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    const expiresAt = new Date(SENT_AT + 30).toISOString();
    const late = sqsRecord({ messageId: 'late', body: JSON.stringify({ userTaskKey: '99', expiresAt }) });
    const results = await stage.process([...records(1), late], { connections: 1 });
    expect(outcomes(results).at(-1)).toBe('dead-letter expired');
    expect(stage.calls.map(({ key }) => key)).not.toContain('99');
  });

  it('does not keep messages waiting that it is not needed for', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    const settledAt: number[] = [];
    await stage.process([...records(9), ...Array.from({ length: 10 }, () => sqsRecord({ body: 'no' }))], {
      connections: 12,
      send: async (queueUrl, entries) => {
        if (queueUrl === DEAD_LETTERS) settledAt.push(stage.clock);
        return { Successful: entries.map(({ Id }) => ({ Id })) };
      },
    });
    expect(settledAt).toEqual([0]);
  });

  it('has the others look again as soon as a probe is served', async () => {
    const stage = new Stage();
    stage.cluster = () => LOAD;
    await stage.process(records(7), { connections: 1 });
    stage.clock += 60_000;
    stage.invocationMs += 60_000;
    let serve = () => {};
    stage.cluster = (key) =>
      key === '1'
        ? new Promise((resolve) => {
            serve = () => resolve(camunda(204));
          })
        : camunda(204);
    let longest = 0;
    let pauses = 0;
    const processing = stage.process(records(3), {
      connections: 3,
      pause: (milliseconds, signal) => {
        longest = Math.max(longest, milliseconds);
        pauses += 1;
        if (pauses === 1) setImmediate(() => serve());
        return new Promise((resolve, reject) => {
          // Only the first, which waits for the probe, would last; the others are short and end by themselves.
          if (milliseconds < 1_000) {
            stage.clock += milliseconds;
            resolve(undefined);
          }
          signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        });
      },
    });
    expect(outcomes(await processing)).toEqual(['acknowledge', 'acknowledge', 'acknowledge']);
    expect(longest).toBeGreaterThan(10_000);
  });

  it('that is well never has anybody pause', async () => {
    const stage = new Stage();
    let pauses = 0;
    await stage.process(records(50), {
      pause: async () => {
        pauses += 1;
      },
    });
    expect(pauses).toBe(0);
  });
});

describe('a bug', () => {
  const throwing = () => {
    throw new TypeError('no such thing');
  };
  const BUGS: [string, (stage: Stage) => Partial<BatchDependencies>][] = [
    [
      'a cluster that throws',
      (stage) => ({
        cluster: {
          unassign: (key, timeoutMs) =>
            key === '2' ? throwing() : stage.dependencies.cluster.unassign(key, timeoutMs),
        },
      }),
    ],
    [
      'a cluster that rejects',
      (stage) => ({
        cluster: {
          unassign: async (key, timeoutMs) =>
            key === '2' ? throwing() : stage.dependencies.cluster.unassign(key, timeoutMs),
        },
      }),
    ],
    [
      'a decision that throws',
      (stage) => {
        stage.cluster = (key) => camunda(key === '2' ? 503 : 204);
        return { random: throwing };
      },
    ],
  ];

  it.each(BUGS)('such as %s touches its own message only', async (_, bug) => {
    const stage = new Stage();
    const results = await stage.process(records(3), bug(stage));
    expect(outcomes(results)).toEqual(['acknowledge', 'redeliver', 'acknowledge']);
    expect(unacknowledged(results)).toEqual(['m-2']);
  });

  it.each(BUGS)('such as %s is dead-lettered with its reason on the last receive', async (_, bug) => {
    const stage = new Stage();
    const results = await stage.process(records(3, 5), bug(stage));
    expect(outcomes(results)).toEqual(['acknowledge', 'dead-letter failed-repeatedly', 'acknowledge']);
    const failure = stage.sent[0]?.entries[0]?.MessageAttributes?.[FAILURE_ATTRIBUTE]?.StringValue;
    expect(failure).toContain('no such thing');
  });

  it('such as a send that throws touches its own messages only', async () => {
    const stage = new Stage();
    stage.cluster = (key) => camunda(key === '2' ? 503 : 204);
    const results = await stage.process(records(3), { send: throwing });
    expect(unacknowledged(results)).toEqual(['m-2']);
  });
});
