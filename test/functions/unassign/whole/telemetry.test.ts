import { describe, expect, it } from 'vitest';
import { startFunction } from '../../../../infra/local/lambda/function-process.ts';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import type { SendFault } from '../../../support/sqs-tap.ts';
import { agedRecordOf, record, requestFor, setStage } from '../../../support/stage.ts';

const INTERNAL_ERROR: Fault = {
  kind: 'answer',
  status: 500,
  body: '{"title":"INTERNAL_ERROR","detail":"a detail","status":500}',
};

describe('the log', () => {
  it('says in one line a batch what became of its messages', async () => {
    const stage = await setStage();
    const { tasks } = stage.cluster;
    const failing = tasks.create();
    stage.cluster.settings.fault = ({ key }) => (key === failing.key ? INTERNAL_ERROR : undefined);
    await stage.invoke([
      requestFor(tasks.create().key),
      requestFor(tasks.create().key),
      requestFor(tasks.newKey(9)),
      requestFor(tasks.newKey()),
      requestFor(failing.key),
    ]);
    expect(stage.logLines().filter(({ message }) => message === 'batch settled')).toEqual([
      expect.objectContaining({
        level: 'INFO',
        records: 5,
        Acknowledged: 2,
        Requeued: 1,
        DeadLettered: 1,
        Redelivered: 1,
        CredentialsRefused: 0,
      }),
    ]);
  });

  it('has no line for a message that was simply acknowledged', async () => {
    const stage = await setStage();
    await stage.invoke([requestFor(stage.cluster.tasks.create().key)]);
    expect(stage.logLines().filter((line) => 'messageId' in line)).toEqual([]);
  });

  it('says of a requeued message where it stands', async () => {
    const stage = await setStage();
    const key = stage.cluster.tasks.newKey(9);
    const request = requestFor(key);
    await stage.invoke([request]);
    expect(stage.logLines().find((line) => 'messageId' in line)).toMatchObject({
      level: 'INFO',
      message: 'message requeued',
      messageId: request.messageId,
      firstMessageId: request.messageId,
      userTaskKey: key,
      outcome: 'requeue',
      status: 503,
      title: 'UNAVAILABLE',
      attempts: 1,
      delaySeconds: 1,
    });
  });

  it('says of a dead letter why it is one', async () => {
    const stage = await setStage();
    await stage.invoke([record('nonsense')]);
    expect(stage.logLines().find((line) => 'messageId' in line)).toMatchObject({
      level: 'WARN',
      outcome: 'dead-letter',
      kind: 'malformed',
      reason: expect.stringContaining('not JSON'),
    });
  });

  it('says of a message that will be delivered again how it was answered, this call counted', async () => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => INTERNAL_ERROR;
    await stage.invoke([requestFor('1', { receiveCount: 2 })]);
    expect(stage.logLines().find((line) => 'messageId' in line)).toMatchObject({
      level: 'ERROR',
      outcome: 'redeliver',
      reason: 'the cluster answered 500',
      title: 'INTERNAL_ERROR',
      attempts: 1,
      receiveCount: 2,
    });
  });

  it.each<[string, SendFault, RegExp]>([
    [
      'refused',
      { kind: 'error', status: 400, type: 'AccessDenied', sent: false },
      /AccessDenied.* \(HTTP 400\)$/,
    ],
    ['answered by half', { kind: 'half-answer', sent: false }, / \(HTTP 200\)$/],
  ])(
    'says of a message whose copy was %s that it will be delivered again, and why',
    async (_, fault, why) => {
      const stage = await setStage();
      stage.tap.fault = () => fault;
      await stage.invoke([record('nonsense')]);
      expect(stage.logLines().find((line) => 'messageId' in line)).toMatchObject({
        level: 'ERROR',
        outcome: 'redeliver',
        sendError: expect.stringMatching(why),
      });
    },
  );
});

