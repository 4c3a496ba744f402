// `dead-letters redrive`.
import { oneLine } from '../../client/contract/text.ts';
import {
  type Coverage,
  type DeadLetter,
  destinationProblem,
  type HandOver,
  type LeftOut,
  leftOutOf,
  matches,
  planRedrive,
  type RedriveChanges,
  type RedrivePlan,
  redrive,
} from '../../client/dead-letters/index.ts';
import { CommandError, EXIT, type ExitCode, UsageError } from '../exit-codes.ts';
import { lookOf } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import { type BodyEdit, type BodyEdits, collectEdits, editsText } from './body-diff.ts';
import { type Choice, type ChoiceOrFile, choiceOf } from './choice.ts';
import { coverageOfBoth } from './coverage.ts';
import { editBody, readBodies, requireEditor } from './edited-bodies.ts';
import { chosenBefore, goesOn } from './passes.ts';
import { leftOutText, redriveHeadline, warningText } from './plan-text.ts';
import type { RedriveQueues } from './queues.ts';
import { type ActionOrder, asksSomebody, carryOut, requireAnswer } from './run-action.ts';
import { survey, surveyAndFollow } from './survey.ts';
import {
  chooseByVerdict,
  type JudgedChoice,
  type LetterToJudge,
  letterToJudge,
  MOST_JUDGED,
  strippingOf,
} from './verdicts.ts';
import { startWatching } from './watch.ts';

/** What to redrive, and how. */
export interface RedriveOrder extends Omit<ActionOrder, 'choice'> {
  /** Which messages, or the file that says so. */
  readonly choice: ChoiceOrFile;
  readonly edit: boolean;
  /** ISO 8601; null takes it away. */
  readonly expiresAt: string | null | undefined;
  readonly perSecond: number | undefined;
  readonly delaySeconds: number | undefined;
  /** Also to a queue that has another dead-letter queue, or none. */
  readonly forceDestination: boolean;
  /** For how long to look whether they come back, in milliseconds; undefined: not. */
  readonly watchForMs: number | undefined;
}

/** Redrives. */
export async function redriveDeadLetters(
  queues: RedriveQueues,
  order: RedriveOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  requireAnswer(order, 'Redrive', surroundings);
  const startedAt = surroundings.now();
  if (order.edit) requireEditor(surroundings);
  if (!order.forceDestination) await checkDestination(queues);
  const bodies = 'file' in order.choice ? await readBodies(order.choice.file, surroundings) : undefined;
  const chosen = choiceOf(order.choice, bodies?.keys() ?? []);
  const choice = await chooseByVerdict(queues, chosen, order.connection, surroundings);
  const { expiresAt, delaySeconds } = order;
  const planned = { ...order, choice };
  const follow = (made: EditedPlan, handOver: HandOver | undefined) =>
    carryOutPlan(queues, made, handOver, startedAt, order.choice, planned, surroundings);
  if (order.edit) {
    return follow(await editAndPlan(queues, choice, { expiresAt, delaySeconds }, surroundings), undefined);
  }
  return lookAndPlan(queues, planned, { bodies, expiresAt, delaySeconds }, surroundings, follow);
}

/** A redrive whose choice is made. */
type ChosenOrder = RedriveOrder & ActionOrder & { readonly choice: JudgedChoice };

async function carryOutPlan(
  queues: RedriveQueues,
  { changes, plan, coverage, letters, edits }: EditedPlan,
  handOver: HandOver | undefined,
  startedAt: number,
  asked: ChoiceOrFile,
  order: ChosenOrder,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { choice, perSecond, watchForMs } = order;
  const stripping = await strippingOf(letters, order.connection, surroundings);
  const warning = warningText(plan);
  const left = leftOutText(plan.leftOut);
  const isGoingOn = goesOn(choice, coverage) && watchForMs === undefined && !order.edit;
  const rest = restOf(choice, changes, startedAt, plan.leftOut, surroundings);
  const edited = editsText(edits, lookOf(surroundings.stderr, surroundings.environment));
  return carryOut(
    {
      plan,
      leftOut: rest.leftOut,
      coverage: coverageOfBoth(choice.judgedIn, coverage),
      headline: redriveHeadline(plan, queues.queue.queueUrl),
      remarks: [edited, left, warning, stripping?.text].filter((text) => text !== undefined),
      facts: {
        late: plan.late,
        wouldStrip: stripping?.count ?? null,
        edited: edits.count,
        queueUrl: queues.queue.queueUrl,
      },
      done: 'redriven',
      trace: { action: 'redrive', ...queues, choice: asked },
      act: (options) =>
        redrive(queues.deadLetterQueue, queues.queue, plan.messageIds, {
          ...options,
          ...changes,
          handOver,
          perSecond,
          goOnWith: isGoingOn ? rest.goOnWith : undefined,
        }),
      goesOn: isGoingOn,
      watching:
        watchForMs === undefined
          ? undefined
          : startWatching(queues.deadLetterQueue, watchForMs, surroundings),
    },
    order,
    surroundings,
  );
}

