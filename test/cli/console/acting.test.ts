// Plans, their confirmation, and what is done then: against a real queue, with a page played by requests.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { chooseConnection } from '../../../cli/connection.ts';
import type { OperationAnswer, PlanAnswer } from '../../../cli/console/api.ts';
import { burial, burials } from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { type ConsoleStage, type StageWish, setConsole } from './console-stage.ts';

const LETTERS = [
  ...burials(3),
  burial({ body: 'no JSON', kind: 'malformed', end: { lastStatus: undefined, reason: 'body: …' } }),
];

/** A console that may act, and has looked. */
async function setActing(wish: StageWish = {}): Promise<ConsoleStage> {
  const page = await setConsole({ letters: LETTERS, actionsAllowed: true, ...wish });
  // The emulated queue has that dead-letter queue, as in the deployment.
  await page.look();
  return page;
}

const PROD = { connection: chooseConnection({ stage: 'prod' }, {}), typed: { stage: 'prod' } };

async function plan(page: ConsoleStage, body: object): Promise<PlanAnswer> {
  const answer = await page.post('/api/plans', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

function confirm(page: ConsoleStage, { planId, digest }: PlanAnswer, more: object = {}) {
  return page.post('/api/operations', { planId, digest, ...more });
}

async function ended(page: ConsoleStage): Promise<OperationAnswer> {
  return eventually(async () => {
    const { body } = await page.get('/api/operation');
    expect(body?.endedAt).not.toBeNull();
    return body as OperationAnswer;
  });
}

async function bodies(page: ConsoleStage, which: 'queue' | 'deadLetterQueue'): Promise<string[]> {
  const found = await page.stage.drain(page.stage[which].queueUrl);
  return found.map(({ Body = '' }) => Body).sort();
}

const codeOf = (answer: { readonly body: unknown }) =>
  (answer.body as { error?: { code: string } }).error?.code;

describe('a plan', () => {
  it('says which messages, what is left out and why, before anything happens', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', all: true });
    expect(made.messages.total).toBe(3);
    expect(made.leftOut).toMatchObject({ total: 1, byCode: [{ code: 'Malformed', count: 1 }] });
    expect(made.headline).toBe(`Redrive 3 messages to ${page.stage.queue.queueUrl}`);
    expect(made.groups.map(({ count }) => count)).toEqual([3]);
    expect(made.needs).toEqual({ count: null, stageName: null, reason: false });
    expect(made.wouldStrip?.text).toContain('CAMUNDA_REST_ADDRESS');
    expect(made.command).toBe('npx camunda-unassign dlq redrive --stage dev --all');
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });

  it('asks the queue for nothing', async () => {
    const page = await setActing();
    page.stage.calls.length = 0;
    await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    expect(page.stage.calls.filter(({ name }) => name !== 'GetQueueAttributes')).toEqual([]);
  });

  it('takes no more than a trial is to have', async () => {
    const page = await setActing();
    const { messages } = await plan(page, { action: 'redrive', filter: { kind: 'not-found' }, limit: 1 });
    expect(messages.total).toBe(1);
  });

  it('names what was named and is not there', async () => {
    const page = await setActing();
    const gone = '5fea7756-0ea4-451a-a703-a558b933e274';
    const { unseen, messages } = await plan(page, { action: 'discard', messageIds: [page.ids[0], gone] });
    expect([unseen, messages.total]).toEqual([[gone], 1]);
  });

  it.each([
    ['nothing is chosen', { action: 'redrive' }],
    ['a filter says nothing', { action: 'redrive', filter: {} }],
    ['several ways are chosen', { action: 'redrive', all: true, filter: { kind: 'expired' } }],
    ['an id is none', { action: 'discard', messageIds: ['x'] }],
    ['a discard would change bodies', { action: 'discard', all: true, delaySeconds: 1 }],
    ['an action is none', { action: 'purge', all: true }],
    [
      'the watching ends before the delay',
      { action: 'redrive', all: true, delaySeconds: 60, watchForMs: 1000 },
    ],
  ])('is refused where %s', async (_, body) => {
    const page = await setActing();
    expect((await page.post('/api/plans', body)).status).toBe(400);
  });

  it('is refused without leave to act', async () => {
    const page = await setActing({ actionsAllowed: false });
    const answer = await page.post('/api/plans', { action: 'discard', all: true });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'read-only']);
    const confirmed = await page.post('/api/operations', { planId: 'x', digest: 'x' });
    expect([confirmed.status, codeOf(confirmed)]).toEqual([403, 'read-only']);
  });

  it('of a redrive is refused where the queue was not named', async () => {
    const page = await setActing({ withoutQueue: true });
    expect((await page.post('/api/plans', { action: 'redrive', all: true })).status).toBe(400);
  });

  it('shows a body as it is and as it would be sent', async () => {
    const page = await setActing();
    const [messageId = ''] = page.ids.slice(3);
    const body = '{"userTaskKey":"7"}';
    const made = await plan(page, { action: 'redrive', messageIds: [messageId], edit: { messageId, body } });
    expect([made.edit, made.leftOut.total]).toEqual([{ messageId, before: 'no JSON', after: body }, 0]);
  });

  it('comes in parts', async () => {
    const page = await setActing();
    const { planId } = await plan(page, { action: 'discard', all: true });
    const { body } = await page.get(`/api/plans/${planId}/messages?offset=1&limit=2`);
    expect(body).toMatchObject({ total: 4, rows: [{}, {}] });
  });
});

