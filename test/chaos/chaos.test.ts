// The short form of `npm run chaos`.
import { expect, it, onTestFinished } from 'vitest';
import { BY_FAULTS } from './accounting.ts';
import { CLUSTER_WEATHER, PROXY_IN_FRONT } from './cluster-weather.ts';
import { evidenceOf } from './evidence.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run.ts';
import { ALL_WEATHER } from './scenario.ts';
import { SEND_WEATHER } from './sqs-weather.ts';
import { CALM, INVOCATION_WEATHER, type Mishap } from './weather.ts';

const FAULTS = [
  ...CLUSTER_WEATHER.flatMap(({ plays, mishaps = [] }) => [
    ...plays.map(({ name }) => `cluster: ${name}`),
    ...mishaps.map((name) => `cluster: ${name}`),
  ]),
  ...SEND_WEATHER.flatMap(({ plays }) => plays.map(({ name }) => `SQS: ${name}`)),
  ...INVOCATION_WEATHER.plays.map(({ name }) => `invocation: ${name}`),
];

it('loses nothing, whatever goes wrong', async () => {
  const interruption = new AbortController();
  onTestFinished(() => interruption.abort());
  const progress: string[] = [];
  const result = await runChaos({
    seed: 1,
    messages: 300,
    // It may take a minute until what is read counts against them.
    weather: { ...ALL_WEATHER, without: ['just-taken'], byFaults: BY_FAULTS },
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

/** New processes know nothing of a breaker, and call: a message meets the same answer again. */
const ONE_ANSWER = {
  ...PROXY_IN_FRONT,
  plays: PROXY_IN_FRONT.plays.slice(0, 1),
  mishaps: Array<Mishap>(6).fill('new process'),
};

it('settles nothing by what something in front of the cluster says', async () => {
  const interruption = new AbortController();
  onTestFinished(() => interruption.abort());
  const progress: string[] = [];
  const result = await runChaos({
    seed: 2,
    messages: 60,
    weather: {
      cluster: [ONE_ANSWER, PROXY_IN_FRONT],
      sends: [CALM],
      // It takes a minute until the topology is asked again for them.
      without: ['missing-partition', 'just-taken'],
      byFaults: [],
    },
    // Nothing is unavailable for longer, however slow the machine is.
    retryForSeconds: 3_600,
    lanes: 2,
    signal: interruption.signal,
    onProgress: (line) => progress.push(line),
  });
  const report = `${progress.join('\n')}\n${reportOf(result)}`;
  expect(result.accounts.findings, report).toEqual([]);
  expect(PROXY_IN_FRONT.plays.filter(({ name }) => !result.played.has(`cluster: ${name}`))).toEqual([]);
  const again = result.scenario.messages.filter(
    ({ body, fate }) => evidenceOf(result.ledger.historyOf(body), fate).foreignTwice.size > 0,
  );
  expect(again, 'messages that got the same foreign answer twice').not.toEqual([]);
});
