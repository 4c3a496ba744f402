// One warm environment of the function in virtual time: batch after batch, as an event source mapping has it. What
// decides is the function's own pace.ts and outcome.ts; what is played here is the course of batch.ts.
import {
  type Attempt,
  decide,
  decideBeforeCall,
  mayLackPartition,
  type Outcome,
} from '../../functions/unassign/outcome.ts';
import { createPace, type Pace } from '../../functions/unassign/pace.ts';
import type { Message } from '../../functions/unassign/request.ts';
import type { SimulatedCluster } from './clusters.ts';
import type { SimulatedQueue } from './queue.ts';
import type { Timeline } from './timeline.ts';

/** A message, and what the simulation knows of it that the function does not. */
export interface Tracked {
  message: Message;
  /** Its key belongs to a partition that does not exist. */
  readonly poison: boolean;
  readonly arrivedAt: number;
  /** When it was acknowledged after a 2xx; epoch milliseconds. */
  servedAt: number | undefined;
  calls: number;
  /** Copies that went back to the queue. */
  hops: number;
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
  const { timeline, queue, random } = around;
  const pace = createPace({ random, changed: () => {} });

  function poll(): void {
    queue.whenVisible(() =>
      timeline.after(POLL_MS, () => {
        const batch = queue.receive(BATCH_SIZE);
        if (batch.length === 0) poll();
        else serveBatch(batch, pace, around, poll);
      }),
    );
  }

  poll();
}

function serveBatch(batch: readonly Tracked[], pace: Pace, around: Surroundings, ended: () => void): void {
  const { timeline, cluster, random, holdMs } = around;
  const invokedAt = timeline.now;
  const waiting = [...batch];
  const outcomes: [Tracked, Outcome][] = [];
  let holdsUntil: number | undefined;
  let asksAt = Number.POSITIVE_INFINITY;

  function startWhatMay(): void {
    for (;;) {
      const next = waiting[0];
      if (next === undefined) return;
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
    cluster.call(tracked.poison, (answer) => {
      pace.ended(ticket, answer, timeline.now);
      judge(tracked, answer);
      startWhatMay();
    });
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
      judge(tracked, { type: 'held', quietMs: pace.quietMs(timeline.now) });
    }
  }

  function judge(tracked: Tracked, attempt: Attempt): void {
    settle(tracked, decide(tracked.message, attempt, { now: timeline.now, random, policy: POLICY }));
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
  if (outcome.type === 'requeue') {
    tracked.hops += 1;
    tracked.message = { ...tracked.message, sentAt: timeline.now, journey: outcome.journey };
    queue.send(tracked, timeline.now + outcome.delaySeconds * 1_000);
  }
}
