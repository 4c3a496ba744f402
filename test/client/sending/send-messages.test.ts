import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { MessageAttribute } from '../../../client/contract/journey.ts';
import { pauseMs } from '../../../client/sending/send-batch.ts';
import {
  type OutgoingMessage,
  type SendMessagesOptions,
  type SendOutcome,
  sendMessages,
} from '../../../client/sending/send-messages.ts';
import type { Send, SendFault } from '../../support/sqs-tap.ts';
import { startTappedQueue, type TappedQueue } from './tapped-queue.ts';

type Result<T> = { item: T; outcome: SendOutcome };

const NO_ATTRIBUTES: ReadonlyMap<string, MessageAttribute> = new Map();
const plain = (body: string): OutgoingMessage => ({ body, attributes: NO_ATTRIBUTES });
const bodies = (count: number) => Array.from({ length: count }, (_, index) => `body ${index}`);

/** Does not wait between attempts, only lets what is due happen. */
const AT_ONCE: SendMessagesOptions = { pause: () => pause(0) };

async function sendAll(
  queue: TappedQueue,
  items: Iterable<string> | AsyncIterable<string>,
  options: SendMessagesOptions = AT_ONCE,
): Promise<Result<string>[]> {
  return all(sendMessages(queue.sqs, queue.queueUrl, items, plain, options));
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const result of results) found.push(result);
  return found;
}

function unsent(results: readonly Result<string>[]) {
  return results.flatMap(({ item, outcome }) => (outcome.sent ? [] : [{ item, ...outcome }]));
}

function* counted<T>(items: readonly T[], onRead: (count: number) => void): Generator<T> {
  for (const [index, item] of items.entries()) {
    onRead(index + 1);
    yield item;
  }
}

/** Only what never answers needs a time-out that comes soon; on a slow machine it may come for others too. */
function patienceWith(fault: SendFault, attemptTimeoutMs: number): SendMessagesOptions {
  return fault.kind === 'hang' || fault.kind === 'half-answer' ? { ...AT_ONCE, attemptTimeoutMs } : AT_ONCE;
}

