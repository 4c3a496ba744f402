import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import {
  ACKNOWLEDGED,
  agedRecordOf,
  failureOf,
  journeyOf,
  record,
  recordOf,
  requestFor,
  type Stage,
  setStage,
} from '../../../support/stage.ts';

/** Every call is answered by this fault. */
function answering(stage: Stage, fault: Fault): void {
  stage.cluster.settings.fault = () => fault;
}

function status(code: number, title = 'TITLE', detail = 'what happened'): Fault {
  return {
    kind: 'answer',
    status: code,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title, status: code, detail }),
  };
}

describe('acknowledge', () => {
  it('unassigns an open task and sends nothing', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    const response = await stage.invoke([requestFor(task.key)]);
    expect({ response, assignee: task.assignee, sends: stage.tap.sends }).toEqual({
      response: ACKNOWLEDGED,
      assignee: null,
      sends: [],
    });
  });

  it('takes the 204 of a task that nobody has for the same success', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: null });
    expect(await stage.invoke([requestFor(task.key)])).toEqual(ACKNOWLEDGED);
  });

  it('keeps keys of partition 4 exact, which a JSON number would round', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ partition: 4 });
    await stage.invoke([requestFor(task.key)]);
    expect(stage.cluster.calls.map(({ key }) => key)).toEqual([task.key]);
  });

  it('takes a 200 without a body for the same success', async () => {
    const stage = await setStage();
    answering(stage, { kind: 'answer', status: 200 });
    expect(await stage.invoke([requestFor('1')])).toEqual(ACKNOWLEDGED);
  });
});

describe('dead-letter', () => {
  it.each([
    {
      situation: 400,
      fault: status(400, 'Bad Request'),
      kind: 'rejected',
      line: 'rejected: 400 Bad Request: what happened',
    },
    {
      situation: 404,
      fault: status(404, 'NOT_FOUND', "no task '2251799813685249'"),
      kind: 'not-found',
      line: "not-found: 404 NOT_FOUND: no task '2251799813685249'",
    },
    {
      situation: 409,
      fault: status(409, 'INVALID_STATE'),
      kind: 'wrong-state',
      line: 'wrong-state: 409 INVALID_STATE: what happened',
    },
  ])('sends a $situation to the dead-letter queue as $kind', async ({ fault, kind, line }) => {
    const stage = await setStage();
    answering(stage, fault);
    const response = await stage.invoke([requestFor('2251799813685249')]);
    const [letter, ...others] = stage.deadLettered();
    expect({ response, line: failureOf(letter), kind: journeyOf(letter)?.kind, others }).toEqual({
      response: ACKNOWLEDGED,
      line,
      kind,
      others: [],
    });
  });

  it('keeps Camunda 8.8’s own words for a task in the hands of a listener', async () => {
    const stage = await setStage({ cluster: { version: '8.8' } });
    const task = stage.cluster.tasks.create({ state: 'ASSIGNING' });
    await stage.invoke([requestFor(task.key)]);
    expect(failureOf(stage.deadLettered()[0])).toBe(
      `wrong-state: 409 INVALID_STATE: Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to assign user task with key '${task.key}', but it is in state 'ASSIGNING'`,
    );
  });

  it.each([
    {
      what: 'text that is not JSON',
      body: 'unassign please',
      says: /^malformed: body: expected a JSON object/,
    },
    {
      what: 'a JSON number as key',
      body: '{"userTaskKey":2251799813685249}',
      says: /^malformed: userTaskKey: expected a string .*JSON number/,
    },
    {
      what: 'an unknown field',
      body: '{"userTaskKey":"1","assignee":"x"}',
      says: /^malformed: unknown field "assignee"/,
    },
    {
      what: 'a key above 2^63-1',
      body: '{"userTaskKey":"9223372036854775808"}',
      says: /^malformed: userTaskKey: .*9223372036854775807/,
    },
    {
      what: 'a body of more than 16 KiB',
      body: `{"userTaskKey":"1"${' '.repeat(16_384)}}`,
      says: /^malformed: body: expected at most 16384 bytes/,
    },
  ])('never calls the cluster for $what', async ({ body, says }) => {
    const stage = await setStage();
    const response = await stage.invoke([record(body)]);
    expect({
      response,
      calls: stage.cluster.calls,
      bodies: stage.deadLettered().map((letter) => letter.MessageBody),
      line: failureOf(stage.deadLettered()[0]),
    }).toEqual({ response: ACKNOWLEDGED, calls: [], bodies: [body], line: expect.stringMatching(says) });
  });

  it('never calls the cluster for a request past its expiresAt', async () => {
    const stage = await setStage();
    const body = '{"userTaskKey":"1","expiresAt":"2020-01-01T00:00:00+01:00"}';
    await stage.invoke([record(body)]);
    expect({ calls: stage.cluster.calls, line: failureOf(stage.deadLettered()[0]) }).toEqual({
      calls: [],
      line: 'expired: expiresAt 2020-01-01T00:00:00+01:00 has passed',
    });
  });
});

