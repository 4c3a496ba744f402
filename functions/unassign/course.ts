// The way of one message to its outcome: may it be called? → its turn → is it still theirs? → the call → the decision.

import { MIN_CALL_MS } from '../../client/cluster/authorized-call.ts';
import type { TaskReader, TaskReading } from '../../client/cluster/read-task.ts';
import type { Topology } from '../../client/cluster/topology.ts';
import type { Cluster } from '../../client/cluster/unassign.ts';
import { errorText } from '../../client/contract/text.ts';
import { type Attempt, type ClusterSignal, type Meaning, meaningOf, signalOf } from './decision/meaning.ts';
import {
  type Circumstances,
  decide,
  decideBeforeCall,
  decideOnBug,
  type Evidence,
  hasExpired,
  mayLackPartition,
  type Outcome,
  type Question,
} from './decision/outcome.ts';
import { type GuardedRequest, isGuarded, meaningOfReading } from './decision/reading.ts';
import type { Policy } from './decision/retry-policy.ts';
import type { Hold } from './pacing/hold.ts';
import type { Pace, Ticket } from './pacing/pace.ts';
import { journeyOf, type Message, type ValidMessage } from './request.ts';

/** What the courses of all messages need from outside. */
export interface CourseDependencies {
  readonly cluster: Cluster;
  readonly reader: TaskReader;
  readonly topology: Topology;
  /** Of the calls that unassign. */
  readonly pace: Pace;
  /** Of readings, which another part of the cluster answers. */
  readonly readingPace: Pace;
  /** Milliseconds. */
  readonly callTimeoutMs: number;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What the messages of one batch share. */
export interface Surroundings extends CourseDependencies {
  readonly calls: Turns;
  readonly readings: Turns;
  /** What is left for calls, in milliseconds. */
  readonly remainingMs: () => number;
}

/** How messages come to their turn. */
export interface Turns {
  readonly pace: Pace;
  readonly hold: Hold;
}

/** Where a message has come to, before its outcome is carried out. */
export interface Decided {
  readonly message: Message;
  readonly outcome: Outcome;
  /** Undefined where the message never was to reach the cluster. */
  readonly attempt: Attempt | TaskReading | undefined;
  readonly meaning: Meaning | undefined;
  /** From the call to its end, in milliseconds; undefined where nothing was called but a reading. */
  readonly callMs: number | undefined;
}

/** Its outcome depends on what the cluster is asked now; other messages need not wait for that. */
export interface Undecided {
  readonly later: Promise<Decided>;
}

/** Neither it nor what it promises rejects. */
export async function runCourse(message: Message, around: Surroundings): Promise<Decided | Undecided> {
  try {
    const partitions = mayLackPartition(message) ? await askPartitions(message, around) : undefined;
    const permission = decideBeforeCall(message, around.now(), partitions);
    if (permission.type !== 'call') return uncalled(message, permission);
    return decideOn(await attemptInTurn(permission.message, around), around);
  } catch (error) {
    return failed(message, error, around);
  }
}

/** No call is started with less time than this, in milliseconds. */
function leastCallMs(callTimeoutMs: number): number {
  return Math.min(MIN_CALL_MS, callTimeoutMs / 2);
}

/** Asked only where a whole call fits in behind it. */
async function askPartitions(
  message: Message,
  { topology, callTimeoutMs, remainingMs }: Surroundings,
): Promise<number | undefined> {
  const timeoutMs = Math.min(callTimeoutMs, remainingMs() - MIN_CALL_MS);
  return timeoutMs <= 0 ? undefined : topology.partitionsCount(message.sentAt, timeoutMs);
}

function uncalled(message: Message, outcome: Outcome): Decided {
  return { message, outcome, attempt: undefined, meaning: undefined, callMs: undefined };
}

/** What came of a message's turn. */
interface Tried {
  readonly message: ValidMessage;
  readonly attempt: Attempt | TaskReading;
  readonly meaning: Meaning;
  /** Whose pace is told of it. */
  readonly turns: Turns;
  /** Undefined where its turn did not come. */
  readonly ticket: Ticket | undefined;
  readonly callMs: number | undefined;
}

function attemptInTurn(message: ValidMessage, around: Surroundings): Promise<Tried> {
  const { request } = message;
  return isGuarded(request) ? callInTurnIfTheirs(message, request, around) : callInTurn(message, around);
}

async function callInTurn(message: ValidMessage, around: Surroundings): Promise<Tried> {
  const { calls, callTimeoutMs, now } = around;
  const ticket = await calls.hold.turn();
  // It may have expired while it waited.
  return ticket === undefined || hasExpired(message, now())
    ? held(message, calls, ticket, now())
    : await callNow(message, ticket, callTimeoutMs, around);
}

/**
 * Both turns come before the reading, so that as little time as can be lies between it and the call; and that of the
 * reading comes first, so that whoever waits for a reading keeps no call from its turn.
 */
async function callInTurnIfTheirs(
  message: ValidMessage,
  request: GuardedRequest,
  around: Surroundings,
): Promise<Tried> {
  const { calls, readings, callTimeoutMs, now } = around;
  const readingTicket = await readings.hold.turn();
  if (readingTicket === undefined) return held(message, readings, undefined, now());
  const callTicket = await calls.hold.turn();
  if (callTicket === undefined || hasExpired(message, now())) {
    end(readings, readingTicket, 'nothing', now());
    return held(message, calls, callTicket, now());
  }
  const startedAt = now();
  const reading = await read(request.userTaskKey, around);
  const meaning = meaningOfReading(reading, request);
  if (meaning === undefined) {
    end(readings, readingTicket, 'served', now());
    return callNow(message, callTicket, callTimeoutMs - (now() - startedAt), around);
  }
  end(calls, callTicket, 'nothing', now());
  return { message, attempt: reading, meaning, turns: readings, ticket: readingTicket, callMs: undefined };
}

function held(message: ValidMessage, turns: Turns, ticket: Ticket | undefined, now: number): Tried {
  const attempt: Attempt = { type: 'held', quietMs: turns.pace.quietMs(now) };
  return { message, attempt, meaning: meaningOf(attempt, ''), turns, ticket, callMs: undefined };
}

/** A storage that needs longer for its answer is not well, and others would wait for it. */
const LONGEST_READING_MS = 3_000;

async function read(
  userTaskKey: string,
  { reader, callTimeoutMs, remainingMs }: Surroundings,
): Promise<Attempt | TaskReading> {
  const leftMs = Math.min(callTimeoutMs, remainingMs());
  if (leftMs < leastCallMs(callTimeoutMs)) return { type: 'out-of-time' };
  try {
    const reading = await reader.readTask(userTaskKey, leftMs / 2, LONGEST_READING_MS);
    return reading.type === 'foreign' ? reading.response : reading;
  } catch (error) {
    return { type: 'bug', error };
  }
}

/** @param timeoutMs what is left of the call time-out */
async function callNow(
  message: ValidMessage,
  ticket: Ticket,
  timeoutMs: number,
  around: Surroundings,
): Promise<Tried> {
  const { cluster, calls, callTimeoutMs, remainingMs, now } = around;
  const { userTaskKey } = message.request;
  const leftMs = Math.min(timeoutMs, remainingMs());
  let attempt: Attempt = { type: 'out-of-time' };
  try {
    if (leftMs >= leastCallMs(callTimeoutMs)) attempt = await cluster.unassign(userTaskKey, leftMs);
  } catch (error) {
    attempt = { type: 'bug', error };
  }
  const callMs = 'startedAt' in attempt ? now() - attempt.startedAt : undefined;
  return { message, attempt, meaning: meaningOf(attempt, userTaskKey), turns: calls, ticket, callMs };
}

function end({ pace, hold }: Turns, ticket: Ticket, signal: ClusterSignal, now: number): void {
  pace.ended(ticket, signal, now);
  hold.callEnded();
}

function decideOn(given: Tried, around: Surroundings): Decided | Undecided {
  const decision = judge(given, {}, around);
  return decision.type === 'ask'
    ? { later: decideAfterAsking(given, decision, around) }
    : ended(given, decision, {}, around);
}

async function decideAfterAsking(given: Tried, first: Question, around: Surroundings): Promise<Decided> {
  let decision: Outcome | Question = first;
  let evidence: Evidence = {};
  try {
    while (decision.type === 'ask') {
      evidence = { ...evidence, ...(await ask(decision, around)) };
      decision = judge(given, evidence, around);
    }
    return ended(given, decision, evidence, around);
  } catch (error) {
    return failed(given.message, error, around);
  }
}

async function ask({ about }: Question, { topology, remainingMs }: Surroundings): Promise<Evidence> {
  const timeoutMs = Math.max(0, remainingMs());
  if (about === 'witness') return { witness: await topology.witness(timeoutMs) };
  if (about === 'confirmation') return { confirmation: await topology.confirmation(timeoutMs) };
  return { partitions: (await topology.partitionsCountNow(timeoutMs)) ?? 'unknown' };
}

/** Has the pace know what the answer says of the cluster. */
function ended(given: Tried, outcome: Outcome, evidence: Evidence, around: Surroundings): Decided {
  const { message, attempt, meaning, turns, ticket, callMs } = given;
  if (ticket !== undefined) {
    end(turns, ticket, signalOf(meaning, evidence.confirmation ?? evidence.witness), around.now());
  }
  return { message, outcome, attempt, meaning, callMs };
}

/** Never throws. */
function judge(
  { message, attempt, meaning }: Tried,
  evidence: Evidence,
  { now, random, policy }: Surroundings,
): Outcome | Question {
  const circumstances = { now: now(), random, policy };
  try {
    return decide(message, attempt, meaning, circumstances, evidence);
  } catch (error) {
    return outcomeOfBug(message, error, circumstances);
  }
}

function failed(message: Message, error: unknown, { now, random, policy }: Surroundings): Decided {
  const attempt: Attempt = { type: 'bug', error };
  const outcome = outcomeOfBug(message, error, { now: now(), random, policy });
  return { message, outcome, attempt, meaning: meaningOf(attempt, ''), callMs: undefined };
}

/** Never throws: not even where there is a bug in deciding what to do about a bug. */
function outcomeOfBug(message: Message, error: unknown, circumstances: Circumstances): Outcome {
  try {
    return decideOnBug(message, error, circumstances);
  } catch {
    return { type: 'redeliver', reason: errorText(error), journey: journeyOf(message) };
  }
}