async function* asynchronously<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe('messages', () => {
  it.each([
    ['an array', (items: string[]) => items],
    ['a generator', (items: string[]) => items.values()],
    ['an async generator', (items: string[]) => asynchronously(items)],
  ])('of %s are all sent, in batches of ten', async (_, source) => {
    const queue = await startTappedQueue();
    const results = await sendAll(queue, source(bodies(23)));
    expect({
      batches: queue.tap.sends.map(({ entries }) => entries.length),
      sent: results.map(({ item }) => item).sort(),
      received: (await queue.drain()).map(({ Body }) => Body).sort(),
    }).toEqual({ batches: [10, 10, 3], sent: bodies(23).sort(), received: bodies(23).sort() });
  });

  it.each([
    ['InvalidMessageContents', 22],
    ['InvalidParameterValueException', 22],
    ['AccessDenied', 13],
    ['KmsDisabled', 13],
  ])('of a batch that is refused whole with %s: %i of 23 are sent', async (code, sent) => {
    const queue = await startTappedQueue();
    queue.tap.fault = ({ entries }) =>
      entries.some(({ MessageBody }) => MessageBody === 'body 3')
        ? { kind: 'error', status: 400, type: `com.amazonaws.sqs#${code}`, sent: false }
        : undefined;
    const results = await sendAll(queue, bodies(23));
    expect({
      sent: (await queue.drain()).length,
      unsent: unsent(results).map(({ code, retryable }) => ({ code, retryable })),
    }).toEqual({ sent, unsent: Array(23 - sent).fill({ code, retryable: false }) });
  });

  it('of a batch that is refused whole are not tried in parts after an abort', async () => {
    const queue = await startTappedQueue();
    const controller = new AbortController();
    queue.tap.fault = () => {
      controller.abort();
      return { kind: 'error', status: 400, type: 'com.amazonaws.sqs#InvalidMessageContents', sent: false };
    };
    const results = await sendAll(queue, bodies(10), { ...AT_ONCE, signal: controller.signal });
    expect({ codes: unsent(results).map(({ code }) => code), sends: queue.tap.sends.length }).toEqual({
      codes: Array(10).fill('Aborted'),
      sends: 1,
    });
  });

  it('come back with the id that SQS gave them', async () => {
    const queue = await startTappedQueue();
    const results = await sendAll(queue, bodies(12));
    const received = new Map((await queue.drain()).map(({ Body, MessageId }) => [Body, MessageId]));
    expect(results.map(({ outcome }) => outcome.sent && outcome.messageId)).toEqual(
      results.map(({ item }) => received.get(item)),
    );
  });

  it('go in batches of at most 1 MiB, attributes included', async () => {
    const queue = await startTappedQueue();
    const attributes = new Map([['a'.repeat(24), { dataType: 'String', stringValue: 'v'.repeat(200_000) }]]);
    const messages = Array.from({ length: 5 }, () => ({ body: 'x'.repeat(200_000), attributes }));
    await all(sendMessages(queue.sqs, queue.queueUrl, messages, (message) => message));
    expect({
      sizes: queue.tap.sends.map(({ entries }) => entries.length).sort(),
      violations: queue.violations(),
    }).toEqual({ sizes: [1, 2, 2], violations: [] });
  });

  it('are sent up to exactly 1 MiB, and one byte more is refused before anything is sent of it', async () => {
    const queue = await startTappedQueue();
    const results = await sendAll(queue, ['x'.repeat(1_048_576), 'x'.repeat(1_048_577), 'small']);
    expect({
      outcomes: results.map(({ item, outcome }) => [
        item.length,
        outcome.sent ? 'sent' : `${outcome.code}, ${outcome.retryable}`,
      ]),
      violations: queue.violations(),
    }).toEqual({
      outcomes: expect.arrayContaining([
        [1_048_576, 'sent'],
        [1_048_577, 'MessageTooLong, false'],
        [5, 'sent'],
      ]),
      violations: [],
    });
  });

  it('keep SQS’s rules and arrive as they were, whatever their sizes, attributes, delays and groups', async () => {
    const queue = await startTappedQueue();
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 40 }), async (messages) => {
        queue.tap.sends.length = 0;
        const results = await all(sendMessages(queue.sqs, queue.queueUrl, messages, (outgoing) => outgoing));
        const received = await queue.drain();
        expect({
          violations: queue.violations(),
          unsent: results.filter(({ outcome }) => !outcome.sent),
          bodies: received.map(({ Body }) => Body).sort(),
        }).toEqual({ violations: [], unsent: [], bodies: messages.map(({ body }) => body).sort() });
      }),
      { numRuns: 25 },
    );
  });

  it('carry attributes, delay, group and trace header', async () => {
    const queue = await startTappedQueue();
    const outgoing: OutgoingMessage = {
      body: '{}',
      attributes: new Map<string, MessageAttribute>([
        ['text', { dataType: 'String', stringValue: '✓' }],
        ['bytes', { dataType: 'Binary.raw', binaryValue: 'AP8=' }],
      ]),
      delaySeconds: 7,
      messageGroupId: 'tenant-7',
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    };
    await all(sendMessages(queue.sqs, queue.queueUrl, [outgoing], (message) => message));
    expect(queue.tap.sentTo(queue.queueUrl)).toEqual([
      {
        Id: '0',
        MessageBody: '{}',
        MessageAttributes: {
          text: { DataType: 'String', StringValue: '✓' },
          bytes: { DataType: 'Binary.raw', BinaryValue: 'AP8=' },
        },
        DelaySeconds: 7,
        MessageGroupId: 'tenant-7',
        MessageSystemAttributes: {
          AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
        },
      },
    ]);
  });
});

