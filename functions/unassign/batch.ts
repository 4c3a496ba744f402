// One batch: read, call, decide, settle, within the deadline. Every record is accounted for.
import type { SQSRecord } from 'aws-lambda';
import { errorText } from '../../client/text.ts';
import { type Cluster, MIN_CALL_MS } from './cluster.ts';
import { type Attempt, type Meaning, meaningOf, signalOf } from './decision/meaning.ts';
import {
  decide,
  decideBeforeCall,
  type Evidence,
  hasExpired,
  mayLackPartition,
  type Outcome,
  type Question,
} from './decision/outcome.ts';
import type { Policy } from './decision/retry-policy.ts';
import { createHold, type Hold } from './pacing/hold.ts';
import type { Pace, Ticket } from './pacing/pace.ts';
import { journeyOf, type Message, readRecord } from './request.ts';
import { createSettlement, type Settled, type Settlement, type SettlementDependencies } from './settle.ts';
import type { Topology } from './topology.ts';

/** What became of one record. */
export interface Result extends Settled {
  readonly message: Message;
  /** Undefined where the message never was to reach the cluster. */
  readonly attempt: Attempt | undefined;
  readonly meaning: Meaning | undefined;
  /** From the call to its end, in milliseconds; undefined where nothing was called. */
  readonly callMs: number | undefined;
}

/** What a batch needs from outside; the same for all batches of one environment. */
export interface BatchDependencies extends SettlementDependencies {
  readonly cluster: Cluster;
  readonly topology: Topology;
  readonly pace: Pace;
  /** How long messages wait for their turn, in milliseconds, before they are requeued unattempted. */
  readonly holdMs: number;
  /** How many calls run at once. */
  readonly connections: number;
  readonly callTimeoutMs: number;
  /** Kept free at the end for sending, in milliseconds; at most a third of a shorter invocation is. */
  readonly reserveMs: number;
  readonly policy: Policy;
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
  const beforeReserveMs = () => remainingMs() - reserveMs;
  const { pace, holdMs, now, pause, callTimeoutMs } = dependencies;
  const hold = createHold({
    pace,
    holdMs,
    now,
    pause,
    remainingMs: () => beforeReserveMs() - callTimeoutMs,
  });
  const results: Result[] = [];
  const open: Promise<void>[] = [];
  const settling: Promise<void>[] = [];
  let next = 0;

  function keep(index: number, result: Result): void {
    results[index] = result;
  }

  function close(index: number, served: Served): void {
    const settled = settle(served, settlement);
    if (settled instanceof Promise) settling.push(settled.then((result) => keep(index, result)));
    else keep(index, settled);
  }

  async function work(): Promise<void> {
    for (let message = messages[next]; message !== undefined; message = messages[next]) {
      const index = next;
      next += 1;
      const served = await serve(message, beforeReserveMs, hold, dependencies);
      if ('later' in served) {
        open.push(served.later.then((later) => close(index, later)));
        // Nothing more is called until it is known whether the cluster is there.
        await dependencies.topology.pending();
      } else close(index, served);
      const room = settlement.room();
      if (room !== undefined) await room;
    }
  }

  const workers = Math.min(dependencies.connections, messages.length);
  await Promise.all(Array.from({ length: workers }, work));
  await Promise.all(open);
  await settlement.flush();
  deadline.clear();
  await Promise.all(settling);
  return results;
}