describe('the metrics', () => {
  it('count what became of the messages, in CloudWatch’s embedded format', async () => {
    const stage = await setStage();
    await stage.invoke([
      requestFor(stage.cluster.tasks.create().key),
      record('nonsense', { sentAt: Date.now() - 90_000 }),
    ]);
    const [whole, byKind] = stage.logLines().filter((line) => '_aws' in line);
    expect({ whole, byKind }).toMatchObject({
      whole: {
        Acknowledged: 1,
        Requeued: 0,
        DeadLettered: 1,
        Redelivered: 0,
        CredentialsRefused: 0,
        OldestRequestAge: expect.toSatisfy((age: number) => age >= 90 && age < 3_600),
        ClusterLatency: [expect.any(Number)],
      },
      byKind: { kind: 'malformed', DeadLettered: 1 },
    });
  });

  it('have the age of a requeued request from when it was first sent, whenever its copy was', async () => {
    const stage = await setStage();
    const key = stage.cluster.tasks.newKey(9);
    await stage.invoke([requestFor(key)]);
    const [copy] = stage.requeued();
    if (copy === undefined) throw new Error('it was not requeued');
    await stage.invoke([agedRecordOf(copy, 3_600_000)]);
    const ages = stage.logLines().flatMap(({ OldestRequestAge: age }) => (age === undefined ? [] : [age]));
    expect(ages).toEqual([expect.any(Number), expect.toSatisfy((age: number) => age >= 3_600)]);
  });

  it('are counted apart for each deployment', async () => {
    const stage = await setStage({ env: { POWERTOOLS_SERVICE_NAME: 'camunda-unassign-prod' } });
    await stage.invoke([record('nonsense')]);
    expect(stage.logLines().filter((line) => '_aws' in line)).toMatchObject([
      { service: 'camunda-unassign-prod', _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] } },
      {
        service: 'camunda-unassign-prod',
        _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'kind']] }] },
      },
    ]);
  });

  it.each([
    [503, 1],
    [429, 1],
    [500, 0],
    [404, 0],
  ])('count an answer of %i as a busy cluster: %i', async (status, expected) => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({ kind: 'answer', status });
    await stage.invoke([requestFor(stage.cluster.tasks.create().key)]);
    expect(stage.logLines().find((line) => 'ClusterBusy' in line)?.['ClusterBusy']).toBe(expected);
  });

  it('measure each call to the cluster', async () => {
    const latencyMs = 50;
    const stage = await setStage({ cluster: { latencyMs } });
    const keys = Array.from({ length: 4 }, () => stage.cluster.tasks.create().key);
    const startedAt = Date.now();
    await stage.invoke(keys.map((key) => requestFor(key)));
    const tookMs = Date.now() - startedAt;
    const measured = expect.toSatisfy((ms: number) => ms >= latencyMs - 1 && ms <= tookMs);
    expect(stage.logLines().find((line) => 'ClusterLatency' in line)?.['ClusterLatency']).toEqual(
      Array(4).fill(measured),
    );
  });

  it('have at most a hundred calls in a line, as CloudWatch takes them', async () => {
    const stage = await setStage();
    const keys = Array.from({ length: 250 }, () => stage.cluster.tasks.create().key);
    await stage.invoke(keys.map((key) => requestFor(key)));
    const lines = stage.logLines().filter((line) => 'ClusterLatency' in line);
    expect(lines.map((line) => (line['ClusterLatency'] as number[]).length)).toEqual([100, 100, 50]);
  });
});

describe('a start with wrong settings', () => {
  it('is refused with every problem in one message, and no secret’s value', async () => {
    const start = startFunction({
      env: {
        QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign.fifo',
        CAMUNDA_REST_ADDRESS: 'camunda.example.com',
        CAMUNDA_AUTH_STRATEGY: 'OAUTH',
        CAMUNDA_CLIENT_SECRET: 'the-client-secret-7f3a',
      },
    });
    await expect(start).rejects.toThrow(
      expect.toSatisfy((error: Error) => {
        const named = [
          'QUEUE_URL',
          'DEAD_LETTER_QUEUE_URL',
          'CAMUNDA_REST_ADDRESS',
          'CAMUNDA_OAUTH_URL',
          'CAMUNDA_CLIENT_ID',
        ];
        return named.every((name) => error.message.includes(name)) && !error.message.includes('7f3a');
      }),
    );
  });
});
