// Requests that say whose task it must be, through the built function.
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import type { Task } from '../../../../infra/local/stand-in/tasks.ts';
import {
  ACKNOWLEDGED,
  failureOf,
  journeyOf,
  record,
  recordOf,
  requestFor,
  type Stage,
  setStage,
} from '../../../support/stage.ts';

const MINUTE = 60_000;

/** A request that holds only while that person has the task; sent long enough ago for what is read to count. */
function guarded(task: Pick<Task, 'key'>, expectedAssignee: string, ageMs = 2 * MINUTE): SQSRecord {
  const body = JSON.stringify({ userTaskKey: task.key, expectedAssignee });
  return record(body, { sentAt: Date.now() - ageMs });
}

/** What was asked of the cluster about tasks, in order. */
function methodsOf({ cluster }: Stage): string[] {
  return cluster.calls.filter(({ path }) => path.includes('/user-tasks/')).map(({ method }) => method);
}

/** Every reading is answered by this fault, and nothing else is. */
function readingsAnswered(stage: Stage, fault: Fault): void {
  stage.cluster.settings.fault = ({ method, path }) =>
    method === 'GET' && path.includes('/user-tasks/') ? fault : undefined;
}

function lineOf(stage: Stage, message: string) {
  return stage.logLines().find((line) => line['message'] === message);
}

describe('a request whose person has the task', () => {
  it('is read, called and acknowledged', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    expect(await stage.invoke([guarded(task, 'demo', 0)])).toEqual(ACKNOWLEDGED);
    expect([methodsOf(stage), task.assignee, stage.tap.sends]).toEqual([['GET', 'DELETE'], null, []]);
  });

  it('is a dead letter for what the call says, as without the guard', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'demo', state: 'ASSIGNING' });
    await stage.invoke([guarded(task, 'demo')]);
    expect(journeyOf(stage.deadLettered()[0])?.kind).toBe('wrong-state');
  });

  it('keeps its guard on every copy', async () => {
    const stage = await setStage({ cluster: { paused: true } });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    const request = guarded(task, 'demo');
    await stage.invoke([request]);
    expect(stage.requeued()[0]?.MessageBody).toBe(request.body);
  });
});

describe('a request whose task somebody else has', () => {
  it.each([
    ['somebody else', 'anna'],
    ['nobody', null],
  ])('is acknowledged as superseded, and logged without a name: %s', async (holder, assignee) => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee });
    expect(await stage.invoke([guarded(task, 'demo')])).toEqual(ACKNOWLEDGED);
    expect([methodsOf(stage), task.assignee, stage.tap.sends]).toEqual([['GET'], assignee, []]);
    expect(lineOf(stage, 'message superseded')).toMatchObject({
      level: 'INFO',
      userTaskKey: task.key,
      outcome: 'acknowledge',
      assignee: holder,
    });
    expect(JSON.stringify(stage.logLines())).not.toMatch(/anna|demo/);
  });

  it('is counted', async () => {
    const stage = await setStage();
    const tasks = ['anna', 'demo', null].map((assignee) => stage.cluster.tasks.create({ assignee }));
    await stage.invoke(tasks.map((task) => guarded(task, 'demo')));
    expect(lineOf(stage, 'batch settled')).toMatchObject({
      Superseded: 2,
      Acknowledged: 3,
      ServedAnswers: 3,
    });
  });

  it('is logged each time, whatever the log level is and however many there are', async () => {
    const stage = await setStage({ env: { AWS_LAMBDA_LOG_LEVEL: 'ERROR' } });
    const tasks = Array.from({ length: 1_200 }, () => stage.cluster.tasks.create({ assignee: 'anna' }));
    await stage.invoke(tasks.map((task) => guarded(task, 'demo')));
    const lines = stage.logLines().filter(({ message }) => message === 'message superseded');
    expect(lines.map(({ userTaskKey }) => userTaskKey)).toEqual(tasks.map(({ key }) => key));
  });

  it('is requeued while it is younger than a minute, since the storage may lag behind', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'anna' });
    expect(await stage.invoke([guarded(task, 'demo', 10_000)])).toEqual(ACKNOWLEDGED);
    const [copy] = stage.requeued();
    expect(copy?.DelaySeconds).toBeGreaterThan(40);
    expect(copy?.DelaySeconds).toBeLessThanOrEqual(50);
    expect(lineOf(stage, 'message requeued')).toMatchObject({
      reason: 'the task is read again later: the reading may be older than the request',
    });
  });

  it('is served by its copy where the storage had lagged behind', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: null });
    await stage.invoke([guarded(task, 'demo', 0)]);
    stage.cluster.tasks.put(task.key, { assignee: 'demo' });
    const [copy] = stage.requeued();
    if (copy === undefined) throw new Error('nothing was requeued');
    expect(await stage.invoke([recordOf(copy)])).toEqual(ACKNOWLEDGED);
    expect(stage.cluster.tasks.get(task.key)?.assignee).toBeNull();
  });
});

describe('a request whose task is not there', () => {
  it.each([
    ['is requeued while it is young', 0, 'requeued'],
    ['is a dead letter from a minute on', MINUTE, 'dead-lettered'],
  ])('%s', async (_, ageMs, expected) => {
    const stage = await setStage();
    await stage.invoke([guarded({ key: '2251799813685249' }, 'demo', ageMs)]);
    const fate = stage.deadLettered().length === 1 ? 'dead-lettered' : 'requeued';
    expect([fate, stage.tap.sends.length, methodsOf(stage)]).toEqual([expected, 1, ['GET']]);
  });
});

