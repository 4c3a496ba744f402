// Every screen as people see it: readable for everybody, light and dark, wide and narrow.
import { describe, expect, it } from 'vitest';
import { createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import {
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

async function openIncident(view: View, stageName?: string) {
  const { stage, ids } = await startStage(incident(500, Date.now()));
  sentWhenTheyDied(stage);
  const running = await startTestConsole({
    ...stage,
    ...(stageName === undefined ? {} : { stage: stageName }),
  });
  running.look();
  const opened = await openPage(running, view);
  await opened.page.getByText('Saw 500 of about 500.').waitFor();
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
});

it('production is red, and says that it is read-only', async () => {
  const { page } = await openIncident({}, 'prod');
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
