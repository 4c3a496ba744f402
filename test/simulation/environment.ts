// One warm environment of the function in virtual time: batch after batch, as an event source mapping has it. What
// decides is the function's own pace.ts and decision; what is played here is the course of batch.ts and topology.ts.

import type { TaskReading } from '../../client/cluster/read-task.ts';
import { FRESH_MS, type Witness } from '../../client/cluster/topology.ts';
import {
  type Attempt,
  type Meaning,
  meaningOf,
  signalOf,
} from '../../functions/unassign/decision/meaning.ts';
import {
  decide,
  decideBeforeCall,
  type Evidence,
  mayLackPartition,
  type Outcome,
} from '../../functions/unassign/decision/outcome.ts';
import { isGuarded, meaningOfReading } from '../../functions/unassign/decision/reading.ts';
import { createPace, type Pace, type Ticket } from '../../functions/unassign/pacing/pace.ts';
import type { ValidMessage } from '../../functions/unassign/request.ts';
import type { SimulatedCluster, TaskState } from './clusters.ts';
import { createLine } from './line.ts';
import type { SimulatedQueue } from './queue.ts';
import type { Timeline } from './timeline.ts';

/** A message, and what the simulation knows of it that the function does not. */
export interface Tracked {
  message: ValidMessage;
  readonly state: TaskState;
  readonly arrivedAt: number;
  /** When it was acknowledged after a 2xx; epoch milliseconds. */
  servedAt: number | undefined;
  /** The kind of the dead letter that it became. */
  deadLetter: string | undefined;
  calls: number;
  /** Copies that went back to the queue. */
  hops: number;
}

/** A call, or a reading, that has its answer. */
interface Tried {
  readonly tracked: Tracked;
  /** Whose pace is told of it. */
  readonly pace: Pace;
  readonly ticket: Ticket;
  readonly answer: Attempt | TaskReading;
  readonly meaning: Meaning;
}

/** What an environment is set into. */
export interface Surroundings {
  readonly timeline: Timeline;
  readonly queue: SimulatedQueue<Tracked>;
  readonly cluster: SimulatedCluster;
  readonly random: () => number;
  readonly holdMs: number;
  /** Told of every invocation's length in milliseconds. */
  readonly billed: (milliseconds: number) => void;
  /** Told of every decision. */
  readonly decided: (tracked: Tracked, outcome: Outcome) => void;
  /** Told of every message that was served. */
  readonly served: (tracked: Tracked) => void;
}

/** A batch, and the connections of an environment. */
export const BATCH_SIZE = 10;

/** Receiving a batch and starting the invocation; sending copies. Milliseconds. */
export const POLL_MS = 15;
export const SEND_MS = 10;

/** The partitions of every cluster here. */
export const PARTITIONS = 3;

/** As batch.ts has it; milliseconds. */
const LONGEST_READING_HOLD_MS = 2_000;

const POLICY = { maxReceiveCount: 5, retryForSeconds: 1_209_600 };

/** Starts to take batches from the queue. */
export function startEnvironment(around: Surroundings): void {
  const { timeline, queue, cluster, random } = around;
  const pace = createPace({ random, changed: () => {} });
  const readingPace = createPace({ random, changed: () => {} });
  const topology = createSimulatedTopology(cluster, timeline);

  function poll(): void {
    queue.whenVisible(() =>
      timeline.after(POLL_MS, () => {
        const batch = queue.receive(BATCH_SIZE);
        if (batch.length === 0) poll();
        else serveBatch(batch, { pace, readingPace, topology }, around, poll);
      }),
    );
  }

  poll();
}

/** The questions of one environment, as topology.ts asks them. */
interface SimulatedTopology {
  witness(answered: (witness: Witness) => void): void;
  /** Asked later than now. */
  confirmation(answered: (witness: Witness) => void): void;
  /** Whether an answer is outstanding. */
  isAsking(): boolean;
}

function createSimulatedTopology(cluster: SimulatedCluster, timeline: Timeline): SimulatedTopology {
  let askedAt = Number.NEGATIVE_INFINITY;
  let last: Witness | undefined;
  let waiting: ((witness: Witness) => void)[] = [];
  let forNext: ((witness: Witness) => void)[] = [];

  function ask(): void {
    askedAt = timeline.now;
    last = undefined;
    cluster.ask((witness) => {
      last = witness;
      const told = waiting;
      waiting = [];
      for (const answered of told) answered(witness);
    });
  }

  return {
    witness(answered) {
      if (timeline.now - askedAt >= FRESH_MS && waiting.length === 0) ask();
      if (last === undefined) waiting.push(answered);
      else answered(last);
    },
    confirmation(answered) {
      if (last === 'foreign' && timeline.now - askedAt < FRESH_MS) {
        answered(last);
        return;
      }
      forNext.push(answered);
      if (forNext.length > 1) return;
      timeline.after(Math.max(0, askedAt + FRESH_MS - timeline.now), () => {
        waiting.push(...forNext);
        forNext = [];
        ask();
      });
    },
    isAsking: () => waiting.length > 0,
  };
}

interface Environment {
  readonly pace: Pace;
  readonly readingPace: Pace;
  readonly topology: SimulatedTopology;
}

