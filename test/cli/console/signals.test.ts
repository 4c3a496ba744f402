// What the console tells of the function: from `npm start`, from CloudWatch, or why it tells nothing.
import { CloudWatchClient, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cloudWatchSignals } from '../../../cli/console/live/cloudwatch-signals.ts';
import {
  LOCAL_SIGNALS_PATH,
  localSignals,
  readLocalSignals,
} from '../../../cli/console/live/local-signals.ts';
import { keptSignals, noSignals } from '../../../cli/console/live/signals.ts';
import { SettledBatches } from '../../../infra/local/lambda/settled-batches.ts';
import { startEmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import { requestFor, setStage } from '../../support/stage.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

function cloudWatch(answer: () => Promise<readonly MetricDataResult[]>) {
  const asked: object[] = [];
  const client = new CloudWatchClient({ region: 'eu-central-1' });
  client.send = (async (command: { input: object }) => {
    asked.push(command.input);
    return { MetricDataResults: await answer() };
  }) as typeof client.send;
  return { asked, signals: () => cloudWatchSignals('prod', async () => client)(NOW) };
}

describe('of a stage', () => {
  it('come from the metrics of its function', async () => {
    const Timestamps = [new Date(NOW - 60_000)];
    const { asked, signals } = cloudWatch(async () => [
      { Id: 'breaker', Timestamps, Values: [1] },
      { Id: 'requeued', Timestamps, Values: [12] },
    ]);
    const at = Timestamps[0]?.toISOString();
    expect(await signals()).toMatchObject({
      pace: { noData: expect.stringContaining('callsPerSecond') },
      breaker: { points: [{ at, value: 1 }] },
      requeueRate: { points: [{ at, value: 12 }] },
    });
    expect(JSON.stringify(asked)).toContain('"Value":"camunda-unassign-prod"');
  });

  it('say which policy allows reading them where it is not allowed', async () => {
    const { signals } = cloudWatch(async () => {
      throw Object.assign(new Error('not authorized to perform: cloudwatch:GetMetricData'), {
        name: 'AccessDenied',
      });
    });
    expect(await signals()).toMatchObject({
      breaker: { noData: expect.stringMatching(/DeadLetterOperatorPolicy/) },
    });
  });

  it('say that there are none', async () => {
    const { signals } = cloudWatch(async () => []);
    expect(await signals()).toMatchObject({ requeueRate: { noData: expect.stringMatching(/has none/) } });
  });
});

describe('of the local function', () => {
  it('come from the lines that the built function writes', async () => {
    const stage = await setStage({ env: { RETRY_FOR_SECONDS: '8' } });
    stage.cluster.settings.fault = () => ({
      kind: 'situation',
      situation: { is: 'exhausted', partition: '1' },
    });
    await stage.invoke([requestFor('2251799813685249'), requestFor('2251799813685250')]);
    const batches = new SettledBatches();
    for (const { text } of stage.unassign.logs) batches.heard(text);
    expect(batches.all).toMatchObject([
      { requeued: 2, breakerOpen: false, callsPerSecond: expect.any(Number) },
    ]);
  });

  it('come from where npm start tells of them', async () => {
    const batch = { at: new Date(NOW).toISOString(), requeued: 3, breakerOpen: true, callsPerSecond: null };
    const sqs = await startEmbeddedSqs({ alsoAnswers: new Map([[LOCAL_SIGNALS_PATH, () => [batch]]]) });
    onTestFinished(() => sqs.close());
    expect(await readLocalSignals(sqs.endpoint)).toEqual(localSignals([batch]));
  });

  it('are requests a minute, open or not, and the pace while there is one', () => {
    const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
    const batch = { breakerOpen: false, callsPerSecond: null };
    const signals = localSignals([
      { ...batch, at: at(0), requeued: 1 },
      { ...batch, at: at(2), requeued: 2, callsPerSecond: 5 },
      { ...batch, at: at(6), requeued: 0, breakerOpen: true },
    ]);
    expect(signals).toMatchObject({
      pace: { points: [{ at: at(2), value: 5 }] },
      breaker: { points: [{ value: 0 }, { value: 0 }, { value: 1 }] },
      requeueRate: {
        points: [
          { at: at(0), value: 36 },
          { at: at(5), value: 0 },
        ],
      },
    });
  });

  it.each([
    ['nothing answers', async () => 'http://127.0.0.1:1', /does not answer/],
    [
      'only an SQS answers',
      async () => {
        const sqs = await startEmbeddedSqs();
        onTestFinished(() => sqs.close());
        return sqs.endpoint;
      },
      /does not tell of its function/,
    ],
  ])('say that %s', async (_, endpoint, reason) => {
    expect(await readLocalSignals(await endpoint())).toMatchObject({
      pace: { noData: expect.stringMatching(reason) },
    });
  });
});

it('are asked for no more often than they change', async () => {
  const clock = { now: NOW };
  let asked = 0;
  const signals = keptSignals(
    async () => {
      asked += 1;
      return noSignals('none');
    },
    60_000,
    () => clock.now,
  );
  await signals();
  clock.now += 59_999;
  await signals();
  expect(asked).toBe(1);
  clock.now += 1;
  await signals();
  expect(asked).toBe(2);
});
