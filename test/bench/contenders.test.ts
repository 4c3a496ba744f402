import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleContenders, CONTENDERS, type Contender } from './contenders.ts';
import {
  bytesRead,
  coldStart,
  oauthEnvironment,
  type Services,
  startContender,
  startServices,
} from './processes.ts';

const NONE = { cluster: 0, sqs: 0, secrets: 0, tokens: 0 };
let artifacts: Awaited<ReturnType<typeof bundleContenders>>;
let services: Services;

beforeAll(async () => {
  artifacts = await bundleContenders();
  services = await startServices();
});
afterAll(() => services?.stop());

describe.each(CONTENDERS)('what the benchmark measures: %s', (name) => {
  it('calls the cluster once for each message, and nothing else', async () => {
    const served = await serve(name, 0);
    expect(served).toEqual({ messages: 20, unserved: 0, counts: { ...NONE, cluster: 20 } });
  });

  it('serves a first batch of ten', async () => {
    await services.set({ latencyMs: 0, refusedPercent: 0 });
    await coldStart({ artifact: artifacts[name].path, env: services.env });
    expect(await services.count()).toEqual({ ...NONE, cluster: 10 });
  });

  it('reads no more than its bundle', async () => {
    const { path, bytes } = artifacts[name];
    const read = await bytesRead({ artifact: path, env: services.env });
    expect(read > 0 && read <= bytes).toBe(true);
  });

  it('holds memory that can be measured', async () => {
    const process = await startContender({
      artifact: artifacts[name].path,
      env: services.env,
      execArgv: ['--expose-gc'],
    });
    const { liveBytes, peakBytes } = await process.measureMemory();
    process.stop();
    expect(liveBytes > 0 && liveBytes < peakBytes).toBe(true);
  });
});

describe('what becomes of twenty refused messages', () => {
  it.each([
    { name: 'function', unserved: 0, sqs: 2 },
    { name: 'floor', unserved: 20, sqs: 0 },
    { name: 'sdk', unserved: 0, sqs: 20 },
    { name: 'loop', unserved: 0, sqs: 20 },
  ] as const)('with $name: $unserved reported, $sqs calls to SQS', async ({ name, unserved, sqs }) => {
    const served = await serve(name, 100);
    expect(served).toEqual({ messages: 20, unserved, counts: { ...NONE, cluster: 20, sqs } });
  });
});

describe.each(['function', 'sdk'] as const)('with OAuth: %s', (name) => {
  it('reads its secret, asks for a token and serves a first batch', async () => {
    await services.set({ latencyMs: 0, refusedPercent: 0 });
    await coldStart({ artifact: artifacts[name].path, env: oauthEnvironment(services) });
    expect(await services.count()).toEqual({ ...NONE, cluster: 10, secrets: 1, tokens: 1 });
  });
});

async function serve(name: Contender, refusedPercent: number) {
  await services.set({ latencyMs: 0, refusedPercent });
  const process = await startContender({ artifact: artifacts[name].path, env: services.env });
  try {
    const { messages, unserved } = await process.serve({ batchSize: 10, atLeastMessages: 20 });
    return { messages, unserved, counts: await services.count() };
  } finally {
    process.stop();
  }
}
