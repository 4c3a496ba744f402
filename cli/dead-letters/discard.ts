// `dead-letters discard`.
import { oneLine } from '../../client/contract/text.ts';
import {
  type DeadLetter,
  discard,
  exportLine,
  matches,
  planDiscard,
} from '../../client/dead-letters/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { jsonText } from '../output.ts';
import { messages } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import type { Trace } from './audit/audited.ts';
import { createKeptFile, type Keeping, type KeptFile } from './audit/kept-file.ts';
import { type ChoiceOrFile, choiceOf } from './choice.ts';
import { coverageOfBoth } from './coverage.ts';
import { readBodies } from './edited-bodies.ts';
import { chosenBefore, goesOn } from './passes.ts';
import { discardHeadline } from './plan-text.ts';
import type { DeadLetters } from './queues.ts';
import { type ActionOrder, asksSomebody, carryOut, requireAnswer } from './run-action.ts';
import { surveyAndFollow } from './survey.ts';
import { chooseByVerdict, type JudgedChoice } from './verdicts.ts';

/** What to discard, and how. */
export interface DiscardOrder extends Omit<ActionOrder, 'choice'> {
  /** Which messages, or the file that says so. */
  readonly choice: ChoiceOrFile;
  /** What takes each before it is deleted. */
  readonly keeping: Keeping;
}

/** Discards. */
export async function discardDeadLetters(
  queues: DeadLetters,
  order: DiscardOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  requireAnswer(order, 'Discard', surroundings);
  const bodies = 'file' in order.choice ? await readBodies(order.choice.file, surroundings) : undefined;
  const chosen = choiceOf(order.choice, bodies?.keys() ?? []);
  const choice = await chooseByVerdict(queues, chosen, order.connection, surroundings);
  const kept = order.dryRun ? undefined : await createKeptFile(order.keeping, surroundings);
  const trace = { action: 'discard', ...queues, choice: order.choice, keptIn: kept } as const;
  try {
    return await planAndDiscard(trace, { ...order, choice }, surroundings);
  } finally {
    await (kept?.file.isEmpty ? kept.file.remove() : kept?.file.close());
  }
}

async function planAndDiscard(
  trace: Trace,
  order: ActionOrder & { readonly choice: JudgedChoice },
  surroundings: Surroundings,
): Promise<ExitCode> {
  const startedAt = surroundings.now();
  const planner = planDiscard(startedAt);
  const { filter, limit } = order.choice;
  const { deadLetterQueue, keptIn } = trace;
  const isMeant = asksSomebody(order) ? undefined : ({ messageId }: DeadLetter) => planner.has(messageId);
  const rest = chosenBefore(order.choice, startedAt);
  return surveyAndFollow(
    deadLetterQueue,
    (letter) => void planner.add(letter),
    surroundings,
    { filter, limit, isMeant },
    (coverage, handOver) => {
      const plan = planner.plan();
      const isGoingOn = goesOn(order.choice, coverage);
      const isNew = onceEach(plan.messageIds);
      const beforeDeletion =
        keptIn &&
        ((letters: Iterable<DeadLetter>) => keepLetters(those(letters, isNew), keptIn, surroundings));
      return carryOut(
        {
          plan,
          leftOut: [],
          coverage: coverageOfBoth(order.choice.judgedIn, coverage),
          headline: discardHeadline(plan, deadLetterQueue.queueUrl),
          remarks: [],
          facts: {},
          done: 'discarded',
          trace,
          goesOn: isGoingOn,
          act: (options) =>
            discard(deadLetterQueue, plan.messageIds, {
              ...options,
              handOver,
              beforeDeletion,
              goOnWith: isGoingOn ? () => (letter) => matches(letter, rest) : undefined,
            }),
        },
        order,
        surroundings,
      );
    },
  );
}

/** Of a plan's messages one can be met again, where its hold was lost: it is in the file by then. Others are met once. */
function onceEach(planned: ReadonlySet<string>): (letter: DeadLetter) => boolean {
  const written = new Set<string>();
  return ({ messageId }) => {
    if (written.has(messageId)) return false;
    if (planned.has(messageId)) written.add(messageId);
    return true;
  };
}

function* those(
  letters: Iterable<DeadLetter>,
  areMeant: (letter: DeadLetter) => boolean,
): Iterable<DeadLetter> {
  for (const letter of letters) if (areMeant(letter)) yield letter;
}

/** Writes them as `export` does. Resolves when they are on the disk. */
export async function keepLetters(
  letters: Iterable<DeadLetter>,
  { path, file }: KeptFile,
  surroundings: Pick<Surroundings, 'now' | 'stderr'>,
): Promise<void> {
  let count = 0;
  for (const letter of letters) {
    await file.write(`${jsonText(exportLine(letter, surroundings.now()))}\n`);
    count += 1;
  }
  await file.sync();
  if (count > 0) say(surroundings, `Wrote ${messages(count)} to ${oneLine(path, 200)}.`);
}
