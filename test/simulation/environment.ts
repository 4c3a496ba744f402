// One warm environment of the function in virtual time: batch after batch, as an event source mapping has it. What
// decides is the function's own pace.ts and decision; what is played here is the course of batch.ts and topology.ts.

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
import { createPace, type Pace, type Ticket } from '../../functions/unassign/pacing/pace.ts';
import type { ValidMessage } from '../../functions/unassign/request.ts';
import type { SimulatedCluster, TaskState } from './clusters.ts';
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

/** A call that has its answer. */
interface Call {
  readonly tracked: Tracked;
  readonly ticket: Ticket;
  readonly answer: Attempt;
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

const POLICY = { maxReceiveCount: 5, retryForSeconds: 1_209_600 };

/** Starts to take batches from the queue. */
export function startEnvironment(around: Surroundings): void {
  const { timeline, queue, cluster, random } = around;
  const pace = createPace({ random, changed: () => {} });
  const topology = createSimulatedTopology(cluster, timeline);

  function poll(): void {
    queue.whenVisible(() =>
      timeline.after(POLL_MS, () => {
        const batch = queue.receive(BATCH_SIZE);
        if (batch.length === 0) poll();
        else serveBatch(batch, { pace, topology }, around, poll);
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
  readonly topology: SimulatedTopology;
}

function serveBatch(
  batch: readonly Tracked[],
  { pace, topology }: Environment,
  around: Surroundings,
  ended: () => void,
): void {
  const { timeline, cluster, random, holdMs } = around;
  const invokedAt = timeline.now;
  const waiting = [...batch];
  const outcomes: [Tracked, Outcome][] = [];
  let holdsUntil: number | undefined;
  let asksAt = Number.POSITIVE_INFINITY;

  function startWhatMay(): void {
    for (;;) {
      const next = waiting[0];
      if (next === undefined || topology.isAsking()) return;
      const turn = pace.turn(timeline.now);
      if (turn.type === 'wait') {
        hold(turn.ms);
        return;
      }
      waiting.shift();
      serve(next);
    }
  }

  function serve(tracked: Tracked): void {
    const partitions = mayLackPartition(tracked.message) ? PARTITIONS : undefined;
    const first = decideBeforeCall(tracked.message, timeline.now, partitions);
    if (first.type !== 'call') {
      settle(tracked, first);
      return;
    }
    const ticket = pace.started(timeline.now);
    tracked.calls += 1;
    cluster.call(tracked.state, (answer) => {
      conclude({ tracked, ticket, answer }, {});
      startWhatMay();
    });
  }

  function conclude(call: Call, evidence: Evidence): void {
    const { tracked, ticket, answer } = call;
    const meaning = meaningOf(answer, tracked.message.request.userTaskKey);
    const decision = decided(tracked, answer, meaning, evidence);
    if (decision.type !== 'ask') {
      pace.ended(ticket, signalOf(meaning, evidence.confirmation ?? evidence.witness), timeline.now);
      settle(tracked, decision);
    } else if (decision.about === 'partitions') {
      conclude(call, { ...evidence, partitions: PARTITIONS });
    } else {
      const { about } = decision;
      topology[about]((word) => {
        conclude(call, { ...evidence, [about]: word });
        startWhatMay();
      });
    }
  }

  function decided(tracked: Tracked, attempt: Attempt, meaning: Meaning, evidence: Evidence) {
    const circumstances = { now: timeline.now, random, policy: POLICY };
    return decide(tracked.message, attempt, meaning, circumstances, evidence);
  }

  function hold(ms: number): void {
    if (holdsUntil === undefined) {
      holdsUntil = timeline.now + holdMs;
      timeline.after(holdMs, holdOver);
    }
    const at = timeline.now + ms;
    if (at >= Math.min(asksAt, holdsUntil)) return;
    asksAt = at;
    timeline.after(ms, () => {
      asksAt = Number.POSITIVE_INFINITY;
      startWhatMay();
    });
  }

  function holdOver(): void {
    for (const tracked of waiting.splice(0)) {
      const evidence = { partitions: PARTITIONS };
      const attempt: Attempt = { type: 'held', quietMs: pace.quietMs(timeline.now) };
      const held = decided(tracked, attempt, meaningOf(attempt, ''), evidence);
      if (held.type !== 'ask') settle(tracked, held);
    }
  }

  function settle(tracked: Tracked, outcome: Outcome): void {
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
