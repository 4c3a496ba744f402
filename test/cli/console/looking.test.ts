// What the pages are told of the dead letters: one look, and everything out of it.
import { describe, expect, it } from 'vitest';
import { burial, burials } from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { exchange, setConsole } from './console-stage.ts';

const MIXED = [
  burial({ body: '{"userTaskKey":"2251799813685249"}' }),
  burial({ body: '{"userTaskKey":"2251799813685250"}' }),
  burial({
    body: '{"userTaskKey":"2251799813685251"}',
    kind: 'unavailable-too-long',
    end: { lastStatus: 503, lastTitle: 'UNAVAILABLE', lastDetail: 'no brokers' },
  }),
];

describe('the snapshot', () => {
  it('is none before anybody looks', async () => {
    const page = await setConsole({ letters: MIXED });
    expect((await page.get('/api/snapshot')).body).toMatchObject({
      state: 'none',
      takenAt: null,
      matched: 0,
    });
    expect((await page.get('/api/groups')).status).toBe(409);
  });

  it('says how old it is, and how complete', async () => {
    const page = await setConsole({ letters: MIXED });
    const before = Date.now();
    await page.look();
    const { body } = await page.get('/api/snapshot');
    expect(body).toMatchObject({
      state: 'ready',
      seen: 3,
      matched: 3,
      coverage: { seen: 3, about: 3, complete: true, incompleteBecause: null },
      coverageText: 'Saw 3 of about 3.',
      kept: { whole: 3, cut: 0 },
      error: null,
    });
    expect(Date.parse(body.takenAt ?? '')).toBeGreaterThanOrEqual(before);
  });

  it('asks the queue for nothing but counts afterwards', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    page.stage.calls.length = 0;
    for (const path of ['/api/timeline', '/api/groups', '/api/messages', `/api/messages/${page.ids[0]}`]) {
      expect((await page.get(path)).status, path).toBe(200);
    }
    expect(page.stage.calls.filter(({ name }) => name !== 'GetQueueAttributes')).toEqual([]);
  });

  it('holds nothing back', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    expect((await page.stage.drain(page.stage.deadLetterQueue.queueUrl)).length).toBe(3);
  });

  it('keeps what it saw until somebody looks again', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    await page.stage.drain(page.stage.deadLetterQueue.queueUrl);
    expect((await page.get('/api/messages')).body.total).toBe(3);
    await page.post('/api/snapshot', {});
    await eventually(async () => expect((await page.get('/api/messages')).body.total).toBe(0));
  });

  it('keeps what it saw where the next look fails, and says what to do', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    page.stage.play = async () => {
      throw Object.assign(new Error('no'), { name: 'ExpiredToken' });
    };
    await page.post('/api/snapshot', {});
    const { body } = await eventually(async () => {
      const answer = await page.get('/api/snapshot');
      expect(answer.body.state).toBe('failed');
      return answer;
    });
    expect(body.error).toMatch(/The AWS credentials have expired: log in again/);
    expect((await page.get('/api/messages')).body.total).toBe(3);
  });

  it('is taken once at a time', async () => {
    const page = await setConsole({ letters: MIXED });
    await Promise.all([page.post('/api/snapshot', {}), page.post('/api/snapshot', {})]);
    await page.look();
    const counts = page.stage.calls.filter(
      ({ name, input }) =>
        name === 'GetQueueAttributes' &&
        JSON.stringify(input).includes('Period') &&
        !JSON.stringify(input).includes('Delayed'),
    );
    expect(counts.length).toBe(1);
  });
});

describe('the overview', () => {
  it('says what is looked at', async () => {
    const page = await setConsole({ letters: MIXED });
    const { body } = await page.get('/api/overview');
    expect(body.target).toEqual({
      stage: 'dev',
      account: '123456789012',
      region: null,
      local: false,
      production: false,
      actionsAllowed: false,
      queueUrl: page.stage.queue.queueUrl,
      deadLetterQueueUrl: page.stage.deadLetterQueue.queueUrl,
    });
    expect(body.retentionSeconds).toBe(1_209_600);
  });

  it('has counts of both queues over time, and those after a time', async () => {
    const page = await setConsole({ letters: MIXED });
    const { samples } = (await page.get('/api/overview')).body;
    expect(samples[0]).toMatchObject({
      queue: { visible: 0, inFlight: 0, delayed: 0 },
      deadLetterQueue: { visible: 3, inFlight: 0, delayed: 0 },
    });
    const after = samples.at(-1)?.at ?? '';
    const later = (await page.get(`/api/overview?after=${after}`)).body.samples;
    expect(later.filter(({ at }) => at <= after)).toEqual([]);
  });

  it('has no counts of a queue that was not named', async () => {
    const page = await setConsole({ letters: MIXED, withoutQueue: true });
    const { target, samples } = (await page.get('/api/overview')).body;
    expect([target.queueUrl, samples[0]?.queue]).toEqual([null, null]);
  });

  it('says why it knows nothing of the function', async () => {
    const page = await setConsole();
    const { pace } = (await page.get('/api/overview')).body.signals;
    expect(pace).toHaveProperty('noData');
  });
});

