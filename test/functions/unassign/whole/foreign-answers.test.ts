// What stands in front of a cluster and speaks in its place, through the built function.
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it, test } from 'vitest';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import type { FrontAnswer } from '../../../../infra/local/stand-in/front.ts';
import type { SentEntry } from '../../../support/sqs-tap.ts';
import {
  ACKNOWLEDGED,
  agedRecordOf,
  failureOf,
  journeyOf,
  recordOf,
  requestFor,
  type Stage,
  setStage,
} from '../../../support/stage.ts';

function page(status: number, body: string, headers: Record<string, string> = {}): Fault {
  return { kind: 'answer', status, headers: { 'content-type': 'text/html', ...headers }, body };
}

function front(says: FrontAnswer): Fault {
  return { kind: 'front', says };
}

/** What speaks in the cluster's place, with its status. */
const FRONTS: readonly (readonly [string, Fault])[] = [
  ['a sign-in page with 200', front('sign-in-page')],
  ['a health check with 200', page(200, '{"status":"UP"}', { 'content-type': 'application/json' })],
  ['a body that says 503 with 200', page(200, '{"title":"UNAVAILABLE","detail":"x","status":503}')],
  ['an empty 202', { kind: 'answer', status: 202 }],
  ['206', page(206, 'part')],
  ['299', page(299, 'fine')],
  ['a redirect to a sign-in page', front('login-redirect')],
  ['an ingress without a backend', front('ingress-404')],
  [
    'a wrong path',
    page(404, '{"timestamp":"2026-11-23T12:00:00.000+00:00","status":404,"error":"Not Found","path":"/x"}'),
  ],
  ['nginx that wants TLS', front('nginx-400-plain-http')],
  ['Cloudflare with a problem detail of its own', front('cloudflare-1001')],
  ['a firewall', front('waf-403')],
];

/** Answers everything, the topology included. */
function inFront(stage: Stage, fault: Fault): void {
  stage.cluster.settings.fault = () => fault;
}

/** Answers calls for tasks only; the topology is the cluster's own. */
function onlyForTasks(stage: Stage, fault: Fault): void {
  stage.cluster.settings.fault = ({ key }) => (key === undefined ? undefined : fault);
}

function calls({ cluster }: Stage): number {
  return cluster.calls.filter(({ key }) => key !== undefined).length;
}

function topologies({ cluster }: Stage): number {
  return cluster.calls.filter(({ path }) => path === '/v2/topology').length;
}

/** The copies that were sent since there were so many, as they come back. */
function comingBack(copies: readonly SentEntry[], since = 0): SQSRecord[] {
  return copies.slice(since).map((copy) => recordOf(copy));
}

