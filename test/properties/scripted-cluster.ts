// A cluster in memory that answers by a script, and remembers what it said to whom.
import * as fc from 'fast-check';
import type { Answer } from '../../client/cluster/authorized-call.ts';
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

/** What became of one call. */
export interface Call {
  readonly key: string;
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** Undefined as long as, and where, the function was told nothing. */
  answer?: Answer;
}

/** A cluster, and what it was asked. */
export interface ScriptedCluster extends Cluster {
  readonly calls: Call[];
  /** The tasks of which the function was told that they are unassigned. */
  readonly unassigned: ReadonlySet<string>;
}

/** @param behaviour asked about each call; the first has the number 0 */
export function createScriptedCluster(
  behaviour: (callNumber: number) => Behaviour,
  lifeline: Lifeline,
): ScriptedCluster {
  const calls: Call[] = [];
  const unassigned = new Set<string>();

  async function play(call: Call, how: Behaviour): Promise<Answer> {
    await lifeline.pass();
    const latencyMs =
      'latencyMs' in how ? how.latencyMs : how.kind === 'hangs' ? Number.POSITIVE_INFINITY : 0;
    const inTime = latencyMs <= call.timeoutMs;
    if (latencyMs > 0) await sleep(Math.min(latencyMs, call.timeoutMs));
    const answer = inTime ? answerOf(how, call) : noAnswerInTime(call.startedAt);
    await lifeline.pass();
    call.answer = answer;
    if (isSuccess(answer)) unassigned.add(call.key);
    return answer;
  }

  return {
    calls,
    unassigned,
    unassign(key, timeoutMs) {
      const how = behaviour(calls.length);
      const call = { key, startedAt: Date.now(), timeoutMs };
      calls.push(call);
      if (how.kind === 'throws') throw new TypeError('a bug in the client of the cluster');
      return play(call, how);
    },
  };
}

/** 204, and 200 without a body: Camunda's word that the task is unassigned. */
export function isSuccess(answer: Answer | undefined): boolean {
  if (answer?.type !== 'response') return false;
  return answer.status === 204 || (answer.status === 200 && answer.isEmpty);
}

function answerOf(how: Behaviour, { key, startedAt }: Call): Answer {
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
