// Requests that say whose task it must be, over time: tasks change hands while requests wait on the queue, and the storage
// that says who has them lags behind. See runs.ts for how to try more often or from another seed.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_ANSWER, NO_CONNECTION, page, problem } from '../support/answers.ts';
import { createInMemorySqs, QUEUE_URL } from './in-memory-sqs.ts';
import { batchServer } from './invocation.ts';
import { createLaggingCluster, type Holding, type LaggingCluster, type Weather } from './lagging-cluster.ts';
import { createLifeline } from './lifeline.ts';
import { Queues } from './queues.ts';
import { runs } from './runs.ts';
import { inVirtualTime, pass, START, untilDone } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const KEYS = Array.from({ length: 8 }, (_, index) => String(2n ** 51n + BigInt(index) + 1n));

/** What cannot be answered now. */
const trouble = fc.constantFrom(
  NO_ANSWER,
  NO_CONNECTION,
  page(502),
  page(503),
  problem(503, { title: 'RESOURCE_EXHAUSTED' }),
  problem(503, { title: 'UNAVAILABLE' }),
  problem(500),
);
const instead = fc.option(trouble, { nil: undefined, freq: 2 });

function weatherOf(mostLagMs: number, latencyMs: fc.Arbitrary<number>): fc.Arbitrary<Weather> {
  return fc.record({
    lagMs: fc.oneof(fc.constantFrom(0, mostLagMs), fc.nat({ max: mostLagMs })),
    latencyMs,
    call: instead,
    isCarriedOut: fc.boolean(),
    reading: instead,
  });
}

/** One after the other, each for a while; then all is well. */
function forecast(weather: fc.Arbitrary<Weather>) {
  return fc.array(fc.record({ forMs: fc.integer({ min: 1_000, max: 600_000 }), weather }), {
    maxLength: 5,
    size: 'max',
  });
}

type Forecast = readonly { readonly forMs: number; readonly weather: Weather }[];

function weatherAt(given: Forecast, now: number, afterwards: Weather): Weather {
  let endsAt = START;
  for (const { forMs, weather } of given) {
    endsAt += forMs;
    if (now < endsAt) return weather;
  }
  return afterwards;
}

/** How one request ended. */
interface End {
  readonly deadLetters: number;
  readonly queued: number;
}

/** Enqueues a request for each task, and plays until none is left on the queue or so much time has passed. */
async function play(
  cluster: LaggingCluster,
  keys: readonly string[],
  forMs: number,
  random: number,
): Promise<Map<string, End>> {
  const queues = new Queues();
  const bodyOf = (key: string) => JSON.stringify({ userTaskKey: key, expectedAssignee: 'demo' });
  for (const key of keys) queues.take(QUEUE_URL, { Id: '0', MessageBody: bodyOf(key) });
  const sqs = createInMemorySqs(
    () => ({ kind: 'none', latencyMs: 0 }),
    createLifeline(),
    (...taken) => queues.take(...taken),
  );
  const serve = batchServer(10, undefined, () => random);
  const endsAt = Date.now() + forMs;
  while (queues.queue.size > 0 && Date.now() < endsAt) {
    const records = queues.receive(10, false);
    const reported = records.length === 0 ? [] : await untilDone(serve(records, MINUTE_MS, { cluster, sqs }));
    queues.settle(records, reported ?? []);
    const next = Math.min(...[...queues.queue.values()].map(({ visibleAt }) => visibleAt));
    if (Number.isFinite(next)) pass(Math.max(1, next - Date.now()));
  }
  expect(sqs.violations).toEqual([]);
  return new Map(
    keys.map((key) => {
      const { queued, dead } = queues.copiesOf(bodyOf(key));
      return [key, { queued: queued.length, deadLetters: dead.length }];
    }),
  );
}

/** Has the storage said, a minute or more after the first send, that somebody else has the task, or nobody? */
function isSuperseded(cluster: LaggingCluster, key: string): boolean {
  return (cluster.readings.get(key) ?? []).some(
    ({ at, answer }) => at - START >= MINUTE_MS && answer.type === 'task' && answer.assignee !== 'demo',
  );
}

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const latencyMs = fc.constantFrom(0, 0, 20, 900);

/** From before the requests are sent to long after. */
const history = fc
  .array(
    fc.record({
      at: fc.oneof(
        fc.integer({ min: START - 300_000, max: START + 300_000 }),
        fc.integer({ min: START, max: START + 3_600_000 }),
      ),
      assignee: fc.constantFrom('demo', 'anna', null),
    }),
    { maxLength: 8, size: 'max' },
  )
  .map((holdings) => holdings.sort((a, b) => a.at - b.at));

