// The rate of a redrive.
import { expect, it, onTestFinished } from 'vitest';
import { redrive } from '../../../client/dead-letters/index.ts';
import { burials, startDeadLetterStage } from './dead-letter-stage.ts';

it('holds for all receivers together', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const ids = await stage.bury(burials(40));
  const sends: number[] = [];
  stage.play = (call, ask) => {
    if (call.name === 'SendMessageBatch') sends.push((call.input as { Entries: unknown[] }).Entries.length);
    return ask();
  };
  const startedAt = performance.now();
  const { done } = await redrive(stage.deadLetterQueue, stage.queue, new Set(ids), { perSecond: 20 });
  expect({ done, sends }).toEqual({ done: 40, sends: [10, 10, 10, 10] });
  // The last ten may go when the thirty before have had their time. Slower is always possible; faster would be wrong.
  expect(performance.now() - startedAt).toBeGreaterThan(1_450);
});
