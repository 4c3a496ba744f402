// A console with dead letters, and its page in a real browser. Whatever a page does that it must not do fails the test.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, expect, inject, onTestFinished } from 'vitest';
import { type RunningConsole, startConsole } from '../../../../cli/console/running-console.ts';
import type { QueueAccess } from '../../../../client/dead-letters/index.ts';
import { ROOT } from '../../../docs/pages.ts';
import { temporaryFolder } from '../../../support/temporary-files.ts';
import { playWorld } from '../../support/surroundings.ts';
import { BROWSER_FLAGS } from './find-browser.ts';

let launched: Promise<Browser> | undefined;

/** One browser for all tests of a file. */
function browser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: inject('browser'), args: BROWSER_FLAGS });
  return launched;
}

afterAll(async () => (await launched)?.close());

/** The queues of a console, and how it is started. */
export interface ConsoleWish {
  readonly deadLetterQueue: QueueAccess;
  readonly queue?: QueueAccess;
  readonly stage?: string;
  readonly actionsAllowed?: boolean;
  /** 0, the default: any that is free. */
  readonly port?: number;
  readonly idleMs?: number;
  readonly now?: () => number;
  /** Of its process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a console; it ends with the test. */
export async function startTestConsole({
  deadLetterQueue,
  queue,
  stage = 'dev',
  actionsAllowed = false,
  port = 0,
  now = Date.now,
  environment = {},
  ...rest
}: ConsoleWish): Promise<RunningConsole> {
  const source = { by: 'stage', stage } as const;
  const asked = new AbortController();
  // Neither credentials nor a home of whoever runs the tests.
  const world = {
    AWS_EC2_METADATA_DISABLED: 'true',
    XDG_STATE_HOME: await temporaryFolder(),
    ...environment,
  };
  const running = await startConsole(
    {
      connection: {
        queue: queue === undefined ? undefined : source,
        deadLetterQueue: source,
        region: 'eu-central-1',
        profile: undefined,
        localEndpoint: undefined,
        environment: world,
      },
      typed: { stage },
      deadLetterQueue,
      queue,
      actionsAllowed,
      port,
      ...rest,
    },
    { ...playWorld({ environment: world }).surroundings, now, signal: asked.signal },
  );
  onTestFinished(async () => {
    // As Ctrl-C does: what is watched need not be waited for.
    asked.abort();
    await running.close().catch(() => undefined);
  });
  return running;
}

/** How a page is looked at. */
export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** A page of a console. */
export interface ConsolePage {
  readonly page: Page;
  /** Goes to a screen by its address, as a bookmark does. */
  show(address: string): Promise<void>;
}

/** Opens the page by a fresh link. Dialogs, requests to elsewhere, errors and what the policy forbids fail the test. */
export async function openPage(
  running: Pick<RunningConsole, 'newLink' | 'address'>,
  { width = 1280, height = 860, scheme = 'light' }: View = {},
): Promise<ConsolePage> {
  const context = await (await browser()).newContext({
    viewport: { width, height },
    colorScheme: scheme,
    permissions: ['clipboard-read', 'clipboard-write'],
    acceptDownloads: true,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const troubles = watchOver(page, running.address);
  onTestFinished(() => expect(troubles).toEqual([]));
  await page.goto(running.newLink());
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  return {
    page,
    async show(address) {
      await page.evaluate((fragment) => {
        location.hash = fragment;
      }, address);
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
    },
  };
}

/** What a page does that it must not do. */
function watchOver(page: Page, address: string): string[] {
  const troubles: string[] = [];
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith(`blob:${address}`)) troubles.push(`a request to ${url}`);
  });
  page.on('pageerror', (error) => troubles.push(`an error: ${error.message}`));
  page.on('console', (line) => {
    if (/content security policy|refused to/i.test(line.text())) troubles.push(line.text());
  });
  page.on('popup', (popup) => troubles.push(`a window: ${popup.url()}`));
  return troubles;
}

/** Waits until nothing is awaited any more. */
export async function settled(page: Page): Promise<void> {
  await expect
    .poll(() => page.getByText('One moment.').or(page.locator('[aria-busy="true"]')).count(), {
      timeout: 30_000,
    })
    .toBe(0);
}

/** What axe-core finds on the page as it is, with the page's own policy in force. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  );
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
  );
}

/** Whether something is wider than the window, so that one would have to scroll sideways to read. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    // A word that is too long for its element is no element.
    const whole = `${scrollWidth} px in a window of ${clientWidth}`;
    return [whole, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
}

/** Those that the documents show. */
const IN_DOCUMENTS = [
  'overview-local',
  'overview-dark',
  'overview-production',
  'groups-light',
  'messages-light',
  'messages-light-narrow',
  'message-light',
  'plan-light',
  'operation-light',
  'history-light',
];

/** With SCREENSHOTS=1 keeps a picture: for the documents, or else in .build/screenshots. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['SCREENSHOTS']) return;
  const folder = join(ROOT, IN_DOCUMENTS.includes(name) ? 'docs/images' : '.build/screenshots');
  await mkdir(folder, { recursive: true });
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({
    path: join(folder, `console-${name}.png`),
    fullPage: true,
    animations: 'disabled',
  });
}
