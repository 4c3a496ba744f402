// A cluster in memory that answers by a script, and remembers what it said to whom.
import * as fc from 'fast-check';
import type { Answer } from '../../client/cluster/authorized-call.ts';
import type { Reading, TaskReader } from '../../client/cluster/read-task.ts';
import type { Cluster } from '../../client/cluster/unassign.ts';
import type { Lifeline } from './lifeline.ts';
import { sleep } from './virtual-time.ts';

/** What the cluster does with one call. */
export type Behaviour =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly calls: number;
      readonly latencyMs: number;
      readonly problem: 'camunda' | 'other' | 'none';
      readonly isEmpty: boolean;
      readonly title: string | undefined;
      readonly detail: string | undefined;
      readonly retryAfter: string | undefined;
    }
  | {
      readonly kind: 'no-answer' | 'unreadable';
      readonly calls: number;
      readonly latencyMs: number;
      readonly cause: string;
    }
  | { readonly kind: 'no-credentials'; readonly refused: boolean; readonly retryAfterSeconds: number }
  | { readonly kind: 'throws' | 'rejects' }
  | { readonly kind: 'hangs' };

/** What its storage does with one reading. */
export type ReadingBehaviour =
  | Behaviour
  /** It says who has the task, `null` for nobody. */
  | {
      readonly kind: 'task';
      readonly assignee: string | null;
      readonly calls: number;
      readonly latencyMs: number;
    };

/** What became of one thing that it was asked. */
interface Asked<Said> {
  readonly key: string;
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** Undefined as long as, and where, the function was told nothing. */
  answer?: Said;
  /** When it was told. */
  answeredAt?: number;
}

/** One call to unassign. */
export interface Call extends Asked<Answer> {
  /** What the function had read of the task by then, if anything. */
  readonly read: Reading | undefined;
}

/** One reading. */
export type Read = Asked<Reading>;

/** A cluster, and what it was asked. */
export interface ScriptedCluster extends Cluster, TaskReader {
  readonly calls: Call[];
  readonly readings: Read[];
  /** The tasks of which the function was told that they are unassigned. */
  readonly unassigned: ReadonlySet<string>;
}

/**
 * @param behaviour asked about each call; the first has the number 0
 * @param readingBehaviour asked about each reading, the same
 */
export function createScriptedCluster(
  behaviour: (callNumber: number) => Behaviour,
  lifeline: Lifeline,
  readingBehaviour: (readingNumber: number) => ReadingBehaviour = () => ({ kind: 'hangs' }),
): ScriptedCluster {
  const calls: Call[] = [];
  const readings: Read[] = [];

  async function play<Said>(
    asked: Asked<Said>,
    how: ReadingBehaviour,
    say: () => Said,
    sayNothing: () => Said,
  ): Promise<Said> {
    await lifeline.pass();
    const latencyMs =
      'latencyMs' in how ? how.latencyMs : how.kind === 'hangs' ? Number.POSITIVE_INFINITY : 0;
    const inTime = latencyMs <= asked.timeoutMs;
    if (latencyMs > 0) await sleep(Math.min(latencyMs, asked.timeoutMs));
    const answer = inTime ? say() : sayNothing();
    await lifeline.pass();
    asked.answer = answer;
    asked.answeredAt = Date.now();
    return answer;
  }

  return {
    calls,
    readings,
    get unassigned() {
      return new Set(calls.filter(({ answer }) => isSuccess(answer)).map(({ key }) => key));
    },
    unassign(key, timeoutMs) {
      const how = behaviour(calls.length);
      const read = readings.findLast((reading) => reading.key === key)?.answer;
      const call: Call = { key, startedAt: Date.now(), timeoutMs, read };
      calls.push(call);
      if (how.kind === 'throws') throw new TypeError('a bug in the client of the cluster');
      return play(
        call,
        how,
        () => answerOf(how, call),
        () => noAnswerInTime(call.startedAt),
      );
    },
    readTask(key, timeoutMs) {
      const how = readingBehaviour(readings.length);
      const reading: Read = { key, startedAt: Date.now(), timeoutMs };
      readings.push(reading);
      if (how.kind === 'throws') throw new TypeError('a bug in the client of the cluster');
      return play(
        reading,
        how,
        () => readingOf(how, reading),
        () => noAnswerInTime(reading.startedAt),
      );
    },
  };
}

