// What the cluster says of the tasks of dead letters: asked after the look, when nothing is hidden from others any more.
import { setTimeout } from 'node:timers/promises';
import {
  type Coverage,
  type DeadLetter,
  type JudgedTask,
  triage,
  WITHOUT_KEY,
  wouldStrip,
} from '../../client/dead-letters/index.ts';
import { chooseCluster, withCluster } from '../cluster.ts';
import { type ConnectionChoice, standInAddress } from '../connection.ts';
import { grouped, startProgress } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Choice } from './choice.ts';
import type { DeadLetters } from './queues.ts';
import { survey } from './survey.ts';

/** A dead letter, as far as its verdict is concerned. */
export interface JudgedLetter {
  readonly messageId: string;
  readonly userTaskKey: string | undefined;
  readonly expectedAssignee: string | undefined;
  readonly task: JudgedTask;
}

/** What a letter needs to be judged. */
export type LetterToJudge = Omit<JudgedLetter, 'task'>;

/** Of a dead letter what its verdict needs. */
export function letterToJudge({ messageId, userTaskKey, request }: DeadLetter): LetterToJudge {
  const expectedAssignee = request.ok ? request.request.expectedAssignee : undefined;
  return { messageId, userTaskKey, expectedAssignee };
}

/** Asks for the tasks of letters. */
export type Judge = (letters: readonly LetterToJudge[]) => Promise<JudgedLetter[]>;

/** Asks the cluster for the tasks of these letters, and shows how far that has come. Throws as {@link judgeQuietly} does. */
async function judge(
  letters: readonly LetterToJudge[],
  connection: ConnectionChoice,
  surroundings: Surroundings,
): Promise<JudgedLetter[]> {
  const progress = startProgress(surroundings, 'tasks asked for', keysOf(letters).size);
  try {
    return await judgeQuietly(letters, connection, surroundings, progress.update);
  } finally {
    progress.stop();
  }
}

/** How many tasks are asked for, each once. */
export function keysOf(letters: readonly LetterToJudge[]): ReadonlySet<string> {
  return new Set(letters.flatMap(({ userTaskKey }) => userTaskKey ?? []));
}

/**
 * Asks the cluster for the tasks of these letters.
 *
 * @param onProgress told how many tasks have a verdict
 * @throws UsageError where the environment does not say which cluster
 */
export async function judgeQuietly(
  letters: readonly LetterToJudge[],
  connection: ConnectionChoice,
  surroundings: Pick<Surroundings, 'environment' | 'signal' | 'stderr'>,
  onProgress?: (judged: number) => void,
): Promise<JudgedLetter[]> {
  const choice = chooseCluster(standInAddress(connection), surroundings.environment);
  const verdicts = await withCluster(choice, surroundings, ({ reader }) =>
    triage(reader, keysOf(letters), {
      timeoutMs: choice.cluster.callTimeoutMs,
      readers: choice.cluster.connections,
      signal: surroundings.signal,
      onProgress,
      pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
    }),
  );
  return letters.map((letter) => ({ ...letter, task: taskOf(letter, verdicts) }));
}

function taskOf({ userTaskKey }: LetterToJudge, verdicts: ReadonlyMap<string, JudgedTask>): JudgedTask {
  if (userTaskKey === undefined) return WITHOUT_KEY;
  return verdicts.get(userTaskKey) ?? STOPPED;
}

const STOPPED: JudgedTask = { verdict: 'unknown', reason: 'stopped before' };

/** Looks, and judges what it saw. */
export async function lookAndJudge(
  { deadLetterQueue }: DeadLetters,
  { filter, limit }: Pick<Choice, 'filter' | 'limit'>,
  connection: ConnectionChoice,
  surroundings: Surroundings,
): Promise<{ readonly letters: JudgedLetter[]; readonly coverage: Coverage }> {
  const seen: LetterToJudge[] = [];
  const coverage = await survey(
    deadLetterQueue,
    (letter) => void seen.push(letterToJudge(letter)),
    surroundings,
    { filter, limit },
  );
  return { letters: await judge(seen, connection, surroundings), coverage };
}

/** A choice, and what the look has seen that verdicts were asked for after; undefined where none were wanted. */
export type JudgedChoice = Choice & { readonly judgedIn?: Coverage };

/** The choice, of which those are left that have a verdict that is wanted; the choice itself where none is wanted. */
export async function chooseByVerdict(
  queues: DeadLetters,
  choice: Choice,
  connection: ConnectionChoice,
  surroundings: Surroundings,
): Promise<JudgedChoice> {
  const { verdicts, filter, named } = choice;
  if (verdicts === undefined) return choice;
  const { letters, coverage } = await lookAndJudge(
    queues,
    { filter, limit: undefined },
    connection,
    surroundings,
  );
  const chosen = letters.filter(({ task }) => verdicts.includes(task.verdict));
  const messageIds = new Set(chosen.map(({ messageId }) => messageId));
  const judged = new Set(letters.map(({ messageId }) => messageId));
  return {
    ...choice,
    filter: { ...filter, messageIds },
    // What was named and not seen has no verdict: that it is not met has to be said.
    named: new Set([...named].filter((id) => messageIds.has(id) || !judged.has(id))),
    judgedIn: coverage,
  };
}

/** A plan of more is not asked about: that is what `triage` is for. */
export const MOST_JUDGED = 2_000;

/**
 * How many of these would take a task from somebody, and what to say of it. Where nobody has said which cluster, or there are
 * too many, the text alone.
 */
export async function strippingOf(
  letters: readonly LetterToJudge[],
  connection: ConnectionChoice,
  surroundings: Surroundings,
  ask: Judge = (these) => judge(these, connection, surroundings),
): Promise<{ readonly count?: number; readonly text: string } | undefined> {
  if (letters.length === 0 || surroundings.signal.aborted) return undefined;
  const isNamed = connection.localEndpoint !== undefined || surroundings.environment['CAMUNDA_REST_ADDRESS'];
  if (!isNamed) return { text: NOT_ASKED };
  if (letters.length > MOST_JUDGED) return { text: TOO_MANY };
  const judged = await ask(letters);
  const count = judged.filter(({ task, expectedAssignee }) => wouldStrip(task, expectedAssignee)).length;
  const unknown = judged.filter(({ task }) => task.verdict === 'unknown').length;
  const rest = unknown === 0 ? '' : `; of ${grouped(unknown)} the cluster did not say`;
  return { count, text: `${grouped(count)} would take a task from somebody who has it now${rest}.` };
}

const NOT_ASKED =
  'Nobody was asked whether somebody has these tasks: with CAMUNDA_REST_ADDRESS and the other CAMUNDA_ settings of the function in ' +
  'the environment, the plan says so.';

const TOO_MANY = `The cluster was not asked who has more than ${MOST_JUDGED} tasks: dead-letters triage does.`;
