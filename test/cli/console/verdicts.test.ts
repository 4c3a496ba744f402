// What the cluster says of the tasks: asked by the page, shown by groups and messages, and what a plan makes of it.
import { describe, expect, it } from 'vitest';
import type { PlanAnswer } from '../../../cli/console/api.ts';
import { burial } from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { type ConsoleStage, setConsole } from './console-stage.ts';

/** A dead letter each for a task that is gone, one that is free, and two that anna has, of which one is not meant for her. */
async function setTasks(): Promise<ConsoleStage> {
  const cluster = await start();
  const { tasks } = cluster;
  const requests = [
    { userTaskKey: tasks.newKey(2) },
    { userTaskKey: tasks.create({ assignee: null }).key },
    { userTaskKey: tasks.create({ assignee: 'anna' }).key },
    { userTaskKey: tasks.create({ assignee: 'anna' }).key, expectedAssignee: 'bert' },
  ];
  const page = await setConsole({
    letters: requests.map((request) => burial({ body: JSON.stringify(request) })),
    actionsAllowed: true,
    environment: { CAMUNDA_REST_ADDRESS: cluster.url },
  });
  await page.look();
  return page;
}

async function asked(page: ConsoleStage, body: object): Promise<void> {
  expect((await page.post('/api/verdicts', body)).status).toBe(200);
  await eventually(async () => expect((await page.get('/api/verdicts')).body.state).toBe('ready'));
}

describe('verdicts', () => {
  it('are none before anybody asks', async () => {
    const page = await setTasks();
    expect((await page.get('/api/verdicts')).body).toMatchObject({ state: 'none', total: 0 });
  });

  it('are counted, by group, and known of each message', async () => {
    const page = await setTasks();
    await asked(page, { all: true });
    const counts = { gone: 1, free: 1, theirs: 2, busy: 0, unknown: 0 };
    expect((await page.get('/api/verdicts')).body).toMatchObject({ asked: 4, total: 4, counts, error: null });
    expect((await page.get('/api/groups')).body.groups[0]?.verdicts).toEqual({ ...counts, unasked: 0 });
    const { verdict } = (await page.get(`/api/messages/${page.ids[2]}`)).body;
    expect(verdict).toMatchObject({ verdict: 'theirs', assignee: 'anna', wouldStrip: true });
    expect((await page.get(`/api/messages/${page.ids[3]}`)).body.verdict?.wouldStrip).toBe(false);
  });

  it('are a filter for what was asked about', async () => {
    const page = await setTasks();
    expect((await page.get('/api/messages?verdict=gone,free')).body.total).toBe(0);
    await asked(page, { messageIds: [page.ids[0]] });
    expect((await page.get('/api/messages?verdict=gone,free')).body.total).toBe(1);
    expect((await page.get('/api/groups')).body.groups[0]?.verdicts).toMatchObject({ gone: 1, unasked: 3 });
  });

  it('choose what is planned', async () => {
    const page = await setTasks();
    await asked(page, { all: true });
    const { body } = await page.post('/api/plans', { action: 'discard', filter: { verdict: 'gone,free' } });
    expect(body.messages.rows.map(({ messageId }) => messageId).sort()).toEqual(page.ids.slice(0, 2).sort());
  });

  it('are not asked for where nobody has said which cluster', async () => {
    const page = await setConsole({ letters: [burial()] });
    await page.look();
    const answer = await page.post('/api/verdicts', { all: true });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      400,
      expect.stringContaining('CAMUNDA_REST_ADDRESS'),
    ]);
  });
});

describe('a plan', () => {
  it('says how many would take a task from somebody', async () => {
    const page = await setTasks();
    const { body } = await page.post('/api/plans', { action: 'redrive', all: true });
    const { wouldStrip }: PlanAnswer = body;
    expect(wouldStrip).toEqual({ count: 1, text: '1 would take a task from somebody who has it now.' });
  });
});
