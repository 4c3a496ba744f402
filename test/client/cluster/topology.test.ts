import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Access, Authorization, NoAccess } from '../../../client/cluster/authorization.ts';
import type { Http, HttpExchange, HttpRequest } from '../../../client/cluster/exchange.ts';
import { createTopology } from '../../../client/cluster/topology.ts';

const SECOND = 1_000;
const START = Date.parse('2026-11-23T12:00:00Z');

/** A topology over a clock, an authorization and an HTTP that a test holds in its hands. */
class Stage {
  now = START;
  access: Access | NoAccess = {
    type: 'access',
    header: 'Bearer token',
    secrets: ['token'],
    renewable: true,
    tls: {},
  };
  answer: HttpExchange = answered(recorded('topology'));
  readonly requests: HttpRequest[] = [];
  readonly pauses: number[] = [];
  answerMs = 0;
  readonly topology;

  constructor() {
    const authorization: Authorization = {
      access: async () => this.access,
      renew: async () => undefined,
      credentialsRejected() {},
      credentialsAccepted() {},
    };
    const http: Http = {
      exchange: async (request) => {
        this.requests.push(request);
        this.now += this.answerMs;
        return this.answer;
      },
      destroy: async () => {},
    };
    const pause = async (milliseconds: number) => {
      this.pauses.push(milliseconds);
      this.now += milliseconds;
    };
    this.topology = createTopology('/v2', { http, authorization, now: () => this.now, pause });
  }

  /** Asked for a message whose last 503 was a second ago. */
  count(): Promise<number | undefined> {
    return this.topology.partitionsCount(this.now - SECOND, 20_000);
  }
}