/** What is meant beyond the plan, and what is left out of that: each pass sees again what the one before has left out. */
function restOf(
  choice: Choice,
  changes: RedriveChanges,
  startedAt: number,
  leftOutOfPlan: readonly LeftOut[],
  { now }: Surroundings,
) {
  const filter = chosenBefore(choice, startedAt);
  const leftOut = [...leftOutOfPlan];
  const goOnWith = () => {
    leftOut.length = 0;
    return (letter: DeadLetter): boolean => {
      if (!matches(letter, filter)) return false;
      const left = leftOutOf(letter, changes, now());
      if (left !== undefined) leftOut.push(left);
      return left === undefined;
    };
  };
  return { goOnWith, leftOut };
}

/** @throws UsageError where these dead letters do not come from that queue */
export async function checkDestination({ deadLetterQueue, queue }: RedriveQueues): Promise<void> {
  let problem: string | undefined;
  try {
    problem = await destinationProblem(deadLetterQueue, queue);
  } catch (error) {
    if (!(error instanceof Error && /^AccessDenied/.test(error.name))) throw error;
    throw new CommandError(NOT_ALLOWED, EXIT.failed, { cause: error });
  }
  if (problem === undefined) return;
  throw new UsageError(
    `These dead letters do not belong on ${oneLine(queue.queueUrl, 300)}: ${problem}. Check the two queues; ` +
      '--force-destination redrives there all the same.',
  );
}

const NOT_ALLOWED =
  "Permission denied to ask the queue whether this dead-letter queue is its own: the stack's DeadLetterOperatorPolicy grants " +
  'sqs:GetQueueAttributes on both since it was deployed with this version. Deploy it again, or use --force-destination.';

interface EditedPlan {
  readonly changes: RedriveChanges;
  readonly plan: RedrivePlan;
  readonly coverage: Coverage;
  /** Of the plan, as far as the cluster is asked about their tasks. */
  readonly letters: readonly LetterToJudge[];
  /** Bodies that somebody has changed. */
  readonly edits: BodyEdits;
}

/** At a rate that is asked for, what was handed over would wait, and others with it, for what two requests less do not matter to. */
function lookAndPlan<T>(
  { deadLetterQueue }: RedriveQueues,
  order: ChosenOrder,
  changes: RedriveChanges,
  surroundings: Surroundings,
  follow: (made: EditedPlan, handOver: HandOver | undefined) => Promise<T>,
): Promise<T> {
  const { filter, limit } = order.choice;
  const planner = planRedrive(changes, surroundings.now());
  const letters: LetterToJudge[] = [];
  const edits = collectEdits();
  const isHandedOver = !asksSomebody(order) && order.perSecond === undefined;
  const isMeant = isHandedOver ? ({ messageId }: DeadLetter) => planner.has(messageId) : undefined;
  return surveyAndFollow(
    deadLetterQueue,
    (letter) => {
      planner.add(letter);
      if (letters.length <= MOST_JUDGED) letters.push(letterToJudge(letter));
      edits.add(editOf(letter, changes));
      return undefined;
    },
    surroundings,
    { filter, limit, isMeant },
    (coverage, handOver) =>
      follow({ changes, plan: planner.plan(), coverage, letters, edits: edits.edits() }, handOver),
  );
}

function editOf({ messageId, body }: DeadLetter, { bodies }: RedriveChanges): BodyEdit {
  return { messageId, before: body, after: bodies?.get(messageId) ?? body };
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
  const edits = collectEdits();
  if (letter === undefined || surroundings.signal.aborted) {
    const plan = planRedrive(changes, surroundings.now()).plan();
    return { changes, plan, coverage, letters: [], edits: edits.edits() };
  }
  const bodies = new Map([[letter.messageId, await editBody(letter.body, surroundings)]]);
  const edited = { ...changes, bodies };
  const planner = planRedrive(edited, surroundings.now());
  planner.add(letter);
  edits.add(editOf(letter, edited));
  const letters = [letterToJudge(letter)];
  return { changes: edited, plan: planner.plan(), coverage, letters, edits: edits.edits() };
}
