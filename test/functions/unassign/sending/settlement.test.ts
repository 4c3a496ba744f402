import { createHook } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BatchAnswer } from '../../../../client/sqs/send-faults.ts';
import type { Outcome } from '../../../../functions/unassign/decision/outcome.ts';
import type { Message } from '../../../../functions/unassign/request.ts';
import {
  createSettlement,
  type SendBatch,
  type Settled,
  type Settlement,
  type SettlementDependencies,
} from '../../../../functions/unassign/sending/settlement.ts';
import { afterSent, journey, message, SENT_AT, stringAttributes } from '../../../support/messages.ts';
import { sqsViolations } from '../../../support/sqs-rules.ts';

const QUEUE = 'https://sqs.example.com/queue';
const DEAD_LETTERS = 'https://sqs.example.com/dead-letters';
const MEBIBYTE = 1_048_576;

type Entries = Parameters<SendBatch>[1];
type Answer = (entries: Entries, sendNumber: number) => BatchAnswer | Promise<BatchAnswer>;

const SERVICE_FAULT = { Code: 'InternalError', Message: 'Try again.', SenderFault: false };
const SENDER_FAULT = { Code: 'InvalidMessageContents', Message: 'No.', SenderFault: true };

const takesAll: Answer = (entries) => ({ Successful: entries.map(({ Id }) => ({ Id })) });

/** Fails those entries whose body is listed. */
function failing(failures: Record<string, typeof SENDER_FAULT>, sends = Number.POSITIVE_INFINITY): Answer {
  return (entries, sendNumber) => {
    const failureOf = ({ MessageBody = '' }: Entries[number]) =>
      sendNumber <= sends ? failures[MessageBody] : undefined;
    return {
      Successful: entries.filter((entry) => failureOf(entry) === undefined).map(({ Id }) => ({ Id })),
      Failed: entries.flatMap((entry) => {
        const failure = failureOf(entry);
        return failure === undefined ? [] : [{ ...failure, Id: entry.Id }];
      }),
    };
  };
}

function requeue(delaySeconds = 3): Outcome {
  return { type: 'requeue', delaySeconds, journey: journey({ attempts: 1, firstTriedAt: afterSent(1) }) };
}

function deadLetter(): Outcome {
  return { type: 'dead-letter', journey: { ...journey(), kind: 'rejected', failedAt: afterSent(1) } };
}

interface Sent {
  readonly queueUrl: string;
  readonly entries: Entries;
}

/** A settlement over an SQS that does as told; the rest stands still. */
function settlementOver(
  wish: Pick<SettlementDependencies, 'send'> & Partial<SettlementDependencies>,
  deadline = new AbortController(),
): Settlement {
  return createSettlement(
    {
      prepareSend: () => {},
      queueUrl: QUEUE,
      deadLetterQueueUrl: DEAD_LETTERS,
      now: () => SENT_AT,
      random: () => 0.5,
      pause: async () => {},
      ...wish,
    },
    deadline,
  );
}

/** Settles one after the other and flushes, over an SQS that answers as told. */
async function settled(work: readonly [Message, Outcome][], answer: Answer = takesAll) {
  const sent: Sent[] = [];
  const pauses: number[] = [];
  const settlement = settlementOver({
    send: async (queueUrl, entries) => {
      sent.push({ queueUrl, entries });
      return answer(entries, sent.length);
    },
    pause: async (milliseconds) => pauses.push(milliseconds),
  });
  const results = work.map(([from, outcome]) => settlement.settle(from, outcome));
  await settlement.flush();
  return { results: await Promise.all(results), sent, pauses };
}

function messages(count: number): Message[] {
  return Array.from({ length: count }, (_, index) =>
    message({ messageId: `m-${index}`, body: `body ${index}` }),
  );
}

function requeued(count: number): [Message, Outcome][] {
  return messages(count).map((from) => [from, requeue()]);
}

/** Which of the messages are acknowledged, by position. */
function acknowledged(results: readonly Settled[]): number[] {
  return results.flatMap((result, index) => (result.acknowledged ? [index] : []));
}

function bodies({ entries }: Sent): (string | undefined)[] {
  return entries.map(({ MessageBody }) => MessageBody);
}

