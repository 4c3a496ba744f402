// How fast this environment may call a cluster that has too much to do. Pure: the clock and chance are arguments. Wall
// clock, not timers, spans the invocations, since timers stand still while an environment is frozen.
import type { ClusterSignal } from './decision/meaning.ts';

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

/** Calls a second: to begin with, at least, and at most. */
const FIRST_RATE = 20;
const LEAST_RATE = 0.2;
const MOST_RATE = 1_000;

/** What a round of refusals leaves of the rate. */
const CUT = 0.8;

/** The part of the rate that a success adds: quickly until a refusal shows where the limit is, gently from then on. */
const FIRST_RISE = 0.05;
const RISE = 0.01;

/**
 * The most that a success adds from then on, in calls a second. Where each adds the same part of its own rate, an
 * environment that got ahead stays ahead, and a batch waits long in one that fell behind.
 */
const MOST_RISE = 0.2;

/** The rate at which calls go on when the breaker closes is half of the last good one, at least this. */
const LEAST_RATE_AFTER_BREAK = 1;

/** Rounds of refusals without a success: from so many on, one call at a time; from so many on, the breaker is open. */
const CUTS_TO_SINGLE_FILE = 2;
const CUTS_TO_OPEN = 6;

/** So many calls in a row that nobody answered open the breaker, too. */
const SILENCES_TO_OPEN = 6;

/** Before the first probe, the second, …, and each after the last. Chance adds up to half of it. */
const PROBE_INTERVALS_MS = [1_000, 2_000, 4_000, 8_000];
const LONGEST_PROBE_INTERVAL_MS = 12_000;
const PROBE_JITTER = 0.5;

/**
 * After a probe whose answer says nothing about the cluster the next comes within a second, and with each such answer
 * in a row one more a second, at most so many: as fast as a pace begins.
 */
const MOST_PROBES_A_SECOND = FIRST_RATE;

/** A pace is forgotten after so long without a refusal: at the highest rate, and at any. */
const FORGET_AT_MOST_RATE_MS = 30_000;
const FORGET_MS = 600_000;

interface Paced {
  readonly type: 'paced';
  rate: number;
  /** Whether a refusal has shown where the limit is. */
  limitSeen: boolean;
  /** Rounds of refusals since the last success. */
  cuts: number;
  nextAt: number;
  refusedAt: number;
  /** The rate at the last success. */
  goodRate: number;
}

interface Open {
  readonly type: 'open';
  readonly goodRate: number;
  /** How many have failed. */
  probes: number;
  /** How many in a row have said nothing. */
  idleProbes: number;
  probe: Ticket | undefined;
  probedAt: number;
  nextAt: number;
}

