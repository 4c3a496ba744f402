// Redriving and discarding: what goes back is what its sender sent, and nothing is lost whatever happens.
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { JOURNEY_ATTRIBUTE, type MessageAttribute, parseJourney } from '../../../client/contract/journey.ts';
import {
  type ActionResult,
  type ActionSummary,
  discard,
  look,
  planRedrive,
  type RedriveOptions,
  redrive,
} from '../../../client/dead-letters/index.ts';
import { stringAttributes } from '../../support/messages.ts';
import { sqsViolations } from '../../support/sqs-rules.ts';
import { burial, burials, createStages, type DeadLetterStage, type SqsCall } from './dead-letter-stage.ts';

const stageWith = createStages();

/** Fails at once what would be tried again after a pause. */
const AT_ONCE = { send: { maxAttempts: 1 } } as const;

async function redriveAll(
  stage: DeadLetterStage,
  ids: readonly string[],
  options: RedriveOptions = {},
): Promise<{ summary: ActionSummary; results: ActionResult[] }> {
  const results: ActionResult[] = [];
  const summary = await redrive(stage.deadLetterQueue, stage.queue, new Set(ids), {
    ...AT_ONCE,
    ...options,
    onResult: (result) => void results.push(result),
  });
  return { summary, results };
}

function sends({ calls }: DeadLetterStage) {
  return calls
    .filter(({ name }) => name === 'SendMessageBatch')
    .map(({ input }) => (input as { Entries: Parameters<typeof sqsViolations>[0] }).Entries);
}

const failed = (ids: readonly string[]) => ({
  Failed: ids.map((Id) => ({ Id, Code: 'AccessDenied', Message: 'not allowed', SenderFault: true })),
});

const idsOf = ({ input }: SqsCall) => (input as { Entries: { Id: string }[] }).Entries.map(({ Id }) => Id);

const BINARY = { dataType: 'Binary.png', binaryValue: Buffer.from([0, 255, 1]).toString('base64') };

