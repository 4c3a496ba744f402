// What the dead-letter commands take for a large queue, in time and memory: npm run bench:dead-letters -- 100000 [groups list export redrive]
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const count = Number(process.argv[2] ?? 10_000);
const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

/** For the audit file. */
const stateHome = await mkdtemp(join(tmpdir(), 'camunda-unassign-bench-'));

/** Makes a process say at its end how much memory it had at most. */
const SAY_MEMORY = `data:text/javascript,process.on('exit',()=>process.send(process.resourceUsage().maxRSS))`;

interface Queues {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

async function measure(name: string, args: readonly string[], { deadLetterQueueUrl }: Queues): Promise<void> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', SAY_MEMORY, main, 'dlq', ...args, '--dead-letter-queue-url', deadLetterQueueUrl],
    {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
        AWS_REGION: 'us-east-1',
        XDG_STATE_HOME: stateHome,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  let bytes = 0;
  let last = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    last = chunk.toString().trim().split('\n').at(-1) ?? '';
    if (process.env['VERBOSE']) console.log(last);
  });
  let kibibytes = 0;
  child.on('message', (message) => {
    kibibytes = Number(message);
  });
  const [code] = await once(child, 'close');
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${name.padEnd(8)} exit ${code}  ${seconds.padStart(6)} s  RSS at most ${Math.round(kibibytes / 1024)} MiB  ` +
      `${bytes} bytes on stdout  ${last}`,
  );
}

const sqs = fork(fileURLToPath(new URL('queue-process.ts', import.meta.url)), [String(count)], {
  execArgv: ['--max-old-space-size=8192'],
});
const [queues] = (await once(sqs, 'message')) as [Queues];
console.log(`${count} dead letters`);
const commands: Readonly<Record<string, readonly string[]>> = {
  groups: ['groups', '--output', 'json'],
  list: ['list', '--output', 'jsonl'],
  export: ['export', '--all'],
  redrive: ['redrive', '--all', '--yes', '--force-destination', '--queue-url', queues.queueUrl],
};
const wanted = process.argv.slice(3);
for (const [name, args] of Object.entries(commands)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure(name, args, queues);
}
sqs.disconnect();
await rm(stateHome, { recursive: true });