const message: fc.Arbitrary<OutgoingMessage> = fc.record({
  body: fc.oneof(
    fc.string({ minLength: 1, maxLength: 200, unit: fc.constantFrom('a', 'é', '✓', '😀', '"', '\n') }),
    fc.integer({ min: 1, max: 600_000 }).map((length) => 'x'.repeat(length)),
  ),
  attributes: fc
    .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,20}$/), fc.stringMatching(/^[a-zé✓]{1,300}$/)), {
      maxLength: 10,
      selector: ([name]) => name,
    })
    .map((pairs) => new Map(pairs.map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]))),
  messageGroupId: fc.option(fc.stringMatching(/^[a-z]{1,20}$/), { nil: undefined }),
});

describe('what is under way', () => {
  /** How many sends were under way at most. */
  async function mostAtOnce(batchesInFlight: number): Promise<number> {
    const queue = await startTappedQueue();
    let now = 0;
    let most = 0;
    queue.sqs.middlewareStack.add((next) => async (args) => {
      now += 1;
      most = Math.max(most, now);
      try {
        return await next(args);
      } finally {
        now -= 1;
      }
    });
    await sendAll(queue, bodies(500), { batchesInFlight });
    return most;
  }

  it.each([1, 3, 20])('is as many batches as it is told: %i', async (batchesInFlight) => {
    expect(await mostAtOnce(batchesInFlight)).toBe(batchesInFlight);
  });

  it('bounds how far a source is read ahead of the results that were taken', async () => {
    const queue = await startTappedQueue();
    let read = 0;
    const source = counted(bodies(2_000), (count) => {
      read = count;
    });
    let taken = 0;
    let furthest = 0;
    for await (const _ of sendMessages(queue.sqs, queue.queueUrl, source, plain, { batchesInFlight: 2 })) {
      taken += 1;
      furthest = Math.max(furthest, read - taken);
    }
    expect({ taken, tooFar: furthest > 60 }).toEqual({ taken: 2_000, tooFar: false });
  });

  it('does not read a source further that yields nothing but what cannot be sent', async () => {
    const queue = await startTappedQueue();
    let read = 0;
    const tooLong = 'x'.repeat(1_048_577);
    function* endless() {
      for (;;) {
        read += 1;
        yield tooLong;
      }
    }
    const results = sendMessages(queue.sqs, queue.queueUrl, endless(), plain, { batchesInFlight: 1 });
    await results.next();
    await results.return();
    expect(read).toBeLessThanOrEqual(20);
  });

  it('includes a batch that is not full once the source keeps it waiting', async () => {
    const queue = await startTappedQueue();
    const more = Promise.withResolvers<void>();
    async function* stalling() {
      yield 'first';
      await more.promise;
      yield 'second';
    }
    const results = sendMessages(queue.sqs, queue.queueUrl, stalling(), plain);
    const first = await results.next();
    more.resolve();
    expect([first.value?.item, (await results.next()).value?.item]).toEqual(['first', 'second']);
  });
});