describe('filters', () => {
  it.each([
    ['kind=not-found', 2],
    ['not-kind=not-found', 1],
    ['kind=not-found,unavailable-too-long', 3],
    ['status=503', 1],
    ['key=2251799813685250', 1],
    ['match=no%20brokers', 1],
    ['not-match=NO%20BROKERS', 2],
    ['since=1s', 0],
    ['until=1s', 3],
    ['kind=not-found&key=2251799813685251', 0],
    ['', 3],
  ])('%s leaves as many as on the command line', async (query, expected) => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    expect((await page.get(`/api/messages?${query}`)).body.total).toBe(expected);
    expect((await page.get(`/api/groups?${query}`)).body.matched).toBe(expected);
    expect((await page.get(`/api/timeline?${query}`)).body.matched).toBe(expected);
  });

  it.each([
    ['status=9', /Expected HTTP statuses, such as 404,409/],
    ['group=x', /Expected ids of groups/],
    ['since=yesterday', /Expected .*a span up to now/],
    ['since=1h&until=2h', /--since is later than --until/],
    ['kind=a&kind=b', /more than once/],
    ['colour=red', /colour/],
    ['verdict=perhaps', /Expected some of gone/],
  ])('%s is refused in the words of the command line', async (query, message) => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    const { status, body } = await page.get(`/api/messages?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'invalid', message: expect.stringMatching(message) } });
  });
});

describe('groups', () => {
  it('are those of the command line, with when their letters came', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    const { body } = await page.get('/api/groups');
    expect(body.groups.map(({ kind, count }) => [kind, count])).toEqual([
      ['not-found', 2],
      ['unavailable-too-long', 1],
    ]);
    const [first] = body.groups;
    expect(first?.timeline.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(first).toMatchObject({
      pattern: expect.stringContaining("user task with key '#'"),
      verdicts: null,
    });
    const { body: one } = await page.get(`/api/messages?group=${first?.id}`);
    expect(one.total).toBe(2);
  });

  it('can be had in a terminal by what is said there', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    const { body } = await page.get("/api/groups?match=it's");
    expect(body.command).toBe(`npx camunda-unassign dlq groups --stage dev '--match=it'\\''s'`);
  });
});

describe('messages', () => {
  it('come in parts, in the order that is asked for', async () => {
    const page = await setConsole({ letters: burials(25) });
    await page.look();
    const first = (await page.get('/api/messages?sort=oldest&limit=10')).body;
    const rest = (await page.get('/api/messages?sort=oldest&limit=1000&offset=10')).body;
    expect([first.total, first.rows.length, rest.rows.length]).toEqual([25, 10, 15]);
    const newest = (await page.get('/api/messages')).body.rows.map(({ messageId }) => messageId);
    const oldest = [...first.rows, ...rest.rows].map(({ messageId }) => messageId);
    expect(newest).toEqual(oldest.toReversed());
  });

  it('are whole one by one', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    const { body } = await page.get(`/api/messages/${page.ids[2]}`);
    expect(body).toMatchObject({
      letter: { messageId: page.ids[2], body: '{"userTaskKey":"2251799813685251"}', status: 503 },
      cut: null,
      advice: { meaning: expect.any(String) },
      request: { ok: true, expectedAssignee: null },
      verdict: null,
      command: `npx camunda-unassign dlq show --stage dev ${page.ids[2]}`,
    });
    expect(body.steps.map(({ event }) => event)).toEqual([
      'sent',
      'first-call',
      'failed',
      'arrived',
      'deleted',
    ]);
    expect(body.logsQuery).toContain('filter userTaskKey = "2251799813685251"');
  });

  it('that were not seen are not there', async () => {
    const page = await setConsole({ letters: MIXED });
    await page.look();
    const { status } = await page.get('/api/messages/5fea7756-0ea4-451a-a703-a558b933e274');
    expect(status).toBe(404);
  });

  it('are a table for spreadsheets, without formulas', async () => {
    const page = await setConsole({
      letters: [burial({ body: '{"userTaskKey":"1"}', end: { lastTitle: '=HYPERLINK("http://a")' } })],
    });
    await page.look();
    const { body, headers } = await page.get('/api/messages.csv');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, line] = body.split('\r\n');
    expect(head).toMatch(/^"messageId","userTaskKey","kind"/);
    expect(line).toContain(`"'=HYPERLINK(""http://a"")"`);
  });
});

describe('the end', () => {
  const HALF_AN_HOUR = 30 * 60_000;

  it('comes when nobody has done anything for half an hour', async () => {
    const page = await setConsole({ now: Date.UTC(2026, 10, 23) });
    const { endsAt } = (await page.get('/api/overview')).body;
    expect(Date.parse(endsAt) - page.clock.now).toBe(HALF_AN_HOUR);
    page.clock.now += HALF_AN_HOUR;
    expect(await page.console.over).toBe('idle');
  });

  it('is not put off by a page that only asks how things stand', async () => {
    const page = await setConsole({ now: Date.UTC(2026, 10, 23) });
    page.clock.now += HALF_AN_HOUR - 1;
    for (const path of ['/api/overview', '/api/snapshot']) await page.get(path);
    page.clock.now += 1;
    expect(await page.console.over).toBe('idle');
  });

  it('is not put off by somebody without a good token', async () => {
    const page = await setConsole({ now: Date.UTC(2026, 10, 23) });
    page.clock.now += HALF_AN_HOUR - 1;
    expect((await exchange(page.console, 'x'.repeat(43))).status).toBe(401);
    page.clock.now += 1;
    expect(await page.console.over).toBe('idle');
  });

  it('is put off by whoever does something', async () => {
    const page = await setConsole({ now: Date.UTC(2026, 10, 23) });
    page.clock.now += HALF_AN_HOUR - 1;
    await page.post('/api/snapshot', {});
    const { endsAt } = (await page.get('/api/overview')).body;
    expect(Date.parse(endsAt) - page.clock.now).toBe(HALF_AN_HOUR);
  });

  it('comes when it is asked for', async () => {
    const page = await setConsole();
    page.stop();
    expect(await page.console.over).toBe('asked');
  });
});