describe('in front of the whole cluster', () => {
  it.each(FRONTS)('%s settles nothing: requests wait, however often it answers', async (_, fault) => {
    const stage = await setStage();
    inFront(stage, fault);
    const task = stage.cluster.tasks.create();
    const responses = [await stage.invoke([requestFor(task.key)])];
    responses.push(await stage.invoke(comingBack(stage.requeued())));
    responses.push(await stage.invoke(comingBack(stage.requeued(), 1)));
    expect({ responses, requeued: stage.requeued().length, deadLettered: stage.deadLettered() }).toEqual({
      responses: [ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED],
      requeued: 3,
      deadLettered: [],
    });
    stage.cluster.settings.fault = undefined;
    await stage.invoke(comingBack(stage.requeued(), 2));
    expect({ assignee: task.assignee, requeued: stage.requeued().length }).toEqual({
      assignee: null,
      requeued: 3,
    });
  });

  it.each([
    ['a sign-in page with 200', front('sign-in-page')],
    ['an ingress without a backend', front('ingress-404')],
    ['an ingress with its own 503', front('nginx-503')],
    ['Cloudflare with its own 521', front('cloudflare-521')],
  ])('%s opens the breaker: of a thousand requests a few are tried, and none is lost', async (_, fault) => {
    const stage = await setStage({ env: { HOLD_SECONDS: '0' } });
    inFront(stage, fault);
    const requests = Array.from({ length: 1_000 }, () => requestFor(stage.cluster.tasks.newKey()));
    const response = await stage.invoke(requests);
    // At most what is under way when the first answer comes, and as much again until the witness has spoken.
    expect(calls(stage)).toBeLessThanOrEqual(40);
    expect({
      response,
      requeued: stage.requeued().length,
      deadLettered: stage.deadLettered().length,
    }).toEqual({
      response: ACKNOWLEDGED,
      requeued: 1_000,
      deadLettered: 0,
    });
  });

  it.each([408, 425, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599])(
    '%i is requeued even on the last receive',
    async (status) => {
      const stage = await setStage();
      inFront(stage, page(status, `error code: ${status}`));
      const response = await stage.invoke([requestFor('1', { receiveCount: 5 })]);
      expect({ response, journeys: stage.requeued().map(journeyOf) }).toMatchObject({
        response: ACKNOWLEDGED,
        journeys: [{ lastStatus: status, lastContentType: 'text/html', lastBody: `error code: ${status}` }],
      });
    },
  );

  it('is kept waiting for as long as it says', async () => {
    const stage = await setStage();
    inFront(stage, page(404, 'down for maintenance', { 'retry-after': '77' }));
    await stage.invoke([requestFor('1')]);
    expect(stage.requeued()[0]?.DelaySeconds).toBe(77);
  });

  it('shows itself in the log and is counted', async () => {
    const stage = await setStage();
    inFront(stage, page(200, `<!doctype html><title>Sign in</title><form method="post">${'x'.repeat(500)}`));
    await stage.invoke([requestFor('1')]);
    const [line, summary] = [
      stage.logLines().find((each) => 'messageId' in each),
      stage.logLines().find(({ message }) => message === 'batch settled'),
    ];
    expect(line).toMatchObject({
      level: 'WARN',
      message: 'foreign answer',
      outcome: 'requeue',
      status: 200,
      contentType: 'text/html',
      body: expect.stringMatching(/^<!doctype html><title>Sign in.{160,200}$/),
    });
    expect(summary).toMatchObject({ Acknowledged: 0, Requeued: 1, ForeignAnswers: 1, ServedAnswers: 0 });
  });
});

describe('for one request, while the cluster itself can be reached', () => {
  it.each([
    ['404 without a body', { kind: 'answer', status: 404 }, 'not-found'],
    ['a page with 400', page(400, '<h1>Bad Request</h1>'), 'rejected'],
    ['a page with 409', page(409, '<h1>Conflict</h1>'), 'wrong-state'],
    ['a firewall', front('waf-403'), 'foreign-answer'],
    ['a sign-in page with 200', front('sign-in-page'), 'foreign-answer'],
    ['Cloudflare with a problem detail of its own', front('cloudflare-1001'), 'foreign-answer'],
  ] satisfies [string, Fault, string][])('%s is tried again, and then is %s', async (_, fault, kind) => {
    const stage = await setStage();
    onlyForTasks(stage, fault);
    await stage.invoke([requestFor('1')]);
    const first = { requeued: stage.requeued().length, deadLettered: stage.deadLettered().length };
    await stage.invoke(comingBack(stage.requeued()));
    expect({ first, kinds: stage.deadLettered().map((letter) => journeyOf(letter)?.kind) }).toEqual({
      first: { requeued: 1, deadLettered: 0 },
      kinds: [kind],
    });
  });

  it('a dead letter shows what answered', async () => {
    const stage = await setStage();
    onlyForTasks(stage, page(403, '<h1>Request\nblocked</h1>'));
    await stage.invoke([requestFor('1')]);
    await stage.invoke(comingBack(stage.requeued()));
    expect(failureOf(stage.deadLettered()[0])).toMatch(
      /^foreign-answer: .*GET \/v2\/topology; 403 text\/html: <h1>Request blocked<\/h1>$/,
    );
  });
});

