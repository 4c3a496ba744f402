// Finds so many tasks of one person in the stand-in cluster, enqueues each, and says what time and memory that took:
// npm run bench:tasks -- 100000
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UnassignQueue } from '../../../client/index.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';
import { assignedTasks } from '../../../client/tasks/index.ts';

const count = Number(process.argv[2] ?? 100_000);
const SAMPLE_EVERY = 100;
const LINE_EVERY = 20_000;

function start(script: string, ...words: string[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return fork(path, words, { execArgv: ['--max-old-space-size=8192'] });
}

/** Says how it went each time that some more are done. */
function gauge(what: string): (done: number) => void {
  const startedAt = Date.now();
  let peak = 0;
  return (done) => {
    if (done % SAMPLE_EVERY === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
    if (done % LINE_EVERY !== 0) return;
    globalThis.gc?.();
    const megabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB`;
    const { heapUsed, rss } = process.memoryUsage();
    const seconds = (Date.now() - startedAt) / 1_000;
    console.log(
      `${String(done).padStart(8)} ${what} in ${seconds.toFixed(1)} s, heap at most ${megabytes(peak)}, ` +
        `held after a collection ${megabytes(heapUsed)}, RSS ${megabytes(rss)}`,
    );
  };
}

const cluster = start('cluster-process.ts', String(count));
const sqs = start('sqs-process.ts');
const [[{ url }], [{ queueUrl }]] = (await Promise.all([once(cluster, 'message'), once(sqs, 'message')])) as [
  [{ url: string }],
  [{ queueUrl: string }],
];
const selection = { assignees: 'demo', environment: { CAMUNDA_REST_ADDRESS: url } };

let found = 0;
const tellFound = gauge('found');
for await (const task of assignedTasks(selection)) if (task.assignee === 'demo') tellFound(++found);

const queue = new UnassignQueue({ queueUrl, aws: { region: 'us-east-1', credentials: LOCAL_CREDENTIALS } });
let sent = 0;
const tellSent = gauge('found and sent');
for await (const result of queue.enqueueEach(assignedTasks(selection))) if (result.sent) tellSent(++sent);
console.log(`${found} found, ${sent} sent`);
await queue.close();
cluster.disconnect();
sqs.disconnect();
