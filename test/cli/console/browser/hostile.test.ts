// Messages are written by anybody: nothing in them runs, leads anywhere, or hides what it is.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { burial, createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import { temporaryFolder } from '../../../support/temporary-files.ts';
import { type ConsoleWish, openPage, settled, startTestConsole } from './console-page.ts';

const startStage = createStages();

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><a href="javascript:alert(1)">x</a></svg>',
  '"><iframe src="https://evil.example"></iframe>',
  'https://evil.example/?q=1 javascript:alert(1)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a template would carry out
  '{{constructor.constructor("alert(1)")()}} ${alert(1)}',
  '\u202egnp.exe\u202c \u2066turned\u2069',
  '</pre></div><form action="https://evil.example"><input autofocus onfocus=alert(1)>',
];

async function openAttack(wish: Partial<ConsoleWish> = {}) {
  const entries = ATTACKS.map((attack, index) => {
    const entry = burial({
      body: JSON.stringify({ userTaskKey: String(index + 1), note: attack }),
      kind: 'wrong-state',
      end: { lastStatus: 409, lastTitle: attack, lastDetail: attack, reason: attack, senderId: attack },
    });
    const attributes = { [`a${index}`]: { DataType: `String.${index}`, StringValue: attack } };
    return { ...entry, MessageAttributes: { ...entry.MessageAttributes, ...attributes } };
  });
  const { stage, ids } = await startStage(entries);
  const running = await startTestConsole({ ...stage, ...wish });
  running.look();
  const opened = await openPage(running);
  await opened.page.getByText(`Saw ${ATTACKS.length} of about`).waitFor();
  await settled(opened.page);
  return { ...opened, ids };
}

/** Elements and links that messages brought along. */
function broughtIn(page: Awaited<ReturnType<typeof openAttack>>['page']) {
  return page.evaluate(() => [
    ...[
      ...document.querySelectorAll(
        '#app script, #app img, #app iframe, #app form[action], #app [onload], #app [autofocus]',
      ),
    ].map((element) => element.outerHTML),
    ...[...document.querySelectorAll('#app a')].flatMap((link) => {
      const href = link.getAttribute('href') ?? '';
      return href.startsWith('#') ? [] : [href];
    }),
  ]);
}

it('nothing of a message becomes anything but text, on any screen', async () => {
  const { page, show, ids } = await openAttack();
  const found: string[] = [];
  for (const address of ['#/overview', '#/groups', '#/messages', ...ids.map((id) => `#/messages/${id}`)]) {
    await show(address);
    for (const button of await page.getByRole('main').getByRole('button', { name: 'Raw' }).all())
      await button.click();
    found.push(...(await broughtIn(page)));
  }
  expect(found).toEqual([]);
});

it('nothing of an address becomes anything but text', async () => {
  const { page, show } = await openAttack();
  for (const attack of ATTACKS) {
    await show(`#/messages?${new URLSearchParams({ match: attack, sort: attack, group: attack })}`);
    expect(await broughtIn(page)).toEqual([]);
  }
});

it('a character that turns the direction of writing is shown by its name', async () => {
  const { page, show, ids } = await openAttack();
  await show(`#/messages/${ids[6]}`);
  const text = await page.getByRole('main').evaluate((main) => main.textContent ?? '');
  expect(text).toContain('U+202Egnp.exe');
  expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
});

it('a long body is cut, and shown whole when asked', async () => {
  const body = JSON.stringify({ userTaskKey: '7', note: `${'x'.repeat(100_000)}THE END` });
  const { stage, ids } = await startStage([burial({ body, kind: 'malformed' })]);
  const running = await startTestConsole(stage);
  running.look();
  const { page, show } = await openPage(running);
  await page.getByText('Saw 1 of about 1.').waitFor();
  await show(`#/messages/${ids[0]}`);
  const shown = page.getByRole('region', { name: 'Text of the body' });
  expect(await shown.innerText()).not.toContain('THE END');
  await page.getByRole('button', { name: 'Show all' }).click();
  expect(await shown.innerText()).toContain('THE END');
});

it('nothing of a message becomes anything but text in a plan, in an operation, and in the history', async () => {
  const { page, show } = await openAttack({ actionsAllowed: true });
  const found: string[] = [];
  await show('#/messages');
  await page.getByRole('button', { name: 'Redrive', exact: true }).click();
  await page.getByRole('heading', { name: 'Confirm' }).waitFor();
  found.push(...(await broughtIn(page)));
  await page.getByRole('link', { name: 'Back, do nothing' }).click();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByLabel(/^Type the number/).fill(String(ATTACKS.length));
  found.push(...(await broughtIn(page)));
  await page.getByRole('button', { name: /^Discard \d+ messages/ }).click();
  await page.getByText(`Discarded ${ATTACKS.length} of ${ATTACKS.length}.`).waitFor({ timeout: 60_000 });
  found.push(...(await broughtIn(page)));
  await show('#/history');
  found.push(...(await broughtIn(page)));
  expect(found).toEqual([]);
});

it('a reason and what else the audit file says is text in the history', async () => {
  const state = await temporaryFolder();
  const folder = join(state, 'camunda-unassign');
  await mkdir(folder);
  const lines = ATTACKS.map((attack, index) => JSON.stringify(recordOf(attack, index)));
  await writeFile(join(folder, 'audit.jsonl'), `${lines.join('\n')}\n`);
  const { page, show } = await openAttack({ environment: { XDG_STATE_HOME: state } });
  await show('#/history');
  await page.getByText(`${ATTACKS.length} actions, the newest first.`).waitFor();
  expect(await broughtIn(page)).toEqual([]);
  const text = await page.getByRole('main').evaluate((main) => main.textContent ?? '');
  expect(text).toContain('U+202Egnp.exe');
  expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
});

/** What somebody wrote to the audit file, who meant no good. */
function recordOf(text: string, index: number) {
  const at = new Date(Date.UTC(2026, 10, 1) + index * 60_000).toISOString();
  return {
    ...{ id: `record-${index}`, at, endedAt: at, action: text, identity: text, user: text, stage: text },
    ...{ deadLetterQueueUrl: text, queueUrl: text, reason: text, error: text, export: text },
    choice: { all: false, ids: [text], file: text, filter: { text }, verdicts: [text], limit: null },
    ...{ planned: 1, leftOut: 0, done: 1, failed: 0, notMet: 0 },
  };
}
