import { describe, expect, it } from 'vitest';
import type { Access, Authorization } from '../../../client/cluster/authorization.ts';
import type { Http, HttpExchange, HttpRequest } from '../../../client/cluster/exchange.ts';
import { WITHHELD } from '../../../client/cluster/outside-text.ts';
import { createCluster } from '../../../client/cluster/unassign.ts';
import { meaningOf } from '../../../functions/unassign/decision/meaning.ts';

const TOKEN: Access = { type: 'access', header: 'Bearer one', secrets: ['one'], renewable: true, tls: {} };
const FRESH: Access = { ...TOKEN, header: 'Bearer two' };

/** A cluster over a clock, an authorization and an HTTP that a test holds in its hands. */
class Stage {
  now = 1_000_000;
  /** How long it takes to get a token, and a fresh one. */
  access = TOKEN;
  accessMs = 0;
  renewMs = 0;
  doubts = 0;
  readonly requests: HttpRequest[] = [];
  /** What is answered, in turn. */
  answers: HttpExchange[] = [];
  /** How long each answer takes. */
  answerMs = 0;

  unassign(userTaskKey: string, timeoutMs: number) {
    const authorization: Authorization = {
      access: async () => {
        this.now += this.accessMs;
        return this.access;
      },
      renew: async () => {
        this.now += this.renewMs;
        return FRESH;
      },
      credentialsAccepted: () => {},
      credentialsRejected: () => {
        this.doubts += 1;
      },
    };
    const http: Http = {
      exchange: async (request) => {
        this.requests.push(request);
        this.now += this.answerMs;
        return this.answers.shift() ?? response(204);
      },
      destroy: async () => {},
    };
    return createCluster('/v2', { http, authorization, now: () => this.now }).unassign(
      userTaskKey,
      timeoutMs,
    );
  }
}

function response(status: number, headers: Record<string, string | string[]> = {}, body = ''): HttpExchange {
  return { type: 'response', calls: 1, status, headers, body, isComplete: true, isRepeat: false };
}

