// What somebody does about dead letters on the page, to what became of it: over the embedded SQS and the stand-in cluster.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createStages, type DeadLetterStage } from '../../../client/dead-letters/dead-letter-stage.ts';
import { settleAll } from '../../../client/dead-letters/simulated-function.ts';
import { start } from '../../../infra/local/stand-in/started.ts';
import {
  type ConsoleWish,
  findings,
  openPage,
  overflow,
  picture,
  settled,
  startTestConsole,
} from './console-page.ts';
import { incident, sentWhenTheyDied } from './incident.ts';

const startStage = createStages();

async function openIncident(count = 500, wish: Partial<ConsoleWish> = {}) {
  const { stage, ids } = await startStage(incident(count, Date.now()));
  sentWhenTheyDied(stage);
  const running = await startTestConsole({ ...stage, actionsAllowed: true, ...wish });
  running.look();
  const opened = await openPage(running);
  await opened.page.getByText(`Saw ${count} of about ${count}.`).waitFor();
  await settled(opened.page);
  return { ...opened, stage, ids, running };
}

const group = (page: Page, kind: string) => page.getByRole('article').filter({ hasText: kind });
const planned = (page: Page) => page.getByRole('heading', { name: 'Confirm' }).waitFor();
const state = (page: Page) => page.getByRole('region', { name: 'Progress' }).getByRole('status');

/** The function has had its turn with what is on the queue. */
async function settleUntil(stage: DeadLetterStage, expected: number, fate: 'dead' | 'done'): Promise<void> {
  let count = 0;
  await expect
    .poll(
      async () => {
        count += await settleAll(stage, () => fate);
        return count;
      },
      { timeout: 60_000 },
    )
    .toBe(expected);
}

it('from the overview to a redrive, and what came back', async () => {
  const { page, stage } = await openIncident();
  await page.getByRole('link', { name: /and what to do about them/ }).click();
  await group(page, 'unavailable-too-long').getByRole('button', { name: 'Trial of one' }).click();
  await planned(page);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^Redrive 1 message/);
  await page.getByRole('button', { name: 'Redrive 1 message' }).click();
  await settleUntil(stage, 1, 'dead');
  await page.getByText('1 of 1 came back.').waitFor({ timeout: 60_000 });
  await expect.poll(() => state(page).innerText(), { timeout: 60_000 }).toContain('Redriven 1 of 1.');
  expect(await page.getByRole('main').innerText()).toContain('409 INVALID_STATE');
});

it('a discard wants the number, exports first, and takes them off the queue', async () => {
  const { page, stage, show } = await openIncident(60);
  await show('#/groups?kind=not-found');
  await page.getByRole('button', { name: 'Discard' }).click();
  await planned(page);
  const headline = await page.getByRole('heading', { level: 1 }).innerText();
  const count = Number(/\d+/.exec(headline)?.[0]);
  const confirm = page.getByRole('button', { name: /^Discard \d+ messages/ });
  await confirm.click();
  await page
    .getByRole('alert')
    .filter({ hasText: String(count) })
    .waitFor();
  await page.getByLabel(/^Type the number/).fill(String(count));
  await confirm.click();
  await expect
    .poll(() => state(page).innerText(), { timeout: 60_000 })
    .toContain(`Discarded ${count} of ${count}.`);
  const path = await page.locator('.path').first().innerText();
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).kind)).toEqual(
    Array.from({ length: count }, () => 'not-found'),
  );
  expect(await stage.drain(stage.embedded.deadLetterQueueUrl)).toHaveLength(60 - count);
});

it('an export is a file on this machine, and a copy of it can be saved', async () => {
  const { page, show } = await openIncident(60);
  await show('#/messages?kind=expired');
  await page.getByRole('button', { name: 'Export' }).click();
  await planned(page);
  await page.getByRole('button', { name: /^Export \d+ message/ }).click();
  const save = page.getByRole('button', { name: 'Save a copy of the export' });
  await save.waitFor({ timeout: 60_000 });
  await expect.poll(() => state(page).innerText(), { timeout: 60_000 }).toContain('It has ended.');
  const download = page.waitForEvent('download');
  await save.click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
  expect(lines.every((line) => JSON.parse(line).kind === 'expired')).toBe(true);
});

it('production wants the name of the stage and a reason; what was typed stays when it is wrong', async () => {
  const { page, show } = await openIncident(60, { stage: 'prod' });
  await show('#/groups?kind=wrong-state');
  await page.getByRole('button', { name: 'Redrive', exact: true }).click();
  await planned(page);
  expect({ findings: await findings(page), overflow: await overflow(page) }).toEqual({
    findings: [],
    overflow: [],
  });
  await picture(page, 'plan-light');
  await page.getByLabel(/^Why/).fill('the listener is done');
  await page.getByLabel(/^Type the name of the stage/).fill('dev');
  const confirm = page.getByRole('button', { name: /^Redrive \d+ messages/ });
  await confirm.click();
  await page.getByRole('alert').filter({ hasText: 'prod' }).waitFor();
  expect(await page.getByLabel(/^Why/).inputValue()).toBe('the listener is done');
  await page.getByLabel(/^Type the name of the stage/).fill('prod');
  await confirm.click();
  await expect.poll(() => state(page).innerText(), { timeout: 60_000 }).toContain('Redriven');
  expect({ findings: await findings(page), overflow: await overflow(page) }).toEqual({
    findings: [],
    overflow: [],
  });
  await picture(page, 'operation-light');
  await show('#/history');
  expect(await page.getByRole('table').innerText()).toContain('the listener is done');
  expect({ findings: await findings(page), overflow: await overflow(page) }).toEqual({
    findings: [],
    overflow: [],
  });
  await picture(page, 'history-light');
});

