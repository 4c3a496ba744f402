// The worked examples of docs/scale.md, computed; the settings that they lead to can be deployed.
import { describe, expect, test } from 'vitest';
import { Breaker } from '../../functions/unassign/pacing/breaker.ts';
import { readParameters } from '../../infra/parameters.ts';
import { EVENT_SOURCE, mostEnvironments, PACED_FLOOR } from '../simulation/scale.ts';
import { CALL_TIMEOUT_MS } from '../simulation/simulation.ts';
import { read, section, table } from './pages.ts';

const PAGE = 'docs/scale.md';

/** As the page assumes them. */
const BATCH_SIZE = 10;
const BATCH_SECONDS = 0.1;
const REQUESTS = 10_000_000;
const DEAD_LETTERS = 5_000_000;
const CAPACITY = 500;
const SPARE = 1.25;

/** The bounds of `maximumConcurrency`. */
const LEAST_CONCURRENCY = 2;
const MOST_CONCURRENCY = 1_000;

/** US dollars, and what docs/costs.md measures. */
const PRICES = { millionInvocations: 0.2, gbSecond: 0.0000133334, millionSqsRequests: 0.4, logGb: 0.5 };
const MEMORY_GB = 512 / 1_024;
const SENDING_SECONDS = 0.05;
const BATCH_LOG_BYTES = 1_550;
const MESSAGE_LOG_BYTES = 690;

const grouped = (count: number) => count.toLocaleString('en');
const dollars = (amount: number) => `$${amount.toFixed(2)}`;
const hours = (seconds: number) => `${(seconds / 3_600).toFixed(1)} h`;

describe('10 million requests at once', () => {
  const capacities = [50, 500, 5_000];
  const drainOf = (capacity: number) => REQUESTS / capacity;
  const suffice = (capacity: number) =>
    Math.max(LEAST_CONCURRENCY, Math.ceil((capacity * BATCH_SECONDS) / BATCH_SIZE));
  const most = (capacity: number) => Math.min(MOST_CONCURRENCY, mostEnvironments(capacity));

  test('the table of clusters', () => {
    expect(table('tenMillion')).toEqual(
      capacities.map((capacity) => [
        `${grouped(capacity)}/s`,
        `${grouped(drainOf(capacity))} s, ${hours(drainOf(capacity))}`,
        grouped(suffice(capacity)),
        grouped(most(capacity)),
        grouped(SPARE * drainOf(capacity)),
      ]),
    );
  });

  test.each(capacities)('what follows for a cluster of %i/s can be deployed', (capacity) => {
    const seconds = String(SPARE * drainOf(capacity));
    const given = {
      camundaRestAddress: 'https://camunda.example.org',
      maximumConcurrency: String(most(capacity)),
      queueAgeAlarmSeconds: seconds,
      oldestRequestAlarmSeconds: seconds,
    };
    expect(() => readParameters(given, 'prod')).not.toThrow();
  });

  test('the table of environments', () => {
    const drain = drainOf(CAPACITY);
    expect(table('environmentsAt500')).toEqual(
      [5, 200, 1_000].map((environments) => [
        grouped(environments),
        `${((environments - EVENT_SOURCE.first) / EVENT_SOURCE.perMinute).toFixed(1)} min`,
        grouped(environments * BATCH_SIZE),
        grouped(environments * BATCH_SIZE),
        `${(environments * PACED_FLOOR).toFixed(0)}/s`,
        `${(environments / probeSeconds(0.5)).toFixed(1)}/s`,
        `${(environments / (probeSeconds(0.5) + CALL_TIMEOUT_MS / 1_000)).toFixed(1)}/s`,
        `${grouped(environments * drain)} s`,
        dollars(environments * drain * MEMORY_GB * PRICES.gbSecond),
      ]),
    );
  });

  test('a probe goes out after 12 to 18 s', () => {
    expect([probeSeconds(0), probeSeconds(1)]).toEqual([12, 18]);
  });

  test('how slow a cluster may be for a retention of 7 days', () => {
    const least = REQUESTS / (6 * 86_400);
    expect(pageText('10 million requests at once')).toContain(`from ${least.toFixed(1)} calls a second on`);
  });

  test('what it costs', () => {
    const { total, log } = costOfMillion(BATCH_SIZE, 0);
    expect(pageText('10 million requests at once')).toContain(
      `${dollars(10 * total)} in all by the formula of costs, ${dollars(10 * log)} of it`,
    );
  });
});

