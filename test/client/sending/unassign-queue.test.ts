import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseBody } from '../../../client/contract/request.ts';
import type { UnassignQueueOptions } from '../../../client/sending/queue-options.ts';
import type { RequestInput } from '../../../client/sending/request-input.ts';
import {
  type EnqueueAllOptions,
  type EnqueueOptions,
  UnassignQueue,
} from '../../../client/sending/unassign-queue.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { startProxy } from '../../support/proxy.ts';
import { startTappedQueue, type TappedQueue } from './tapped-queue.ts';

const KEY = '2251799813685249';
const LARGEST_KEY = 9_223_372_036_854_775_807n;
const NOW = Date.parse('2026-11-23T10:00:00Z');

interface Stage extends TappedQueue {
  readonly queue: UnassignQueue;
  /** The bodies on the queue, which the contract takes, in order. */
  requests(): Promise<unknown[]>;
}

async function setStage(options: UnassignQueueOptions = {}): Promise<Stage> {
  const tapped = await startTappedQueue();
  const queue = new UnassignQueue({
    queueUrl: tapped.queueUrl,
    client: tapped.sqs,
    environment: {},
    now: () => NOW,
    ...options,
  });
  return {
    ...tapped,
    queue,
    async requests() {
      const parsed = (await tapped.drain()).map(({ Body }) => parseBody(Body ?? ''));
      return parsed.map((body) => (body.ok ? body.request : body.reason)).sort(byKey);
    },
  };
}

function byKey(a: unknown, b: unknown): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}

function* keys(count: number): Generator<string> {
  for (let key = 1; key <= count; key += 1) yield String(key);
}

/** What only a caller without types passes. */
const untyped = (value: unknown) => value as RequestInput;