it('a body is changed while the contract is checked, and only the change is sent', async () => {
  const { page, show, stage } = await openIncident(60);
  await show('#/messages?kind=malformed');
  await page.locator('[data-row="0"] a').click();
  await page.getByRole('button', { name: 'Edit' }).click();
  const editor = page.getByLabel('The body as it is to be sent');
  await page
    .getByText(/unknown field/)
    .last()
    .waitFor();
  await editor.fill('{"userTaskKey":"7"}');
  await page.getByText('It keeps the contract, and asks for the user task 7.').waitFor();
  expect(await page.getByRole('region', { name: 'What changes' }).innerText()).toContain(
    '"userTaskKey": "7"',
  );
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Redrive with this body' }).click();
  await planned(page);
  expect(await page.getByRole('region', { name: 'What changes' }).innerText()).toContain(
    '"assignee": "anna"',
  );
  await page.getByRole('button', { name: 'Redrive 1 message' }).click();
  await expect.poll(() => state(page).innerText(), { timeout: 60_000 }).toContain('Redriven 1 of 1.');
  const [sent] = await stage.drain(stage.embedded.queueUrl);
  expect(sent?.Body).toBe('{"userTaskKey":"7"}');
});

it('a draft stays while one looks elsewhere', async () => {
  const { page, show, ids } = await openIncident(12);
  await show(`#/messages/${ids[0]}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('The body as it is to be sent').fill('{"userTaskKey": half');
  await show('#/groups');
  await show(`#/messages/${ids[0]}`);
  expect(await page.getByLabel('The body as it is to be sent').inputValue()).toBe('{"userTaskKey": half');
});

it('the cluster is asked on request, and says what the tasks are now', async () => {
  const cluster = await start();
  const { page, show } = await openIncident(60, { environment: { CAMUNDA_REST_ADDRESS: cluster.url } });
  await show('#/groups?kind=not-found');
  await page.getByRole('button', { name: 'Ask the cluster', exact: true }).click();
  await page.getByText(/gone: completed, cancelled or unknown/).waitFor({ timeout: 60_000 });
  expect(await findings(page)).toEqual([]);
});

it('a plan that is too old cannot be used, and what was typed stays for the next one', async () => {
  let ahead = 0;
  const { page, show } = await openIncident(12, { stage: 'prod', now: () => Date.now() + ahead });
  await show('#/groups');
  await page.getByRole('button', { name: 'Discard' }).first().click();
  await planned(page);
  await page.getByLabel(/^Why/).fill('they are over');
  ahead = 6 * 60_000;
  const again = page.getByRole('button', { name: 'Plan again' });
  await again.waitFor({ timeout: 30_000 });
  await again.click();
  await again.waitFor({ state: 'detached' });
  expect(await page.getByLabel(/^Why/).inputValue()).toBe('they are over');
});

it('the incident is solved with a few clicks', async () => {
  const { page, stage } = await openIncident();
  let clicks = 0;
  const click = async (name: string | RegExp, within: Page | ReturnType<typeof group> = page) => {
    await within.getByRole('button', { name }).or(within.getByRole('link', { name })).first().click();
    clicks += 1;
  };
  const kinds = async (kind: string, action: string, stillThere: string) => {
    await group(page, kind).waitFor();
    await click(action, group(page, kind));
    await planned(page);
    const number = /[\d,]+/.exec(await page.getByRole('heading', { level: 1 }).innerText())?.[0] ?? '';
    if (action === 'Discard') await page.getByLabel(/^Type the number/).fill(number);
    await click(new RegExp(`^${action} [\\d,]+ message`));
    if (action === 'Redrive') await settleUntil(stage, Number(number), 'done');
    await expect
      .poll(() => state(page).innerText(), { timeout: 120_000 })
      .toMatch(new RegExp(`${action}(n|ed) ${number} of`));
    await page.getByRole('main').getByRole('button', { name: 'Look again' }).click();
    clicks += 1;
    await page.getByText(stillThere).waitFor({ timeout: 60_000 });
  };
  await click(/and what to do about them/);
  await kinds('wrong-state', 'Redrive', 'Saw 185 of');
  await kinds('unavailable-too-long', 'Redrive', 'Saw 152 of');
  await kinds('not-found', 'Discard', 'Saw 49 of');
  await kinds('expired', 'Discard', 'Saw 24 of');
  await kinds('malformed', 'Discard', 'Saw 3 of');
  await kinds('foreign-answer', 'Redrive', 'The dead-letter queue is empty');
  console.log(`The incident was solved with ${clicks} clicks, and three numbers typed.`);
  expect(clicks).toBe(19);
});