describe('an outcome is carried out', () => {
  it('acknowledge: nothing is sent', async () => {
    const { results, sent } = await settled([[message(), { type: 'acknowledge' }]]);
    expect(results).toEqual([{ outcome: { type: 'acknowledge' }, acknowledged: true, sendError: undefined }]);
    expect(sent).toEqual([]);
  });

  it('redeliver: nothing is sent and it is not acknowledged', async () => {
    const outcome = { type: 'redeliver', reason: 'the cluster answered 500', journey: journey() } as const;
    const { results, sent } = await settled([[message(), outcome]]);
    expect(results).toEqual([{ outcome, acknowledged: false, sendError: undefined }]);
    expect(sent).toEqual([]);
  });

  it('requeue: a copy goes to the queue with the delay', async () => {
    const { results, sent } = await settled([[message(), requeue(42)]]);
    expect(acknowledged(results)).toEqual([0]);
    expect(sent).toMatchObject([{ queueUrl: QUEUE, entries: [{ DelaySeconds: 42 }] }]);
  });

  it('dead-letter: a copy goes to the dead-letter queue', async () => {
    const { results, sent } = await settled([[message(), deadLetter()]]);
    expect(acknowledged(results)).toEqual([0]);
    expect(sent).toMatchObject([{ queueUrl: DEAD_LETTERS, entries: [{ MessageBody: message().body }] }]);
  });

  it('each to its own queue, when a batch has both', async () => {
    const [first, second, third] = messages(3);
    const { sent } = await settled([
      [first ?? message(), requeue()],
      [second ?? message(), deadLetter()],
      [third ?? message(), requeue()],
    ]);
    expect(sent.map(({ queueUrl }) => queueUrl)).toEqual([QUEUE, DEAD_LETTERS]);
    expect(sent.map(bodies)).toEqual([['body 0', 'body 2'], ['body 1']]);
  });
});

describe('a message is acknowledged', () => {
  it('only after SQS confirmed its copy', async () => {
    let confirm: (result: BatchAnswer) => void = () => {};
    const confirmed = new Promise<BatchAnswer>((resolve) => {
      confirm = resolve;
    });
    const settlement = settlementOver({
      send: () => confirmed,
    });
    let done = false;
    const settling = Promise.resolve(settlement.settle(message(), requeue())).finally(() => {
      done = true;
    });
    const flushed = settlement.flush();
    await new Promise(setImmediate);
    expect(done).toBe(false);
    confirm({ Successful: [{ Id: '0' }] });
    await flushed;
    expect(await settling).toMatchObject({ acknowledged: true });
  });
});

describe('sends are split', () => {
  it.each([
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [25, [10, 10, 5]],
  ])('at ten entries: %i', async (count, sizes) => {
    const { results, sent } = await settled(requeued(count));
    expect(sent.map(({ entries }) => entries.length)).toEqual(sizes);
    expect(sent.flatMap(bodies)).toEqual(messages(count).map(({ body }) => body));
    expect(acknowledged(results).length).toBe(count);
  });

  it.each([
    [400_000, [2, 2, 1]],
    [300_000, [3, 2]],
    [1_000_000, [1, 1, 1, 1, 1]],
    [200_000, [5]],
  ])('at 1 MiB: five of %i bytes', async (bytes, sizes) => {
    const { sent } = await settled(
      requeued(5).map(([from, outcome]) => [{ ...from, body: 'x'.repeat(bytes) }, outcome]),
    );
    expect(sent.map(({ entries }) => entries.length)).toEqual(sizes);
    for (const { entries } of sent) expect(sqsViolations(entries)).toEqual([]);
  });

  it('and every one is a send that SQS takes', async () => {
    const attributes = stringAttributes(10);
    const work = messages(25).map((from, index): [Message, Outcome] => [
      { ...from, attributes },
      index % 3 === 0 ? deadLetter() : requeue(),
    ]);
    const { sent } = await settled(work);
    expect(sent.flatMap(({ entries }) => entries)).toHaveLength(25);
    for (const { entries } of sent) expect(sqsViolations(entries)).toEqual([]);
  });
});

