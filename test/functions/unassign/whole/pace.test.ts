import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import {
  ACKNOWLEDGED,
  journeyOf,
  recordOf,
  requestFor,
  type Stage,
  setStage,
} from '../../../support/stage.ts';

/** Has the function serve these and then, as often as it takes, all copies that it sent back, without their delays. */
async function untilSettled(stage: Stage, first: readonly SQSRecord[]): Promise<void> {
  let records = first;
  while (records.length > 0) {
    const before = stage.requeued().length;
    expect(await stage.invoke(records)).toEqual(ACKNOWLEDGED);
    records = stage
      .requeued()
      .slice(before)
      .map((entry) => recordOf(entry));
  }
}

function linesOf(stage: Stage, text: string) {
  return stage.logLines().filter(({ message }) => String(message).startsWith(text));
}

describe('a cluster that refuses for load and recovers', () => {
  it('is called little more than once for each message, and serves them all', async () => {
    const stage = await setStage({ env: { HOLD_SECONDS: '3' }, cluster: { latencyMs: 20, limit: 0 } });
    const { cluster } = stage;
    const tasks = Array.from({ length: 60 }, () => cluster.tasks.create());
    const records = tasks.map(({ key }) => requestFor(key));
    await stage.invoke(records.slice(0, 30));
    const refused = cluster.calls.length;
    cluster.settings.limit = 2;
    await untilSettled(stage, [...stage.requeued().map((entry) => recordOf(entry)), ...records.slice(30)]);
    expect(tasks.filter(({ key }) => cluster.tasks.get(key)?.assignee !== null)).toEqual([]);
    // Ten at once, six cuts and a few probes: about twenty.
    expect(refused).toBeLessThan(30);
    // After that about sixty: half as many again leave room for a machine that is slow to notice.
    expect(cluster.calls.length - refused).toBeLessThanOrEqual(1.5 * 60);
    expect(linesOf(stage, 'the breaker is closed')).not.toEqual([]);
  });

  it('gets messages back that were never tried, which know nothing of it', async () => {
    const stage = await setStage({ env: { HOLD_SECONDS: '0' }, cluster: { limit: 0 } });
    const records = Array.from({ length: 20 }, () => requestFor(stage.cluster.tasks.create().key));
    expect(await stage.invoke(records)).toEqual(ACKNOWLEDGED);
    const untried = stage.requeued().filter((entry) => journeyOf(entry)?.attempts === 0);
    expect({
      requeued: stage.requeued().length,
      untried: untried.length,
      triedAt: untried.map((entry) => journeyOf(entry)?.firstTriedAt).filter((at) => at !== undefined),
    }).toEqual({ requeued: 20, untried: 20 - stage.cluster.calls.length, triedAt: [] });
  });

  it('is told of: when the pace begins, in the line of the batch, and for each message that was held', async () => {
    const stage = await setStage({ env: { HOLD_SECONDS: '0' }, cluster: { limit: 0 } });
    await stage.invoke(Array.from({ length: 40 }, () => requestFor(stage.cluster.tasks.create().key)));
    const held = 40 - stage.cluster.calls.length;
    expect(held).toBeGreaterThan(0);
    expect(linesOf(stage, 'calls are paced')).toMatchObject([{ level: 'WARN', callsPerSecond: 20 }]);
    expect(linesOf(stage, 'batch settled')).toMatchObject([
      { Held: held, BreakerOpen: 0, breaker: 'closed', callsPerSecond: expect.any(Number) },
    ]);
    expect(
      linesOf(stage, 'message requeued').filter(({ reason }) => /held back/.test(String(reason))),
    ).toHaveLength(held);
  });

  it('has its breaker told of when it opens', async () => {
    const stage = await setStage({ env: { HOLD_SECONDS: '5' }, cluster: { limit: 0 } });
    await stage.invoke(Array.from({ length: 30 }, () => requestFor(stage.cluster.tasks.create().key)));
    expect(linesOf(stage, 'the breaker is open')).toHaveLength(1);
    expect(linesOf(stage, 'batch settled')).toMatchObject([{ breaker: 'open' }]);
    expect(stage.logLines().find((line) => '_aws' in line)).toMatchObject({ BreakerOpen: 1 });
  });
});