describe('a fault', () => {
  const ENTRY = (code: string, senderFault: boolean): SendFault => ({
    kind: 'failed-entries',
    ids: ['0', '1'],
    code,
    senderFault,
  });

  it('after the send, an answer whose MD5 is wrong, is tried again', async () => {
    const queue = await startTappedQueue();
    let answers = 0;
    queue.sqs.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        answers += 1;
        const [first] = Object(result.output).Successful;
        if (answers === 1) first.MD5OfMessageBody = '0'.repeat(32);
        return result;
      },
      { step: 'deserialize', priority: 'high' },
    );
    const results = await sendAll(queue, ['a']);
    expect({ unsent: unsent(results), received: (await queue.drain()).map(({ Body }) => Body) }).toEqual({
      unsent: [],
      received: ['a', 'a'],
    });
  });

  it.each<[string, SendFault]>([
    ['entries that failed by SQS’s own fault', ENTRY('InternalError', false)],
    ['entries that were throttled, whatever SQS says of the fault', ENTRY('RequestThrottled', true)],
    ['entries that KMS throttled', ENTRY('KmsThrottled', true)],
    ['an answer that mentions no entry', { kind: 'silent-success' }],
    ['a 500', { kind: 'error', status: 500, type: 'InternalFailure', sent: false }],
    ['a 503', { kind: 'error', status: 503, type: 'ServiceUnavailable', sent: false }],
    ['a 400 that says throttled', { kind: 'error', status: 400, type: 'RequestThrottled', sent: false }],
    ['a 429', { kind: 'error', status: 429, type: 'TooMany', sent: false }],
    ['a reset', { kind: 'reset', sent: false }],
    ['no answer in time', { kind: 'hang', sent: false }],
    ['half an answer', { kind: 'half-answer', sent: false }],
  ])('that passes is tried again: %s', async (_, fault) => {
    const queue = await startTappedQueue();
    queue.tap.fault = (_send, attempt) => (attempt <= 2 ? fault : undefined);
    const results = await sendAll(queue, ['a', 'b'], patienceWith(fault, 1_000));
    expect({
      unsent: unsent(results),
      received: new Set((await queue.drain()).map(({ Body }) => Body)),
    }).toEqual({
      unsent: [],
      received: new Set(['a', 'b']),
    });
  });

  it.each<[string, SendFault, string]>([
    ['an entry', ENTRY('InvalidMessageContents', true), 'InvalidMessageContents'],
    [
      'a queue that is gone',
      { kind: 'error', status: 400, type: 'QueueDoesNotExist', sent: false },
      'QueueDoesNotExist',
    ],
    ['no permission', { kind: 'error', status: 403, type: 'AccessDenied', sent: false }, 'AccessDenied'],
  ])('of the sender’s is not tried again: %s', async (_, fault, code) => {
    const queue = await startTappedQueue();
    queue.tap.fault = () => fault;
    const results = await sendAll(queue, ['a', 'b']);
    expect({ sends: queue.tap.sends.length, unsent: unsent(results) }).toEqual({
      sends: 1,
      unsent: ['a', 'b'].map((item) =>
        expect.objectContaining({ item, sent: false, code, retryable: false }),
      ),
    });
  });

  it('without credentials is not tried again', async () => {
    const queue = await startTappedQueue();
    queue.sqs.config.credentials = () =>
      Promise.reject(
        Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' }),
      );
    let pauses = 0;
    const results = await sendAll(queue, ['a'], { pause: async () => ++pauses });
    expect({ pauses, unsent: unsent(results) }).toEqual({
      pauses: 0,
      unsent: [expect.objectContaining({ code: 'CredentialsProviderError', retryable: false })],
    });
  });

  it.each<[string, SendFault, string]>([
    ['throttling', ENTRY('RequestThrottled', true), 'RequestThrottled'],
    ['a 503', { kind: 'error', status: 503, type: 'ServiceUnavailable', sent: false }, 'ServiceUnavailable'],
    ['a reset', { kind: 'reset', sent: false }, 'ECONNRESET'],
    ['silence', { kind: 'silent-success' }, 'InDoubt'],
    ['no answer', { kind: 'hang', sent: false }, 'InDoubt'],
  ])('that does not pass is given up after the attempts that are allowed: %s', async (_, fault, code) => {
    const queue = await startTappedQueue();
    queue.tap.fault = () => fault;
    const results = await sendAll(queue, ['a', 'b'], { ...patienceWith(fault, 1_500), maxAttempts: 3 });
    expect({ sends: queue.tap.sends.length, unsent: unsent(results) }).toEqual({
      sends: 3,
      unsent: ['a', 'b'].map((item) => expect.objectContaining({ item, code, retryable: true })),
    });
  });

  it('of one entry sends that one again, and no other', async () => {
    const queue = await startTappedQueue();
    queue.tap.fault = (_send, attempt) =>
      attempt === 1
        ? { kind: 'failed-entries', ids: ['3'], code: 'InternalError', senderFault: false }
        : undefined;
    const results = await sendAll(queue, bodies(10));
    expect({
      batches: queue.tap.sends.map(({ entries }) => entries.map(({ MessageBody }) => MessageBody)),
      unsent: unsent(results),
    }).toEqual({ batches: [bodies(10), ['body 3']], unsent: [] });
  });

  it('leaves every other message sent', async () => {
    const queue = await startTappedQueue();
    const doomed = ({ entries }: Send) => entries.filter(({ MessageBody }) => MessageBody.endsWith('7'));
    queue.tap.fault = (send) => ({
      kind: 'failed-entries',
      ids: doomed(send).map(({ Id }) => Id),
      code: 'InvalidMessageContents',
      senderFault: true,
    });
    const results = await sendAll(queue, bodies(40));
    expect({
      unsent: unsent(results)
        .map(({ item }) => item)
        .sort(),
      received: (await queue.drain()).length,
    }).toEqual({ unsent: ['body 17', 'body 27', 'body 37', 'body 7'], received: 36 });
  });

  it('after the send makes a duplicate, and nothing is lost', async () => {
    const queue = await startTappedQueue();
    queue.tap.fault = (_send, attempt) => (attempt === 1 ? { kind: 'reset', sent: true } : undefined);
    const results = await sendAll(queue, ['a']);
    expect({ unsent: unsent(results), received: (await queue.drain()).map(({ Body }) => Body) }).toEqual({
      unsent: [],
      received: ['a', 'a'],
    });
  });

  it('loses no result, whatever fails when', async () => {
    const queue = await startTappedQueue();
    const fault = fc.constantFrom<SendFault | undefined>(
      undefined,
      undefined,
      ENTRY('InternalError', false),
      ENTRY('InvalidParameterValue', true),
      { kind: 'error', status: 500, type: 'InternalFailure', sent: true },
      { kind: 'error', status: 400, type: 'InvalidParameterValue', sent: false },
      { kind: 'reset', sent: true },
      { kind: 'reset', sent: false },
      { kind: 'silent-success' },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 40 }), fc.nat(60), async (faults, count) => {
        const before = queue.tap.sends.length;
        queue.tap.fault = () => faults[queue.tap.sends.length - before - 1];
        const results = await sendAll(queue, bodies(count), { ...AT_ONCE, maxAttempts: 2 });
        const received = new Set((await queue.drain()).map(({ Body }) => Body));
        const reported = results.filter(({ outcome }) => outcome.sent).map(({ item }) => item);
        expect({
          all: results.map(({ item }) => item).sort(),
          notThere: reported.filter((body) => !received.has(body)),
        }).toEqual({ all: bodies(count).sort(), notThere: [] });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the pause before another attempt', () => {
  it.each([
    [2, 100, 200],
    [3, 200, 400],
    [4, 400, 800],
    [8, 5_000, 10_000],
    [20, 5_000, 10_000],
  ])('number %i is %i to %i ms', (attempt, shortest, longest) => {
    expect([pauseMs(attempt, () => 0), pauseMs(attempt, () => 1)]).toEqual([shortest, longest]);
  });
});

