// Nothing is lost, within one invocation: whatever the messages are, whatever the cluster and SQS do, and however
// little time there is. See runs.ts for how to try more often or from another seed.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { broken } from './conservation.ts';
import { handlerServer } from './handler-in-memory.ts';
import { createInMemorySqs, type SendFault, sendFault } from './in-memory-sqs.ts';
import { batchServer, type Serve } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { type Mould, mould, type Original } from './originals.ts';
import { runs } from './runs.ts';
import {
  type Behaviour,
  behaviour,
  createScriptedCluster,
  type ReadingBehaviour,
  readingBehaviour,
} from './scripted-cluster.ts';
import { inVirtualTime, untilDone } from './virtual-time.ts';

const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 12 }) },
  { weight: 6, arbitrary: fc.nat({ max: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(500, 2_000, 10_000) },
);

const timeoutMs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(60_000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(-5, 0, 1, 900_000) },
);

/** A few of each, which come round again in a large batch. */
const invocation = fc.record({
  size,
  moulds: fc.array(mould, { minLength: 1, maxLength: 7 }),
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 11 }),
  readings: fc.array(readingBehaviour, { minLength: 1, maxLength: 11 }),
  faults: fc.array(sendFault, { minLength: 1, maxLength: 5 }),
  timeoutMs,
  partitionsCount: fc.option(fc.integer({ min: 1, max: 4_000 }), { nil: undefined, freq: 2 }),
  connections: fc.constantFrom(1, 2, 10, 50),
  jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

function cycle<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

function cast(moulds: readonly Mould[], count: number): Original[] {
  return Array.from({ length: count }, (_, index) => cycle(moulds, index)(index + 1));
}

function surroundings(
  behaviours: readonly Behaviour[],
  readings: readonly ReadingBehaviour[],
  faults: readonly SendFault[],
) {
  const lifeline = createLifeline();
  return {
    cluster: createScriptedCluster(
      (call) => cycle(behaviours, call),
      lifeline,
      (reading) => cycle(readings, reading),
    ),
    sqs: createInMemorySqs((send) => cycle(faults, send), lifeline),
  };
}

describe('a batch', () => {
  let handler: Serve;
  beforeAll(async () => {
    handler = await handlerServer();
  });

  const SERVERS: [string, number, (given: { connections: number; jitter: number }) => Serve][] = [
    ['processBatch', 150, ({ connections, jitter }) => batchServer(connections, undefined, () => jitter)],
    ['the handler', 60, () => handler],
  ];

  it.each(SERVERS)('that %s has served is accounted for, and in time', async (_, usually, serverOf) => {
    await fc.assert(
      fc.asyncProperty(invocation, async (given) => {
        await inVirtualTime(async () => {
          const originals = cast(given.moulds, given.size);
          const around = {
            ...surroundings(given.behaviours, given.readings, given.faults),
            partitionsCount: given.partitionsCount,
          };
          const endsAt = Date.now() + Math.max(0, given.timeoutMs);
          const serve = serverOf(given);
          const reported = await untilDone(
            serve(
              originals.map(({ record }) => record),
              given.timeoutMs,
              around,
            ),
          );
          expect(broken(originals, reported ?? [], around)).toEqual([]);
          expect(Date.now()).toBeLessThanOrEqual(endsAt);
        });
      }),
      runs(usually),
    );
  });
});
