// Without a pointer: everything can be reached, seen and done.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import { type ConsoleWish, findings, openPage, settled, startTestConsole } from './console-page.ts';
import { incident } from './incident.ts';

const startStage = createStages();

async function openIncident(wish: Partial<ConsoleWish> = {}) {
  const { stage, ids } = await startStage(incident(300, Date.now()));
  const running = await startTestConsole({ ...stage, ...wish });
  running.look();
  const opened = await openPage(running);
  await opened.page.getByText('Saw 300 of about 300.').waitFor();
  await settled(opened.page);
  return { ...opened, ids };
}

/** What has the focus, and whether that can be seen. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return undefined;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
    return {
      name: name.slice(0, 40),
      row: element.getAttribute('data-row'),
      isSeen: outlineStyle !== 'none' && outlineWidth !== '0px',
    };
  });

it('the first thing to reach is the way to the content, and it leads there', async () => {
  const { page } = await openIncident();
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatchObject({ name: 'Skip to the content', isSeen: true });
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
});

it.each(['#/overview', '#/groups', '#/messages', 'message'])(
  'on %s whatever has the focus can be seen',
  async (address) => {
    const { page, show, ids } = await openIncident();
    await show(address === 'message' ? `#/messages/${ids[0]}` : address);
    const unseen: unknown[] = [];
    const names = new Set<string>();
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press('Tab');
      const at = await focused(page);
      if (at === undefined) break;
      names.add(at.name);
      if (!at.isSeen) unseen.push(at);
    }
    expect(unseen).toEqual([]);
    expect(names.size).toBeGreaterThan(6);
  },
);

it('an action is planned, confirmed and followed without a pointer', async () => {
  const { page, show } = await openIncident({ actionsAllowed: true, stage: 'prod' });
  const reach = async (name: string | RegExp) => {
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press('Tab');
      const at = await focused(page);
      expect(at?.isSeen, at?.name).not.toBe(false);
      if (at !== undefined && (typeof name === 'string' ? at.name === name : name.test(at.name))) return;
    }
    throw new Error(`nothing leads to ${name}`);
  };
  await show('#/groups?kind=not-found');
  await reach('Discard');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Confirm' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  const number = /\d+/.exec(await page.getByRole('heading', { level: 1 }).innerText())?.[0] ?? '';
  // The fields come in this order: the number, the stage, the reason.
  await page.getByRole('form', { name: 'Confirm' }).waitFor();
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement?.id.endsWith('-count'))) break;
  }
  await page.keyboard.type(number);
  await page.keyboard.press('Tab');
  await page.keyboard.type('prod');
  await page.keyboard.press('Tab');
  await page.keyboard.type('nobody waits for these');
  await page.keyboard.press('Enter');
  await page.getByText(`Discarded ${number} of ${number}.`).waitFor({ timeout: 60_000 });
  await reach('Save a copy of the export');
  await reach('Look again');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  await reach('History');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
  await reach('Actions');
  expect(await findings(page)).toEqual([]);
});

it('arrow keys go from row to row, Space ticks, Enter opens', async () => {
  const { page, show } = await openIncident();
  await show('#/messages');
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toMatchObject({ row: '2', isSeen: true });
  await page.keyboard.press('Space');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('End');
  await expect.poll(async () => (await focused(page))?.row).toBe('299');
  await page.keyboard.press('Home');
  await expect.poll(async () => (await focused(page))?.row).toBe('0');
  await page.keyboard.press('PageDown');
  await expect.poll(async () => Number((await focused(page))?.row)).toBeGreaterThan(5);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'All messages' }).waitFor();
});

it('on another screen one begins at its beginning, and the title says which it is', async () => {
  const { page } = await openIncident();
  await page.getByRole('link', { name: 'Groups', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  expect(await page.title()).toBe('Groups · dead letters of dev');
});

it('the handles below the timeline set since and until', async () => {
  const { page } = await openIncident();
  const from = page.getByRole('slider', { name: /^From/ });
  await from.focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: /^Only/ }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toMatch(/since=.*until=/);
});
