// Calls and readings are answered by different parts of a cluster, so each has a pace of its own, and what the one says is
// no word to the other. See runs.ts for how to try more often or from another seed.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClusterSignal, meaningOf, signalOf } from '../../functions/unassign/decision/meaning.ts';
import { meaningOfReading } from '../../functions/unassign/decision/reading.ts';
import { createPace, type Pace } from '../../functions/unassign/pacing/pace.ts';
import { sqsRecord } from '../support/messages.ts';
import { createInMemorySqs } from './in-memory-sqs.ts';
import { batchServer, POLICY } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { runs } from './runs.ts';
import {
  behaviour,
  type Call,
  createScriptedCluster,
  type Read,
  readingBehaviour,
} from './scripted-cluster.ts';
import { inVirtualTime, START, untilDone } from './virtual-time.ts';

/** A pace, and what it was told that says something. */
interface HeardPace extends Pace {
  readonly heard: Exclude<ClusterSignal, 'nothing'>[];
  /** Tickets whose call has not ended. */
  readonly open: Set<number>;
}

function hearing(): HeardPace {
  const pace = createPace({ random: () => 0.5, changed: () => {} });
  const heard: HeardPace['heard'] = [];
  const open = new Set<number>();
  return {
    ...pace,
    heard,
    open,
    started(now) {
      const ticket = pace.started(now);
      open.add(ticket);
      return ticket;
    },
    ended(ticket, signal, now) {
      expect(open.delete(ticket)).toBe(true);
      if (signal !== 'nothing') heard.push(signal);
      pace.ended(ticket, signal, now);
    },
  };
}

type Witness = 'camunda' | 'foreign';

/** What the answers to calls say of the engine. */
function saidByCalls(calls: readonly Call[], witness: Witness): string[] {
  return calls.map(({ answer, key }) =>
    answer === undefined ? 'nothing' : signalOf(meaningOf(answer, key), witness),
  );
}

/** What the answers to readings say of the storage. */
function saidByReadings(readings: readonly Read[], witness: Witness): string[] {
  return readings.map(({ answer, key }) => {
    if (answer === undefined) return 'nothing';
    const attempt = answer.type === 'foreign' ? answer.response : answer;
    const meaning = meaningOfReading(attempt, { userTaskKey: key, expectedAssignee: 'demo' });
    return meaning === undefined ? 'served' : signalOf(meaning, witness);
  });
}

function sorted(signals: readonly string[]): string[] {
  return signals.filter((signal) => signal !== 'nothing').sort();
}

describe('the paces of calls and of readings', () => {
  it('each hear what their own answers say, all of it and nothing else', async () => {
    const given = fc.record({
      guarded: fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
      ageMs: fc.constantFrom(0, 120_000),
      behaviours: fc.array(behaviour, { minLength: 1, maxLength: 7 }),
      readings: fc.array(readingBehaviour, { minLength: 1, maxLength: 7 }),
      connections: fc.constantFrom(1, 2, 10),
      timeoutMs: fc.constantFrom(60_000, 60_000, 12_000),
      witness: fc.constantFrom<Witness>('camunda', 'foreign'),
    });
    await fc.assert(
      fc.asyncProperty(given, ({ guarded, ageMs, behaviours, readings, connections, timeoutMs, witness }) =>
        inVirtualTime(async () => {
          const lifeline = createLifeline();
          const cluster = createScriptedCluster(
            (call) => behaviours[call % behaviours.length] ?? { kind: 'hangs' },
            lifeline,
            (reading) => readings[reading % readings.length] ?? { kind: 'hangs' },
          );
          const sqs = createInMemorySqs(() => ({ kind: 'none', latencyMs: 0 }), lifeline);
          const [pace, readingPace] = [hearing(), hearing()];
          const serve = batchServer(connections, POLICY, () => 0.5, pace, readingPace);
          const records = guarded.map((isGuarded, index) =>
            sqsRecord({
              messageId: `message-${index}`,
              sentAt: START - ageMs,
              body: JSON.stringify({
                userTaskKey: String(index + 1),
                ...(isGuarded ? { expectedAssignee: 'demo' } : {}),
              }),
            }),
          );
          await untilDone(serve(records, timeoutMs, { cluster, sqs, witness }));
          expect({
            calls: pace.heard.toSorted(),
            readings: readingPace.heard.toSorted(),
            open: [...pace.open, ...readingPace.open],
          }).toEqual({
            calls: sorted(saidByCalls(cluster.calls, witness)),
            readings: sorted(saidByReadings(cluster.readings, witness)),
            open: [],
          });
        }),
      ),
      runs(200),
    );
  });
});
