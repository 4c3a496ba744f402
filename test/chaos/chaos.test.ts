// The short form of `npm run chaos`.
import { expect, it, onTestFinished } from 'vitest';
import { CLUSTER_WEATHER } from './cluster-weather.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run.ts';
import { SEND_WEATHER } from './sqs-weather.ts';
import { INVOCATION_WEATHER } from './weather.ts';

const FAULTS = [
  ...CLUSTER_WEATHER.flatMap(({ plays, mishaps = [] }) => [
    ...plays.map(({ name }) => `cluster: ${name}`),
    ...mishaps.map((name) => `cluster: ${name}`),
  ]),
  ...SEND_WEATHER.flatMap(({ plays }) => plays.map(({ name }) => `SQS: ${name}`)),
  ...INVOCATION_WEATHER.plays.map(({ name }) => `invocation: ${name}`),
];

it('loses nothing, whatever goes wrong', { timeout: 300_000 }, async () => {
  const interruption = new AbortController();
  onTestFinished(() => interruption.abort());
  const progress: string[] = [];
  const result = await runChaos({
    seed: 1,
    messages: 300,
    retryForSeconds: 8,
    lanes: 2,
    signal: interruption.signal,
    onProgress: (line) => progress.push(line),
  });
  const report = `${progress.join('\n')}\n${reportOf(result)}`;
  expect(result.accounts.findings, report).toEqual([]);
  expect(result.accounts.lost, report).toBe(0);
  expect(FAULTS.filter((name) => !result.played.has(name))).toEqual([]);
});