describe('requeue', () => {
  it.each([
    { what: '503', fault: status(503, 'UNAVAILABLE') },
    { what: '429', fault: status(429, 'RESOURCE_EXHAUSTED') },
    { what: '502', fault: { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' } },
    { what: '504', fault: status(504, 'DEADLINE_EXCEEDED') },
    { what: '401 with no credentials to renew', fault: status(401, 'Unauthorized') },
    { what: 'a reset before any answer', fault: { kind: 'reset', at: 'start' } },
    { what: 'a connection that is closed without an answer', fault: { kind: 'close' } },
    { what: 'bytes that are not HTTP', fault: { kind: 'garbage' } },
    {
      what: 'headers that never end',
      fault: { kind: 'answer', status: 503, headers: { huge: 'x'.repeat(100_000) } },
    },
  ] satisfies { what: string; fault: Fault }[])(
    'sends $what back to the queue with a delay',
    async ({ fault }) => {
      const stage = await setStage();
      answering(stage, fault);
      const response = await stage.invoke([requestFor('2251799813685249')]);
      const [copy] = stage.requeued();
      expect({
        response,
        body: copy?.MessageBody,
        delay: copy?.DelaySeconds,
        attempts: journeyOf(copy)?.attempts,
        deadLetters: stage.deadLettered(),
      }).toEqual({
        response: ACKNOWLEDGED,
        body: '{"userTaskKey":"2251799813685249"}',
        delay: 1,
        attempts: 1,
        deadLetters: [],
      });
    },
  );

  it('requeues backpressure in the words of either version', async () => {
    for (const version of ['8.6', '8.8'] as const) {
      const stage = await setStage({ cluster: { version, limit: 0 } });
      await stage.invoke([requestFor(stage.cluster.tasks.create().key)]);
      expect(journeyOf(stage.requeued()[0])).toMatchObject({
        lastStatus: version === '8.6' ? 429 : 503,
        lastTitle: 'RESOURCE_EXHAUSTED',
      });
    }
  });

  it('requeues when nothing listens at the address', async () => {
    const stage = await setStage();
    await stage.cluster.close();
    await stage.invoke([requestFor('1')]);
    expect(journeyOf(stage.requeued()[0])?.lastDetail).toMatch(/^no connection: .*ECONNREFUSED/);
  });

  it('requeues when the name does not resolve', async () => {
    const stage = await setStage({ env: { CAMUNDA_REST_ADDRESS: 'http://cluster.invalid' } });
    await stage.invoke([requestFor('1')]);
    expect(journeyOf(stage.requeued()[0])?.lastDetail).toMatch(/^no connection: .*(ENOTFOUND|EAI_AGAIN)/);
  });

  it('waits at least as long as Retry-After says', async () => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({
      kind: 'situation',
      situation: { is: 'exhausted', partition: '1' },
      headers: { 'retry-after': '77' },
    });
    await stage.invoke([requestFor('1')]);
    expect(stage.requeued()[0]?.DelaySeconds).toBe(77);
  });

  it('remembers the first call over the hops of a request', async () => {
    const stage = await setStage();
    answering(stage, status(503));
    await stage.invoke([requestFor('1')]);
    const first = stage.requeued()[0];
    if (first === undefined) throw new Error('nothing was requeued');
    await stage.invoke([recordOf(first)]);
    const [before, after] = stage.requeued().map(journeyOf);
    expect(after).toMatchObject({
      attempts: 2,
      firstTriedAt: before?.firstTriedAt,
      firstMessageId: before?.firstMessageId,
    });
  });

  it('dead-letters as unavailable-too-long when the retry budget is used up', async () => {
    const stage = await setStage({ env: { RETRY_FOR_SECONDS: '60' } });
    answering(stage, status(503, 'UNAVAILABLE', 'nobody leads partition 2'));
    await stage.invoke([requestFor('1')]);
    const copy = stage.requeued()[0];
    if (copy === undefined) throw new Error('nothing was requeued');
    await stage.invoke([agedRecordOf(copy, 61_000)]);
    expect(failureOf(stage.deadLettered()[0])).toMatch(
      /^unavailable-too-long: .*; 503 UNAVAILABLE: nobody leads partition 2$/,
    );
  });
});

describe('a key that is answered 503 again and again', () => {
  /** What becomes of a key of that partition, on a cluster with 3 partitions, in six deliveries. */
  async function deliverSixTimes(partition: number, fault?: Fault) {
    const stage = await setStage({
      cluster: { partitions: 3, fault: fault && (({ key }) => (key ? fault : undefined)) },
    });
    let next: SQSRecord | undefined = requestFor(stage.cluster.tasks.newKey(partition));
    for (let delivery = 1; delivery <= 6 && next !== undefined; delivery += 1) {
      const sent = stage.requeued().length;
      // As if it had waited: the topology must be newer than the copy.
      await stage.invoke([next]);
      const copy = stage.requeued()[sent];
      next = copy && recordOf(copy, { sentAt: Date.now() - 1_000 });
    }
    return stage;
  }

  it('is a dead letter once the topology says that its partition does not exist', async () => {
    const stage = await deliverSixTimes(9);
    expect({
      requeued: stage.requeued().length,
      line: failureOf(stage.deadLettered()[0]),
    }).toEqual({
      requeued: 3,
      line: 'rejected: the key belongs to partition 9, and the cluster has 3 (GET /v2/topology); 503 UNAVAILABLE: Expected to handle request, but request could not be delivered',
    });
  });

  it('goes on being requeued while its partition only has no leader', async () => {
    const stage = await deliverSixTimes(2, { kind: 'situation', situation: { is: 'no-broker' } });
    expect({ requeued: stage.requeued().length, deadLettered: stage.deadLettered() }).toEqual({
      requeued: 6,
      deadLettered: [],
    });
  });

  it('goes on being requeued under load, without a look at the topology', async () => {
    const stage = await deliverSixTimes(2, {
      kind: 'situation',
      situation: { is: 'exhausted', partition: '2' },
    });
    expect({
      requeued: stage.requeued().length,
      asked: stage.cluster.calls.filter(({ path }) => path === '/v2/topology'),
    }).toEqual({ requeued: 6, asked: [] });
  });
});

describe('redeliver', () => {
  const unknown = [
    { what: '500', fault: status(500, 'INTERNAL_ERROR') },
    { what: '403', fault: status(403, 'FORBIDDEN') },
    { what: '405', fault: status(405, 'Method Not Allowed') },
  ] satisfies { what: string; fault: Fault }[];

  it.each(unknown)('reports $what as a batch item failure', async ({ fault }) => {
    const stage = await setStage();
    answering(stage, fault);
    const failing = requestFor('1');
    const response = await stage.invoke([failing]);
    expect({ response, sends: stage.tap.sends }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: failing.messageId }] },
      sends: [],
    });
  });

  it.each(unknown)('dead-letters $what on the last receive as failed-repeatedly', async ({ fault }) => {
    const stage = await setStage({ env: { MAX_RECEIVE_COUNT: '3' } });
    answering(stage, fault);
    const response = await stage.invoke([requestFor('1', { receiveCount: 3 })]);
    expect({ response, kind: journeyOf(stage.deadLettered()[0])?.kind }).toEqual({
      response: ACKNOWLEDGED,
      kind: 'failed-repeatedly',
    });
  });

  it('reports only what failed, in a batch of every fate', async () => {
    const stage = await setStage();
    const { tasks } = stage.cluster;
    const broken = tasks.create();
    stage.cluster.settings.fault = ({ key }) => (key === broken.key ? status(500) : undefined);
    const failing = requestFor(broken.key);
    const response = await stage.invoke([
      requestFor(tasks.create().key),
      requestFor(tasks.newKey()),
      record('nonsense'),
      failing,
      requestFor(tasks.newKey(9)),
    ]);
    expect({
      response,
      requeued: stage.requeued().length,
      kinds: stage
        .deadLettered()
        .map((letter) => journeyOf(letter)?.kind)
        .sort(),
    }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: failing.messageId }] },
      requeued: 1,
      kinds: ['malformed', 'not-found'],
    });
  });

  it('fails the whole batch before any call when a record has no identifier', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create();
    const response = await stage.invoke([requestFor(task.key), requestFor(task.key, { messageId: '' })]);
    expect({ response, calls: stage.cluster.calls }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: '' }] },
      calls: [],
    });
  });
});