/** Its signal is made where it is first asked for: a batch of which nothing is sent does without. */
class Deadline {
  readonly #remainingMs: () => number;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(remainingMs: () => number) {
    this.#remainingMs = remainingMs;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const leftMs = this.#remainingMs();
    if (leftMs <= 0) controller.abort();
    else this.#timer = setTimeout(() => controller.abort(), leftMs);
    return controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

type Served = Pick<Result, 'message' | 'outcome' | 'attempt' | 'meaning' | 'callMs'>;

/** Its outcome depends on what the cluster is asked now; other messages need not wait for that. */
interface Open {
  readonly later: Promise<Served>;
}

/** At once, without a promise, where nothing has to be sent. Neither throws nor rejects. */
function settle(served: Served, settlement: Settlement): Result | Promise<Result> {
  try {
    const settled = settlement.settle(served.message, served.outcome);
    if (!(settled instanceof Promise)) return resultOf(served, settled);
    return settled.then(
      (later) => resultOf(served, later),
      (error: unknown) => unsettled(served, error),
    );
  } catch (error) {
    return unsettled(served, error);
  }
}

function resultOf(
  { message, attempt, meaning, callMs }: Served,
  { outcome, acknowledged, sendError }: Settled,
): Result {
  return { message, attempt, meaning, callMs, outcome, acknowledged, sendError };
}

function unsettled(served: Served, error: unknown): Result {
  return { ...served, acknowledged: false, sendError: errorText(error) };
}

async function serve(
  message: Message,
  remainingMs: () => number,
  hold: Hold,
  dependencies: BatchDependencies,
): Promise<Served | Open> {
  const { now, pace } = dependencies;
  try {
    const partitions = mayLackPartition(message)
      ? await askPartitions(message, remainingMs(), dependencies)
      : undefined;
    const first = decideBeforeCall(message, now(), partitions);
    if (first.type !== 'call') return uncalled(message, first);
    const turn = hold.turn();
    // At once, without a promise, where nothing is held back.
    const ticket = typeof turn === 'number' ? turn : await turn;
    if (ticket === undefined) return judged(message, heldBy(pace, now()), dependencies);
    // It may have expired while it waited.
    const attempt = hasExpired(message, now())
      ? heldBy(pace, now())
      : await attemptCall(first.userTaskKey, remainingMs(), dependencies);
    const callMs = 'startedAt' in attempt ? now() - attempt.startedAt : undefined;
    return answered({ message, attempt, ticket, callMs }, remainingMs, hold, dependencies);
  } catch (error) {
    return judged(message, bug(error), dependencies);
  }
}

function uncalled(message: Message, outcome: Outcome): Served {
  return { message, outcome, attempt: undefined, meaning: undefined, callMs: undefined };
}

/** A call that has ended. */
interface Call {
  readonly message: Message;
  readonly attempt: Attempt;
  readonly ticket: Ticket;
  readonly callMs: number | undefined;
}

/** Decides, and has the pace know what the answer says of the cluster. */
function answered(
  call: Call,
  remainingMs: () => number,
  hold: Hold,
  dependencies: BatchDependencies,
): Served | Open {
  const { message, attempt, callMs, ticket } = call;
  const { pace, now } = dependencies;
  const meaning = meaningOf(attempt, message.request?.userTaskKey ?? '');

  function ended(outcome: Outcome, { witness }: Evidence): Served {
    pace.ended(ticket, signalOf(meaning, witness), now());
    hold.callEnded();
    return { message, outcome, attempt, meaning, callMs };
  }

  async function afterAsking(question: Question): Promise<Served> {
    let decision: Outcome | Question = question;
    let evidence: Evidence = {};
    while (decision.type === 'ask') {
      evidence = { ...evidence, ...(await ask(decision, remainingMs(), dependencies)) };
      decision = judge(message, attempt, dependencies, evidence);
    }
    return ended(decision, evidence);
  }

  const decision = judge(message, attempt, dependencies);
  return decision.type === 'ask' ? { later: afterAsking(decision) } : ended(decision, {});
}

/** Does not reject. */
async function ask(
  { about }: Question,
  timeoutMs: number,
  { topology }: BatchDependencies,
): Promise<Evidence> {
  if (about === 'witness')
    return { witness: await topology.witness(timeoutMs).catch(() => 'unknown' as const) };
  const count = await topology.partitionsCountNow(timeoutMs).catch(() => undefined);
  return { partitions: count ?? 'unknown' };
}

/** Of a message that was not called, for which there is nothing to ask. */
function judged(message: Message, attempt: Attempt, dependencies: BatchDependencies): Served {
  const decision = judge(message, attempt, dependencies);
  const outcome = decision.type === 'ask' ? unjudged(message, 'a question about nothing') : decision;
  return {
    message,
    outcome,
    attempt,
    meaning: meaningOf(attempt, message.request?.userTaskKey ?? ''),
    callMs: undefined,
  };
}

/** Never throws: not even where there is a bug in deciding what to do about a bug. */
function judge(
  message: Message,
  attempt: Attempt,
  { now, random, policy }: BatchDependencies,
  evidence: Evidence = {},
): Outcome | Question {
  const circumstances = { now: now(), random, policy };
  try {
    return decide(message, attempt, circumstances, evidence);
  } catch (error) {
    try {
      return decide(message, bug(error), circumstances, evidence);
    } catch {
      return unjudged(message, error);
    }
  }
}

function unjudged(message: Message, error: unknown): Outcome {
  return { type: 'redeliver', reason: errorText(error), journey: journeyOf(message) };
}

/** Asked only where a whole call fits in behind it. */
async function askPartitions(
  message: Message,
  remainingMs: number,
  { topology, callTimeoutMs }: BatchDependencies,
): Promise<number | undefined> {
  const timeoutMs = Math.min(callTimeoutMs, remainingMs - MIN_CALL_MS);
  return timeoutMs <= 0 ? undefined : topology.partitionsCount(message.sentAt, timeoutMs);
}

/** Neither throws nor rejects. */
function attemptCall(
  userTaskKey: string,
  remainingMs: number,
  { cluster, callTimeoutMs }: BatchDependencies,
): Attempt | Promise<Attempt> {
  if (remainingMs < MIN_CALL_MS) return { type: 'out-of-time' };
  try {
    return cluster.unassign(userTaskKey, Math.min(callTimeoutMs, remainingMs)).catch(bug);
  } catch (error) {
    return bug(error);
  }
}

function bug(error: unknown): Attempt {
  return { type: 'bug', error };
}

function heldBy(pace: Pace, now: number): Attempt {
  return { type: 'held', quietMs: pace.quietMs(now) };
}