describe('a confirmation', () => {
  it('is good once', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    expect((await confirm(page, made, { count: 1 })).status).toBe(200);
    await ended(page);
    const again = await confirm(page, made, { count: 1 });
    expect([again.status, codeOf(again)]).toEqual([409, 'plan-used']);
  });

  it('is good for five minutes', async () => {
    const page = await setActing({ now: Date.now() });
    const made = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    page.clock.now += 5 * 60_000;
    const late = await confirm(page, made, { count: 1 });
    expect([late.status, codeOf(late)]).toEqual([410, 'plan-expired']);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });

  it('must repeat the digest', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    const other = await plan(page, { action: 'discard', all: true });
    expect(other.digest).not.toBe(made.digest);
    for (const digest of [other.digest, '', 'é'.repeat(made.digest.length)]) {
      const answer = await confirm(page, { ...made, digest }, { count: 1 });
      expect([answer.status, codeOf(answer)], digest).toEqual([409, 'plan-changed']);
    }
  });

  it.each([
    ['without the number', {}],
    ['with another number', { count: 3 }],
  ])('of a discard is none %s', async (_, more) => {
    const page = await setActing();
    const made = await plan(page, { action: 'discard', all: true });
    const answer = await confirm(page, made, more);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'not-confirmed']);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });

  it.each([
    ["without the stage's name", { reason: 'INC-1' }],
    ['with the name of another', { stageName: 'dev', reason: 'INC-1' }],
    ['without a reason', { stageName: 'prod' }],
    ['with a blank reason', { stageName: 'prod', reason: ' \n ' }],
  ])('in production is none %s', async (_, more) => {
    const page = await setActing(PROD);
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    expect(made.needs).toEqual({ count: null, stageName: 'prod', reason: true });
    expect(codeOf(await confirm(page, made, more))).toBe('not-confirmed');
  });

  it('may be corrected', async () => {
    const page = await setActing(PROD);
    const made = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    expect(codeOf(await confirm(page, made, { count: 2, stageName: 'prod', reason: 'INC-1' }))).toBe(
      'not-confirmed',
    );
    expect((await confirm(page, made, { count: 1, stageName: 'prod', reason: 'INC-1' })).status).toBe(200);
    expect((await ended(page)).done).toBe(1);
  });

  it('of a plan without messages is none', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'malformed' } });
    expect((await confirm(page, made)).status).toBe(400);
  });

  it('counts for one operation at a time', async () => {
    const page = await setActing();
    const one = await plan(page, { action: 'redrive', filter: { kind: 'not-found' }, perSecond: 1 });
    const other = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    expect((await confirm(page, one)).status).toBe(200);
    const answer = await confirm(page, other, { count: 1 });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'busy']);
    expect(codeOf(await page.post('/api/snapshot', {}))).toBe('busy');
    await ended(page);
    expect((await confirm(page, other, { count: 1 })).status).toBe(200);
  });
});