describe('an entry that SQS did not take', () => {
  it('for a fault of the sender is not acknowledged, nor sent again; the others are acknowledged', async () => {
    const { results, sent } = await settled(requeued(3), failing({ 'body 1': SENDER_FAULT }));
    expect(acknowledged(results)).toEqual([0, 2]);
    expect(results[1]?.sendError).toBe('InvalidMessageContents: No.');
    expect(sent).toHaveLength(1);
  });

  it.each([
    ["SQS's own fault", SERVICE_FAULT],
    ['throttling', { Code: 'RequestThrottled', Message: '', SenderFault: false }],
    [
      "throttling that is marked as the sender's",
      { Code: 'RequestThrottled', Message: '', SenderFault: true },
    ],
    [
      "throttling by a key that is marked as the sender's",
      { Code: 'KMS.ThrottlingException', Message: '', SenderFault: true },
    ],
  ])('for %s is sent once more, alone, after a pause', async (_, failure) => {
    const { results, sent, pauses } = await settled(requeued(3), failing({ 'body 1': failure }, 1));
    expect(sent.map(bodies)).toEqual([['body 0', 'body 1', 'body 2'], ['body 1']]);
    expect(sent[1]?.entries[0]).toMatchObject({ DelaySeconds: 3 });
    expect(pauses).toHaveLength(1);
    expect(acknowledged(results)).toEqual([0, 1, 2]);
  });

  it('twice is not acknowledged and not sent a third time', async () => {
    const { results, sent } = await settled(
      requeued(3),
      failing({ 'body 0': SERVICE_FAULT, 'body 2': SERVICE_FAULT }),
    );
    expect(sent.map(bodies)).toEqual([
      ['body 0', 'body 1', 'body 2'],
      ['body 0', 'body 2'],
    ]);
    expect(acknowledged(results)).toEqual([1]);
    expect(results[0]?.sendError).toBe('InternalError: Try again.');
  });

  it('of two kinds: one is sent once more, the other not', async () => {
    const { results, sent } = await settled(
      requeued(3),
      failing({ 'body 0': SERVICE_FAULT, 'body 2': SENDER_FAULT }, 1),
    );
    expect(sent.map(bodies).at(-1)).toEqual(['body 0']);
    expect(acknowledged(results)).toEqual([0, 1]);
  });

  it('still has the outcome that was meant for it', async () => {
    const { results } = await settled(
      [[message({ body: 'body 0' }), deadLetter()]],
      failing({ 'body 0': SENDER_FAULT }),
    );
    expect(results[0]).toMatchObject({ acknowledged: false, outcome: { type: 'dead-letter' } });
  });
});

