// What the console takes for a large dead-letter queue, in time and memory: npm run bench:console -- 100000 [bytes of each body]
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

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

type Asking = (path: string) => Promise<string>;

async function openSession(console: ChildProcess): Promise<Asking> {
  const lines = createInterface({ input: console.stdout ?? process.stdin });
  const [link] = (await once(lines, 'line')) as [string];
  const { origin, hash } = new URL(link);
  const response = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.replace('#token=', '') }),
  });
  const { secret } = (await response.json()) as { secret: string };
  return async (path) =>
    (await fetch(origin + path, { headers: { authorization: `Bearer ${secret}` } })).text();
}

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
const [{ deadLetterQueueUrl }] = (await once(queueProcess, 'message')) as [{ deadLetterQueueUrl: string }];
const startedAt = performance.now();
const child = spawn(
  process.execPath,
  [
    '--import',
    SAY_MEMORY,
    main,
    'console',
    '--no-open',
    '--console-port',
    '0',
    '--dead-letter-queue-url',
    deadLetterQueueUrl,
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
child.kill('SIGTERM');
await once(child, 'close');
console.log(`RSS at most ${Math.round(kibibytes / 1024)} MiB`);
queueProcess.disconnect();