/** Holds back what SQS answers to one name, until it is told to go on. */
function holdBack(page: ConsoleStage, held: string) {
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  page.stage.play = async ({ name }, ask) => {
    if (name !== held) return ask();
    tell();
    await goOn;
    return ask();
  };
  return { asked, letGo };
}

/** Time enough for what does not wait. */
async function turns(page: ConsoleStage): Promise<void> {
  for (let count = 0; count < 20; count += 1) await page.get('/api/snapshot');
}

describe('what goes on at the same time', () => {
  it('two confirmations of one plan are one operation', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    const answers = await Promise.all([confirm(page, made), confirm(page, made), confirm(page, made)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    await ended(page);
    expect((await page.get('/api/history')).body.actions).toHaveLength(1);
    expect(await bodies(page, 'queue')).toHaveLength(3);
  });

  it('an operation begins when nobody watches any more', async () => {
    const page = await setActing();
    const watched = { action: 'redrive', filter: { kind: 'not-found' }, limit: 1, watchForMs: 60_000 };
    await confirm(page, await plan(page, watched));
    await eventually(async () => expect((await page.get('/api/operation')).body?.state).toBe('watching'));
    const next = await plan(page, { action: 'discard', filter: { kind: 'malformed' } });
    const { asked, letGo } = holdBack(page, 'ReceiveMessage');
    await asked;
    let hasBegun = false;
    const confirmed = confirm(page, next, { count: 1 }).then(() => {
      hasBegun = true;
    });
    await turns(page);
    expect(hasBegun).toBe(false);
    letGo();
    await confirmed;
    expect(await ended(page)).toMatchObject({ done: 1, notMet: 0 });
  });

  it('a look ends the watching, and begins when that has given back what it held', async () => {
    const page = await setActing();
    const watched = { action: 'redrive', filter: { kind: 'not-found' }, limit: 1, watchForMs: 60_000 };
    await confirm(page, await plan(page, watched));
    await eventually(async () => expect((await page.get('/api/operation')).body?.state).toBe('watching'));
    const { asked, letGo } = holdBack(page, 'ReceiveMessage');
    await asked;
    const looked = page.post('/api/snapshot', {});
    await turns(page);
    expect((await page.get('/api/snapshot')).body.state).toBe('ready');
    letGo();
    expect((await looked).body.state).toBe('looking');
    expect(await ended(page)).toMatchObject({ state: 'ended', watch: { interrupted: true } });
    await eventually(async () =>
      expect((await page.get('/api/snapshot')).body.coverageText).toBe('Saw 3 of about 3.'),
    );
  });

  it('an operation that is about to begin when the console ends is answered, and touches nothing', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    const { asked, letGo } = holdBack(page, 'GetQueueAttributes');
    const confirmed = confirm(page, made);
    await asked;
    page.stop();
    const closed = page.console.close();
    letGo();
    expect((await confirmed).status).toBe(200);
    await closed;
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });

  it('nothing begins any more when the console ends', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    page.stop();
    expect(codeOf(await confirm(page, made))).toBe('ending');
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });
});

