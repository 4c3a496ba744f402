// The main module of a process that is measured: loads a handler, plays Lambda's runtime around it, and says how long
// it took. Bundled before it runs, so that no time goes into reading TypeScript.
import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What the parent asks for. */
export type ToContender =
  /** Batches of that size until at least that much time, or that many messages, have passed. */
  | {
      readonly type: 'serve';
      readonly batchSize: number;
      /** Whether the messages say whose task it must be. */
      readonly isGuarded: boolean;
      readonly atLeastMs: number;
      readonly atLeastMessages: number;
    }
  | { readonly type: 'measure-memory' };

/** What it is told. */
export type FromContender =
  /** The handler is loaded, and, where that was asked for, has served its first batch. */
  | { readonly type: 'ready'; readonly unserved: number }
  | ({ readonly type: 'served' } & Served)
  | ({ readonly type: 'memory' } & Memory)
  | { readonly type: 'bytes-read'; readonly bytes: number };

/** What serving took. */
export interface Served {
  readonly messages: number;
  /** Messages that the handler reported as failed. */
  readonly unserved: number;
  readonly wallMs: number;
  /** User and system time of the whole process. */
  readonly cpuMs: number;
  /** Each batch's time. */
  readonly batchMs: readonly number[];
}

/** What it holds. */
export interface Memory {
  /** On the heap and beside it, after a garbage collection; bytes. */
  readonly liveBytes: number;
  /** The largest resident set so far; bytes. */
  readonly peakBytes: number;
}

type Handler = (event: unknown, context: unknown) => Promise<{ batchItemFailures: readonly unknown[] }>;

/** Where in a batch of ten a cold start's first result comes from. */
const FIRST_BATCH = 10;

const [artifact = '', start = ''] = process.argv.slice(2);
let nextKey = 2_251_799_813_685_249;
const readFiles = start === 'bytes-read' ? watchReads() : new Map<string, number>();
const { handler } = (await import(pathToFileURL(artifact).href)) as { handler: Handler };
const unserved = start === '' ? 0 : await serveBatch(eventOf(FIRST_BATCH, false));
tell({ type: 'ready', unserved });
if (start === 'bytes-read')
  tell({ type: 'bytes-read', bytes: [...readFiles.values()].reduce((a, b) => a + b, 0) });

process.on('message', (message: ToContender) => {
  if (message.type === 'measure-memory') tell({ type: 'memory', ...measureMemory() });
  else serve(message).then((served) => tell({ type: 'served', ...served }));
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});

async function serve({
  batchSize,
  isGuarded,
  atLeastMs,
  atLeastMessages,
}: Extract<ToContender, { type: 'serve' }>): Promise<Served> {
  const batchMs: number[] = [];
  let failed = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let now = startedAt;
  while (now - startedAt < atLeastMs || batchMs.length * batchSize < atLeastMessages) {
    const event = eventOf(batchSize, isGuarded);
    const batchStartedAt = performance.now();
    failed += await serveBatch(event);
    now = performance.now();
    batchMs.push(now - batchStartedAt);
  }
  const cpu = process.cpuUsage(cpuBefore);
  return {
    messages: batchMs.length * batchSize,
    unserved: failed,
    wallMs: now - startedAt,
    cpuMs: (cpu.user + cpu.system) / 1000,
    batchMs,
  };
}

async function serveBatch(event: ReturnType<typeof eventOf>): Promise<number> {
  const { batchItemFailures } = await handler(event, CONTEXT);
  return batchItemFailures.length;
}

const CONTEXT = {
  awsRequestId: '11111111-1111-4111-8111-111111111111',
  functionName: 'unassign',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:unassign',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 60_000,
};

/** As Lambda delivers it. */
function eventOf(batchSize: number, isGuarded: boolean) {
  const guard = isGuarded ? ',"expectedAssignee":"demo"' : '';
  const sentAt = String(Date.now());
  return {
    Records: Array.from({ length: batchSize }, () => {
      nextKey += 1;
      return {
        messageId: `00000000-0000-4000-8000-${String(nextKey).slice(-12)}`,
        receiptHandle: 'a receipt handle',
        body: `{"userTaskKey":"${nextKey}"${guard}}`,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: sentAt,
          SenderId: 'AROAEXAMPLE:producer',
          ApproximateFirstReceiveTimestamp: sentAt,
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:unassign',
        awsRegion: 'us-east-1',
      };
    }),
  };
}

function measureMemory(): Memory {
  // Twice: what finalizers let go of is collected by the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { liveBytes: heapUsed + external, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

/** The size of each module's file, by its URL. */
function watchReads(): Map<string, number> {
  const sizes = new Map<string, number>();
  registerHooks({
    load(url, context, nextLoad) {
      if (url.startsWith('file:')) sizes.set(url, statSync(fileURLToPath(url)).size);
      return nextLoad(url, context);
    },
  });
  return sizes;
}

function tell(message: FromContender): void {
  process.send?.(message);
}