const INVALID: [string, unknown, RegExp][] = [
  ['no key', '', /^requests\[1\]: userTaskKey: expected a string of 1 to 19 digits .*, got an empty string$/],
  ['a key that is no number', 'task-7', /^requests\[1\]: userTaskKey: expected .*, got the string "task-7"$/],
  [
    'a key beyond 64 bits',
    LARGEST_KEY + 1n,
    /^requests\[1\]: userTaskKey: .*, got the bigint 9223372036854775808$/,
  ],
  ['a negative bigint', -1n, /^requests\[1\]: userTaskKey: .*, got the bigint -1$/],
  [
    'a number above 2^53-1',
    Number('9007199254740993'),
    /^requests\[1\]: userTaskKey: .*the number .*loses digits above 2\^53-1/,
  ],
  [
    'a small number',
    7,
    /^requests\[1\]: userTaskKey: .*, got the number 7 \(a JavaScript number loses digits/,
  ],
  [
    'a number as a field',
    { userTaskKey: 7 },
    /^requests\[1\]: userTaskKey: .*, got the number 7 \(a JavaScript/,
  ],
  ['an object without a key', {}, /^requests\[1\]: userTaskKey: .*, got nothing$/],
  [
    'an unknown field',
    { userTaskKey: KEY, assignee: null },
    /^requests\[1\]: unknown field "assignee": expected/,
  ],
  [
    'a time without an offset',
    { userTaskKey: KEY, expiresAt: '2026-11-23T12:00' },
    /^requests\[1\]: expiresAt: .*\(the seconds are missing, the offset is missing/,
  ],
  [
    'one that has expired',
    { userTaskKey: KEY, expiresAt: new Date(NOW) },
    /^requests\[1\]: expiresAt: expected a time in the future, got "2026/,
  ],
  [
    'an invalid Date',
    { userTaskKey: KEY, expiresAt: new Date('x') },
    /^requests\[1\]: expiresAt: .*, got an invalid Date$/,
  ],
  [
    'guarded by null',
    { userTaskKey: KEY, expectedAssignee: null },
    /^requests\[1\]: expectedAssignee: expected 1 to 256 characters .*, got null \(/,
  ],
  [
    'guarded by nothing',
    { userTaskKey: KEY, expectedAssignee: undefined },
    /^requests\[1\]: expectedAssignee: .*, got nothing \(a request for whoever has the task leaves/,
  ],
  [
    'guarded by an empty name',
    { userTaskKey: KEY, expectedAssignee: '' },
    /^requests\[1\]: expectedAssignee: .*, got an empty string \(/,
  ],
  ['null', null, /^requests\[1\]: expected a key as a string or a bigint, or an object .*, got null$/],
  ['nothing', undefined, /^requests\[1\]: expected a key .*, got nothing$/],
  ['an array', [KEY], /^requests\[1\]: expected a key .*, got an array$/],
  ['a function', () => KEY, /^requests\[1\]: expected a key .*, got a function$/],
];

describe('a request', () => {
  it.each<[string, RequestInput, object]>([
    ['a key as a string', KEY, { userTaskKey: KEY }],
    ['a key as a bigint', LARGEST_KEY, { userTaskKey: '9223372036854775807' }],
    ['an object', { userTaskKey: 7n }, { userTaskKey: '7' }],
    [
      'an object with a Date',
      { userTaskKey: KEY, expiresAt: new Date(NOW + 60_000) },
      { userTaskKey: KEY, expiresAt: '2026-11-23T10:01:00.000Z' },
    ],
    [
      'an object with a time in a zone',
      { userTaskKey: KEY, expiresAt: '2026-11-23T12:01:00+02:00' },
      { userTaskKey: KEY, expiresAt: '2026-11-23T12:01:00+02:00' },
    ],
    [
      'an object with who must have the task',
      { userTaskKey: KEY, expectedAssignee: 'demo' },
      { userTaskKey: KEY, expectedAssignee: 'demo' },
    ],
    [
      'guarded by a name that SQS takes only escaped',
      { userTaskKey: KEY, expectedAssignee: 'a\uffff' },
      { userTaskKey: KEY, expectedAssignee: 'a\uffff' },
    ],
  ])('may be %s', async (_, request, expected) => {
    const { queue, requests, violations } = await setStage();
    await queue.enqueue(request);
    expect({ requests: await requests(), violations: violations() }).toEqual({
      requests: [expected],
      violations: [],
    });
  });

  it('whose expiry is null is sent without one, or with that of the options', async () => {
    const { queue, tap, queueUrl } = await setStage();
    await queue.enqueue({ userTaskKey: KEY, expiresAt: null }, { expiresAt: null });
    await queue.enqueue({ userTaskKey: KEY, expiresAt: null }, { expiresIn: '1h', expiresAt: null });
    expect(tap.sentTo(queueUrl).map(({ MessageBody }) => MessageBody)).toEqual([
      `{"userTaskKey":"${KEY}"}`,
      `{"userTaskKey":"${KEY}","expiresAt":"2026-11-23T11:00:00.000Z"}`,
    ]);
  });

  it.each(INVALID)('may not be %s: nothing is sent', async (_, request, reason) => {
    const { queue, tap } = await setStage();
    const [problem] = await problemsOf(queue.enqueue(untyped(request)));
    expect({ problem: `requests[1]: ${problem}`, sends: tap.sends.length }).toEqual({
      problem: expect.stringMatching(reason),
      sends: 0,
    });
  });

  it('may not expire before its delay ends', async () => {
    const { queue, tap } = await setStage();
    const problems = await problemsOf(queue.enqueue(KEY, { delaySeconds: 60, expiresIn: '1m' }));
    expect([problems, tap.sends]).toEqual([
      [expect.stringMatching(/^expiresAt: expected a time after delaySeconds \(60 s from now\), got/)],
      [],
    ]);
  });

  it('that is enqueued resolves with the id that SQS gave its message', async () => {
    const { queue, drain } = await setStage();
    const { messageId } = await queue.enqueue(KEY);
    expect((await drain()).map(({ MessageId }) => MessageId)).toEqual([messageId]);
  });

  it('that SQS refuses throws with SQS’s code', async () => {
    const { queue, tap } = await setStage();
    tap.fault = () => ({ kind: 'failed-entries', ids: ['0'], code: 'AccessDenied', senderFault: true });
    await expect(queue.enqueue(KEY)).rejects.toMatchObject({
      name: 'EnqueueError',
      code: 'AccessDenied',
      retryable: false,
    });
  });

  it('with a signal that is aborted already throws, and is not sent', async () => {
    const { queue, tap } = await setStage();
    await expect(queue.enqueue(KEY, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'EnqueueError',
      code: 'Aborted',
    });
    expect(tap.sends).toEqual([]);
  });
});

describe('options', () => {
  it('put a delay, a group, an expiry, attributes and the trace header on every message', async () => {
    const { queue, tap, queueUrl, violations } = await setStage({
      environment: { _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' },
    });
    await queue.enqueueAll(['1', '2'], {
      delaySeconds: 30,
      messageGroupId: 'tenant-7',
      expiresIn: '2h',
      attributes: {
        text: '✓',
        count: 7,
        bytes: Uint8Array.of(0, 255),
        own: { dataType: 'String.x', stringValue: 'y' },
      },
    });
    const message = {
      DelaySeconds: 30,
      MessageGroupId: 'tenant-7',
      MessageAttributes: {
        text: { DataType: 'String', StringValue: '✓' },
        count: { DataType: 'Number', StringValue: '7' },
        bytes: { DataType: 'Binary', BinaryValue: 'AP8=' },
        own: { DataType: 'String.x', StringValue: 'y' },
      },
      MessageSystemAttributes: {
        AWSTraceHeader: {
          DataType: 'String',
          StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
        },
      },
    };
    const body = (userTaskKey: string) =>
      JSON.stringify({ userTaskKey, expiresAt: '2026-11-23T12:00:00.000Z' });
    expect({ entries: tap.sentTo(queueUrl), violations: violations() }).toEqual({
      entries: [
        { Id: '0', MessageBody: body('1'), ...message },
        { Id: '1', MessageBody: body('2'), ...message },
      ],
      violations: [],
    });
  });

  it.each<[string, EnqueueOptions, string]>([
    ['seconds', { expiresIn: 90 }, '2026-11-23T10:01:30.000Z'],
    ['text', { expiresIn: '1h30m' }, '2026-11-23T11:30:00.000Z'],
    ['a moment', { expiresAt: new Date(NOW + 1) }, '2026-11-23T10:00:00.001Z'],
    ['a moment as text', { expiresAt: '2026-11-23T12:00:00+01:00' }, '2026-11-23T12:00:00+01:00'],
  ])('say when a request expires by %s', async (_, options, expiresAt) => {
    const { queue, requests } = await setStage();
    await queue.enqueue(KEY, options);
    expect(await requests()).toEqual([{ userTaskKey: KEY, expiresAt }]);
  });

  it('leave a request’s own expiry alone', async () => {
    const { queue, requests } = await setStage();
    const request = { userTaskKey: KEY, expiresAt: '2026-11-24T00:00:00Z' };
    await queue.enqueue(request, { expiresIn: '1h' });
    expect(await requests()).toEqual([request]);
  });

  it('say who must have the task of a request that does not say it itself', async () => {
    const { queue, requests } = await setStage();
    const own = { userTaskKey: '2', expectedAssignee: 'anna' };
    await queue.enqueueAll(['1', own, { userTaskKey: '3', expiresAt: '2026-11-24T00:00:00Z' }], {
      expectedAssignee: 'demo',
    });
    expect(await requests()).toEqual([
      { userTaskKey: '1', expectedAssignee: 'demo' },
      own,
      { userTaskKey: '3', expiresAt: '2026-11-24T00:00:00Z', expectedAssignee: 'demo' },
    ]);
  });

  it('do not guard a request whose own guard is empty by mistake', async () => {
    const { queue, tap } = await setStage();
    const empty = untyped({ userTaskKey: KEY, expectedAssignee: null });
    const [problem] = await problemsOf(queue.enqueueAll([KEY, empty], { expectedAssignee: 'demo' }));
    expect({ problem, sends: tap.sends }).toEqual({
      problem: expect.stringMatching(/^requests\[1\]: expectedAssignee: .*, got null/),
      sends: [],
    });
  });

  it('leave a trace header out that SQS would not take', async () => {
    const { queue, tap } = await setStage({ environment: { _X_AMZN_TRACE_ID: '\u0000' } });
    await queue.enqueue(KEY);
    expect(tap.sends[0]?.entries[0]?.MessageSystemAttributes).toBeUndefined();
  });

  it.each<[string, unknown, RegExp]>([
    ['a signal that is none', { signal: {} }, /^signal: expected an AbortSignal, got an object$/],
    ['progress to nobody', { onProgress: 5 }, /^onProgress: expected a function, got the number 5$/],
    ['a lifetime of years', { expiresIn: '999d' }, /^expiresIn: .* at most a year, got the string "999d"$/],
    ['a guard of null', { expectedAssignee: null }, /^expectedAssignee: expected 1 to 256 .*, got null \(/],
    ['a guard of nothing', { expectedAssignee: undefined }, /^expectedAssignee: .*, got nothing \(/],
    ['a guard that is empty', { expectedAssignee: '' }, /^expectedAssignee: .*, got an empty string \(/],
    ['what is no option', { expires: '2h' }, /^unknown option "expires": did you mean expiresAt\?$/],
    [
      'a delay below 0',
      { delaySeconds: -1 },
      /^delaySeconds: expected a whole number from 0 to 900, got the number -1$/,
    ],
    ['a delay above 900', { delaySeconds: 901 }, /^delaySeconds: .*, got the number 901$/],
    ['a broken delay', { delaySeconds: 1.5 }, /^delaySeconds: .*, got the number 1.5$/],
    ['a delay as text', { delaySeconds: '30' }, /^delaySeconds: .*, got the string "30"$/],
    [
      'an empty group',
      { messageGroupId: '' },
      /^messageGroupId: expected 1 to 128 printable .*, got an empty string$/,
    ],
    ['a group with a blank', { messageGroupId: 'a b' }, /^messageGroupId: .*, got the string "a b"$/],
    ['a group that is too long', { messageGroupId: 'x'.repeat(129) }, /^messageGroupId: expected 1 to 128/],
    [
      'two expiries',
      { expiresIn: 1, expiresAt: new Date(NOW) },
      /^expiresAt, expiresIn: expected one of the two, got both$/,
    ],
    ['an expiry at once', { expiresIn: 0 }, /^expiresIn: expected seconds above 0, .*, got the number 0$/],
    ['an expiry in words', { expiresIn: 'soon' }, /^expiresIn: .*, got the string "soon"$/],
    ['an expiry in ages', { expiresIn: '999999999d' }, /^expiresIn: /],
    [
      'an expiry without offset',
      { expiresAt: '2026-11-23' },
      /^expiresAt: expected a date and time .*, got the string "2026-11-23" \(the time is missing\)/,
    ],
    ['an expiry that is no time', { expiresAt: new Date('x') }, /^expiresAt: .*, got an invalid Date$/],
    ['a trace header of two lines', { traceHeader: 'a\nb' }, /^traceHeader: expected an X-Ray trace header/],
    ['attributes as an array', { attributes: ['a'] }, /^attributes: expected an object .*, got an array$/],
    [
      'the journey',
      { attributes: { UnassignJourney: '{}' } },
      /^attributes\["UnassignJourney"\]: this name is the function's/,
    ],
    [
      'the failure',
      { attributes: { UnassignFailure: 'x' } },
      /^attributes\["UnassignFailure"\]: this name is the function's/,
    ],
    ['an attribute without a name', { attributes: { '': 'x' } }, /^attributes\[""\]: a name has 1 to 256/],
    [
      'a reserved name',
      { attributes: { 'AWS.x': 'x' } },
      /^attributes\["AWS.x"\]: a name .* no prefix AWS\./,
    ],
    ['a name with two full stops', { attributes: { 'a..b': 'x' } }, /^attributes\["a\.\.b"\]: a name/],
    [
      'an empty attribute',
      { attributes: { a: '' } },
      /^attributes\["a"\]: a value is text, at least one character/,
    ],
    ['a control character', { attributes: { a: '\u0007' } }, /^attributes\["a"\]: a value is text/],
    [
      'no bytes',
      { attributes: { a: new Uint8Array() } },
      /^attributes\["a"\]: a Binary value is bytes, at least one/,
    ],
    ['not a number', { attributes: { a: Number.NaN } }, /^attributes\["a"\]: a Number value is digits/],
    [
      'null as an attribute',
      { attributes: { a: null } },
      /^attributes\["a"\]: expected text, a number, bytes, .*, got null$/,
    ],
    [
      'an unknown type',
      { attributes: { a: { dataType: 'Date', stringValue: 'x' } } },
      /^attributes\["a"\]: a type is String/,
    ],
    [
      'eleven attributes',
      { attributes: Object.fromEntries([...keys(11)].map((key) => [`a${key}`, 'x'])) },
      /^attributes: expected at most 10, got 11$/,
    ],
    [
      'attributes that leave the function no room',
      { attributes: { a: 'x'.repeat(1_040_000) } },
      /^attributes: expected at most 1032192 bytes .* so that the function has room for its reason, got 1040007$/,
    ],
  ])('may not hold %s: nothing is sent', async (_, options, reason) => {
    const { queue, tap } = await setStage();
    const problems = await problemsOf(queue.enqueueAll(keys(3), options as EnqueueAllOptions));
    expect({ problems, sends: tap.sends.length }).toEqual({
      problems: [expect.stringMatching(reason)],
      sends: 0,
    });
  });

  it('are refused with everything that is wrong with them at once', async () => {
    const { queue } = await setStage();
    const options = { delaySeconds: -1, messageGroupId: '', attributes: { '': 'x', 'AWS.x': 'y' } };
    expect(await problemsOf(queue.enqueue(KEY, options))).toHaveLength(4);
  });
});

describe('many requests', () => {
  it.each<[string, () => Iterable<RequestInput> | AsyncIterable<RequestInput>]>([
    ['an array', () => ['1', '2', '3']],
    ['a Set', () => new Set(['1', '2', '3'])],
    ['a typed array', () => BigInt64Array.of(1n, 2n, 3n)],
    ['a generator', () => keys(3)],
    ['an async generator', () => slowKeys(3)],
  ])('may come from %s', async (_, source) => {
    const { queue, requests } = await setStage();
    const summary = await queue.enqueueAll(source());
    expect({ summary, requests: await requests() }).toEqual({
      summary: { sent: 3, failed: [], aborted: false },
      requests: [{ userTaskKey: '1' }, { userTaskKey: '2' }, { userTaskKey: '3' }],
    });
  });

  it.each<[string, unknown]>([
    ['a string', '123'],
    ['nothing', undefined],
    ['one request', { userTaskKey: KEY }],
  ])('may not come from %s', async (_, source) => {
    const { queue } = await setStage();
    expect(await problemsOf(queue.enqueueAll(source as string[]))).toEqual([
      expect.stringMatching(/^requests: expected an iterable of requests, got /),
    ]);
  });

  it.each(INVALID)('in an array are not sent where one of them is %s', async (_, request, reason) => {
    const { queue, tap } = await setStage();
    const problems = await problemsOf(queue.enqueueAll(['1', untyped(request), '3']));
    expect({ problems, sends: tap.sends.length }).toEqual({
      problems: [expect.stringMatching(reason)],
      sends: 0,
    });
  });

  it.each<[string, Iterable<RequestInput>]>([
    ['a Set', new Set(['1', 'wrong'])],
    ['a typed array', BigInt64Array.of(1n, -1n)],
  ])('in %s are not sent where one of them is wrong', async (_, source) => {
    const { queue, tap } = await setStage();
    const problems = await problemsOf(queue.enqueueAll(source));
    expect({ problems, sends: tap.sends.length }).toEqual({
      problems: [expect.stringMatching(/^requests\[1\]: userTaskKey: /)],
      sends: 0,
    });
  });

  it.each(INVALID)('from a generator are sent but for one that is %s', async (_, request, reason) => {
    const { queue, requests } = await setStage();
    const { sent, failed } = await queue.enqueueAll(['1', untyped(request), '3'].values());
    expect({ sent, failed, requests: await requests() }).toEqual({
      sent: 2,
      failed: [
        {
          index: 1,
          request,
          code: 'InvalidRequest',
          message: expect.stringMatching(reason),
          retryable: false,
        },
      ],
      requests: [{ userTaskKey: '1' }, { userTaskKey: '3' }],
    });
  });

  it('that are all wrong are told in a message of bounded length, with their number', async () => {
    const { queue } = await setStage();
    const sending = queue.enqueueAll(Array.from({ length: 5_000 }, () => 'x'));
    const error = await sending.catch((reason: Error) => reason);
    expect(String(error)).toMatch(/requests\[9\].*\nand 4990 more$/);
  });

  it('that fail come back in the order of their index, as they were passed, and the others are sent', async () => {
    const { queue, tap, drain } = await setStage();
    tap.fault = ({ entries }) => ({
      kind: 'failed-entries',
      ids: entries.filter(({ MessageBody }) => MessageBody.includes('7')).map(({ Id }) => Id),
      code: 'InvalidMessageContents',
      senderFault: true,
    });
    const { sent, failed } = await queue.enqueueAll(
      Array.from({ length: 40 }, (_, index) => BigInt(index + 1)),
    );
    const failure = (key: bigint) => ({
      index: Number(key) - 1,
      request: key,
      code: 'InvalidMessageContents',
      message: 'failed by the test',
      retryable: false,
    });
    expect({ sent, failed, received: (await drain()).length }).toEqual({
      sent: 36,
      failed: [7n, 17n, 27n, 37n].map(failure),
      received: 36,
    });
  });

  it('that fail come back in the order of their index, even where a later one fails first', async () => {
    const { queue, tap } = await setStage();
    const refused = (ids: string[]) =>
      ({ kind: 'failed-entries', ids, code: 'InvalidMessageContents', senderFault: true }) as const;
    // The first batch has to be sent again, and fails only then.
    tap.fault = (_send, attempt) =>
      attempt === 1
        ? { kind: 'error', status: 503, type: 'ServiceUnavailable', sent: false }
        : refused(['0']);
    const { failed } = await queue.enqueueAll(keys(20));
    expect(failed.map(({ index }) => index)).toEqual([0, 10]);
  });

  it('report their progress', async () => {
    const { queue } = await setStage();
    const seen: string[] = [];
    const source = ['1', '2', 'wrong', '4'].values();
    await queue.enqueueAll(source, { onProgress: ({ sent, failed }) => seen.push(`${sent} ${failed}`) });
    expect(seen.at(-1)).toBe('3 1');
    expect(seen).toHaveLength(4);
  });

  it('stop at an abort, and say what was sent', async () => {
    const { queue, requests } = await setStage({ batchesInFlight: 2 });
    const abort = new AbortController();
    const { sent, failed, aborted } = await queue.enqueueAll(keys(100_000), {
      signal: abort.signal,
      onProgress: (progress) => progress.sent === 25 && abort.abort(),
    });
    expect({
      aborted,
      reachedTheEnd: sent + failed.length === 100_000,
      received: (await requests()).length,
      codes: [...new Set(failed.map(({ code }) => code))].filter((code) => code !== 'Aborted'),
    }).toEqual({ aborted: true, reachedTheEnd: false, received: sent, codes: [] });
  });

  it('whose source breaks are sent up to there, and the error says what became of them', async () => {
    const { queue, requests } = await setStage();
    function* breaking() {
      yield* keys(12);
      yield 'wrong';
      throw new Error('the database went away');
    }
    const error = await queue.enqueueAll(breaking()).catch((reason: unknown) => reason);
    expect({ error, received: (await requests()).length }).toMatchObject({
      error: {
        name: 'EnqueueInterruptedError',
        message: 'enqueueing ended early (12 sent, 1 failed): the database went away',
        summary: { sent: 12, failed: [{ index: 12, code: 'InvalidRequest' }] },
      },
      received: 12,
    });
  });

  it('can be followed one by one', async () => {
    const { queue } = await setStage();
    const seen: string[] = [];
    for await (const result of queue.enqueueEach(['1', 'wrong', '3'].values())) {
      seen.push(`${result.index} ${result.sent ? 'sent' : result.code}`);
    }
    expect(seen.sort()).toEqual(['0 sent', '1 InvalidRequest', '2 sent']);
  });
});

describe('the queue', () => {
  it('is found by the environment, and reached with a client of its own', async () => {
    const { queueUrl, requests } = await setStage();
    const queue = new UnassignQueue({
      environment: { UNASSIGN_QUEUE_URL: queueUrl },
      aws: { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    });
    onTestFinished(() => queue.close());
    await queue.enqueue(KEY);
    expect(await requests()).toEqual([{ userTaskKey: KEY }]);
  });

  it('is looked for again after it was not found', async () => {
    const { queueUrl, sqs, requests } = await setStage();
    const environment: Record<string, string> = {};
    const queue = new UnassignQueue({ environment, client: sqs });
    const first = await queue.enqueue(KEY).catch((error: Error) => error.name);
    environment['UNASSIGN_QUEUE_URL'] = queueUrl;
    await queue.enqueue(KEY);
    expect({ first, requests: await requests() }).toEqual({
      first: 'QueueAddressError',
      requests: [{ userTaskKey: KEY }],
    });
  });

  it.each([0, -1, 1.5, 51, Number.NaN, '8'])('cannot have %j batches in flight', (batchesInFlight) => {
    const options = { batchesInFlight: batchesInFlight as number };
    expect(() => new UnassignQueue(options)).toThrow(
      /^batchesInFlight: expected a whole number from 1 to 50/,
    );
  });

  it.each<[string, object, RegExp]>([
    ['an option misspelt', { queueURL: 'x' }, /^unknown option "queueURL": did you mean queueUrl\?$/],
    [
      'an option that it has not',
      { timeout: 1 },
      /^unknown option "timeout": expected queueUrl, stage, local, port/,
    ],
    [
      'an option of AWS misspelt',
      { aws: { regoin: 'x' } },
      /^aws: unknown option "regoin": did you mean region\?$/,
    ],
    [
      'two places',
      { queueUrl: 'https://x', stage: 'prod' },
      /^queueUrl, stage: expected one of them, got 2$/,
    ],
    [
      'this machine and a stage',
      { local: true, stage: 'prod' },
      /^stage, local: expected one of them, got 2$/,
    ],
    ['null', null as unknown as object, /^options: expected an object with queueUrl, .*, got null$/],
    ['a stage alone', 'prod' as unknown as object, /^options: expected an object with .*the string "prod"$/],
    ['null for AWS', { aws: null }, /^aws: expected an object with region, credentials, profile, got null$/],
    ['a port of nothing', { port: 9324 }, /^port: goes with local: true$/],
    [
      'no port',
      { local: true, port: 0 },
      /^port: expected a whole number from 1 to 65535, got the number 0$/,
    ],
    ['a text for yes', { local: 'true' }, /^local: expected true or false, got /],
    [
      'a text for proxies',
      { proxyFromEnvironment: 'yes' },
      /^proxyFromEnvironment: expected true or false, got /,
    ],
  ])('is not made of %s', (_, options, problem) => {
    expect(() => new UnassignQueue(options)).toThrow(problem);
  });

  it('of this machine needs neither region nor credentials', async () => {
    const { direct, drain } = await startTappedQueue();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const queue = new UnassignQueue({ local: true, port: Number(new URL(direct.queueUrl).port) });
    onTestFinished(() => queue.close());
    await queue.enqueue(KEY);
    expect(await drain()).toHaveLength(1);
  });

  it.each<[string, object, Record<string, string>, number]>([
    ['over a proxy where it is asked to', { proxyFromEnvironment: true }, {}, 1],
    ['over a proxy where the environment asks for it', {}, { NODE_USE_ENV_PROXY: '1' }, 1],
    ['straight where nobody asks', {}, {}, 0],
    ['straight where a caller says so', { proxyFromEnvironment: false }, { NODE_USE_ENV_PROXY: '1' }, 0],
  ])('sends %s', async (_, options, variables, count) => {
    const { direct, drain } = await startTappedQueue();
    const proxy = await startProxy();
    const queue = new UnassignQueue({
      queueUrl: direct.queueUrl,
      aws: { region: 'us-east-1', credentials: LOCAL_CREDENTIALS },
      environment: { HTTP_PROXY: proxy.url, ...variables },
      ...options,
    });
    onTestFinished(() => queue.close());
    await queue.enqueue(KEY);
    expect(await drain()).toHaveLength(1);
    expect(proxy.asked).toHaveLength(count);
  });

  it('has no part in a proxy that is none', async () => {
    const environment = { HTTPS_PROXY: 'http://a b', NODE_USE_ENV_PROXY: '1' };
    const queue = new UnassignQueue({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/x', environment });
    await expect(queue.enqueue(KEY)).rejects.toMatchObject({ name: 'ProxySettingError' });
  });

  it('does not try again what the settings of endpoints exclude', async () => {
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', 'http://127.0.0.1:9');
    onTestFinished(() => void vi.unstubAllEnvs());
    const queue = new UnassignQueue({
      queueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/x',
      aws: { credentials: LOCAL_CREDENTIALS },
      environment: {},
    });
    onTestFinished(() => queue.close());
    await expect(queue.enqueue(KEY)).rejects.toMatchObject({ code: 'EndpointError', retryable: false });
  });

  it('leaves a client that was passed in open when it is closed', async () => {
    const { queue, sqs, requests } = await setStage();
    const destroyed = vi.spyOn(sqs, 'destroy');
    await queue.enqueue(KEY);
    await queue.close();
    expect(destroyed).not.toHaveBeenCalled();
    await queue.enqueue(KEY);
    expect(await requests()).toHaveLength(2);
  });
});

async function problemsOf(sending: Promise<unknown>): Promise<readonly string[]> {
  const error = await sending.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'InvalidRequestError', code: 'InvalidRequest', retryable: false });
  return Object(error).problems;
}

async function* slowKeys(count: number): AsyncGenerator<string> {
  for (const key of keys(count)) {
    await pause(1);
    yield key;
  }
}
