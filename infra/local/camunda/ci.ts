// `npm run test:cluster` against a real cluster of its own, where Java and Maven are there; otherwise says so and
// succeeds. Run by `npm run test:cluster:ci`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type RunningComponent, realCluster, whatIsMissing } from './real-cluster.ts';

const LOG_LINES = 50;

const missing = await whatIsMissing();
if (missing === undefined) {
  process.exitCode = await testOnARealCluster();
} else {
  console.log(`${missing}\nThe tests against a real Camunda are left out.`);
}

async function testOnARealCluster(): Promise<number> {
  let tests: ChildProcess | undefined;
  let over = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // the tests end first, and then the cluster is stopped
    process.on(signal, () => {
      over = true;
      if (tests?.pid !== undefined) process.kill(-tests.pid, signal);
    });
  }
  const cluster = await realCluster(`ci-${process.pid}`);
  try {
    const broker = await cluster.start('broker');
    if (over) return 1;
    tests = startTests(broker);
    const [code] = await once(tests, 'exit');
    if (code !== 0 && !over) await showLog(broker.log);
    return typeof code === 'number' ? code : 1;
  } finally {
    await cluster.stop();
  }
}

function startTests({ restAddress, managementAddress }: RunningComponent): ChildProcess {
  return spawn('npm', ['run', 'test:cluster'], {
    // a process group of its own, so that a signal reaches more than npm
    detached: true,
    stdio: 'inherit',
    env: {
      ...process.env,
      CAMUNDA_REST_ADDRESS: restAddress,
      CAMUNDA_MANAGEMENT_ADDRESS: managementAddress,
    },
  });
}

async function showLog(log: string): Promise<void> {
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
  console.log(`\nThe end of the broker's log:\n${lines.slice(-LOG_LINES).join('\n')}`);
}