/** What reading a task comes to: no success is passed on as a response. */
function readingOf(how: ReadingBehaviour, asked: Asked<unknown>): Reading {
  if (how.kind === 'task') {
    return { type: 'task', calls: how.calls, startedAt: asked.startedAt, assignee: how.assignee };
  }
  const answer = answerOf(how, asked);
  const isForeign = answer.type === 'response' && answer.status >= 200 && answer.status <= 299;
  return isForeign ? { type: 'foreign', response: answer } : answer;
}

/** 204, and 200 without a body: Camunda's word that the task is unassigned. */
export function isSuccess(answer: Answer | undefined): boolean {
  if (answer?.type !== 'response') return false;
  return answer.status === 204 || (answer.status === 200 && answer.isEmpty);
}

function answerOf(how: Behaviour, { key, startedAt }: Asked<unknown>): Answer {
  switch (how.kind) {
    case 'response': {
      const { status, calls, problem, retryAfter } = how;
      const isCamundas = problem === 'camunda';
      return {
        type: 'response',
        calls,
        startedAt,
        status,
        problem,
        isRepeat: false,
        isEmpty: how.isEmpty && problem === 'none',
        title: isCamundas ? (how.title ?? 'NOT_FOUND') : undefined,
        detail: isCamundas ? (how.detail ?? `a detail of '${key}'`) : undefined,
        contentType: how.title,
        excerpt: isCamundas ? undefined : how.detail,
        retryAfter,
      };
    }
    case 'no-credentials':
      return { type: 'no-credentials', cause: 'no token', ...how };
    case 'rejects':
      throw new TypeError('a bug in the client of the cluster');
    case 'no-answer':
    case 'unreadable':
      return { type: how.kind, calls: how.calls, startedAt, cause: how.cause, sent: true };
    default:
      throw new Error(`not an answer: ${how.kind}`);
  }
}

function noAnswerInTime(startedAt: number): Answer {
  return { type: 'no-answer', calls: 1, startedAt, cause: 'no answer in time', sent: true };
}

const latencyMs = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 70_000 }) },
);
const calls = fc.integer({ min: 1, max: 3 });
const words = fc.option(fc.string({ unit: 'binary', maxLength: 100 }), { nil: undefined });

/** Every status, weighted to those that the function knows. */
const status = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(200, 204, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
);

/** Any answer and any failure. */
export const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('response' as const),
      status,
      calls,
      latencyMs,
      problem: fc.constantFrom('camunda' as const, 'camunda' as const, 'other' as const, 'none' as const),
      isEmpty: fc.boolean(),
      title: words,
      detail: words,
      retryAfter: fc.option(
        fc.oneof(
          fc.integer({ min: -5, max: 5_000 }).map(String),
          fc.constantFrom(
            '',
            'soon',
            'Mon, 23 Nov 2026 12:05:00 GMT',
            'Mon, 23 Nov 2099 12:05:00 GMT',
            '9'.repeat(400),
          ),
        ),
        { nil: undefined },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('no-answer' as const, 'unreadable' as const),
      calls,
      latencyMs,
      cause: fc.string({ unit: 'binary', maxLength: 200 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('no-credentials' as const),
      refused: fc.boolean(),
      retryAfterSeconds: fc.oneof(
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 1_000, noNaN: true }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('throws' as const, 'rejects' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hangs' as const) }) },
);

/** Any word on a task and any failure. */
export const readingBehaviour: fc.Arbitrary<ReadingBehaviour> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('task' as const),
      assignee: fc.constantFrom('demo', 'demo', 'anna', '', null),
      calls,
      latencyMs,
    }),
  },
  { weight: 1, arbitrary: behaviour },
);