describe('a request whose task cannot be read', () => {
  const CAUSES =
    'the task could not be read: the permission READ_USER_TASK on PROCESS_DEFINITION, or READ on USER_TASK, is missing, or the cluster has no secondary storage';

  it.each([
    ['without the permission', { mayRead: false }],
    ['without a secondary storage', { storage: 'absent' }],
  ] as const)('%s is delivered again and never called', async (_, settings) => {
    const stage = await setStage({ cluster: settings });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    const request = guarded(task, 'demo');
    const response = await stage.invoke([request]);
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: request.messageId }] });
    expect([methodsOf(stage), task.assignee]).toEqual([['GET'], 'demo']);
  });

  it('is a dead letter on the last receive, which names both causes', async () => {
    const stage = await setStage({ cluster: { mayRead: false } });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    await stage.invoke([{ ...guarded(task, 'demo'), ...received(5, task) }]);
    expect(failureOf(stage.deadLettered()[0])).toContain(
      `failed-repeatedly: gave up after receive 5: ${CAUSES}`,
    );
  });

  it('is a dead letter on a Camunda that cannot read tasks', async () => {
    const stage = await setStage({ cluster: { version: '8.6' } });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    expect(await stage.invoke([guarded(task, 'demo')])).toEqual(ACKNOWLEDGED);
    expect(failureOf(stage.deadLettered()[0])).toMatch(
      /^rejected: this cluster cannot read user tasks \(Camunda 8\.8 or later\)/,
    );
    expect(task.assignee).toBe('demo');
  });

  it('is served on it without the guard', async () => {
    const stage = await setStage({ cluster: { version: '8.6' } });
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    await stage.invoke([requestFor(task.key)]);
    expect([methodsOf(stage), task.assignee]).toEqual([['DELETE'], null]);
  });

  function received(receiveCount: number, { key }: Task): SQSRecord {
    return record(JSON.stringify({ userTaskKey: key, expectedAssignee: 'demo' }), {
      sentAt: Date.now() - MINUTE,
      receiveCount,
    });
  }
});

describe('a reading that something else answers', () => {
  it.each([
    ['a page', { kind: 'answer', status: 200, body: '<html>sign in</html>' }],
    ['another task', { kind: 'answer', status: 200, body: '{"userTaskKey":"7","assignee":"demo"}' }],
    [
      'a task without an assignee field',
      { kind: 'answer', status: 200, body: '{"userTaskKey":"2251799813685249"}' },
    ],
    ['an empty body', { kind: 'answer', status: 200 }],
    ['nothing', { kind: 'answer', status: 204 }],
    ['a gateway', { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' }],
    ['a silence', { kind: 'hang' }],
    ['a connection that breaks', { kind: 'reset', at: 'body' }],
  ] as const)('is no word about the task: %s', async (_, fault) => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    readingsAnswered(stage, fault);
    expect(await stage.invoke([guarded(task, 'demo')])).toEqual(ACKNOWLEDGED);
    expect([stage.requeued().length, stage.deadLettered().length, task.assignee]).toEqual([1, 0, 'demo']);
    expect(methodsOf(stage)).not.toContain('DELETE');
  });
});

describe('a secondary storage that is down', () => {
  it('holds up no request that needs no reading', async () => {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '2' } });
    const tasks = Array.from({ length: 40 }, () => stage.cluster.tasks.create({ assignee: 'demo' }));
    readingsAnswered(stage, { kind: 'answer', status: 429 });
    await stage.invoke(
      tasks.map((task, index) => (index % 2 === 0 ? guarded(task, 'demo') : requestFor(task.key))),
    );
    const calls = methodsOf(stage);
    expect(calls.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'DELETE'));
    expect(stage.requeued()).toHaveLength(20);
  });

  it('is broken off and probed, and the calls are not', async () => {
    const stage = await setStage();
    const tasks = Array.from({ length: 60 }, () => stage.cluster.tasks.create({ assignee: 'demo' }));
    readingsAnswered(stage, { kind: 'answer', status: 502 });
    await stage.invoke(tasks.slice(0, 30).map((task) => guarded(task, 'demo')));
    const readings = methodsOf(stage).length;
    await stage.invoke(tasks.slice(30).map((task) => requestFor(task.key)));
    expect(readings).toBeLessThan(30);
    expect(methodsOf(stage).slice(readings)).toEqual(Array.from({ length: 30 }, () => 'DELETE'));
    expect(
      lineOf(
        stage,
        'the breaker of readings is open: no task can be read, so single probes go out instead of readings',
      ),
    ).toBeDefined();
    expect(
      stage.logLines().some((line) => line['breaker'] === 'open' && line['message'] === 'batch settled'),
    ).toBe(false);
  });
});

describe('an engine that is down', () => {
  it('is broken off, although tasks can be read', async () => {
    const stage = await setStage();
    const tasks = Array.from({ length: 40 }, () => stage.cluster.tasks.create({ assignee: 'demo' }));
    stage.cluster.settings.fault = ({ method }) =>
      method === 'DELETE' ? { kind: 'answer', status: 502 } : undefined;
    await stage.invoke(tasks.map((task) => guarded(task, 'demo')));
    expect(methodsOf(stage).filter((method) => method === 'DELETE').length).toBeLessThan(30);
    expect(stage.requeued()).toHaveLength(40);
  });
});