test('a gateway that replaces the bodies of errors stops no healthy cluster', async () => {
  const stage = await setStage();
  const { tasks } = stage.cluster;
  const good = Array.from({ length: 500 }, () => tasks.create());
  const over = Array.from({ length: 500 }, () => tasks.newKey());
  stage.cluster.settings.fault = ({ key }) =>
    key !== undefined && tasks.get(key) === undefined ? { kind: 'answer', status: 404 } : undefined;
  const requests = good.flatMap(({ key }, index) => [requestFor(key), requestFor(over[index] ?? '')]);

  await stage.invoke(requests);
  expect({
    assigned: good.filter(({ assignee }) => assignee !== null).length,
    requeued: stage.requeued().length,
    opened: stage.logLines().filter(({ message }) => String(message).startsWith('the breaker is open'))
      .length,
    deadLettered: stage.deadLettered().length,
  }).toEqual({ assigned: 0, requeued: 500, opened: 0, deadLettered: 0 });

  await stage.invoke(comingBack(stage.requeued()));
  expect({
    requeued: stage.requeued().length,
    kinds: [...new Set(stage.deadLettered().map((letter) => journeyOf(letter)?.kind))],
    deadLettered: stage.deadLettered().length,
    calls: calls(stage),
  }).toEqual({ requeued: 500, kinds: ['not-found'], deadLettered: 500, calls: 1_500 });
  // Asked once a second at most, however many answers there were.
  expect(topologies(stage)).toBeLessThan(100);
});

describe('a task listener that is slow', () => {
  const assigning = (key: string): Fault => ({
    kind: 'situation',
    situation: { is: 'in-transition', key, state: 'ASSIGNING' },
  });

  it.each([
    ['a 504', { kind: 'situation', situation: { is: 'timeout' } }],
    ['no answer', { kind: 'close' }],
  ] satisfies [string, Fault][])(
    'does not make a dead letter of the request whose call, after %s, it holds',
    async (_, fault) => {
      const stage = await setStage();
      const task = stage.cluster.tasks.create();
      stage.cluster.settings.fault = () => fault;
      await stage.invoke([requestFor(task.key)]);
      stage.cluster.settings.fault = () => assigning(task.key);
      await stage.invoke(comingBack(stage.requeued()));
      await stage.invoke(comingBack(stage.requeued(), 1));
      expect({ requeued: stage.requeued().length, deadLettered: stage.deadLettered() }).toEqual({
        requeued: 3,
        deadLettered: [],
      });
      stage.cluster.settings.fault = undefined;
      expect(await stage.invoke(comingBack(stage.requeued(), 2))).toEqual(ACKNOWLEDGED);
      expect(stage.requeued()).toHaveLength(3);
    },
  );

  it('makes a dead letter of a request that finds it at work for somebody else', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create();
    stage.cluster.settings.fault = () => assigning(task.key);
    await stage.invoke([requestFor(task.key)]);
    expect(stage.deadLettered().map((letter) => journeyOf(letter)?.kind)).toEqual(['wrong-state']);
  });
});

test('a key whose partition does not exist is rejected when a short retry budget ends, too', async () => {
  const stage = await setStage({ cluster: { partitions: 3 }, env: { RETRY_FOR_SECONDS: '60' } });
  await stage.invoke([requestFor(stage.cluster.tasks.newKey(9))]);
  const [copy] = stage.requeued();
  if (copy === undefined) throw new Error('nothing was requeued');
  await stage.invoke([agedRecordOf(copy, 61_000)]);
  expect(failureOf(stage.deadLettered()[0])).toMatch(
    /^rejected: the key belongs to partition 9, and the cluster has 3 \(GET \/v2\/topology\)/,
  );
});