describe('the time of a call', () => {
  it('is what the token has left of it', async () => {
    const stage = new Stage();
    stage.accessMs = 4_000;
    await stage.unassign('1', 20_000);
    expect(stage.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([16_000]);
  });

  it('is not begun with less than a second', async () => {
    const stage = new Stage();
    stage.accessMs = 19_001;
    expect({ answer: await stage.unassign('1', 20_000), requests: stage.requests }).toMatchObject({
      answer: { type: 'no-credentials', refused: false },
      requests: [],
    });
  });

  it('that is short altogether may be used from half of it on', async () => {
    const stage = new Stage();
    stage.accessMs = 400;
    expect(await stage.unassign('1', 1_000)).toMatchObject({ status: 204 });
  });

  it('is shared by both calls, where a 401 makes a second one', async () => {
    const stage = new Stage();
    stage.answers = [response(401)];
    stage.answerMs = 3_000;
    stage.renewMs = 2_000;
    expect(await stage.unassign('1', 20_000)).toMatchObject({ calls: 2, status: 204 });
    expect(stage.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([20_000, 15_000]);
  });

  it('counts from the first of two calls', async () => {
    const stage = new Stage();
    stage.answers = [response(401)];
    stage.accessMs = 500;
    stage.answerMs = 3_000;
    stage.renewMs = 2_000;
    expect(await stage.unassign('1', 20_000)).toMatchObject({ calls: 2, startedAt: 1_000_500 });
  });

  it('does not become longer when the clock is set back', async () => {
    const stage = new Stage();
    stage.answers = [response(401)];
    stage.renewMs = -5 * 3_600_000;
    await stage.unassign('1', 20_000);
    expect(stage.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([20_000, 20_000]);
  });

  it('that is up after a 401 makes no second call', async () => {
    const stage = new Stage();
    stage.answers = [response(401)];
    stage.renewMs = 19_500;
    expect(await stage.unassign('1', 20_000)).toMatchObject({ calls: 1, status: 401 });
  });
});

describe('what a call carried', () => {
  it('is replaced after a 401 by the fresh token', async () => {
    const stage = new Stage();
    stage.answers = [response(401)];
    await stage.unassign('1', 20_000);
    expect(stage.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer one',
      'Bearer two',
    ]);
  });

  it('is doubted when it was fresh and refused', async () => {
    const stage = new Stage();
    stage.answers = [response(401), response(401)];
    await stage.unassign('1', 20_000);
    expect(stage.doubts).toBe(1);
  });

  it('is doubted when a connection with a certificate broke: not every server refuses it in TLS', async () => {
    const stage = new Stage();
    stage.access = { ...TOKEN, tls: { cert: 'PEM', key: 'PEM' } };
    stage.answers = [{ type: 'no-answer', calls: 1, cause: 'other side closed', tls: false, sent: true }];
    await stage.unassign('1', 20_000);
    expect(stage.doubts).toBe(1);
  });

  it('is not doubted when a connection without a certificate broke', async () => {
    const stage = new Stage();
    stage.answers = [{ type: 'no-answer', calls: 1, cause: 'other side closed', tls: false, sent: true }];
    await stage.unassign('1', 20_000);
    expect(stage.doubts).toBe(0);
  });

  it('is doubted when the TLS handshake failed', async () => {
    const stage = new Stage();
    stage.answers = [{ type: 'no-answer', calls: 1, cause: 'certificate expired', tls: true, sent: true }];
    await stage.unassign('1', 20_000);
    expect(stage.doubts).toBe(1);
  });
});

describe('an answer', () => {
  it.each([
    ['as it was sent', 'you sent Bearer s3c/ret+='],
    ['as a URL spells it', 'you sent s3c%2Fret%2B%3D'],
    ['escaped in its JSON', 'you sent s3c\\/ret+='],
    ['cut off', 'you sent Bearer s3c/ret+'],
  ])('that echoes the token is withheld: %s', async (_, detail) => {
    const stage = new Stage();
    stage.access = { ...TOKEN, header: 'Bearer s3c/ret+=', secrets: ['s3c/ret+='] };
    stage.answers = [response(404, {}, `{"title":"echo","detail":"${detail}","status":404}`)];
    expect(await stage.unassign('1', 20_000)).toMatchObject({
      problem: 'camunda',
      title: 'echo',
      detail: WITHHELD,
    });
  });

  it.each([
    ['the other side', 'certificate of s3c/ret+=', WITHHELD],
    ['nobody', 'self-signed certificate', 'self-signed certificate'],
  ])('that is none is told in our own words, whatever they are, and those of %s', async (_, said, shown) => {
    const stage = new Stage();
    stage.access = { ...TOKEN, secrets: ['s3c/ret+=', 'no connection'] };
    stage.answers = [{ type: 'no-answer', calls: 1, cause: 'no connection', said, tls: true, sent: false }];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ cause: `no connection: ${shown}` });
  });

  const PROBLEM = { title: 'NOT_FOUND', detail: 'no such task', status: 404 };
  it.each<[string, string, unknown]>([
    ['Camunda’s problem detail', 'camunda', PROBLEM],
    ['one with the type about:blank', 'camunda', { type: 'about:blank', ...PROBLEM }],
    ['one with more fields', 'camunda', { ...PROBLEM, instance: '/v2/user-tasks/1/assignee' }],
    ['one with a type of its own', 'other', { type: 'https://example.com/1001', ...PROBLEM }],
    ['one whose type is no text', 'other', { ...PROBLEM, type: null }],
    ['one without a detail', 'other', { title: 'NOT_FOUND', status: 404 }],
    ['one without a title', 'none', { detail: 'no such task', status: 404 }],
    ['one with another status', 'other', { ...PROBLEM, status: 503 }],
    ['one whose status is text', 'other', { ...PROBLEM, status: '404' }],
    ['one without a status', 'other', { title: 'NOT_FOUND', detail: 'no such task' }],
    ['one whose title is no text', 'none', { ...PROBLEM, title: 404 }],
    ['one in a list', 'none', [PROBLEM]],
    ['Spring’s own JSON', 'none', { timestamp: '2026-11-23', status: 404, error: 'Not Found', path: '/' }],
    ['text', 'none', 'NOT_FOUND'],
    ['null', 'none', null],
  ])('%s is the problem detail of: %s', async (_, problem, body) => {
    const stage = new Stage();
    stage.answers = [response(404, {}, JSON.stringify(body))];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ problem });
  });

  it('may have white space and a byte order mark around its problem detail', async () => {
    const stage = new Stage();
    stage.answers = [response(404, {}, `\ufeff\n ${JSON.stringify(PROBLEM)} `)];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ problem: 'camunda', title: 'NOT_FOUND' });
  });

  it('that is not Camunda’s shows itself: its content type and its first 200 characters, in one line', async () => {
    const stage = new Stage();
    const body = `<html>\n\u001b[2J<p>you sent something</p>${'x'.repeat(300)}`;
    stage.answers = [response(403, { 'content-type': 'text/html\u0007; charset=utf-8' }, body)];
    const answer = await stage.unassign('1', 20_000);
    expect(answer).toMatchObject({ problem: 'none', title: undefined, detail: undefined });
    expect(answer).toMatchObject({ contentType: 'text/html\ufffd; charset=utf-8' });
    const excerpt = 'excerpt' in answer ? (answer.excerpt ?? '') : '';
    expect(excerpt).toHaveLength(200);
    expect(excerpt).toMatch(/^<html> \ufffd\[2J/);
  });

  it('that is not Camunda’s is withheld where it repeats the token, also across the cut', async () => {
    const stage = new Stage();
    stage.access = { ...TOKEN, header: 'Bearer s3cret-token', secrets: ['s3cret-token'] };
    const body = `<html>${'x'.repeat(189)}s3cret-token</html>`;
    stage.answers = [response(403, { 'content-type': 'text/s3cret-token' }, body)];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ contentType: WITHHELD, excerpt: WITHHELD });
  });

  it.each([
    ['not-found', { title: 'NOT_FOUND', detail: 'no user task with key 1', status: 404 }],
    [
      'wrong-state',
      { title: 'INVALID_STATE', detail: "Expected to unassign user task with key '1'", status: 409 },
    ],
  ])('that is withheld is judged by what it says: %s', async (kind, problem) => {
    const stage = new Stage();
    stage.access = { ...TOKEN, secrets: ['user task'] };
    stage.answers = [response(problem.status, {}, JSON.stringify(problem))];
    const answer = await stage.unassign('1', 20_000);
    expect({ answer, meaning: meaningOf(answer, '1') }).toMatchObject({
      answer: { title: problem.title, detail: WITHHELD },
      meaning: { verdict: { do: 'dead-letter', kind } },
    });
  });

  it.each([
    ['whole', true, '', true],
    ['cut off', false, '', false],
    ['whole with a body', true, ' ', false],
  ])('without a body is empty where it came %s', async (_, isComplete, body, isEmpty) => {
    const stage = new Stage();
    stage.answers = [
      { type: 'response', calls: 1, status: 200, headers: {}, body, isComplete, isRepeat: false },
    ];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ isEmpty });
  });

  it.each([
    ['one header', '120', '120'],
    ['the first of several headers', ['60', '90'], '60'],
  ])('brings Retry-After, from %s', async (_, header, retryAfter) => {
    const stage = new Stage();
    stage.answers = [response(503, { 'retry-after': header })];
    expect(await stage.unassign('1', 20_000)).toMatchObject({ status: 503, retryAfter });
  });
});
