// `dead-letters discard`.
import { oneLine } from '../../client/contract/text.ts';
import { discard, planDiscard } from '../../client/dead-letters/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { messages } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import type { DeadLetters } from './queues.ts';
import { type ActionOrder, carryOut } from './run-action.ts';
import { survey } from './survey.ts';
import { chooseByVerdict } from './verdicts.ts';

/** Discards. */
export async function discardDeadLetters(
  queues: DeadLetters,
  order: ActionOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { deadLetterQueue } = queues;
  const planner = planDiscard(surroundings.now());
  const choice = await chooseByVerdict(queues, order.choice, order.connection, surroundings);
  const { filter } = choice;
  const coverage = await survey(deadLetterQueue, (letter) => void planner.add(letter), surroundings, {
    filter,
  });
  const plan = planner.plan();
  return carryOut(
    {
      plan,
      leftOut: [],
      coverage,
      headline: `Discard ${messages(plan.messageIds.size)} of ${oneLine(deadLetterQueue.queueUrl, 300)} for good`,
      remarks: [],
      facts: {},
      done: 'discarded',
      act: (options) => discard(deadLetterQueue, plan.messageIds, options),
    },
    { ...order, choice },
    surroundings,
  );
}
