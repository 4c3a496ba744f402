// What the console takes for a large dead-letter queue, in time and memory: npm run bench:console -- 100000 [bytes of each body]
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../console/browser/find-browser.ts';

const count = Number(process.argv[2] ?? 10_000);
const bodyBytes = Number(process.argv[3] ?? 0);
/** The command that people run, as it is built. */
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Makes a process say at its end how much memory it had at most. */
const SAY_MEMORY = `data:text/javascript,process.on('exit',()=>process.send(process.resourceUsage().maxRSS))`;

/** What a screen asks for. */
const QUESTIONS = [
  '/api/overview',
  '/api/timeline',
  '/api/groups',
  '/api/messages?limit=200',
  '/api/messages?limit=200&sort=kind',
  '/api/messages?limit=200&match=such%20user%20task',
  '/api/messages?limit=200&match=such%20user%20task&offset=200',
];

/** What an action on all of them is planned with. */
const PLANS = [
  { action: 'discard', all: true },
  { action: 'redrive', all: true },
];

type Asking = (path: string, body?: object) => Promise<string>;

/** The next link that it prints. */
async function nextLink({ stdout }: ChildProcess): Promise<string> {
  const lines = createInterface({ input: stdout ?? process.stdin });
  const [link] = (await once(lines, 'line')) as [string];
  lines.close();
  return link;
}

async function freshLink(served: ChildProcess): Promise<string> {
  const link = nextLink(served);
  served.stdin?.write('\n');
  return link;
}

async function openSession(served: ChildProcess): Promise<Asking> {
  const { origin, hash } = new URL(await nextLink(served));
  const own = { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const ask = async (path: string, body?: object, secret = '') => {
    const headers = { ...(body !== undefined && own), authorization: `Bearer ${secret}` };
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(origin + path, { ...sent, headers })).text();
  };
  const { secret } = JSON.parse(await ask('/api/session', { token: hash.replace('#token=', '') }));
  return (path, body) => ask(path, body, secret);
}

/** For so long all rows are scrolled through; milliseconds. */
const SCROLLING_MS = 20_000;

/** How long frames take while somebody scrolls through all messages, where there is a browser. */
async function scroll(served: ChildProcess): Promise<void> {
  const executablePath = findBrowser(process.env);
  if (executablePath === undefined) {
    console.log('No Chromium is here: how smoothly rows scroll was not measured.');
    return;
  }
  const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(await freshLink(served));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goto(new URL('#/messages', page.url()).href);
    await page.locator('[data-row="0"] a').waitFor({ timeout: 60_000 });
    const frames = await page.evaluate<number[]>(SCROLL_THROUGH);
    const sorted = frames.toSorted((a, b) => a - b);
    const percentile = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
    const longest = sorted.at(-1) ?? 0;
    console.log(
      `Scrolling through all rows in ${SCROLLING_MS / 1000} s: ${frames.length} frames, 95% of them within ` +
        `${percentile.toFixed(0)} ms, the longest ${longest.toFixed(0)} ms`,
    );
  } finally {
    await browser.close();
  }
}

/** For the page: scrolls on with every frame, and comes to how long each took; milliseconds. */
const SCROLL_THROUGH = `new Promise((resolve) => {
  const rows = document.querySelector('.rows');
  const frames = [];
  let startedAt;
  let last;
  const step = (time) => {
    startedAt ??= time;
    if (last !== undefined) frames.push(time - last);
    last = time;
    const share = (time - startedAt) / ${SCROLLING_MS};
    rows.scrollTop = (rows.scrollHeight - rows.clientHeight) * share;
    if (share < 1) requestAnimationFrame(step);
    else resolve(frames);
  };
  requestAnimationFrame(step);
})`;

async function untilReady(ask: Asking): Promise<string> {
  for (;;) {
    const state = await ask('/api/snapshot');
    if (!state.includes('"looking"')) return state;
    await pause(500);
  }
}

const queueProcess = fork(fileURLToPath(new URL('queue-process.ts', import.meta.url)), {
  execArgv: ['--max-old-space-size=8192'],
});
await once(queueProcess, 'message');
queueProcess.send({ count, bodyBytes });
const [{ deadLetterQueueUrl, queueUrl }] = (await once(queueProcess, 'message')) as [
  { deadLetterQueueUrl: string; queueUrl: string },
];
const startedAt = performance.now();
const child = spawn(
  process.execPath,
  [
    '--import',
    SAY_MEMORY,
    main,
    'console',
    '--allow-actions',
    '--no-open',
    '--console-port',
    '0',
    '--dead-letter-queue-url',
    deadLetterQueueUrl,
    '--queue-url',
    queueUrl,
  ],
  {
    env: { ...process.env, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'us-east-1' },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  },
);
let kibibytes = 0;
child.on('message', (message) => {
  kibibytes = Number(message);
});
const ask = await openSession(child);
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(2).padStart(6)} s`;
console.log(await untilReady(ask));
console.log(`${seconds(startedAt)}  until the look was over`);
for (const question of QUESTIONS) {
  const askedAt = performance.now();
  const { length } = await ask(question);
  console.log(`${seconds(askedAt)}  ${question}  ${length} characters`);
}
await scroll(child);
for (const plan of PLANS) {
  const askedAt = performance.now();
  const { headline } = JSON.parse(await ask('/api/plans', plan));
  console.log(`${seconds(askedAt)}  a plan: ${headline}`);
}
child.kill('SIGTERM');
await once(child, 'close');
console.log(`RSS at most ${Math.round(kibibytes / 1024)} MiB`);
queueProcess.disconnect();
