// How somebody finds what matters: from the overview to one message, with views that can be kept and commands to type.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import { type ConsolePage, openPage, settled, startTestConsole } from './console-page.ts';
import { incident, sentWhenTheyDied } from './incident.ts';

const startStage = createStages();

async function openIncident(): Promise<ConsolePage> {
  const { stage } = await startStage(incident(500, Date.now()));
  sentWhenTheyDied(stage);
  const running = await startTestConsole(stage);
  running.look();
  const opened = await openPage(running);
  await opened.page.getByText('Saw 500 of about 500.').waitFor();
  await settled(opened.page);
  return opened;
}

const total = (page: ConsolePage['page']) => page.locator('.toolbar .summary').innerText();

it('says at once how many there are, and why', async () => {
  const { page } = await openIncident();
  const main = await page.getByRole('main').innerText();
  expect(main).toContain('There are 500 dead letters.');
  expect(main).toMatch(/315\s+wrong-state\s+409 INVALID_STATE/);
});

it('dragging over the timeline sets since and until, in the address, too', async () => {
  const { page } = await openIncident();
  const area = await page.locator('.drag-area').boundingBox();
  if (area === null) throw new Error('the timeline has no place to drag over');
  const y = area.y + area.height / 2;
  await page.mouse.move(area.x + area.width * 0.9, y);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width - 2, y, { steps: 5 });
  await page.mouse.up();
  await settled(page);
  const query = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
  const [since, until] = [Date.parse(query.get('since') ?? ''), Date.parse(query.get('until') ?? '')];
  expect(until - since).toBeGreaterThan(3_600_000);
  await page.getByRole('link', { name: /^Messages/ }).click();
  await settled(page);
  expect(Number.parseInt(await total(page), 10)).toBeLessThan(500);
});

it('every chart is there as a table, too', async () => {
  const { page } = await openIncident();
  const figures = page.getByRole('figure');
  const without = await figures.evaluateAll(
    (all) => all.filter((one) => one.querySelector('table') === null).length,
  );
  expect([await figures.count(), without]).toEqual([4, 0]);
  const cells = await page
    .getByRole('figure', { name: 'When they became dead letters' })
    .locator('td')
    .allTextContents();
  expect(cells.reduce((sum, cell) => sum + Number(cell), 0)).toBe(500);
});

it('a cause leads to its messages, and a message to all that is known of it', async () => {
  const { page } = await openIncident();
  await page.getByRole('link', { name: /unavailable-too-long 503 UNAVAILABLE/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Messages' }).waitFor();
  await settled(page);
  await page.locator('[data-row="0"] a').click();
  await page.getByRole('heading', { level: 1, name: /unavailable-too-long/ }).waitFor();
  const text = await page.getByRole('main').innerText();
  expect(text).toContain('still unavailable 24 h after the first call');
  expect(text).toContain('SQS deletes it');
  expect(text).toMatch(/filter userTaskKey = "\d+"/);
});

it('a filter stands in the address, so that the same address shows the same', async () => {
  const { page } = await openIncident();
  await page.getByRole('link', { name: /^Messages/ }).click();
  await page.getByRole('textbox', { name: 'Contains' }).fill('brokers');
  await page.keyboard.press('Enter');
  await settled(page);
  const shown = await total(page);
  expect(shown).toBe('33 messages fit.');
  expect(page.url()).toContain('match=brokers');
  await page.reload();
  await settled(page);
  expect([await total(page), await page.getByRole('textbox', { name: 'Contains' }).inputValue()]).toEqual([
    shown,
    'brokers',
  ]);
});

it('a filter that makes no sense says so, and what was typed stays', async () => {
  const { page } = await openIncident();
  await page.getByRole('link', { name: /^Messages/ }).click();
  await page.getByRole('textbox', { name: 'Status' }).fill('four hundred');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'HTTP statuses, such as 404,409' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Status' }).inputValue()).toBe('four hundred');
});

it('the command for what is shown can be copied', async () => {
  const { page, show } = await openIncident();
  await show('#/messages?kind=expired');
  await page.getByRole('button', { name: 'Copy as command' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'npx camunda-unassign dlq list --stage dev --kind=expired',
  );
});

it('what fits is saved as CSV', async () => {
  const { page, show } = await openIncident();
  await show('#/messages?kind=malformed');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split(/\r?\n/);
  expect(lines).toHaveLength(1 + 21);
});

it('the list is where it was when one comes back from a message, and what was ticked is ticked', async () => {
  const { page, show } = await openIncident();
  await show('#/messages');
  await page.locator('.rows').evaluate((rows) => rows.scrollTo(0, 6_000));
  await settled(page);
  const row = page.locator('[data-row="180"]');
  await row.getByRole('checkbox').check();
  await row.getByRole('link').click();
  await page.getByRole('link', { name: 'All messages' }).click();
  await row.waitFor();
  expect(await row.getByRole('checkbox').isChecked()).toBe(true);
});