describe('5 million dead letters', () => {
  /** What one look holds, and what is gathered before it is acted on (client/dead-letters/pass.ts, portions.ts). */
  const LOOK = 110_000;
  const PORTION = 20_000;
  const ROUND_TRIP_SECONDS = 0.02;
  const AT_ONCE = 10;
  const requests = (3 * DEAD_LETTERS) / 10;
  const rate = CAPACITY - 100;
  const logGb = (DEAD_LETTERS * MESSAGE_LOG_BYTES) / 1e9;

  test('the table', () => {
    expect(table('fiveMillion').map(([, value]) => value)).toEqual([
      `${grouped(LOOK)}, ${((100 * LOOK) / DEAD_LETTERS).toFixed(1)} %`,
      grouped(Math.ceil((DEAD_LETTERS - LOOK) / PORTION)),
      `${grouped(requests)}, ${dollars((requests / 1e6) * PRICES.millionSqsRequests)}`,
      `${grouped((requests / AT_ONCE) * ROUND_TRIP_SECONDS)} s`,
      `${grouped((DEAD_LETTERS / 300_000) * 165)} s`,
      `${grouped(DEAD_LETTERS / rate)} s, ${hours(DEAD_LETTERS / rate)}`,
      `${(Math.ceil((10 * DEAD_LETTERS) / (6 * 86_400)) / 10).toFixed(1)}/s`,
      `${logGb.toFixed(2)} GB, ${dollars(logGb * PRICES.logGb)}`,
    ]);
  });

  test('the code holds and gathers as many as the table says', () => {
    const numberIn = (path: string, name: string) =>
      Number(new RegExp(`const ${name} = ([\\d_]+);`).exec(read(path))?.[1]?.replaceAll('_', ''));
    expect(numberIn('client/dead-letters/pass.ts', 'DEFAULT_HOLD_AT_MOST')).toBe(LOOK);
    expect(numberIn('client/dead-letters/portions.ts', 'MOST_MESSAGES')).toBe(PORTION);
  });

  test('how soon they are there', () => {
    expect(pageText('5 million dead letters')).toContain(`5 million in ${hours(DEAD_LETTERS / CAPACITY)}`);
  });
});

test('the prices are those of the page of costs', () => {
  expect(table('costs').map((cells) => [cells[0], cells[1], cells.at(-1)])).toEqual(
    [1, 10].flatMap((size) =>
      [0, 5, 50].map((percent) => [
        expect.stringMatching(new RegExp(`^${size}\\b`)),
        `${percent} %`,
        dollars(costOfMillion(size, percent / 100).total),
      ]),
    ),
  );
});

/** What a million requests cost by the formula of docs/costs.md, in dollars. */
function costOfMillion(size: number, refused: number): { readonly total: number; readonly log: number } {
  const millionCalls = 1 / (1 - refused);
  const invocations = millionCalls / size;
  const withCopy = invocations * (1 - (1 - refused) ** size);
  const gbSeconds = (BATCH_SECONDS * invocations + SENDING_SECONDS * withCopy) * 1e6 * MEMORY_GB;
  const requests = 1 + 2 * invocations + withCopy;
  const log =
    ((BATCH_LOG_BYTES * invocations + MESSAGE_LOG_BYTES * (millionCalls - 1)) / 1_000) * PRICES.logGb;
  const total =
    invocations * PRICES.millionInvocations +
    gbSeconds * PRICES.gbSecond +
    requests * PRICES.millionSqsRequests +
    log;
  return { total, log };
}

/** How long an open circuit breaker waits between two probes once it has failed for long, by chance; seconds. */
function probeSeconds(chance: number): number {
  const breaker = new Breaker(1, () => chance, 0);
  for (let probe = 1; probe <= 10; probe += 1) {
    breaker.started(probe, 0);
    breaker.probeFailed('load', 0);
  }
  return breaker.nextAt / 1_000;
}

function pageText(heading: string): string {
  return section(PAGE, heading).replaceAll(/\s+/g, ' ');
}