describe.concurrent('a redrive', () => {
  it('sends what the sender sent: ten attributes, binary ones, trace header and group, and where it comes from', async () => {
    const attributes = new Map<string, MessageAttribute>([...stringAttributes(9), ['logo', BINARY]]);
    const body = '{ "userTaskKey" : "5" }';
    const entry = burial({
      body,
      attributes,
      traceHeader: 'Root=1-5e272390-8c398be037738dc042009320',
      messageGroupId: 'tenant-a',
    });
    expect(Object.keys(entry.MessageAttributes ?? {})).toContain(JOURNEY_ATTRIBUTE);
    const { stage, ids } = await stageWith([entry]);
    const now = () => Date.parse('2026-11-29T12:00:00Z');
    const { summary, results } = await redriveAll(stage, ids, { now });
    expect(summary).toMatchObject({ done: 1, failed: 0, notMet: new Set() });
    expect(results).toMatchObject([{ messageId: ids[0], outcome: 'redriven' }]);
    const [message, ...others] = await stage.drain(stage.embedded.queueUrl);
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      Body: body,
      Attributes: { AWSTraceHeader: 'Root=1-5e272390-8c398be037738dc042009320', MessageGroupId: 'tenant-a' },
    });
    const found = message?.MessageAttributes ?? {};
    const { setAside = [], ...journey } = parseJourney(found[JOURNEY_ATTRIBUTE]?.StringValue ?? '') ?? {};
    const names = Object.keys(found).filter((name) => name !== JOURNEY_ATTRIBUTE);
    expect([...names, ...setAside.map(({ name }) => name)].sort()).toEqual([...attributes.keys()].sort());
    expect(setAside).toEqual([{ name: 'logo', ...BINARY }]);
    expect(found['sender-3']).toMatchObject({ DataType: 'String', StringValue: 'value 3' });
    expect(journey).toEqual({
      attempts: 0,
      firstSentAt: '2025-06-01T12:00:00.000Z',
      firstMessageId: '11111111-1111-4111-8111-111111111111',
      senderId: 'AROAEXAMPLE:producer',
      redriven: 1,
      redrivenAt: '2026-11-29T12:00:00.000Z',
    });
    expect(sends(stage).flatMap(sqsViolations)).toEqual([]);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toEqual([]);
  });

  it('acts on the messages of the plan and on no others', async () => {
    const { stage, ids } = await stageWith(burials(25));
    const chosen = ids.slice(0, 7);
    const { summary } = await redriveAll(stage, chosen);
    expect(summary.done).toBe(7);
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(7);
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect(left.map(({ MessageId }) => MessageId).sort()).toEqual(ids.slice(7).sort());
  });

  it('reports what it did not meet again', async () => {
    const { stage, ids } = await stageWith(burials(3));
    const gone = '00000000-0000-4000-8000-000000000000';
    const { summary } = await redriveAll(stage, [...ids, gone]);
    expect(summary).toMatchObject({ done: 3, failed: 0, notMet: new Set([gone]) });
  });

  it('shows each entry that SQS refuses, and leaves it where it was', async () => {
    const { stage, ids } = await stageWith(burials(10));
    stage.play = async (call, ask) => {
      if (call.name !== 'SendMessageBatch') return ask();
      const { Entries } = call.input as { Entries: { Id: string }[] };
      const refused = Entries.slice(2, 5).map(({ Id }) => Id);
      const taken = Entries.filter(({ Id }) => !refused.includes(Id));
      return { ...(await ask({ ...call.input, Entries: taken })), ...failed(refused) };
    };
    const { summary, results } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 7, failed: 3 });
    expect(results.filter(({ outcome }) => outcome === 'failed')).toMatchObject(
      Array(3).fill({ code: 'AccessDenied', message: 'not allowed', retryable: false }),
    );
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(7);
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    const refused = results.filter(({ outcome }) => outcome === 'failed').map(({ messageId }) => messageId);
    expect(left.map(({ MessageId }) => MessageId).sort()).toEqual(refused.sort());
  });

  it.each([
    ['an answer that says nothing', async () => ({})],
    [
      'no answer',
      async () => {
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    ],
  ])('keeps what may not have been sent: %s', async (_, answer) => {
    const { stage, ids } = await stageWith(burials(4));
    stage.play = async (call, ask) => (call.name === 'SendMessageBatch' ? answer() : ask());
    const { summary } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 0, failed: 4 });
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(4);
  });

  it('says what was sent and could not be deleted', async () => {
    const { stage, ids } = await stageWith(burials(4));
    stage.play = async (call, ask) => (call.name === 'DeleteMessageBatch' ? failed(idsOf(call)) : ask());
    const { summary, results } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 0, failed: 4 });
    expect(results).toMatchObject(Array(4).fill({ outcome: 'redriven-but-kept', code: 'AccessDenied' }));
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(4);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(4);
  });

  it('sends and deletes all but the one for which SQS refuses a whole request', async () => {
    const { stage, ids } = await stageWith(burials(4));
    const refusal = Object.assign(new Error('refused'), {
      name: 'InvalidParameterValue',
      $metadata: { httpStatusCode: 400 },
    });
    const bad: Partial<Record<string, string>> = {};
    stage.play = async (call, ask) => {
      if (call.name === 'ChangeMessageVisibilityBatch') return ask();
      const { Entries } = call.input as { Entries?: { MessageBody?: string; ReceiptHandle?: string }[] };
      const texts = Entries?.map(({ MessageBody, ReceiptHandle = '' }) => MessageBody ?? ReceiptHandle) ?? [];
      // The second of the first request of its kind.
      bad[call.name] ??= texts[1];
      if (bad[call.name] !== undefined && texts.includes(bad[call.name] ?? '')) throw refusal;
      return ask();
    };
    const { summary, results } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 2, failed: 2 });
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([
      'failed',
      'redriven',
      'redriven',
      'redriven-but-kept',
    ]);
    stage.play = undefined;
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(3);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(2);
  });

  it('does not take a deletion that SQS does not mention for done', async () => {
    const { stage, ids } = await stageWith(burials(2));
    stage.play = async (call, ask) => (call.name === 'DeleteMessageBatch' ? {} : ask());
    const { summary, results } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 0, failed: 2, inDoubt: 2 });
    expect(results).toMatchObject(Array(2).fill({ outcome: 'redriven-but-kept', code: 'InDoubt' }));
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(2);
  });

  it('deletes again what SQS failed to delete for a reason that passes', async () => {
    const { stage, ids } = await stageWith(burials(4));
    let refusals = 2;
    stage.play = async (call, ask) => {
      if (call.name !== 'DeleteMessageBatch' || refusals === 0) return ask();
      refusals -= 1;
      return { Failed: failed(idsOf(call)).Failed.map((entry) => ({ ...entry, SenderFault: false })) };
    };
    const { summary } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 4, failed: 0 });
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toEqual([]);
  });

  it('changes expiry and body, and delays', async () => {
    const { stage, ids } = await stageWith([
      burial({ body: '{"userTaskKey":"5","expiresAt":"2020-01-01T00:00:00Z"}', kind: 'expired' }),
      burial({ body: '{"userTaskKey":6}', kind: 'malformed' }),
    ]);
    const { summary } = await redriveAll(stage, ids, {
      bodies: new Map([[ids[1] ?? '', '{"userTaskKey":"6"}']]),
      expiresAt: '2099-01-01T00:00:00.000Z',
      delaySeconds: 1,
    });
    expect(summary.done).toBe(2);
    const entries = sends(stage).flat();
    expect(entries.map(({ MessageBody }) => MessageBody).sort()).toEqual([
      '{"userTaskKey":"5","expiresAt":"2099-01-01T00:00:00.000Z"}',
      '{"userTaskKey":"6","expiresAt":"2099-01-01T00:00:00.000Z"}',
    ]);
    expect(entries.map(({ DelaySeconds }) => DelaySeconds)).toEqual([1, 1]);
  });

  it('leaves a message that has expired since the plan', async () => {
    const { stage, ids } = await stageWith([
      burial({ body: '{"userTaskKey":"5","expiresAt":"2020-01-01T00:00:00Z"}' }),
    ]);
    const { summary, results } = await redriveAll(stage, ids);
    expect(summary).toMatchObject({ done: 0, failed: 1 });
    expect(results).toMatchObject([{ outcome: 'failed', code: 'Expired', retryable: false }]);
    expect(sends(stage)).toEqual([]);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(1);
  });

  it('sends in slices no larger than a second of its rate', async () => {
    const { stage, ids } = await stageWith(burials(9));
    const startedAt = performance.now();
    const { summary } = await redriveAll(stage, ids, { perSecond: 3 });
    expect(summary.done).toBe(9);
    expect(sends(stage).map(({ length }) => length)).toEqual([3, 3, 3]);
    // Slower is always possible; faster would be wrong.
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
  });

  it('does what is under way when aborted, and leaves the rest', async () => {
    const { stage, ids } = await stageWith(burials(30));
    const controller = new AbortController();
    stage.play = async (call, ask) => {
      if (call.name === 'SendMessageBatch') controller.abort();
      return ask();
    };
    const { summary } = await redriveAll(stage, ids, { signal: controller.signal, receivers: 1 });
    expect(summary).toMatchObject({ done: 10, failed: 0, coverage: { ended: 'aborted', unreleased: 0 } });
    expect(summary.notMet.size).toBe(20);
    expect(await stage.drain(stage.embedded.queueUrl)).toHaveLength(10);
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(20);
  });
});

