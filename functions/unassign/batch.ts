// One batch: read every record, run its course, carry its outcome out, within the deadline. Every record is accounted for.
import type { SQSRecord } from 'aws-lambda';
import { errorText } from '../../client/contract/text.ts';
import { type CourseDependencies, type Decided, runCourse, type Surroundings, type Turns } from './course.ts';
import { Deadline } from './deadline.ts';
import { isGuarded } from './decision/reading.ts';
import { createHold } from './pacing/hold.ts';
import type { Pace } from './pacing/pace.ts';
import { isValid, type Message, readRecord } from './request.ts';
import {
  createSettlement,
  type Settled,
  type Settlement,
  type SettlementDependencies,
} from './sending/settlement.ts';

/** What became of one record. */
export interface Result extends Decided, Settled {}

/** What a batch needs from outside; the same for all batches of one environment. */
export interface BatchDependencies extends CourseDependencies, SettlementDependencies {
  /** How long messages wait for their turn, in milliseconds, before they are requeued unattempted. */
  readonly holdMs: number;
  /** How many calls run at once. */
  readonly connections: number;
  /** Kept free at the end for sending, in milliseconds; at most a third of a shorter invocation is. */
  readonly reserveMs: number;
}

/** Between the end of the last send and the end of the invocation: at least, and for each record besides. */
const MARGIN_MS = 500;
const MARGIN_PER_RECORD_MS = 0.25;

/**
 * Serves all records of a batch.
 *
 * @param remainingMs what is left of the invocation, in milliseconds
 * @returns one result a record, in the order of the records
 * @throws only before the first call: for a record that cannot even be read. From then on it does not reject.
 */
export async function processBatch(
  records: readonly SQSRecord[],
  remainingMs: () => number,
  dependencies: BatchDependencies,
): Promise<Result[]> {
  const messages = records.map((record) => readRecord(record, dependencies.now()));
  const reserveMs = Math.min(dependencies.reserveMs, remainingMs() / 3);
  const marginMs = Math.min(MARGIN_MS + Math.floor(records.length * MARGIN_PER_RECORD_MS), reserveMs / 3);
  const deadline = new Deadline(() => remainingMs() - marginMs);
  const settlement = createSettlement(dependencies, deadline);
  const around = surroundingsOf(dependencies, () => remainingMs() - reserveMs);
  const settling = await runAll(messages, around, settlement, dependencies.connections);
  await settlement.flush();
  deadline.clear();
  return Promise.all(settling);
}

/** A storage that is down must not keep for long what else the environment could serve; milliseconds. */
const LONGEST_READING_HOLD_MS = 2_000;

/** @param remainingMs what is left for calls, in milliseconds */
function surroundingsOf(dependencies: BatchDependencies, remainingMs: () => number): Surroundings {
  const { callTimeoutMs, pace, readingPace, holdMs } = dependencies;
  const turnsAt = (paceOfTurns: Pace, longestMs: number): Turns => ({
    pace: paceOfTurns,
    hold: createHold({
      ...dependencies,
      pace: paceOfTurns,
      holdMs: longestMs,
      remainingMs: () => remainingMs() - callTimeoutMs,
    }),
  });
  return {
    ...dependencies,
    calls: turnsAt(pace, holdMs),
    readings: turnsAt(readingPace, Math.min(holdMs, LONGEST_READING_HOLD_MS)),
    remainingMs,
  };
}

/**
 * Runs the course of every message, so many at a time, and begins to carry their outcomes out.
 *
 * @returns for each message, in their order, what becomes of it when everything is sent
 */
async function runAll(
  messages: readonly Message[],
  around: Surroundings,
  settlement: Settlement,
  connections: number,
): Promise<Promise<Result>[]> {
  const settling: Promise<Result>[] = [];
  const open: Promise<void>[] = [];
  const inTurn = unguardedFirst(messages);
  let next = 0;

  async function work(): Promise<void> {
    for (let entry = inTurn[next]; entry !== undefined; entry = inTurn[next]) {
      const [index, message] = entry;
      next += 1;
      const decided = await runCourse(message, around);
      const close = (closed: Decided) => {
        settling[index] = settle(closed, settlement);
      };
      if ('later' in decided) {
        open.push(decided.later.then(close));
        // This worker calls nothing more until it is known whether the cluster is there.
        await around.topology.pending();
      } else close(decided);
      await settlement.room();
    }
  }

  await Promise.all(Array.from({ length: Math.min(connections, messages.length) }, work));
  await Promise.all(open);
  return settling;
}

/** With their places: who waits for a reading keeps no other from its call. */
function unguardedFirst(messages: readonly Message[]): [number, Message][] {
  const entries = [...messages.entries()];
  const needsReading = ([, message]: [number, Message]) => isValid(message) && isGuarded(message.request);
  if (!entries.some(needsReading)) return entries;
  return [...entries.filter((entry) => !needsReading(entry)), ...entries.filter(needsReading)];
}

/** Does not reject. */
async function settle(decided: Decided, settlement: Settlement): Promise<Result> {
  try {
    return { ...decided, ...(await settlement.settle(decided.message, decided.outcome)) };
  } catch (error) {
    return { ...decided, acknowledged: false, sendError: errorText(error) };
  }
}
