// The session, and what the page says and keeps when something is lost.
import { expect, it } from 'vitest';
import { createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import { openPage, settled, startTestConsole } from './console-page.ts';
import { incident } from './incident.ts';

const startStage = createStages();

async function openSmall(port = 0) {
  const { stage } = await startStage(incident(12, Date.now()));
  const running = await startTestConsole({ ...stage, port });
  running.look();
  const opened = await openPage(running);
  await opened.page.getByText('Saw 12 of about 12.').waitFor();
  return { ...opened, stage, running };
}

it('the token is taken out of the address, and a page that is loaded again needs no other', async () => {
  const { page } = await openSmall();
  expect(page.url()).not.toContain('token');
  await page.goBack().catch(() => undefined);
  expect(page.url()).not.toContain('token');
  await page.goForward().catch(() => undefined);
  await page.reload();
  await page.getByText('Saw 12 of about 12.').waitFor();
});

it('neither cookies nor anything else but the secret is kept', async () => {
  const { page } = await openSmall();
  expect(await page.context().cookies()).toEqual([]);
  expect(
    await page.evaluate(() => [Object.keys(localStorage).length, Object.keys(sessionStorage).length]),
  ).toEqual([1, 0]);
});

it('a link that was used says so, and where a fresh one comes from', async () => {
  const { stage } = await startStage([]);
  const running = await startTestConsole(stage);
  const link = running.newLink();
  await openPage({ ...running, newLink: () => link });
  const { page } = await openPage({ ...running, newLink: () => link });
  const main = page.getByRole('main');
  expect(await main.innerText()).toContain('press Enter');
  await page.getByLabel('The link from the terminal').fill(running.newLink());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

it('when the session has ended, what was typed stays, and a fresh link goes on from there', async () => {
  const { page, show, running } = await openSmall();
  await show('#/messages?kind=not-found');
  await page.getByRole('textbox', { name: 'Contains' }).fill('half a though');
  await page.evaluate(() => localStorage.setItem('camunda-unassign-console-secret', 'of another console'));
  await page.getByRole('heading', { name: 'This page’s session has ended' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Contains' }).inputValue()).toBe('half a though');
  await page.getByLabel('The link from the terminal').fill(running.newLink());
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'This page’s session has ended' }).waitFor({ state: 'detached' });
  expect([await page.getByRole('textbox', { name: 'Contains' }).inputValue(), page.url()]).toEqual([
    'half a though',
    expect.stringContaining('kind=not-found'),
  ]);
});

it('a fresh link opened in another tab is enough for this one, too', async () => {
  const { page, running } = await openSmall();
  await page.evaluate(() => localStorage.setItem('camunda-unassign-console-secret', 'of another console'));
  await page.getByRole('heading', { name: 'This page’s session has ended' }).waitFor();
  const other = await page.context().newPage();
  await other.goto(running.newLink());
  await page.getByRole('heading', { name: 'This page’s session has ended' }).waitFor({ state: 'detached' });
});

it('a fresh link opened over the page leaves one where one was', async () => {
  const { page, show, running } = await openSmall();
  await show('#/groups?kind=not-found');
  await page.goto(running.newLink());
  await expect.poll(() => page.url()).toContain('#/groups?kind=not-found');
  await settled(page);
});

it('when the console is gone, the page says so, keeps what it shows, and goes on when it is back', async () => {
  const { page, show, stage, running } = await openSmall();
  await show('#/messages');
  const port = Number(new URL(running.address).port);
  await running.close();
  await page.getByRole('alert').filter({ hasText: 'The console is gone.' }).waitFor();
  expect(await page.locator('[data-row]').count()).toBe(12);
  const again = await startTestConsole({ ...stage, port });
  await page.getByRole('heading', { name: 'This page’s session has ended' }).waitFor();
  again.look();
  await page.getByLabel('The link from the terminal').fill(again.newLink());
  await page.keyboard.press('Enter');
  await page.getByText('Saw 12 of about 12.').waitFor();
  await settled(page);
});

it('a lost SQS says what to do, and what was seen before stays', async () => {
  const { page, stage } = await openSmall();
  stage.play = async () => {
    throw Object.assign(new Error('The security token included in the request is expired'), {
      name: 'ExpiredTokenException',
    });
  };
  await page.getByRole('button', { name: 'Look again' }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'The last look failed.' });
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/expired/i);
  expect(await page.getByRole('main').innerText()).toContain('There are 12 dead letters.');
});

it('before it ends for idleness it says so, and stays when asked', async () => {
  const { stage } = await startStage([]);
  const running = await startTestConsole({ ...stage, idleMs: 60_000 });
  const { page } = await openPage(running);
  await page.getByText('the console ends in').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
});
