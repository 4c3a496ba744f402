// `dead-letters discard`.
import { oneLine } from '../../client/contract/text.ts';
import { type DeadLetter, discard, exportLine, planDiscard } from '../../client/dead-letters/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { createNewFile, type NewFile } from '../new-file.ts';
import { jsonText } from '../output.ts';
import { messages } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { type Choice, type ChoiceOrFile, chooseNamed } from './choice.ts';
import { readBodies } from './edited-bodies.ts';
import type { DeadLetters } from './queues.ts';
import { type ActionOrder, carryOut, requireAnswer } from './run-action.ts';
import { survey } from './survey.ts';
import { chooseByVerdict } from './verdicts.ts';

/** What to discard, and how. */
export interface DiscardOrder extends Omit<ActionOrder, 'choice'> {
  /** Which messages, or the file that says so. */
  readonly choice: ChoiceOrFile;
  /** A file that is not there yet, which takes each before it is deleted. */
  readonly exportTo: string | undefined;
}

/** Discards. */
export async function discardDeadLetters(
  queues: DeadLetters,
  order: DiscardOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  requireAnswer(order, 'Discard', surroundings);
  const chosen =
    'file' in order.choice
      ? {
          ...chooseNamed([...(await readBodies(order.choice.file, surroundings)).keys()]),
          limit: order.choice.limit,
          verdicts: order.choice.verdicts,
        }
      : order.choice;
  const choice = await chooseByVerdict(queues, chosen, order.connection, surroundings);
  const { exportTo, dryRun } = order;
  if (exportTo === undefined || dryRun) return planAndDiscard(queues, { ...order, choice }, surroundings);
  const file = await createNewFile('--export-to', exportTo);
  try {
    return await planAndDiscard(queues, { ...order, choice }, surroundings, file);
  } finally {
    await (file.isEmpty ? file.remove() : file.close());
  }
}

async function planAndDiscard(
  { deadLetterQueue }: DeadLetters,
  order: Omit<DiscardOrder, 'choice'> & { readonly choice: Choice },
  surroundings: Surroundings,
  file?: NewFile,
): Promise<ExitCode> {
  const planner = planDiscard(surroundings.now());
  const { filter, limit } = order.choice;
  const beforeDeletion =
    file && ((letters: Iterable<DeadLetter>) => keep(letters, file, order, surroundings));
  const coverage = await survey(deadLetterQueue, (letter) => void planner.add(letter), surroundings, {
    filter,
    limit,
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
      act: (options) => discard(deadLetterQueue, plan.messageIds, { ...options, beforeDeletion }),
    },
    order,
    surroundings,
  );
}

/** Resolves when they are on the disk. */
async function keep(
  letters: Iterable<DeadLetter>,
  file: NewFile,
  { exportTo = '' }: Pick<DiscardOrder, 'exportTo'>,
  surroundings: Surroundings,
): Promise<void> {
  let count = 0;
  for (const letter of letters) {
    await file.write(`${jsonText(exportLine(letter, surroundings.now()))}\n`);
    count += 1;
  }
  await file.sync();
  say(surroundings, `Wrote ${messages(count)} to ${oneLine(exportTo, 200)}.`);
}
