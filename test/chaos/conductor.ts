// Plays the weather of the phase that is on, and keeps count of what was played.
import { Chance, type Phase } from './scenario.ts';
import { CALM, type CallPlay, INVOCATION_WEATHER, type InvocationPlay, type SendPlay } from './weather.ts';

/** Decides what happens next. */
export class Conductor {
  /** How often each play was played, by its name. */
  readonly played = new Map<string, number>();
  readonly #seed: number;
  #phases = 0;
  #calls: Chance<CallPlay> = new Chance(CALM, 1);
  #sends: Chance<SendPlay> = new Chance(CALM, 1);
  readonly #invocations: Chance<InvocationPlay>;
  #calm = true;

  constructor(seed: number) {
    this.#seed = seed;
    this.#invocations = new Chance(INVOCATION_WEATHER, 1, seed, 'invocations');
  }

  /** From here on there is the weather of this phase. */
  begin({ cluster, sends, rounds }: Phase): void {
    this.#phases += 1;
    this.#calls = new Chance<CallPlay>(cluster, rounds, this.#seed, this.#phases, 'calls');
    this.#sends = new Chance<SendPlay>(sends, rounds, this.#seed, this.#phases, 'sends');
    this.#calm = false;
  }

  /** From here on nothing goes wrong. */
  calmDown(): void {
    this.#calls = new Chance(CALM, 1);
    this.#sends = new Chance(CALM, 1);
    this.#calm = true;
  }

  /** Whether everything of the phase was played. */
  get done(): boolean {
    return this.#calls.done && this.#sends.done;
  }

  /**
   * @param mayBeCarriedOut whether the cluster would take the call where nothing goes wrong
   * @param mayKill whether there is a process to kill
   */
  nextCall(mayBeCarriedOut: boolean, mayKill: boolean): CallPlay | undefined {
    const fits = ({ fault, kill }: CallPlay) =>
      (mayBeCarriedOut || fault?.carriedOut !== true) && (mayKill || kill !== true);
    return this.#count('cluster', this.#calls.next(fits));
  }

  /** @param mayKill whether the process that sends is alive */
  nextSend(mayKill: boolean): SendPlay | undefined {
    return this.#count(
      'SQS',
      this.#sends.next(({ kill }) => mayKill || kill !== true),
    );
  }

  nextInvocation(): InvocationPlay | undefined {
    return this.#calm ? undefined : this.#count('invocation', this.#invocations.next());
  }

  count(where: string, name: string): void {
    const play = `${where}: ${name}`;
    this.played.set(play, (this.played.get(play) ?? 0) + 1);
  }

  #count<Play extends { readonly name: string }>(where: string, play: Play | undefined): Play | undefined {
    if (play !== undefined) this.count(where, play.name);
    return play;
  }
}
