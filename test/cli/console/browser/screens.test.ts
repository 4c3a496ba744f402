// Every screen as people see it: readable for everybody, light and dark, wide and narrow.
import { describe, expect, it } from 'vitest';
import { createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import {
  type ConsoleWish,
  findings,
  openPage,
  overflow,
  picture,
  settled,
  startTestConsole,
  type View,
} from './console-page.ts';
import { incident, sentWhenTheyDied } from './incident.ts';

const startStage = createStages();

async function openIncident(view: View, wish: Partial<ConsoleWish> = {}, count = 500) {
  const { stage, ids } = await startStage(incident(count, Date.now()));
  sentWhenTheyDied(stage);
  const running = await startTestConsole({ ...stage, ...wish });
  running.look();
  const opened = await openPage(running, view);
  await opened.page.getByText(`Saw ${count} of about ${count}.`).waitFor();
  await settled(opened.page);
  return { ...opened, ids };
}

const VIEWS = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 320, height: 640 },
  { scheme: 'dark', width: 320, height: 640 },
] as const;

describe.each(VIEWS)('$scheme, $width px wide', (view) => {
  const name = (screen: string) => `${screen}-${view.scheme}${view.width === 320 ? '-narrow' : ''}`;

  it('every screen is without findings, and nothing is wider than the window', async () => {
    const { page, show, ids } = await openIncident(view);
    const found: Record<string, unknown> = {};
    const look = async (screen: string) => {
      found[screen] = { findings: await findings(page), overflow: await overflow(page) };
      await picture(page, name(screen));
    };
    await look('overview');
    await show('#/groups');
    await look('groups');
    await show('#/messages');
    await look('messages');
    await show(`#/messages/${ids[7]}`);
    await look('message');
    const fine = { findings: [], overflow: [] };
    expect(found).toEqual({ overview: fine, groups: fine, messages: fine, message: fine });
  });

  it('a plan, an operation and the history are, too', async () => {
    const { page, show } = await openIncident(view, { stage: 'prod', actionsAllowed: true }, 60);
    const found: Record<string, unknown> = {};
    const look = async (screen: string) => {
      found[screen] = { findings: await findings(page), overflow: await overflow(page) };
      await picture(page, name(`acting-${screen}`));
    };
    const plan = async (action: string) => {
      await page.getByRole('main').getByRole('button', { name: action, exact: true }).first().click();
      await page.getByRole('heading', { name: 'Confirm' }).waitFor();
      await settled(page);
    };
    const confirm = async (reason: string) => {
      await page.getByLabel(/^Why/).fill(reason);
      await page.getByLabel(/^Type the name of the stage/).fill('prod');
      await page.getByRole('button', { name: /^(Redrive|Discard) \d+ messages?$/ }).click();
      await page.getByRole('region', { name: 'Progress' }).waitFor();
    };
    await show('#/messages');
    await plan('Redrive');
    await look('plan');
    await page.getByRole('link', { name: 'Back, do nothing' }).click();
    await show('#/groups?kind=wrong-state');
    await plan('Redrive');
    await confirm('the listener that kept these tasks between two states is mended');
    await page.getByRole('status').filter({ hasText: 'Redriven' }).waitFor({ timeout: 60_000 });
    await look('operation');
    await show('#/groups?kind=not-found');
    await plan('Discard');
    const number = /\d+/.exec(await page.getByRole('heading', { level: 1 }).innerText())?.[0] ?? '';
    await page.getByLabel(/^Type the number/).fill(number);
    await look('plan-discard');
    await confirm('nobody waits for these');
    await page.getByRole('status').filter({ hasText: 'Discarded' }).waitFor({ timeout: 60_000 });
    await look('operation-discard');
    await show('#/history');
    await look('history');
    const fine = { findings: [], overflow: [] };
    expect(found).toEqual({
      plan: fine,
      operation: fine,
      'plan-discard': fine,
      'operation-discard': fine,
      history: fine,
    });
  });
});

it('production is red, and says that it is read-only', async () => {
  const { page } = await openIncident({}, { stage: 'prod' });
  const banner = page.getByRole('banner');
  expect(await banner.innerText()).toMatch(/prod[\s\S]*production[\s\S]*read-only/);
  expect(await banner.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe(
    'rgb(179, 38, 30)',
  );
  expect(await findings(page)).toEqual([]);
  await picture(page, 'overview-production');
});

it('letters twice as large fit, too', async () => {
  const { page, show, ids } = await openIncident({ width: 1280 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  for (const address of ['#/overview', '#/groups', '#/messages', `#/messages/${ids[7]}`]) {
    await show(address);
    expect(await overflow(page), address).toEqual([]);
  }
});