describe('a redrive', () => {
  it('sends them to the queue, says what became of each, and writes it down', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    await confirm(page, made, { reason: 'INC-4711' });
    expect(await ended(page)).toMatchObject({
      state: 'ended',
      planned: 3,
      done: 3,
      failed: 0,
      notMet: 0,
      summary: 'Redriven 3 of 3.',
      error: null,
    });
    const { body: results } = await page.get('/api/operation/results');
    expect(results).toMatchObject({ total: 3, rows: [{ outcome: 'redriven' }, {}, {}] });
    const { actions } = (await page.get('/api/history')).body;
    expect(actions).toMatchObject([
      {
        action: 'redrive',
        stage: 'dev',
        reason: 'INC-4711',
        planned: 3,
        done: 3,
        choice: { filter: { kinds: ['not-found'] } },
      },
    ]);
    expect((await page.get('/api/messages')).body.total).toBe(1);
    expect(await bodies(page, 'queue')).toHaveLength(3);
    expect(await bodies(page, 'deadLetterQueue')).toEqual(['no JSON']);
  });

  it('leaves the look as it was, but for those that are gone since', async () => {
    const page = await setActing();
    await confirm(page, await plan(page, { action: 'redrive', filter: { kind: 'not-found' } }));
    await ended(page);
    const { body } = await page.get('/api/snapshot');
    expect([body.seen, body.goneSince, body.matched]).toEqual([4, 3, 1]);
  });

  it('acts on the messages of the plan and on no others', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    await page.stage.bury(burials(1, 9n));
    await confirm(page, made);
    await ended(page);
    expect(await bodies(page, 'deadLetterQueue')).toEqual(['no JSON', '{"userTaskKey":"9"}']);
  });

  it('sends the edited body', async () => {
    const page = await setActing();
    const [messageId = ''] = page.ids.slice(3);
    const body = '{"userTaskKey":"7"}';
    const made = await plan(page, { action: 'redrive', messageIds: [messageId], edit: { messageId, body } });
    await confirm(page, made);
    await ended(page);
    expect(await bodies(page, 'queue')).toEqual([body]);
  });

  it('says which came back', async () => {
    const page = await setActing();
    const made = await plan(page, {
      action: 'redrive',
      filter: { kind: 'not-found' },
      limit: 1,
      watchForMs: 60_000,
    });
    await confirm(page, made);
    await eventually(async () => expect((await page.get('/api/operation')).body?.state).toBe('watching'));
    const [sent] = await page.stage.drain(page.stage.queue.queueUrl);
    const { Body = '', MessageAttributes = {} } = sent ?? {};
    // As the function would send it back.
    await page.stage.bury([{ ...burial({ body: Body }), MessageAttributes: { ...MessageAttributes } }]);
    const operation = await ended(page);
    expect(operation).toMatchObject({ state: 'ended', watch: { watched: 1, cameBack: 1 } });
    expect(operation.cameBack).toMatchObject([{ messageId: made.messages.rows[0]?.messageId }]);
  });

  it('can be cancelled, and loses nothing', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' }, perSecond: 0.5 });
    await confirm(page, made);
    await eventually(async () => expect((await page.get('/api/operation')).body?.done).toBeGreaterThan(0));
    expect((await page.post('/api/operation/cancel', {})).status).toBe(200);
    const { state, done, notMet } = await ended(page);
    expect([state, done + (notMet ?? 0)]).toEqual(['cancelled', 3]);
    expect((await bodies(page, 'queue')).length + (await bodies(page, 'deadLetterQueue')).length).toBe(4);
  });

  it('is finished as far as it is under way when the console is to end', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' }, perSecond: 0.5 });
    await confirm(page, made);
    await eventually(async () => expect((await page.get('/api/operation')).body?.done).toBeGreaterThan(0));
    page.stop();
    await page.console.close();
    expect((await bodies(page, 'queue')).length + (await bodies(page, 'deadLetterQueue')).length).toBe(4);
  });

  it('goes on when the page is gone', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    await confirm(page, made);
    await eventually(async () => expect(await bodies(page, 'queue')).toHaveLength(3));
  });

  it('says what to do where nothing at all can work', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    page.stage.play = async ({ name }, ask) => {
      if (name === 'ReceiveMessage') throw Object.assign(new Error('no'), { name: 'ExpiredToken' });
      return ask();
    };
    await confirm(page, made);
    expect(await ended(page)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/expired: log in again/),
    });
  });

  it('is not begun where it cannot be written down', async () => {
    const page = await setActing({ environment: { XDG_STATE_HOME: '/dev/null' } });
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    const answer = await confirm(page, made);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      502,
      expect.stringContaining('audit file'),
    ]);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });

  it('is not begun to a queue that has another dead-letter queue', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' } });
    page.stage.play = async ({ name }, ask) =>
      name === 'GetQueueAttributes' ? { ...(await ask()), Attributes: { RedrivePolicy: '{}' } } : ask();
    expect((await confirm(page, made)).status).toBe(400);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });
});

