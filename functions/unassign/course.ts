// The way of one message to its outcome: may it be called? → its turn → the call → the decision.

import { MIN_CALL_MS } from '../../client/cluster/authorized-call.ts';
import type { Topology } from '../../client/cluster/topology.ts';
import type { Cluster } from '../../client/cluster/unassign.ts';
import { errorText } from '../../client/contract/text.ts';
import { type Attempt, type Meaning, meaningOf, signalOf } from './decision/meaning.ts';
import {
  decide,
  decideBeforeCall,
  type Evidence,
  hasExpired,
  mayLackPartition,
  type Outcome,
  type Permission,
  type Question,
} from './decision/outcome.ts';
import type { Policy } from './decision/retry-policy.ts';
import type { Hold } from './pacing/hold.ts';
import type { Pace, Ticket } from './pacing/pace.ts';
import { journeyOf, type Message } from './request.ts';

/** What the courses of all messages need from outside. */
export interface CourseDependencies {
  readonly cluster: Cluster;
  readonly topology: Topology;
  readonly pace: Pace;
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
  readonly hold: Hold;
  /** What is left for calls, in milliseconds. */
  readonly remainingMs: () => number;
}

/** Where a message has come to, before its outcome is carried out. */
export interface Decided {
  readonly message: Message;
  readonly outcome: Outcome;
  /** Undefined where the message never was to reach the cluster. */
  readonly attempt: Attempt | undefined;
  readonly meaning: Meaning | undefined;
  /** From the call to its end, in milliseconds; undefined where nothing was called. */
  readonly callMs: number | undefined;
}

/** Its outcome depends on what the cluster is asked now; other messages need not wait for that. */
export interface Undecided {
  readonly later: Promise<Decided>;
}

/** Neither it nor what it promises rejects. */
export async function runCourse(message: Message, around: Surroundings): Promise<Decided | Undecided> {
  try {
    const permission = await permissionFor(message, around);
    if (permission.type !== 'call') return uncalled(message, permission);
    return decideOn(await callInTurn(message, permission.userTaskKey, around), around);
  } catch (error) {
    return decideOn({ message, attempt: bug(error), ticket: undefined, callMs: undefined }, around);
  }
}

async function permissionFor(message: Message, around: Surroundings): Promise<Outcome | Permission> {
  const partitions = mayLackPartition(message) ? await askPartitions(message, around) : undefined;
  return decideBeforeCall(message, around.now(), partitions);
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

/** What came of a message's turn to be called. */
interface Call {
  readonly message: Message;
  readonly attempt: Attempt;
  /** Undefined where its turn did not come. */
  readonly ticket: Ticket | undefined;
  readonly callMs: number | undefined;
}

async function callInTurn(message: Message, userTaskKey: string, around: Surroundings): Promise<Call> {
  const { hold, pace, now } = around;
  const ticket = await hold.turn();
  // It may have expired while it waited.
  const isCalled = ticket !== undefined && !hasExpired(message, now());
  const attempt: Attempt = isCalled
    ? await call(userTaskKey, around)
    : { type: 'held', quietMs: pace.quietMs(now()) };
  const callMs = 'startedAt' in attempt ? now() - attempt.startedAt : undefined;
  return { message, attempt, ticket, callMs };
}

async function call(
  userTaskKey: string,
  { cluster, callTimeoutMs, remainingMs }: Surroundings,
): Promise<Attempt> {
  const leftMs = remainingMs();
  if (leftMs < MIN_CALL_MS) return { type: 'out-of-time' };
  try {
    return await cluster.unassign(userTaskKey, Math.min(callTimeoutMs, leftMs));
  } catch (error) {
    return bug(error);
  }
}

function bug(error: unknown): Attempt {
  return { type: 'bug', error };
}

function decideOn(given: Call, around: Surroundings): Decided | Undecided {
  const decision = judge(given, {}, around);
  return decision.type === 'ask'
    ? { later: decideAfterAsking(given, decision, around) }
    : ended(given, decision, {}, around);
}

async function decideAfterAsking(given: Call, first: Question, around: Surroundings): Promise<Decided> {
  let decision: Outcome | Question = first;
  let evidence: Evidence = {};
  try {
    while (decision.type === 'ask') {
      evidence = { ...evidence, ...(await ask(decision, around)) };
      decision = judge(given, evidence, around);
    }
    return ended(given, decision, evidence, around);
  } catch (error) {
    return uncalled(given.message, redelivered(given.message, error));
  }
}

async function ask({ about }: Question, { topology, remainingMs }: Surroundings): Promise<Evidence> {
  const timeoutMs = Math.max(0, remainingMs());
  if (about === 'witness') return { witness: await topology.witness(timeoutMs) };
  if (about === 'confirmation') return { confirmation: await topology.confirmation(timeoutMs) };
  return { partitions: (await topology.partitionsCountNow(timeoutMs)) ?? 'unknown' };
}

/** Has the pace know what the answer says of the cluster. */
function ended(given: Call, outcome: Outcome, evidence: Evidence, around: Surroundings): Decided {
  const { message, attempt, ticket, callMs } = given;
  const meaning = meaningOf(attempt, message.request?.userTaskKey ?? '');
  if (ticket !== undefined) {
    around.pace.ended(ticket, signalOf(meaning, evidence.confirmation ?? evidence.witness), around.now());
    around.hold.callEnded();
  }
  return { message, outcome, attempt, meaning, callMs };
}

/** Never throws: not even where there is a bug in deciding what to do about a bug. */
function judge(
  { message, attempt }: Call,
  evidence: Evidence,
  { now, random, policy }: Surroundings,
): Outcome | Question {
  const circumstances = { now: now(), random, policy };
  try {
    return decide(message, attempt, circumstances, evidence);
  } catch (error) {
    return judgeBug(message, error, circumstances);
  }
}

function judgeBug(
  message: Message,
  error: unknown,
  circumstances: Parameters<typeof decide>[2],
): Outcome | Question {
  try {
    return decide(message, bug(error), circumstances);
  } catch {
    return redelivered(message, error);
  }
}

function redelivered(message: Message, error: unknown): Outcome {
  return { type: 'redeliver', reason: errorText(error), journey: journeyOf(message) };
}