describe('a send that is refused whole', () => {
  const refusal = (name: string) =>
    Object.assign(new Error('No.'), { name, $metadata: { httpStatusCode: 400 } });

  /** Refuses every send that holds one of these bodies. */
  const refusing =
    (bad: readonly string[], code: string): Answer =>
    (entries, sendNumber) => {
      if (entries.some(({ MessageBody = '' }) => bad.includes(MessageBody))) throw refusal(code);
      return takesAll(entries, sendNumber);
    };

  it('for what stands in one message keeps no other back', async () => {
    const { results, sent } = await settled(requeued(10), refusing(['body 6'], 'InvalidMessageContents'));
    expect(acknowledged(results)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]);
    expect(results[6]?.sendError).toBe('InvalidMessageContents: No.');
    expect(sent.map(({ entries }) => entries.length)).toEqual([10, 5, 5, 3, 2, 1, 1, 1, 2]);
  });

  it.each(['AccessDenied', 'KmsDisabled', 'QueueDoesNotExist', 'InvalidSignatureException'])(
    'for %s, which is the same for all, is not tried in parts',
    async (code) => {
      const { results, sent } = await settled(requeued(10), refusing(['body 6'], code));
      expect([acknowledged(results), sent.length]).toEqual([[], 1]);
    },
  );

  it('is not tried in parts once the time is up', async () => {
    const end = new AbortController();
    let sends = 0;
    const settlement = settlementOver(
      {
        send: async () => {
          sends += 1;
          end.abort();
          throw refusal('InvalidMessageContents');
        },
      },
      end,
    );
    const results = messages(10).map((from) => settlement.settle(from, requeue()));
    await settlement.flush();
    expect([acknowledged(await Promise.all(results)), sends]).toEqual([[], 1]);
  });

  it('in one part, while entries of another fail for a reason that passes, has all the good ones sent', async () => {
    const { results } = await settled(requeued(10), (entries, sendNumber) => {
      if (entries.some(({ MessageBody }) => MessageBody === 'body 0')) throw refusal('InvalidParameterValue');
      return failing({ 'body 8': SERVICE_FAULT }, 3)(entries, sendNumber);
    });
    expect(acknowledged(results)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('sends', () => {
  it('wait for one another beyond the fifty for which there are connections', async () => {
    const underWay: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const settlement = settlementOver({
      send: async (_queueUrl, entries) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => underWay.push(resolve));
        now -= 1;
        return { Successful: entries.map(({ Id }) => ({ Id })) };
      },
    });
    const settling = messages(1_205).map((from) => settlement.settle(from, requeue()));
    const flushed = settlement.flush();
    for (let ended = 0; ended < 121; ended += 1) {
      while (underWay.length === 0) await new Promise(setImmediate);
      underWay.shift()?.();
    }
    await flushed;
    expect([acknowledged(await Promise.all(settling)).length, most]).toEqual([1_205, 50]);
  });

  it('that have not begun when the time is up never do, and leave their messages unacknowledged', async () => {
    const end = new AbortController();
    let sends = 0;
    const settlement = settlementOver(
      {
        send: (_queueUrl, _entries, signal) => {
          sends += 1;
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          );
        },
      },
      end,
    );
    const settling = messages(700).map((from) => settlement.settle(from, requeue()));
    const flushed = settlement.flush();
    await new Promise(setImmediate);
    end.abort();
    await flushed;
    const results = await Promise.all(settling);
    expect([acknowledged(results), sends]).toEqual([[], 50]);
    expect(results.at(-1)?.sendError).toBe('Error: the invocation was out of time for the send');
  });
});

describe('a send that is in doubt', () => {
  it.each([
    ['rejected', async () => Promise.reject(new Error('socket hang up'))],
    [
      'thrown',
      () => {
        throw new Error('socket hang up');
      },
    ],
  ] as [string, Answer][])('because it was %s leaves its messages unacknowledged', async (_, answer) => {
    const { results, sent } = await settled(requeued(3), answer);
    expect(acknowledged(results)).toEqual([]);
    expect(results.map(({ sendError }) => sendError)).toEqual(Array(3).fill('Error: socket hang up'));
    expect(sent).toHaveLength(1);
  });

  it('does not touch the messages of another send', async () => {
    const { results } = await settled(requeued(12), (entries, sendNumber) => {
      if (sendNumber === 1) throw new Error('socket hang up');
      return takesAll(entries, sendNumber);
    });
    expect(acknowledged(results)).toEqual([10, 11]);
  });

  it('because the second try failed leaves only those unacknowledged', async () => {
    const { results } = await settled(requeued(3), (entries, sendNumber) => {
      if (sendNumber === 2) throw new Error('socket hang up');
      return failing({ 'body 1': SERVICE_FAULT })(entries, sendNumber);
    });
    expect(acknowledged(results)).toEqual([0, 2]);
  });

  it('leaves those unacknowledged of which SQS said nothing', async () => {
    const { results } = await settled(requeued(3), () => ({
      Successful: [{ Id: '0' }, { Id: '7' }],
    }));
    expect(acknowledged(results)).toEqual([0]);
    expect(results[1]?.sendError).toMatch(/./);
  });

  it('leaves those unacknowledged of which SQS said both', async () => {
    const { results } = await settled(requeued(2), () => ({
      Successful: [{ Id: '0' }, { Id: '1' }],
      Failed: [{ ...SENDER_FAULT, Id: '1' }],
    }));
    expect(acknowledged(results)).toEqual([0]);
  });
});

describe('the pause before a send is tried again', () => {
  it.each([
    [0, 100],
    [0.5, 200],
    [1, 300],
  ])('is by chance (%d): %d ms', async (chance, milliseconds) => {
    const pauses: number[] = [];
    const settlement = settlementOver({
      send: async (_, entries) => failing({ 'body 0': SERVICE_FAULT })(entries, 1),
      random: () => chance,
      pause: async (pause) => pauses.push(pause),
    });
    const results = requeued(1).map(([from, outcome]) => settlement.settle(from, outcome));
    await settlement.flush();
    await Promise.all(results);
    expect(pauses).toEqual([milliseconds]);
  });
});

/** A settlement whose sends are held back until a test lets one go. */
function heldSettlement() {
  const held: (() => void)[] = [];
  const settlement = settlementOver({
    send: async (_, entries) => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
      });
      return takesAll(entries, 1);
    },
  });
  return {
    settlement,
    held,
    /** Whether it has resolved by the time that nothing more can happen by itself. */
    async isDone(promise: Promise<unknown>): Promise<boolean> {
      let done = false;
      void promise.then(() => {
        done = true;
      });
      await setTimeout(1);
      return done;
    },
    /** Has so many full batches under way. */
    begin(sends: number): void {
      for (const [from, outcome] of requeued(10 * sends)) void settlement.settle(from, outcome);
    },
  };
}

describe('the end of a batch', () => {
  it('is when every send has ended', async () => {
    const { settlement, held, isDone, begin } = heldSettlement();
    begin(2);
    const flushed = settlement.flush();
    await setTimeout(1);
    held.shift()?.();
    const early = await isDone(flushed);
    held.shift()?.();
    expect([early, await isDone(flushed)]).toEqual([false, true]);
  });
});

