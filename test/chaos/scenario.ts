// The plan of a chaos run, made from its seed: phases of weather, and the messages that are sent in each. Pure.
import { CLUSTER_WEATHER } from './cluster-weather.ts';
import { roll, shuffled } from './random.ts';
import { type ChaosMessage, type Fate, makeMessages } from './requests.ts';
import { SEND_WEATHER } from './sqs-weather.ts';
import { CALM, type ClusterWeather, type SendPlay, type Weather } from './weather.ts';

/** A while of the same weather. It lasts until all of it was played `rounds` times, and at least `leastMs`. */
export interface Phase {
  readonly cluster: ClusterWeather;
  readonly sends: Weather<SendPlay>;
  readonly rounds: number;
  readonly leastMs: number;
  /** Sent as it begins. */
  readonly messages: readonly ChaosMessage[];
}

/** A whole run. */
export interface Scenario {
  readonly seed: number;
  readonly phases: readonly Phase[];
  readonly messages: readonly ChaosMessage[];
}

const LONGEST_PHASE_MS = 6_000;
const PHASE_MS_PER_MESSAGE = 2;
/** While nothing but silence is played, the breaker lets a play through every ten seconds or so. */
const MOST_ROUNDS = 4;
const MESSAGES_PER_ROUND = 500;

/** The weather of a run. */
export interface Climate {
  readonly cluster: readonly ClusterWeather[];
  readonly sends: readonly Weather<SendPlay>[];
  /** Messages of these fates are left out. */
  readonly without?: readonly Fate[];
}

/** Everything that is known to go wrong. */
export const ALL_WEATHER: Climate = { cluster: CLUSTER_WEATHER, sends: SEND_WEATHER };

/**
 * Plans a run in which its weather over the cluster meets its weather over SQS in an order that the seed decides.
 *
 * @param startedAt epoch milliseconds
 */
export function planScenario(
  seed: number,
  count: number,
  startedAt: number,
  climate: Climate = ALL_WEATHER,
): Scenario {
  const messages = makeMessages(count, seed, startedAt).filter(
    ({ fate }) => !climate.without?.includes(fate),
  );
  const cluster = shuffled(climate.cluster, seed, 'cluster');
  const sends = shuffled(climate.sends, seed, 'sends');
  const leastMs = Math.min(LONGEST_PHASE_MS, count * PHASE_MS_PER_MESSAGE);
  const rounds = Math.min(MOST_ROUNDS, Math.ceil(count / MESSAGES_PER_ROUND));
  const phases = cluster.map((weather, index) => ({
    cluster: weather,
    sends: sends[index % sends.length] ?? CALM,
    rounds,
    leastMs: leastMs * (weather.length ?? 1),
    messages: messages.filter((message, place) => phaseOf(message, place, cluster.length) === index),
  }));
  return { seed, phases, messages };
}

/** What is refused for ever is sent first, so that its retry budget is over by the end. */
function phaseOf({ fate }: ChaosMessage, place: number, phases: number): number {
  return fate === 'missing-partition' ? place % 2 : place % phases;
}

/** Decides what happens on each occasion of a phase, in the order in which they come. */
export class Chance<Play> {
  readonly #weather: Weather<Play>;
  readonly #rounds: number;
  readonly #parts: readonly (string | number)[];
  #occasions = 0;
  #played = 0;

  constructor(weather: Weather<Play>, rounds: number, ...parts: readonly (string | number)[]) {
    this.#weather = weather;
    this.#rounds = rounds;
    this.#parts = parts;
  }

  /** Whether each play was played so many times. */
  get done(): boolean {
    return this.#played >= this.#weather.plays.length * this.#rounds;
  }

  /** What happens now. A play that does not fit the occasion is left for a later one. */
  next(fits: (play: Play) => boolean = () => true): Play | undefined {
    const { plays, share } = this.#weather;
    this.#occasions += 1;
    const chance = (what: string) => roll(...this.#parts, what, this.#occasions);
    if (!this.done) {
      const due = plays[this.#played % plays.length];
      if (due === undefined || !fits(due)) return undefined;
      this.#played += 1;
      return due;
    }
    if (chance('whether') >= share) return undefined;
    const play = plays[Math.floor(chance('which') * plays.length)];
    return play !== undefined && fits(play) ? play : undefined;
  }
}