describe.concurrent('discarding', () => {
  it('deletes the messages of the plan and no others', async () => {
    const { stage, ids } = await stageWith(burials(25));
    const results: ActionResult[] = [];
    const summary = await discard(stage.deadLetterQueue, new Set(ids.slice(5)), {
      onResult: (result) => void results.push(result),
    });
    expect(summary).toMatchObject({ done: 20, failed: 0, notMet: new Set() });
    expect(results).toMatchObject(Array(20).fill({ outcome: 'discarded' }));
    const left = await stage.drain(stage.embedded.deadLetterQueueUrl);
    expect(left.map(({ MessageId }) => MessageId).sort()).toEqual(ids.slice(0, 5).sort());
  });

  it('deletes nothing that it receives after the signal', async () => {
    const { stage, ids } = await stageWith(burials(5));
    const controller = new AbortController();
    stage.play = async ({ name }, ask) => {
      if (name === 'ReceiveMessage') controller.abort();
      return ask();
    };
    const { signal } = controller;
    const summary = await discard(stage.deadLetterQueue, new Set(ids), { signal });
    expect(summary).toMatchObject({ done: 0, coverage: { ended: 'aborted' } });
    stage.play = undefined;
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(5);
  });

  it('shows what could not be deleted, and releases it', async () => {
    const { stage, ids } = await stageWith(burials(5));
    stage.play = async (call, ask) => (call.name === 'DeleteMessageBatch' ? failed(idsOf(call)) : ask());
    const summary = await discard(stage.deadLetterQueue, new Set(ids));
    expect(summary).toMatchObject({ done: 0, failed: 5 });
    stage.play = undefined;
    expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(5);
  });
});

