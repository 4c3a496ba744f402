// How fast this environment may call a cluster that has too much to do. Pure: the clock and chance are arguments. Wall
// clock, not timers, spans the invocations, since timers stand still while an environment is frozen.
import type { ClusterSignal } from '../decision/meaning.ts';
import { Breaker, LONGEST_WAIT_MS } from './breaker.ts';
import { FIRST_RATE, Rate } from './rate.ts';

/** Whether a call may start now. */
export type Turn =
  | { readonly type: 'go' }
  /** Ask again when a call has ended, at the latest after so many milliseconds; infinite: only then. */
  | { readonly type: 'wait'; readonly ms: number };

/** A call that has started. */
export type Ticket = number;

/** How the calls go at the moment. Rates in calls a second. */
export type PaceState =
  /** Nothing is held back. */
  | { readonly type: 'free' }
  | { readonly type: 'paced'; readonly rate: number }
  /** The breaker is open: single probes instead of calls. */
  | { readonly type: 'open' };

/** The pace of one environment's calls. All times are epoch milliseconds. */
export interface Pace {
  /** Asked before every call: a `go` holds until the next call starts. */
  turn(now: number): Turn;
  /** Told of every call that starts. */
  started(now: number): Ticket;
  /** Told of the end of each of them. */
  ended(ticket: Ticket, signal: ClusterSignal, now: number): void;
  /** For how long the cluster has failed this environment without serving it once; 0 while it serves. */
  quietMs(now: number): number;
  state(): PaceState;
}

/** What the pace needs from outside. */
export interface PaceDependencies {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told when pacing starts or ends, and when the breaker opens or closes. */
  readonly changed: (to: PaceState, from: PaceState) => void;
}

/** The rate at which calls go on when the breaker closes is half of the last good one, at least this. */
const LEAST_RATE_AFTER_BREAK = 1;

/** So many calls in a row that Camunda did not answer open the breaker, too. */
const SILENCES_TO_OPEN = 6;

type Mode =
  | { readonly type: 'free' }
  | { readonly type: 'paced'; readonly rate: Rate }
  | { readonly type: 'open'; readonly breaker: Breaker };

const GO: Turn = { type: 'go' };
const UNTIL_A_CALL_ENDS: Turn = { type: 'wait', ms: Number.POSITIVE_INFINITY };

/** A new environment's: nothing is held back until the cluster says that it has too much to do. */
export function createPace({ random, changed }: PaceDependencies): Pace {
  let mode: Mode = { type: 'free' };
  let tickets = 0;
  let inFlight = 0;
  /** Calls up to this ticket started before the rate last changed for a refusal, and cannot speak of it. */
  let round = 0;
  let silences = 0;
  let failingSince: number | undefined;

  function enter(next: Mode): void {
    const before = stateOf(mode);
    mode = next;
    round = tickets;
    silences = 0;
    changed(stateOf(next), before);
  }

  function open(lastGood: number, now: number): void {
    enter({ type: 'open', breaker: new Breaker(lastGood, random, now) });
  }

  function served(): void {
    silences = 0;
    if (mode.type === 'paced') mode.rate.raise();
  }

  function refused(ticket: Ticket, now: number): void {
    silences = 0;
    if (mode.type === 'free') enter({ type: 'paced', rate: new Rate(FIRST_RATE, now) });
    else if (mode.type === 'paced' && ticket > round) cut(mode.rate, now);
  }

  function cut(rate: Rate, now: number): void {
    round = tickets;
    rate.cut(now);
    if (rate.isAtItsEnd) open(rate.lastGood, now);
  }

  function unanswered(ticket: Ticket, now: number): void {
    if (ticket > round) silences += 1;
    if (silences >= SILENCES_TO_OPEN) open(mode.type === 'paced' ? mode.rate.lastGood : FIRST_RATE, now);
  }

  function saidNothing(): void {
    if (mode.type === 'paced') mode.rate.giveTurnBack();
  }

  const callEnded = { served, load: refused, silence: unanswered, nothing: saidNothing };

  function probeEnded(breaker: Breaker, signal: ClusterSignal, now: number): void {
    if (signal !== 'served') breaker.probeFailed(signal, now);
    else
      enter({ type: 'paced', rate: new Rate(Math.max(LEAST_RATE_AFTER_BREAK, breaker.lastGood / 2), now) });
  }

  return {
    turn(now) {
      if (mode.type === 'paced' && mode.rate.isForgotten(now)) enter({ type: 'free' });
      if (mode.type === 'free') return GO;
      if (isTaken(mode, inFlight)) return UNTIL_A_CALL_ENDS;
      return turnAt(mode.type === 'paced' ? mode.rate : mode.breaker, now);
    },
    started(now) {
      tickets += 1;
      inFlight += 1;
      if (mode.type === 'paced') mode.rate.started(now);
      else if (mode.type === 'open') mode.breaker.started(tickets, now);
      return tickets;
    },
    ended(ticket, signal, now) {
      inFlight -= 1;
      if (signal === 'served') failingSince = undefined;
      else if (signal !== 'nothing') failingSince ??= now;
      if (mode.type !== 'open') callEnded[signal](ticket, now);
      else if (mode.breaker.isProbe(ticket)) probeEnded(mode.breaker, signal, now);
    },
    quietMs: (now) => Math.max(0, now - (failingSince ?? now)),
    state: () => stateOf(mode),
  };
}

/** Whether a call is under way that has to end before the next may start. */
function isTaken(mode: Exclude<Mode, { type: 'free' }>, inFlight: number): boolean {
  return mode.type === 'open' ? mode.breaker.isProbing : mode.rate.isSingleFile && inFlight > 0;
}

function turnAt(timed: { nextAt: number }, now: number): Turn {
  // A clock that was set back must not stop the calls until it is there again.
  if (timed.nextAt - now > LONGEST_WAIT_MS) timed.nextAt = now;
  const ms = timed.nextAt - now;
  return ms > 0 ? { type: 'wait', ms } : GO;
}

function stateOf(mode: Mode): PaceState {
  return mode.type === 'paced' ? { type: 'paced', rate: mode.rate.perSecond } : { type: mode.type };
}