describe('an abort', () => {
  it('before the start reads and sends nothing', async () => {
    const queue = await startTappedQueue();
    let read = false;
    function* source() {
      read = true;
      yield 'a';
    }
    const results = await sendAll(queue, source(), { signal: AbortSignal.abort() });
    expect({ read, results, sends: queue.tap.sends.length }).toEqual({ read: false, results: [], sends: 0 });
  });

  it('leaves no timer behind that would keep the process', async () => {
    const queue = await startTappedQueue();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await sendAll(queue, ['a'], { signal: AbortSignal.abort() });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reports what was sent, and reads no further', async () => {
    const queue = await startTappedQueue();
    const abort = new AbortController();
    let read = 0;
    const source = counted(bodies(100_000), (count) => {
      read = count;
      if (read === 205) abort.abort();
    });
    const results = await sendAll(queue, source, { signal: abort.signal });
    const sent = results.filter(({ outcome }) => outcome.sent).map(({ item }) => item);
    expect({
      read,
      results: results.length,
      received: (await queue.drain()).map(({ Body }) => Body ?? '').sort(),
      codes: [...new Set(unsent(results).map(({ code, retryable }) => `${code} ${retryable}`))],
    }).toEqual({ read: 205, results: 205, received: sent.sort(), codes: ['Aborted true'] });
  });

  it('ends a pause between two attempts, with the fault of the first', async () => {
    const queue = await startTappedQueue();
    queue.tap.fault = () => ({ kind: 'error', status: 503, type: 'ServiceUnavailable', sent: false });
    const abort = new AbortController();
    const results = await sendAll(queue, ['a'], {
      signal: abort.signal,
      pause: (_milliseconds, signal) => {
        abort.abort();
        return pause(3_600_000, undefined, { signal });
      },
    });
    expect({ sends: queue.tap.sends.length, unsent: unsent(results) }).toEqual({
      sends: 1,
      unsent: [expect.objectContaining({ item: 'a', code: 'ServiceUnavailable', retryable: true })],
    });
  });

  it('waits no longer than its grace for what is under way, and calls that doubtful', async () => {
    const queue = await startTappedQueue();
    const abort = new AbortController();
    queue.tap.fault = () => {
      abort.abort();
      return { kind: 'hang', sent: true };
    };
    const results = await sendAll(queue, ['a'], { signal: abort.signal, abortGraceMs: 50 });
    expect(unsent(results)).toEqual([
      expect.objectContaining({ item: 'a', code: 'InDoubt', retryable: true }),
    ]);
  });

  it('ends while the source keeps everybody waiting', async () => {
    const queue = await startTappedQueue();
    const abort = new AbortController();
    async function* silent(): AsyncGenerator<string> {
      yield 'a';
      setTimeout(() => abort.abort(), 10);
      await new Promise(() => {});
    }
    const results = await sendAll(queue, silent(), { signal: abort.signal });
    expect(results.map(({ item }) => item)).toEqual(['a']);
  });
});