/** Everything that can happen at one request to SQS. */
const MISHAPS = {
  'the signal comes before it': { abort: true, ask: true, fail: false },
  'it fails': { abort: false, ask: false, fail: true },
  'its answer is lost': { abort: false, ask: true, fail: true },
} as const;

const MESSAGES = 23;

interface Aftermath {
  /** The keys on either queue, as often as they are there. */
  readonly there: string[];
  readonly redriven: number;
  readonly onQueue: number;
  readonly calls: number;
}

/** A look, a plan and a redrive, with one mishap at one request; `at` counts from 1. */
async function redriveWith(mishap: keyof typeof MISHAPS, at: number): Promise<Aftermath> {
  const { stage } = await stageWith(burials(MESSAGES));
  const controller = new AbortController();
  let count = 0;
  stage.play = async (_, ask) => {
    count += 1;
    if (count !== at) return ask();
    const { abort, ask: asks, fail } = MISHAPS[mishap];
    if (abort) controller.abort();
    const answer = asks ? await ask() : {};
    if (fail) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return answer;
  };
  const options = {
    signal: controller.signal,
    receivers: 2,
    // What a receive whose answer is lost has hidden comes back after that.
    visibilitySeconds: 8,
    send: { maxAttempts: 2, pause: async () => undefined },
  };
  let redriven = 0;
  try {
    const planner = planRedrive({}, Date.now());
    await look(stage.deadLetterQueue, (letter) => void planner.add(letter), options);
    const { messageIds } = planner.plan();
    redriven = (await redrive(stage.deadLetterQueue, stage.queue, messageIds, options)).done;
  } catch {
    // A receive that failed: what was redriven by then is unknown to the caller, and must be right all the same.
  }
  stage.play = undefined;
  const onQueue = await stage.drain(stage.embedded.queueUrl);
  const onDeadLetterQueue = await stage.drain(stage.embedded.deadLetterQueueUrl);
  if (mishap === 'its answer is lost' && onQueue.length + onDeadLetterQueue.length < MESSAGES) {
    await pause(8_500);
    onDeadLetterQueue.push(...(await stage.drain(stage.embedded.deadLetterQueueUrl)));
  }
  return {
    there: [...onQueue, ...onDeadLetterQueue].map(({ Body = '' }) => Body).sort(),
    redriven,
    onQueue: onQueue.length,
    calls: count,
  };
}

/** In parallel, since each spends its time waiting for long polls; not all at once, since each runs an SQS. */
async function forEachRequest(work: (at: number) => Promise<void>): Promise<void> {
  const { calls } = await redriveWith('it fails', Number.POSITIVE_INFINITY);
  let next = 1;
  const worker = async () => {
    while (next <= calls) {
      const at = next;
      next += 1;
      await work(at);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const ALL = burials(MESSAGES)
  .map(({ MessageBody = '' }) => MessageBody)
  .sort();

describe('whatever happens at whichever request of a look and a redrive', () => {
  it('leaves every message on exactly one queue, and receivable, when the signal comes', async () => {
    await forEachRequest(async (at) => {
      const { there, redriven, onQueue } = await redriveWith('the signal comes before it', at);
      expect(there, `the signal at request ${at}`).toEqual(ALL);
      expect(redriven).toBe(onQueue);
    });
  });

  it.each(['it fails', 'its answer is lost'] as const)('loses nothing when %s', async (mishap) => {
    await forEachRequest(async (at) => {
      const { there } = await redriveWith(mishap, at);
      expect([...new Set(there)], `${mishap} at request ${at}`).toEqual(ALL);
      // A batch of ten is in doubt at most, and each of it is there twice at most.
      expect(there.length).toBeLessThanOrEqual(MESSAGES + 10);
    });
  });
});