/** A message whose call may start when its turn comes; `readingTicket`: its task has to be read before. */
interface ToCall {
  readonly tracked: Tracked;
  readonly readingTicket: Ticket | undefined;
}

function serveBatch(
  batch: readonly Tracked[],
  { pace, readingPace, topology }: Environment,
  around: Surroundings,
  ended: () => void,
): void {
  const { timeline, cluster, random, holdMs } = around;
  const invokedAt = timeline.now;
  const outcomes: [Tracked, Outcome][] = [];
  const lines = { timeline, isBlocked: topology.isAsking };
  const calls = createLine<ToCall>({ ...lines, pace, holdMs, go: serve, held: callHeld });
  const readings = createLine<Tracked>({
    ...lines,
    pace: readingPace,
    holdMs: Math.min(holdMs, LONGEST_READING_HOLD_MS),
    go: (tracked) => {
      calls.add({ tracked, readingTicket: readingPace.started(timeline.now) });
      calls.look();
    },
    held: (tracked) => hold(tracked, readingPace),
  });

  function startWhatMay(): void {
    calls.look();
    readings.look();
  }

  function serve({ tracked, readingTicket }: ToCall): void {
    const partitions = mayLackPartition(tracked.message) ? PARTITIONS : undefined;
    const first = decideBeforeCall(tracked.message, timeline.now, partitions);
    if (first.type !== 'call') {
      settle(tracked, first);
      return;
    }
    const ticket = pace.started(timeline.now);
    if (readingTicket === undefined) call(tracked, ticket);
    else read(tracked, readingTicket, ticket);
  }

  function call(tracked: Tracked, ticket: Ticket): void {
    tracked.calls += 1;
    cluster.call(tracked, (answer) => {
      const meaning = meaningOf(answer, tracked.message.request.userTaskKey);
      conclude({ tracked, pace, ticket, answer, meaning }, {});
      startWhatMay();
    });
  }

  function read(tracked: Tracked, readingTicket: Ticket, ticket: Ticket): void {
    const { request } = tracked.message;
    cluster.read(request.userTaskKey, (answer) => {
      const meaning = isGuarded(request) ? meaningOfReading(answer, request) : undefined;
      if (meaning === undefined) {
        readingPace.ended(readingTicket, 'served', timeline.now);
        call(tracked, ticket);
      } else {
        pace.ended(ticket, 'nothing', timeline.now);
        conclude({ tracked, pace: readingPace, ticket: readingTicket, answer, meaning }, {});
      }
      startWhatMay();
    });
  }

  function conclude(attempt: Tried, evidence: Evidence): void {
    const { tracked, pace: told, ticket, answer, meaning } = attempt;
    const decision = decided(tracked, answer, meaning, evidence);
    if (decision.type !== 'ask') {
      told.ended(ticket, signalOf(meaning, evidence.confirmation ?? evidence.witness), timeline.now);
      settle(tracked, decision);
    } else if (decision.about === 'partitions') {
      conclude(attempt, { ...evidence, partitions: PARTITIONS });
    } else {
      const { about } = decision;
      topology[about]((word) => {
        conclude(attempt, { ...evidence, [about]: word });
        startWhatMay();
      });
    }
  }

  function decided(tracked: Tracked, attempt: Tried['answer'], meaning: Meaning, evidence: Evidence) {
    const circumstances = { now: timeline.now, random, policy: POLICY };
    return decide(tracked.message, attempt, meaning, circumstances, evidence);
  }

  function callHeld({ tracked, readingTicket }: ToCall): void {
    if (readingTicket !== undefined) readingPace.ended(readingTicket, 'nothing', timeline.now);
    hold(tracked, pace);
  }

  function hold(tracked: Tracked, { quietMs }: Pace): void {
    const evidence = { partitions: PARTITIONS };
    const attempt: Attempt = { type: 'held', quietMs: quietMs(timeline.now) };
    const held = decided(tracked, attempt, meaningOf(attempt, ''), evidence);
    if (held.type !== 'ask') settle(tracked, held);
  }

  function settle(tracked: Tracked, outcome: Outcome): void {
    around.decided(tracked, outcome);
    outcomes.push([tracked, outcome]);
    if (outcomes.length < batch.length) return;
    const sends = outcomes.some(([, { type }]) => type !== 'acknowledge');
    timeline.after(sends ? SEND_MS : 0, finish);
  }

  function finish(): void {
    around.billed(timeline.now - invokedAt);
    for (const [tracked, outcome] of outcomes) carryOut(tracked, outcome, around);
    ended();
  }

  for (const tracked of batch) {
    if (isGuarded(tracked.message.request)) readings.add(tracked);
    else calls.add({ tracked, readingTicket: undefined });
  }
  startWhatMay();
}

function carryOut(tracked: Tracked, outcome: Outcome, { timeline, queue, served }: Surroundings): void {
  if (outcome.type === 'acknowledge') {
    tracked.servedAt = timeline.now;
    served(tracked);
  }
  if (outcome.type === 'dead-letter') tracked.deadLetter = outcome.journey.kind;
  if (outcome.type === 'requeue') {
    tracked.hops += 1;
    tracked.message = { ...tracked.message, sentAt: timeline.now, journey: outcome.journey };
    queue.send(tracked, timeline.now + outcome.delaySeconds * 1_000);
  }
}