const WELL: Weather = { lagMs: 0, latencyMs: 0 };
const DAY_MS = 86_400_000;

describe('a request whose task changes hands', () => {
  it('takes it from nobody whom the storage knew when the task was read, and is never lost', async () => {
    const given = fc.record({
      histories: fc.array(history, { minLength: 1, maxLength: KEYS.length }),
      forecast: forecast(weatherOf(300_000, latencyMs)),
      random,
    });
    await fc.assert(
      fc.asyncProperty(given, ({ histories, forecast: weathers, random: chance }) =>
        inVirtualTime(async () => {
          const tasks = new Map(histories.map((each, index) => [KEYS[index] ?? '', each]));
          const cluster = createLaggingCluster(tasks, () => weatherAt(weathers, Date.now(), WELL));
          const ends = await play(cluster, [...tasks.keys()], DAY_MS, chance);
          const unjust = [...cluster.stripped.values()]
            .flat()
            .filter(
              ({ assignee, since, knownUntil = Number.POSITIVE_INFINITY }) =>
                assignee === 'anna' && since <= knownUntil,
            );
          const lost = [...ends].filter(
            ([key, { queued, deadLetters }]) =>
              queued + deadLetters === 0 && !cluster.stripped.has(key) && !isSuperseded(cluster, key),
          );
          const unended = [...ends].filter(([, { queued }]) => queued > 0);
          expect({ unjust, lost, unended }).toEqual({ unjust: [], lost: [], unended: [] });
        }),
      ),
      runs(250),
    );
  });

  it('takes it from nobody else where the storage is up to date', async () => {
    const given = fc.record({
      histories: fc.array(history, { minLength: 1, maxLength: KEYS.length }),
      forecast: forecast(weatherOf(0, fc.constant(0))),
      random,
    });
    await fc.assert(
      fc.asyncProperty(given, ({ histories, forecast: weathers, random: chance }) =>
        inVirtualTime(async () => {
          const tasks = new Map(histories.map((each, index) => [KEYS[index] ?? '', each]));
          const cluster = createLaggingCluster(tasks, () => weatherAt(weathers, Date.now(), WELL));
          await play(cluster, [...tasks.keys()], DAY_MS, chance);
          const losers = [...cluster.stripped.values()].flat().map(({ assignee }) => assignee);
          expect(new Set([...losers, 'demo'])).toEqual(new Set(['demo']));
        }),
      ),
      runs(250),
    );
  });
});

describe('a request whose task the expected person keeps', () => {
  it('is served in the end, however they came to it, where the storage lags by less than a minute', async () => {
    const before = history.map((holdings) => holdings.filter(({ at }) => at < START));
    const since = fc.integer({ min: START - 300_000, max: START });
    const taken = fc
      .tuple(before, since)
      .map(([holdings, at]): Holding[] => [
        ...holdings.filter((holding) => holding.at < at),
        { at, assignee: 'demo' },
      ]);
    const given = fc.record({
      histories: fc.array(taken, { minLength: 1, maxLength: KEYS.length }),
      // SQS moves what was received too often; 500 is left out, as it uses receives up.
      forecast: forecast(
        weatherOf(59_000, latencyMs).filter(({ call, reading }) => !isUnjudged(call) && !isUnjudged(reading)),
      ),
      lagMs: fc.nat({ max: 59_000 }),
      random,
    });
    await fc.assert(
      fc.asyncProperty(given, ({ histories, forecast: weathers, lagMs, random: chance }) =>
        inVirtualTime(async () => {
          const tasks = new Map(histories.map((each, index) => [KEYS[index] ?? '', each]));
          const cluster = createLaggingCluster(tasks, () =>
            weatherAt(weathers, Date.now(), { ...WELL, lagMs }),
          );
          const ends = await play(cluster, [...tasks.keys()], DAY_MS, chance);
          const served = [...ends].map(([key, end]) => [cluster.stripped.get(key)?.[0]?.assignee, end]);
          const DONE = ['demo', { queued: 0, deadLetters: 0 }];
          expect(served).toEqual(served.map(() => DONE));
        }),
      ),
      runs(250),
    );
  });
});

function isUnjudged(answer: Weather['call']): boolean {
  return answer?.type === 'response' && answer.status === 500;
}
