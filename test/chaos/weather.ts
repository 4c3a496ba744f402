// What can go wrong in a chaos run: with calls to the cluster, with sends to SQS, with invocations.
import type { Fault } from '../../infra/local/stand-in/faults.ts';

/** What happens to one call, besides its answer or instead of it. */
export interface CallPlay {
  readonly name: string;
  /** Undefined: the cluster answers as it should. */
  readonly fault?: Fault;
  /** A function's process is killed while the call is in progress. */
  readonly kill?: true;
}

/** What happens to one SendMessageBatch. */
export interface SendPlay {
  readonly name: string;
  readonly fault:
    | { readonly kind: 'error'; readonly status: number; readonly type: string; readonly sent: boolean }
    | { readonly kind: 'reset' | 'hang'; readonly sent: boolean }
    | { readonly kind: 'silent-success' }
    | {
        readonly kind: 'failed-entries';
        readonly which: 'some' | 'all';
        readonly code: string;
        readonly senderFault: boolean;
      };
  /** The process that sends is killed, before or after SQS has the copies. */
  readonly kill?: true;
}

/** What happens to one invocation. */
export interface InvocationPlay {
  readonly name: string;
  /** The function's answer does not reach the event source: the whole batch comes again. */
  readonly answerLost?: true;
  /** The invocation has only this time. */
  readonly timeoutMs?: number;
}

/** What happens to the whole cluster, its token endpoint, or the function while a phase lasts. */
export type Mishap =
  | 'restart'
  | 'new process'
  | 'issuer refuses'
  | 'issuer unavailable'
  | 'issuer resets'
  | 'issuer hangs'
  | 'issuer garbage'
  | 'storage lags'
  | 'storage stands still'
  | 'storage absent';

/** A kind of weather: each play once, then, at this share of the occasions, any of them. */
export interface Weather<Play> {
  readonly name: string;
  readonly share: number;
  readonly plays: readonly Play[];
}

/** Weather over the cluster. */
export interface ClusterWeather extends Weather<CallPlay> {
  readonly mishaps?: readonly Mishap[];
  /** Lasts so much longer than other weather. */
  readonly length?: number;
}

/** Nothing goes wrong. */
export const CALM: Weather<never> = { name: 'calm', share: 0, plays: [] };

/** What is the matter with invocations all the time. */
export const INVOCATION_WEATHER: Weather<InvocationPlay> = {
  name: 'unreliable',
  share: 0.05,
  plays: [
    { name: "the function's answer lost", answerLost: true },
    { name: 'an invocation of 3 s', timeoutMs: 3_000 },
  ],
};