describe('a discard', () => {
  it('writes them to a file first, and deletes them then', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'discard', filter: { kind: 'not-found' } });
    expect(made.needs.count).toBe(3);
    await confirm(page, made, { count: 3 });
    const { exportPath, done } = await ended(page);
    const lines = (await readFile(exportPath ?? '', 'utf8')).trim().split('\n');
    expect([done, lines.length]).toEqual([3, 3]);
    const { actions } = (await page.get('/api/history')).body;
    expect(actions).toMatchObject([{ action: 'discard', export: exportPath }]);
    expect((await page.get('/api/operation/export')).body).toBe(`${lines.join('\n')}\n`);
    expect(await bodies(page, 'deadLetterQueue')).toEqual(['no JSON']);
  });

  it('deletes nothing that is not in the file', async () => {
    const page = await setActing({ environment: { XDG_STATE_HOME: '/dev/null' } });
    const made = await plan(page, { action: 'discard', all: true });
    expect((await confirm(page, made, { count: 4 })).status).not.toBe(200);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
  });
});

describe('an export', () => {
  it('writes them whole, and leaves them where they are', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'export', all: true });
    await confirm(page, made);
    expect(await ended(page)).toMatchObject({ state: 'ended', done: 4, notMet: 0, summary: 'Wrote 4 of 4.' });
    const { body, headers } = await page.get('/api/operation/export');
    expect(headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
    expect(body?.trim().split('\n')).toHaveLength(4);
    expect(await bodies(page, 'deadLetterQueue')).toHaveLength(4);
    expect((await page.get('/api/history')).body.actions).toEqual([]);
  });
});

describe('groups', () => {
  it('say what was last done to them from here', async () => {
    const page = await setActing();
    const made = await plan(page, { action: 'redrive', filter: { kind: 'not-found' }, limit: 1 });
    await confirm(page, made);
    await ended(page);
    const { groups } = (await page.get('/api/groups')).body;
    expect(groups.map(({ kind, lastAction }) => [kind, lastAction?.action, lastAction?.done])).toEqual([
      ['not-found', 'redrive', 1],
      ['malformed', undefined, undefined],
    ]);
  });
});

describe('a body', () => {
  it.each([
    ['{"userTaskKey":"1"}', null, null],
    ['{"userTaskKey":1}', /expected a string/, 'malformed'],
    ['{"userTaskKey":"1","expiresAt":"2020-01-01T00:00:00Z"}', /has passed/, 'expired'],
    ['no JSON', /not JSON/, 'malformed'],
  ])('is checked by the contract: %s', async (body, problem, wouldReturn) => {
    const page = await setConsole();
    const { body: found } = await page.post('/api/body-check', { body });
    expect(found.wouldReturn).toBe(wouldReturn);
    if (problem === null) expect(found.problem).toBeNull();
    else expect(found.problem).toMatch(problem);
  });
});