describe('work that waits for room to send', () => {
  it.each([
    [9, true],
    [10, false],
  ])('with %d sends under way goes on at once: %s', async (sends, expected) => {
    const { settlement, isDone, begin } = heldSettlement();
    begin(sends);
    expect(await isDone(settlement.room())).toBe(expected);
  });

  it('goes on when there are fewer than ten, and not before', async () => {
    const { settlement, held, isDone, begin } = heldSettlement();
    begin(11);
    const room = settlement.room();
    await setTimeout(1);
    held.shift()?.();
    const withTen = await isDone(room);
    held.shift()?.();
    expect([withTen, await isDone(room)]).toEqual([false, true]);
  });

  it('goes on when a send ends, all of it, at a cost that does not grow with how much waits', async () => {
    const settlement = settlementOver({
      send: async (_queueUrl, entries) => {
        await new Promise(setImmediate);
        return { Successful: entries.map(({ Id }) => ({ Id })) };
      },
    });
    let promises = 0;
    const counting = createHook({
      init: (_id, type) => {
        if (type === 'PROMISE') promises += 1;
      },
    }).enable();
    onTestFinished(() => {
      counting.disable();
    });
    const settling: unknown[] = [];
    const work = async () => {
      while (settling.length < 3_000) {
        await new Promise(setImmediate);
        settling.push(settlement.settle(message(), requeue()));
        await settlement.room();
      }
    };
    await Promise.all(Array.from({ length: 300 }, work));
    await settlement.flush();
    const results = await Promise.all(settling);
    expect(results.filter((result) => !(result as Settled).acknowledged)).toEqual([]);
    expect(promises / results.length).toBeLessThan(25);
  });
});

describe('a message that has no room', () => {
  it('for a journey is dead-lettered as too large to retry', async () => {
    const { results, sent } = await settled([[message({ body: 'x'.repeat(MEBIBYTE) }), requeue()]]);
    expect(sent).toMatchObject([{ queueUrl: DEAD_LETTERS }]);
    expect(results).toMatchObject([
      { acknowledged: true, outcome: { type: 'dead-letter', journey: { kind: 'malformed' } } },
    ]);
  });

  it('for any copy at all is not acknowledged, nor is it sent', async () => {
    const attributes = new Map([['huge', { dataType: 'String', stringValue: 'x'.repeat(MEBIBYTE) }]]);
    const { results, sent } = await settled([[message({ attributes }), deadLetter()]]);
    expect(acknowledged(results)).toEqual([]);
    expect(results[0]?.sendError).toMatch(/./);
    expect(sent).toEqual([]);
  });
});

describe('what sending needs', () => {
  it.each([
    { what: 'before there is a batch to send', outcome: requeue(), prepared: true },
    { what: 'not where nothing is to be sent', outcome: { type: 'acknowledge' } as const, prepared: false },
  ])('is prepared $what', ({ outcome, prepared }) => {
    let told = false;
    const settlement = settlementOver({
      prepareSend: () => {
        told = true;
      },
      send: () => Promise.reject(new Error('nothing is flushed yet')),
    });
    settlement.settle(message(), outcome);
    expect(told).toBe(prepared);
  });
});

describe('the end of the time', () => {
  it('reaches every send', async () => {
    const end = new AbortController();
    const signals: AbortSignal[] = [];
    const settlement = settlementOver(
      {
        send: (_queueUrl, _entries, signal) => {
          signals.push(signal);
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          );
        },
      },
      end,
    );
    const results = [settlement.settle(message(), requeue()), settlement.settle(message(), deadLetter())];
    const flushed = settlement.flush();
    end.abort();
    await flushed;
    expect(acknowledged(await Promise.all(results))).toEqual([]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('ends the pause before a second send, which then is none', async () => {
    const end = new AbortController();
    let sends = 0;
    const settlement = settlementOver(
      {
        send: async (_queueUrl, entries) => {
          sends += 1;
          return {
            Failed: entries.map(({ Id }) => ({ ...SERVICE_FAULT, Id })),
          };
        },
        pause: (_milliseconds, signal) => {
          setImmediate(() => end.abort());
          return setTimeout(3_600_000, undefined, { signal });
        },
      },
      end,
    );
    const result = settlement.settle(message(), requeue());
    await settlement.flush();
    expect({ sends, acknowledged: (await result).acknowledged }).toEqual({ sends: 1, acknowledged: false });
  });
});
