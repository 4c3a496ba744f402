// `dead-letters redrive`.
import {
  type Coverage,
  type DeadLetter,
  planRedrive,
  type RedriveChanges,
  type RedrivePlan,
  redrive,
} from '../../client/dead-letters/index.ts';
import { type ExitCode, UsageError } from '../exit-codes.ts';
import { messages } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Choice, type ChoiceOrFile, chooseNamed } from './choice.ts';
import { editBody, readBodies } from './edited-bodies.ts';
import { leftOutText, warningText } from './plan-text.ts';
import type { RedriveQueues } from './queues.ts';
import { type ActionOrder, carryOut } from './run-action.ts';
import { survey } from './survey.ts';

/** What to redrive, and how. */
export interface RedriveOrder extends Omit<ActionOrder, 'choice'> {
  /** Which messages, or the file that says so. */
  readonly choice: ChoiceOrFile;
  readonly edit: boolean;
  /** ISO 8601; null takes it away. */
  readonly expiresAt: string | null | undefined;
  readonly perSecond: number | undefined;
  readonly delaySeconds: number | undefined;
}

/** Redrives. */
export async function redriveDeadLetters(
  queues: RedriveQueues,
  order: RedriveOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const bodies = 'file' in order.choice ? await readBodies(order.choice.file, surroundings) : undefined;
  const choice = 'file' in order.choice ? chooseNamed([...(bodies ?? new Map()).keys()]) : order.choice;
  const { expiresAt, delaySeconds, perSecond } = order;
  const { changes, plan, coverage } = order.edit
    ? await editAndPlan(queues, choice, { expiresAt, delaySeconds }, surroundings)
    : await lookAndPlan(queues, choice, { bodies, expiresAt, delaySeconds }, surroundings);
  const warning = warningText(plan);
  const left = leftOutText(plan.leftOut);
  return carryOut(
    {
      plan,
      leftOut: plan.leftOut,
      coverage,
      headline: `Redrive ${messages(plan.messageIds.size)} to ${queues.queue.queueUrl}`,
      remarks: [left, warning].filter((text) => text !== undefined),
      facts: { late: plan.late, queueUrl: queues.queue.queueUrl },
      done: 'redriven',
      act: (options) =>
        redrive(queues.deadLetterQueue, queues.queue, plan.messageIds, { ...options, ...changes, perSecond }),
    },
    { ...order, choice },
    surroundings,
  );
}

interface EditedPlan {
  readonly changes: RedriveChanges;
  readonly plan: RedrivePlan;
  readonly coverage: Coverage;
}

async function lookAndPlan(
  { deadLetterQueue }: RedriveQueues,
  { filter }: Choice,
  changes: RedriveChanges,
  surroundings: Surroundings,
): Promise<EditedPlan> {
  const planner = planRedrive(changes, surroundings.now());
  const coverage = await survey(deadLetterQueue, (letter) => void planner.add(letter), surroundings, {
    filter,
  });
  return { changes, plan: planner.plan(), coverage };
}

/** The message is released before the editor opens: nobody waits for what may take an hour. */
async function editAndPlan(
  { deadLetterQueue }: RedriveQueues,
  { filter, named }: Choice,
  changes: RedriveChanges,
  surroundings: Surroundings,
): Promise<EditedPlan> {
  const found: DeadLetter[] = [];
  const coverage = await survey(
    deadLetterQueue,
    (letter) => {
      found.push(letter);
      return found.length > 1 || named.size === 1 ? 'enough' : undefined;
    },
    surroundings,
    { filter },
  );
  const [letter, another] = found;
  if (another !== undefined) throw new UsageError('--edit is for one message: several fit what was chosen.');
  if (letter === undefined || surroundings.signal.aborted) {
    return { changes, plan: planRedrive(changes, surroundings.now()).plan(), coverage };
  }
  const bodies = new Map([[letter.messageId, await editBody(letter.body, surroundings)]]);
  const edited = { ...changes, bodies };
  const planner = planRedrive(edited, surroundings.now());
  planner.add(letter);
  return { changes: edited, plan: planner.plan(), coverage };
}
