import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type FunctionProcess, startFunction } from '../../../../infra/local/lambda/function-process.ts';
import { eventually } from '../eventually.ts';

const EVENT = { Records: [] };

/** Starts a function with that source. */
async function start(source: string, env: Record<string, string> = {}): Promise<FunctionProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const artifact = join(folder, 'index.mjs');
  await writeFile(artifact, source);
  const started = await startFunction({ artifact, env });
  onTestFinished(() => started.stop());
  return started;
}

it('hands over the event and a context, and the response back', async () => {
  const unassign = await start(`
    export const handler = async (event, context) => ({
      batchItemFailures: [], event, name: context.functionName, id: context.awsRequestId,
      remaining: context.getRemainingTimeInMillis(),
    });`);
  const response = await unassign.invoke({ Records: [] }, { timeoutMs: 30_000 });
  expect(response).toMatchObject({ batchItemFailures: [], event: EVENT, name: 'unassign' });
  expect(Reflect.get(response, 'id')).toMatch(/^[\da-f-]{36}$/);
  expect(Reflect.get(response, 'remaining')).toBeGreaterThan(0);
  expect(Reflect.get(response, 'remaining')).toBeLessThanOrEqual(30_000);
});

it('counts the remaining time down to nothing', async () => {
  const unassign = await start(`
    export const handler = async (_, context) => {
      const before = context.getRemainingTimeInMillis();
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { before, after: context.getRemainingTimeInMillis() };
    };`);
  const response = await unassign.invoke(EVENT);
  expect(Reflect.get(response, 'after')).toBeLessThan(Reflect.get(response, 'before'));
});

it('passes the given environment and nothing of its own', async () => {
  process.env['A_SECRET_OF_THE_PARENT'] = 'x';
  onTestFinished(() => {
    delete process.env['A_SECRET_OF_THE_PARENT'];
  });
  const unassign = await start('export const handler = async () => process.env;', { MINE: 'yes' });
  const environment = await unassign.invoke(EVENT);
  expect(environment).toMatchObject({ MINE: 'yes', AWS_LAMBDA_FUNCTION_NAME: 'unassign' });
  expect(environment).not.toHaveProperty('A_SECRET_OF_THE_PARENT');
});

it('runs one invocation at a time, in the same process', async () => {
  const unassign = await start(`
    let running = 0;
    export const handler = async () => {
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      const seen = running;
      running -= 1;
      return { seen, pid: process.pid };
    };`);
  const responses = await Promise.all([1, 2, 3].map(() => unassign.invoke(EVENT)));
  expect(responses).toEqual([1, 2, 3].map(() => ({ seen: 1, pid: unassign.pid })));
});

it('has read all that an invocation wrote when it is over', async () => {
  const unassign = await start(`
    export const handler = async () => {
      for (let i = 0; i < 5000; i += 1) console.log(String(i).padEnd(300, '.'));
      for (let i = 0; i < 4000; i += 1) console.error(String(i).padEnd(300, '.'));
      process.stdout.write('without an end');
    };`);
  await unassign.invoke(EVENT);
  const written = (stream: string) => unassign.logs.filter((line) => line.stream === stream);
  expect(written('stdout')).toHaveLength(5001);
  expect(written('stdout').at(-1)?.text).toBe('without an end');
  expect(written('stderr')).toHaveLength(4000);
});

it('reports what the handler threw, and goes on', async () => {
  const unassign = await start(`
    let calls = 0;
    export const handler = async () => {
      if ((calls += 1) === 1) throw new RangeError('out of it');
      return { calls };
    };`);
  await expect(unassign.invoke(EVENT)).rejects.toMatchObject({ name: 'RangeError', message: 'out of it' });
  expect(await unassign.invoke(EVENT)).toEqual({ calls: 2 });
});

it('kills a handler that overran its time, and starts anew', async () => {
  const unassign = await start(`
    let calls = 0;
    export const handler = async (_, context) => {
      calls += 1;
      if (context.getRemainingTimeInMillis() > 5_000) return { calls };
      for (;;);
    };`);
  expect(await unassign.invoke(EVENT)).toEqual({ calls: 1 });
  const overrun = unassign.invoke(EVENT, { timeoutMs: 300 });
  await expect(overrun).rejects.toMatchObject({
    name: 'Timeout',
    message: expect.stringContaining('0.3 seconds'),
  });
  expect(await unassign.invoke(EVENT)).toEqual({ calls: 1 });
  expect(unassign.starts).toBe(2);
});

it.each([
  ['exits', 'process.exit(3)', 'exit code 3'],
  [
    'loses an exception',
    "setImmediate(() => { throw new Error('in passing'); }); await new Promise(() => {})",
    'exit code 1',
  ],
  ['is killed', "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", 'SIGKILL'],
])('notices a process that %s', async (_, deed, how) => {
  const unassign = await start(`export const handler = async () => { ${deed}; };`);
  await expect(unassign.invoke(EVENT)).rejects.toMatchObject({
    name: 'Died',
    message: expect.stringContaining(how),
  });
});

it('can be killed in the middle', async () => {
  const unassign = await start(`
    export const handler = async () => {
      console.log('in the middle');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    };`);
  const killed = expect(unassign.invoke(EVENT)).rejects.toMatchObject({ name: 'Died' });
  await eventually(() => expect(unassign.logs).toHaveLength(1));
  await unassign.kill();
  await killed;
});

it('can be frozen and thawed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const signal = join(folder, 'go');
  const unassign = await start(
    `import { existsSync } from 'node:fs';
    export const handler = async () => {
      console.log('in the middle');
      while (!existsSync(process.env.SIGNAL)) await new Promise((resolve) => setTimeout(resolve, 10));
      return { pid: process.pid };
    };`,
    { SIGNAL: signal },
  );
  const invocation = unassign.invoke(EVENT);
  await eventually(() => expect(unassign.logs).toHaveLength(1));
  const pid = unassign.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await writeFile(signal, '');
  const first = await Promise.race([
    invocation,
    new Promise((resolve) => setTimeout(resolve, 300, 'frozen')),
  ]);
  expect(first).toBe('frozen');
  process.kill(pid, 'SIGCONT');
  expect(await invocation).toEqual({ pid });
});

it.each([
  ['throws on import', "throw new Error('QUEUE_URL is required')", /QUEUE_URL is required/],
  ['does not parse', 'export const handler = (', /Unexpected/],
  ['imports what is not there', "import '../nowhere.mjs'; export const handler = 1;", /nowhere/],
  ['has no handler', 'export const other = 1;', /does not export a function named handler/],
  ['exits on import', 'process.exit(4)', /exit code 4/],
])('says why it does not start when the artifact %s', async (_, source, message) => {
  await expect(start(source)).rejects.toThrow(message);
});

it('invokes nothing after its end', async () => {
  const unassign = await start('export const handler = async () => ({});');
  await unassign.stop();
  await expect(unassign.invoke(EVENT)).rejects.toMatchObject({ name: 'Stopped' });
  expect(unassign.pid).toBeUndefined();
});