describe('a source', () => {
  it('that fails is told to the caller, after what came before has been sent', async () => {
    const queue = await startTappedQueue();
    function* failing() {
      yield* bodies(13);
      throw new Error('the source broke');
    }
    const seen: string[] = [];
    const sending = async () => {
      for await (const { item, outcome } of sendMessages(queue.sqs, queue.queueUrl, failing(), plain)) {
        if (outcome.sent) seen.push(item);
      }
    };
    await expect(sending()).rejects.toThrow('the source broke');
    expect({ seen: seen.sort(), received: (await queue.drain()).length }).toEqual({
      seen: bodies(13).sort(),
      received: 13,
    });
  });

  it.each([
    ['sync', (release: () => void) => leaving(release)],
    ['async', (release: () => void) => leavingAsync(release)],
  ])('is released when the consumer leaves, and what is under way ends: %s', async (_, source) => {
    const queue = await startTappedQueue();
    const released = Promise.withResolvers<void>();
    const sending = sendMessages(queue.sqs, queue.queueUrl, source(released.resolve), plain);
    for await (const _result of sending) break;
    await released.promise;
    const received = (await queue.drain()).length;
    expect({ received, sent: queue.tap.sentTo(queue.queueUrl).length }).toEqual({ received, sent: received });
  });
});

function* leaving(release: () => void) {
  try {
    yield* bodies(1_000);
  } finally {
    release();
  }
}

async function* leavingAsync(release: () => void) {
  yield* leaving(release);
}
