// What the dead-letter commands take for a large queue, in time and memory, beside the floor: ten bare receive loops of the SDK in
// the same run. npm run bench:dead-letters -- 100000 [groups list export redrive discard]
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command that people run, as it is built. */
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const FLOOR = fileURLToPath(new URL('floor.ts', import.meta.url));
const QUEUE_PROCESS = fileURLToPath(new URL('queue-process.ts', import.meta.url));

/** Makes a process say at its end what it used. */
const SAY_USAGE = `data:text/javascript,process.on('exit',()=>process.send(process.resourceUsage()))`;

interface Queues {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/** A command, and what of it ten bare loops do. */
interface Contest {
  readonly args: (queues: Queues) => readonly string[];
  readonly floors: readonly Floor[];
}

/**
 * Receive, and besides: nothing; `look`: show again; `redrive`: send and delete; `discard`: delete. Whatever makes a plan before it
 * acts has to look first.
 */
type Floor = 'receive' | 'look' | 'redrive' | 'look+redrive' | 'discard' | 'look+discard';

const LOOKING: readonly Floor[] = ['receive', 'look'];

const CONTESTS: Readonly<Record<string, Contest>> = {
  groups: { args: () => ['groups', '--output', 'json'], floors: LOOKING },
  list: { args: () => ['list', '--output', 'jsonl'], floors: LOOKING },
  export: { args: () => ['export', '--all'], floors: LOOKING },
  redrive: {
    args: ({ queueUrl }) => ['redrive', '--all', '--yes', '--force-destination', '--queue-url', queueUrl],
    floors: ['redrive', 'look+redrive'],
  },
  discard: { args: () => ['discard', '--all', '--yes', '--no-export'], floors: ['discard', 'look+discard'] },
};

interface Run {
  readonly seconds: number;
  /** Of the processor; on a busy machine they say more than those of the clock. */
  readonly cpuSeconds: number;
  readonly mebibytes: number;
}

/** @throws Error where it does not end with 0, or with 3 as a look does at a queue larger than it can see */
async function run(script: string, args: readonly string[], stateHome: string): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', SAY_USAGE, script, ...args], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_REGION: 'us-east-1',
      // For the audit file.
      XDG_STATE_HOME: stateHome,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = chunk.toString();
    if (process.env['VERBOSE']) process.stderr.write(chunk);
  });
  let usage: NodeJS.ResourceUsage | undefined;
  child.on('message', (message) => {
    usage = message as NodeJS.ResourceUsage;
  });
  const [code] = await once(child, 'close');
  if (![0, 3].includes(code) || usage === undefined)
    throw new Error(`${args.join(' ')} ended with ${code}: ${said}`);
  return {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    mebibytes: usage.maxRSS / 1024,
  };
}

/** Each run finds the same queue. */
async function fill(queueProcess: ChildProcess, count: number): Promise<Queues> {
  queueProcess.send({ count });
  const [queues] = (await once(queueProcess, 'message')) as [Queues];
  return queues;
}

/** The command between two runs of each floor, since a machine is not as fast at all times. */
async function compete(
  name: string,
  { args, floors }: Contest,
  { count, stateHome, queueProcess }: { count: number; stateHome: string; queueProcess: ChildProcess },
): Promise<void> {
  const runFloor = async (floor: Floor) => {
    const { queueUrl, deadLetterQueueUrl } = await fill(queueProcess, count);
    return run(FLOOR, [floor, deadLetterQueueUrl, queueUrl], stateHome);
  };
  const before = new Map<Floor, Run>();
  for (const floor of floors) before.set(floor, await runFloor(floor));
  const queues = await fill(queueProcess, count);
  const command = ['dlq', ...args(queues), '--dead-letter-queue-url', queues.deadLetterQueueUrl];
  const ran = await run(MAIN, command, stateHome);
  const { seconds, cpuSeconds, mebibytes } = ran;
  const took = `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`;
  console.log(`${name}: ${took}, at most ${Math.round(mebibytes)} MiB`);
  for (const floor of floors)
    console.log(ratioText(floor, ran, [before.get(floor) ?? ran, await runFloor(floor)]));
}

function ratioText(floor: Floor, ran: Run, floors: readonly Run[]): string {
  const times = (of: (run: Run) => number) => {
    const mean = floors.reduce((sum, one) => sum + of(one), 0) / floors.length;
    return `${(of(ran) / mean).toFixed(2)} times its ${mean.toFixed(1)} s`;
  };
  return `  floor "${floor}": ${times(({ seconds }) => seconds)}, ${times(({ cpuSeconds }) => cpuSeconds)} of CPU`;
}

const count = Number(process.argv[2] ?? 10_000);
const wanted = process.argv.slice(3);
const stateHome = await mkdtemp(join(tmpdir(), 'camunda-unassign-bench-'));
const queueProcess = fork(QUEUE_PROCESS, { execArgv: ['--max-old-space-size=8192'] });
await once(queueProcess, 'message');
console.log(`${count} dead letters`);
for (const [name, contest] of Object.entries(CONTESTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await compete(name, contest, { count, stateHome, queueProcess });
}
queueProcess.disconnect();
await rm(stateHome, { recursive: true });
