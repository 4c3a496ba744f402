// Enqueues keys from a generator through `enqueueAll` and says what memory that took: npm run bench:enqueue -- 1000000
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UnassignQueue } from '../../../client/index.ts';
import { LOCAL_CREDENTIALS } from '../../../client/sqs/local-queues.ts';

const count = Number(process.argv[2] ?? 100_000);
const SAMPLE_EVERY = 1_000;
const LINE_EVERY = 100_000;

function* keys(): Generator<bigint> {
  for (let key = 0n; key < BigInt(count); key += 1n) yield 2_251_799_813_685_249n + key;
}

const sqs = fork(fileURLToPath(new URL('sqs-process.ts', import.meta.url)), {
  execArgv: ['--max-old-space-size=8192'],
});
const [{ queueUrl }] = (await once(sqs, 'message')) as [{ queueUrl: string }];
const queue = new UnassignQueue({ queueUrl, aws: { region: 'us-east-1', credentials: LOCAL_CREDENTIALS } });

const startedAt = Date.now();
const peak = { heap: 0, rss: 0 };

function sample(): void {
  const { heapUsed, rss } = process.memoryUsage();
  peak.heap = Math.max(peak.heap, heapUsed);
  peak.rss = Math.max(peak.rss, rss);
}

function line(done: number): string {
  globalThis.gc?.();
  const megabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB`.padStart(8);
  const rate = Math.round((done / (Date.now() - startedAt)) * 1_000);
  const held =
    globalThis.gc === undefined
      ? ''
      : `, held after a collection ${megabytes(process.memoryUsage().heapUsed)}`;
  return `${String(done).padStart(8)} keys  ${rate}/s  heap at most ${megabytes(peak.heap)}, RSS at most ${megabytes(peak.rss)}${held}`;
}

const { sent, failed } = await queue.enqueueAll(keys(), {
  onProgress(progress) {
    const done = progress.sent + progress.failed;
    if (done % SAMPLE_EVERY === 0) sample();
    if (done % LINE_EVERY === 0) console.log(line(done));
  },
});
console.log(`${sent} sent, ${failed.length} failed`);
await queue.close();
sqs.disconnect();