type Mode = { readonly type: 'free' } | Paced | Open;

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

  function pacedAt(rate: number, now: number): Paced {
    const nextAt = now + 1_000 / rate;
    return { type: 'paced', rate, limitSeen: false, cuts: 0, nextAt, refusedAt: now, goodRate: rate };
  }

  function open(goodRate: number, now: number): void {
    enter({
      type: 'open',
      goodRate,
      probes: 0,
      idleProbes: 0,
      probe: undefined,
      probedAt: now,
      nextAt: now + probeIntervalMs(0),
    });
  }

  function probeIntervalMs(probes: number): number {
    const interval = PROBE_INTERVALS_MS[probes] ?? LONGEST_PROBE_INTERVAL_MS;
    return interval * (1 + random() * PROBE_JITTER);
  }

  function cut(paced: Paced, now: number): void {
    round = tickets;
    paced.rate = Math.max(LEAST_RATE, paced.rate * CUT);
    paced.limitSeen = true;
    paced.refusedAt = now;
    paced.cuts += 1;
    if (paced.cuts >= CUTS_TO_OPEN) open(paced.goodRate, now);
  }

  function speedUp(paced: Paced): void {
    paced.cuts = 0;
    paced.rate = Math.min(MOST_RATE, paced.rate + riseOf(paced));
    paced.goodRate = paced.rate;
  }

  function served(): void {
    silences = 0;
    if (mode.type === 'paced') speedUp(mode);
  }

  function refused(ticket: Ticket, now: number): void {
    silences = 0;
    if (mode.type === 'free') enter(pacedAt(FIRST_RATE, now));
    else if (mode.type === 'paced' && ticket > round) cut(mode, now);
  }

  function unanswered(ticket: Ticket, now: number): void {
    if (ticket > round) silences += 1;
    if (silences >= SILENCES_TO_OPEN) open(mode.type === 'paced' ? mode.goodRate : FIRST_RATE, now);
  }

  /** It took nothing of what the cluster can do, so it has not used its turn up. */
  function saidNothing(): void {
    if (mode.type === 'paced') mode.nextAt -= 1_000 / mode.rate;
  }

  const callEnded = { served, load: refused, silence: unanswered, nothing: saidNothing };

  function probeEnded(opened: Open, signal: ClusterSignal, now: number): void {
    opened.probe = undefined;
    if (signal === 'served') enter(pacedAt(Math.max(LEAST_RATE_AFTER_BREAK, opened.goodRate / 2), now));
    else if (signal === 'nothing') {
      opened.idleProbes += 1;
      opened.nextAt = opened.probedAt + 1_000 / Math.min(opened.idleProbes, MOST_PROBES_A_SECOND);
    } else {
      opened.idleProbes = 0;
      opened.probes += 1;
      opened.nextAt = now + probeIntervalMs(opened.probes);
    }
  }

  function forgetIfWell(now: number): void {
    if (mode.type !== 'paced') return;
    const needed = mode.rate >= MOST_RATE ? FORGET_AT_MOST_RATE_MS : FORGET_MS;
    if (now - mode.refusedAt >= needed) enter({ type: 'free' });
  }

  /** Whether a call is under way that has to end before the next may start. */
  function isTakenBy(current: Paced | Open): boolean {
    if (current.type === 'open') return current.probe !== undefined;
    return current.cuts >= CUTS_TO_SINGLE_FILE && inFlight > 0;
  }

  return {
    turn(now) {
      forgetIfWell(now);
      if (mode.type === 'free') return GO;
      if (isTakenBy(mode)) return UNTIL_A_CALL_ENDS;
      // A clock that was set back must not stop the calls until it is there again.
      if (mode.nextAt - now > LONGEST_WAIT_MS) mode.nextAt = now;
      const ms = mode.nextAt - now;
      return ms > 0 ? { type: 'wait', ms } : GO;
    },
    started(now) {
      tickets += 1;
      inFlight += 1;
      if (mode.type === 'paced') mode.nextAt = Math.max(mode.nextAt, now) + 1_000 / mode.rate;
      else if (mode.type === 'open') {
        mode.probe = tickets;
        mode.probedAt = now;
      }
      return tickets;
    },
    ended(ticket, signal, now) {
      inFlight -= 1;
      if (signal === 'served') failingSince = undefined;
      else if (signal !== 'nothing') failingSince ??= now;
      if (mode.type !== 'open') callEnded[signal](ticket, now);
      else if (ticket === mode.probe) probeEnded(mode, signal, now);
    },
    quietMs: (now) => Math.max(0, now - (failingSince ?? now)),
    state: () => stateOf(mode),
  };
}

const GO: Turn = { type: 'go' };
const UNTIL_A_CALL_ENDS: Turn = { type: 'wait', ms: Number.POSITIVE_INFINITY };
const LONGEST_WAIT_MS = LONGEST_PROBE_INTERVAL_MS * (1 + PROBE_JITTER);

/** What a success adds to the rate. */
function riseOf({ rate, limitSeen }: Paced): number {
  return limitSeen ? Math.min(rate * RISE, MOST_RISE) : rate * FIRST_RISE;
}

function stateOf(mode: Mode): PaceState {
  return mode.type === 'paced' ? { type: 'paced', rate: mode.rate } : { type: mode.type };
}
