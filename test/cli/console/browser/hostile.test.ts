// Messages are written by anybody: nothing in them runs, leads anywhere, or hides what it is.
import { expect, it } from 'vitest';
import { burial, createStages } from '../../../client/dead-letters/dead-letter-stage.ts';
import { openPage, settled, startTestConsole } from './console-page.ts';

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

async function openAttack() {
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
  const running = await startTestConsole(stage);
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