/** The body that a real Camunda answered. */
function recorded(name: string): string {
  const file = new URL(`../../../infra/local/stand-in/recorded/8.6.0/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).response.body;
}

function answered(body: string, status = 200): HttpExchange {
  return { type: 'response', calls: 1, status, headers: {}, body, isComplete: true, isRepeat: false };
}

describe('the number of partitions', () => {
  it('is the configured one', async () => {
    expect(await new Stage().count()).toBe(3);
  });

  it('is asked for with the token, at the topology’s path, within 2 s', async () => {
    const stage = new Stage();
    await stage.count();
    expect(stage.requests).toEqual([
      {
        method: 'GET',
        path: '/v2/topology',
        headers: { accept: 'application/json', authorization: 'Bearer token' },
        timeoutMs: 2_000,
        maxBodyBytes: 1_048_576,
      },
    ]);
  });

  it('is asked for within what the message has left', async () => {
    const stage = new Stage();
    await stage.topology.partitionsCount(stage.now - SECOND, 700);
    expect(stage.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([700]);
  });

  it('is asked for once a minute', async () => {
    const stage = new Stage();
    await Promise.all([stage.count(), stage.count()]);
    stage.now += 59 * SECOND;
    await stage.count();
    expect(stage.requests).toHaveLength(1);
    stage.now += SECOND;
    await stage.count();
    expect(stage.requests).toHaveLength(2);
  });

  it('counts only for messages whose last 503 is older', async () => {
    const stage = new Stage();
    await stage.count();
    stage.now += 10 * SECOND;
    expect({
      older: await stage.topology.partitionsCount(START - 1, 20_000),
      asNew: await stage.topology.partitionsCount(START, 20_000),
      newer: await stage.topology.partitionsCount(START + 5 * SECOND, 20_000),
    }).toEqual({ older: 3, asNew: undefined, newer: undefined });
  });

  it.each<[string, HttpExchange]>([
    ['a gateway that has not seen a broker', answered(recorded('topology-gateway-never-saw-a-broker'))],
    ['a refusal', answered('{"partitionsCount":3}', 401)],
    ['an answer without it', answered('{"brokers":[]}')],
    ['a count that is no number', answered('{"partitionsCount":"3"}')],
    ['a negative count', answered('{"partitionsCount":-1}')],
    ['a fraction', answered('{"partitionsCount":1.5}')],
    ['HTML', answered('<html>')],
    ['no answer', { type: 'no-answer', calls: 1, cause: 'no answer in time', tls: false, sent: true }],
    ['garbage', { type: 'unreadable', calls: 1, cause: 'not HTTP' }],
  ])('is not known from %s, for a minute', async (_, answer) => {
    const stage = new Stage();
    stage.answer = answer;
    const counts = [await stage.count()];
    stage.now += 30 * SECOND;
    counts.push(await stage.count());
    expect({ counts, requests: stage.requests.length }).toEqual({
      counts: [undefined, undefined],
      requests: 1,
    });
  });

  it('is not known without credentials', async () => {
    const stage = new Stage();
    stage.access = { type: 'no-access', cause: 'down', refused: false, retryAfterSeconds: 1 };
    expect({ count: await stage.count(), requests: stage.requests }).toEqual({
      count: undefined,
      requests: [],
    });
  });
});

describe('the number of partitions as of now', () => {
  it('is asked for again within the minute', async () => {
    const stage = new Stage();
    await stage.count();
    stage.now += 2 * SECOND;
    expect(await stage.topology.partitionsCountNow(20_000)).toBe(3);
    expect(stage.requests).toHaveLength(2);
  });
});

describe('the witness', () => {
  const problem = (status: number, wish = {}) =>
    answered(JSON.stringify({ title: 'A title', detail: 'A detail', status, ...wish }), status);

  it.each<[string, string, HttpExchange]>([
    ['a topology', 'camunda', answered(recorded('topology'))],
    [
      'a gateway that has not seen a broker',
      'camunda',
      answered(recorded('topology-gateway-never-saw-a-broker')),
    ],
    ['401 of Camunda', 'camunda', problem(401)],
    ['403 of Camunda', 'camunda', problem(403)],
    ['503 of Camunda', 'camunda', problem(503)],
    ['404 of Camunda: no cluster at that address', 'foreign', problem(404)],
    ['a problem detail of something else', 'foreign', problem(409, { type: 'https://example.com/1001' })],
    ['an ingress', 'foreign', answered('default backend - 404', 404)],
    ['a sign-in page', 'foreign', answered('<html>Sign in</html>')],
    ['other JSON', 'foreign', answered('{"status":"UP"}')],
    ['an empty success', 'foreign', answered('')],
    ['a redirect', 'foreign', answered('', 302)],
    ['a gateway', 'foreign', answered('Bad Gateway', 502)],
    [
      'no answer',
      'foreign',
      { type: 'no-answer', calls: 1, cause: 'no answer in time', tls: false, sent: true },
    ],
    ['garbage', 'foreign', { type: 'unreadable', calls: 1, cause: 'not HTTP' }],
  ])('of %s is %s', async (_, expected, answer) => {
    const stage = new Stage();
    stage.answer = answer;
    expect(await stage.topology.witness(20_000)).toBe(expected);
  });

  it('is not known without credentials', async () => {
    const stage = new Stage();
    stage.access = { type: 'no-access', cause: 'down', refused: false, retryAfterSeconds: 1 };
    expect(await stage.topology.witness(20_000)).toBe('unknown');
  });

  it('is asked for within what the message has left', async () => {
    const stage = new Stage();
    await stage.topology.witness(700);
    expect(stage.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([700]);
  });

  it('is not asked where there is no time for an answer, and that says nothing to the next', async () => {
    const stage = new Stage();
    const witnesses = [await stage.topology.witness(0), await stage.topology.witness(99)];
    const asked = stage.requests.length;
    witnesses.push(await stage.topology.witness(20_000));
    expect({ witnesses, asked }).toEqual({ witnesses: ['unknown', 'unknown', 'camunda'], asked: 0 });
  });

  it('is asked again for every answer, at most once a second', async () => {
    const stage = new Stage();
    for (const ms of [0, 999, 1, 998, 2]) {
      stage.now += ms;
      await stage.topology.witness(20_000);
    }
    expect(stage.requests).toHaveLength(3);
  });

  it('is shared by all that wait', async () => {
    const stage = new Stage();
    await Promise.all(Array.from({ length: 1_000 }, () => stage.topology.witness(20_000)));
    expect(stage.requests).toHaveLength(1);
  });

  it('is asked at once where the clock was set back', async () => {
    const stage = new Stage();
    await stage.topology.witness(20_000);
    stage.now -= 3_600 * SECOND;
    await stage.topology.witness(20_000);
    expect(stage.requests).toHaveLength(2);
  });

  it('keeps callers waiting only while it is asked', async () => {
    const stage = new Stage();
    const order: string[] = [];
    const told = (what: string) => () => order.push(what);
    await stage.topology.pending().then(told('nothing was asked'));
    const witness = stage.topology.witness(20_000).then(told('the answer'));
    await stage.topology.pending().then(told('goes on'));
    await witness;
    await stage.topology.pending();
    expect(order).toEqual(['nothing was asked', 'the answer', 'goes on']);
  });
});

describe('the confirmation', () => {
  it('is never of a time before it was asked for', async () => {
    const stage = new Stage();
    await stage.topology.witness(20_000);
    stage.now += 300;
    stage.answer = answered('default backend - 404', 404);
    expect(await stage.topology.confirmation(20_000)).toBe('foreign');
    expect({ requests: stage.requests.length, pauses: stage.pauses }).toEqual({ requests: 2, pauses: [700] });
  });

  it('does not take a question that was under way for its own', async () => {
    const stage = new Stage();
    const witness = stage.topology.witness(20_000);
    const confirmation = stage.topology.confirmation(20_000);
    await Promise.all([witness, confirmation]);
    expect({ requests: stage.requests.length, pauses: stage.pauses }).toEqual({
      requests: 2,
      pauses: [1_000],
    });
  });

  it('is shared by all that wait, and asked at most once a second', async () => {
    const stage = new Stage();
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 1_000 }, () => stage.topology.confirmation(20_000)));
    }
    expect({ requests: stage.requests.length, pauses: stage.pauses }).toEqual({
      requests: 3,
      pauses: [1_000, 1_000],
    });
  });

  it('is at once what was foreign within the last second', async () => {
    const stage = new Stage();
    stage.answer = answered('default backend - 404', 404);
    await stage.topology.witness(20_000);
    stage.now += 999;
    expect(await stage.topology.confirmation(20_000)).toBe('foreign');
    expect(stage.requests).toHaveLength(1);
  });

  it('is not known where there is no time for it', async () => {
    const stage = new Stage();
    expect(await stage.topology.confirmation(2_999)).toBe('unknown');
    expect(stage.requests).toEqual([]);
  });
});

describe('a cluster that is slow to say who it is', () => {
  it('is good for a second from its answer on', async () => {
    const stage = new Stage();
    stage.answerMs = 1_500;
    await stage.topology.witness(20_000);
    stage.now += 999;
    await stage.topology.witness(20_000);
    const asked = stage.requests.length;
    stage.now += 1;
    await stage.topology.witness(20_000);
    expect([asked, stage.requests.length]).toEqual([1, 2]);
  });
});
