// What the function says of itself: its pace, its circuit breaker, how much it requeues. Pure, but for who asks.
import type { OverviewAnswer, Signal } from '../api.ts';

/** The three of them. */
export type Signals = OverviewAnswer['signals'];

/** Asks for them. Never rejects: what cannot be had says why. */
export type ReadSignals = (now: number) => Promise<Signals>;

/** Nothing is known, for one reason. */
export function noSignals(reason: string): Signals {
  return { pace: { noData: reason }, breaker: { noData: reason }, requeueRate: { noData: reason } };
}

/** Points after a time. */
export function signalAfter(signal: Signal, time: number): Signal {
  if ('noData' in signal) return signal;
  return { ...signal, points: signal.points.filter(({ at }) => Date.parse(at) > time) };
}

/** Units, as people say them. */
export const UNITS = { pace: 'calls/s', breaker: 'open', requeueRate: 'requests/min' } as const;

/**
 * Asks only while somebody wants to know, and not more often than that.
 *
 * @param everyMs milliseconds
 */
export function keptSignals(read: ReadSignals, everyMs: number, now: () => number): () => Promise<Signals> {
  let asked: { readonly at: number; readonly signals: Promise<Signals> } | undefined;
  return () => {
    const time = now();
    if (asked === undefined || time - asked.at >= everyMs) asked = { at: time, signals: read(time) };
    return asked.signals;
  };
}
