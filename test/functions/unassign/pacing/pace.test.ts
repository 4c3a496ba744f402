import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterSignal } from '../../../../functions/unassign/decision/meaning.ts';
import { createPace, type Pace, type PaceState } from '../../../../functions/unassign/pacing/pace.ts';
import { runs } from '../../../properties/runs.ts';
import { SENT_AT } from '../../../support/messages.ts';

const SERVED = 'served';
const REFUSED = 'load';
/** Of a key that is answered 503 for ever. */
const POISON = 'nothing';
const NO_ANSWER = 'silence';

/** A pace with a clock that a test holds in its hand. */
class Stage {
  now = SENT_AT;
  readonly changes: PaceState['type'][] = [];
  readonly pace: Pace;

  constructor(random: () => number = () => 0) {
    this.pace = createPace({ random, changed: ({ type }) => this.changes.push(type) });
  }

  /** Waits for its turn, calls, and has the answer at once. Milliseconds that it waited. */
  call(signal: ClusterSignal): number {
    const waited = this.waitForTurn();
    this.pace.ended(this.pace.started(this.now), signal, this.now);
    return waited;
  }

  calls(count: number, signal: ClusterSignal): void {
    for (let call = 0; call < count; call += 1) this.call(signal);
  }

  waitForTurn(): number {
    const from = this.now;
    for (;;) {
      const turn = this.pace.turn(this.now);
      if (turn.type === 'go') return this.now - from;
      if (turn.ms === Number.POSITIVE_INFINITY) throw new Error('it waits for a call that nobody makes');
      this.now += turn.ms;
    }
  }

  /** Calls a second; undefined where the calls are not paced. */
  get rate(): number | undefined {
    const state = this.pace.state();
    return state.type === 'paced' ? state.rate : undefined;
  }
}

/** With a pace that has gone down, without the breaker. */
function paced(): Stage {
  const stage = new Stage();
  stage.calls(2, REFUSED);
  stage.call(SERVED);
  return stage;
}

/** With a pace that has risen as far as it can. */
function fast(): Stage {
  const stage = new Stage();
  stage.call(REFUSED);
  stage.calls(200, SERVED);
  return stage;
}

describe('nothing is paced', () => {
  it.each<ClusterSignal>(['served', 'nothing'])('by answers that say %s, however often', (signal) => {
    const stage = new Stage();
    stage.calls(1_000, signal);
    expect({ now: stage.now, state: stage.pace.state() }).toEqual({ now: SENT_AT, state: { type: 'free' } });
  });
});

describe('load', () => {
  it('makes twenty calls start in a second from then on', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    expect({ state: stage.pace.state(), waited: stage.waitForTurn() }).toEqual({
      state: { type: 'paced', rate: 20 },
      waited: 50,
    });
  });

  it('takes a fifth off the rate', () => {
    const stage = new Stage();
    stage.calls(2, REFUSED);
    expect(stage.rate).toBeCloseTo(16);
  });

  it('never takes the rate below one call in five seconds', () => {
    const stage = new Stage();
    for (let round = 0; round < 30; round += 1) {
      stage.calls(5, REFUSED);
      stage.call(SERVED);
    }
    stage.call(REFUSED);
    expect(stage.rate).toBe(0.2);
  });

  it('takes it off once a round: calls that started before do not cut again', () => {
    const stage = paced();
    const before = stage.rate ?? 0;
    const tickets = Array.from({ length: 5 }, () => stage.pace.started(stage.now));
    for (const ticket of tickets) stage.pace.ended(ticket, REFUSED, stage.now + 10);
    expect(stage.rate).toBeCloseTo(before * 0.8);
  });

  it('that ten calls in flight meet at once starts the pace, and cuts nothing', () => {
    const stage = new Stage();
    const tickets = Array.from({ length: 10 }, () => stage.pace.started(stage.now));
    for (const ticket of tickets) stage.pace.ended(ticket, REFUSED, stage.now);
    expect(stage.rate).toBe(20);
  });

  it('in two rounds without a success has the calls go one at a time, until one is served', () => {
    const stage = new Stage();
    stage.calls(3, REFUSED);
    stage.waitForTurn();
    const ticket = stage.pace.started(stage.now);
    stage.now += 1_000;
    const alone = stage.pace.turn(stage.now);
    stage.pace.ended(ticket, SERVED, stage.now);
    stage.pace.started(stage.now);
    stage.now += 1_000;
    expect([alone, stage.pace.turn(stage.now)]).toEqual([
      { type: 'wait', ms: Number.POSITIVE_INFINITY },
      { type: 'go' },
    ]);
  });
});

describe('a success', () => {
  it('raises the rate by 1 %', () => {
    const stage = paced();
    const before = stage.rate ?? 0;
    stage.call(SERVED);
    expect(stage.rate).toBeCloseTo(before * 1.01);
  });

  it('raises it by no more than 0.2 calls a second, so that those that fell behind catch up', () => {
    const stage = fast();
    stage.call(REFUSED);
    const before = stage.rate ?? 0;
    stage.call(SERVED);
    expect(stage.rate).toBeCloseTo(before + 0.2);
  });

  it('raises it by 5 % until the first refusal shows where the limit is', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    stage.call(SERVED);
    expect(stage.rate).toBeCloseTo(20 * 1.05);
  });
});

describe('a pace', () => {
  it('says how long a call has to wait for its turn', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    expect(stage.pace.turn(stage.now)).toEqual({ type: 'wait', ms: 50 });
  });

  it('does not make up for a turn that was not taken in time', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    stage.now += 1_000;
    stage.pace.started(stage.now);
    expect(stage.pace.turn(stage.now)).toEqual({ type: 'wait', ms: 50 });
  });

  it('is left alone by answers that are for one key only', () => {
    const stage = paced();
    const before = stage.rate;
    stage.calls(1_000, POISON);
    expect({ rate: stage.rate, changes: stage.changes }).toEqual({ rate: before, changes: ['paced'] });
  });

  it('has the call after such an answer start at once', () => {
    const stage = paced();
    stage.call(POISON);
    expect(stage.waitForTurn()).toBe(0);
  });

  it('is forgotten after half a minute at the highest rate', () => {
    const stage = fast();
    const early = stage.pace.state();
    stage.now += 30_000;
    stage.call(SERVED);
    expect([early, stage.pace.state(), stage.changes]).toEqual([
      { type: 'paced', rate: 1_000 },
      { type: 'free' },
      ['paced', 'free'],
    ]);
  });

  it('is forgotten after ten minutes without a refusal, and not before', () => {
    const stage = paced();
    stage.now += 590_000;
    stage.pace.turn(stage.now);
    const early = stage.pace.state().type;
    stage.now += 10_000;
    stage.pace.turn(stage.now);
    expect([early, stage.pace.state().type]).toEqual(['paced', 'free']);
  });

  it('does not stand still where the clock is set back', () => {
    const stage = paced();
    stage.calls(3, SERVED);
    stage.now -= 3_600_000;
    expect(stage.waitForTurn()).toBe(0);
  });

  it('goes on where the clock is set back', () => {
    const stage = paced();
    stage.calls(3, SERVED);
    const usual = stage.waitForTurn();
    stage.now -= 3_600_000;
    stage.calls(1, SERVED);
    expect([usual > 0, stage.waitForTurn()]).toEqual([true, expect.closeTo(usual, -1)]);
  });
});

/** With the breaker open. */
function broken(signal: ClusterSignal = REFUSED, random?: () => number): Stage {
  const stage = new Stage(random);
  stage.calls(signal === REFUSED ? 7 : 6, signal);
  return stage;
}

describe('the breaker', () => {
  it('opens with the sixth cut without a success in between', () => {
    const stage = new Stage();
    stage.calls(6, REFUSED);
    const early = stage.pace.state().type;
    stage.call(REFUSED);
    expect([early, stage.pace.state().type]).toEqual(['paced', 'open']);
  });

  it('stays closed where there is a success in between', () => {
    const stage = new Stage();
    for (let round = 0; round < 20; round += 1) {
      stage.calls(5, REFUSED);
      stage.call(SERVED);
    }
    expect(stage.changes).toEqual(['paced']);
  });

  it('does not count the silence of a call that started before the pace was last changed', () => {
    const stage = new Stage();
    const [refused, silent] = [stage.pace.started(stage.now), stage.pace.started(stage.now)];
    stage.pace.ended(refused, REFUSED, stage.now);
    stage.pace.ended(silent, NO_ANSWER, stage.now);
    stage.calls(5, NO_ANSWER);
    expect(stage.pace.state().type).toBe('paced');
  });

  it('opens when silence comes six times in a row', () => {
    const stage = new Stage();
    stage.calls(5, NO_ANSWER);
    const early = stage.pace.state().type;
    stage.call(NO_ANSWER);
    expect([early, stage.pace.state().type]).toEqual(['free', 'open']);
  });

  it('stays closed where a success breaks the row', () => {
    const stage = new Stage();
    for (let round = 0; round < 20; round += 1) {
      stage.calls(5, NO_ANSWER);
      stage.call(SERVED);
    }
    expect(stage.changes).toEqual([]);
  });

  it('lets single probes through after 1, 2, 4, 8, 12 and 12 s', () => {
    const stage = broken();
    expect(Array.from({ length: 6 }, () => stage.call(REFUSED))).toEqual([
      1_000, 2_000, 4_000, 8_000, 12_000, 12_000,
    ]);
  });

  it('adds up to half of an interval by chance, so that environments do not probe in step', () => {
    const stage = broken(REFUSED, () => 0.5);
    expect(stage.call(REFUSED)).toBe(1_250);
  });

  it('lets nothing through beside a probe', () => {
    const stage = broken();
    stage.waitForTurn();
    stage.pace.started(stage.now);
    stage.now += 60_000;
    expect(stage.pace.turn(stage.now)).toEqual({ type: 'wait', ms: Number.POSITIVE_INFINITY });
  });

  it('closes on the first success, and half the last good rate is what goes on', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    stage.calls(20, SERVED);
    const good = stage.rate ?? 0;
    stage.calls(6, REFUSED);
    stage.call(SERVED);
    expect({ rate: stage.rate, changes: stage.changes }).toEqual({
      rate: good / 2,
      changes: ['paced', 'open', 'paced'],
    });
  });

  it('closes in the same way after silences', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    stage.calls(20, SERVED);
    const good = stage.rate ?? 0;
    stage.calls(6, NO_ANSWER);
    stage.call(SERVED);
    expect(stage.rate).toBe(good / 2);
  });

  it('closes with at least one call a second', () => {
    const stage = new Stage();
    stage.call(REFUSED);
    for (let round = 0; round < 30; round += 1) {
      stage.calls(2, REFUSED);
      stage.call(SERVED);
    }
    stage.calls(6, REFUSED);
    stage.call(SERVED);
    expect(stage.rate).toBe(1);
  });

  it('takes an answer that is for one key for neither success nor failure: a second later the next', () => {
    const stage = broken();
    stage.calls(3, REFUSED);
    const waits = [stage.call(POISON), stage.call(REFUSED), stage.call(POISON), stage.call(REFUSED)];
    expect([waits, stage.pace.state().type]).toEqual([[8_000, 1_000, 12_000, 1_000], 'open']);
  });

  it('has one probe a second more with each such answer in a row, so that many such keys cannot keep it open', () => {
    const stage = broken();
    stage.call(POISON);
    const waits = Array.from({ length: 4 }, () => Math.round(stage.call(POISON)));
    expect(waits).toEqual([1_000, 500, 333, 250]);
  });

  it('has twenty probes a second at most', () => {
    const stage = broken();
    stage.calls(1_000, POISON);
    expect(stage.call(POISON)).toBe(50);
  });

  it('has a second pass again after such an answer where a refusal came in between', () => {
    const stage = broken();
    stage.calls(10, POISON);
    stage.call(REFUSED);
    stage.call(POISON);
    expect(stage.call(POISON)).toBe(1_000);
  });

  it('hears nothing from calls that started before it opened', () => {
    const stage = new Stage();
    const early = [stage.pace.started(stage.now), stage.pace.started(stage.now)];
    stage.calls(6, NO_ANSWER);
    for (const ticket of early) stage.pace.ended(ticket, SERVED, stage.now);
    expect(stage.pace.state().type).toBe('open');
  });

  it('is not opened again by calls that started before it closed', () => {
    const stage = new Stage();
    const early = Array.from({ length: 6 }, () => stage.pace.started(stage.now));
    stage.calls(6, NO_ANSWER);
    stage.call(SERVED);
    for (const ticket of early) stage.pace.ended(ticket, NO_ANSWER, stage.now);
    expect(stage.pace.state().type).toBe('paced');
  });

  it('spans a freeze of the environment: whenever it thaws, the next call is a probe', () => {
    const stage = broken();
    stage.now += 86_400_000;
    expect([stage.waitForTurn(), stage.pace.state().type]).toEqual([0, 'open']);
  });
});

describe('the time without a success', () => {
  it.each<[string, (stage: Stage) => void, number]>([
    ['is none in a new environment', () => {}, 0],
    ['counts from the first refusal', (stage) => stage.call(REFUSED), 5_000],
    ['counts from the first silence', (stage) => stage.call(NO_ANSWER), 5_000],
    [
      'counts from the first refusal after the last success, however long nobody asked in between',
      (stage) => {
        stage.call(SERVED);
        stage.now += 3_600_000;
        stage.call(REFUSED);
      },
      5_000,
    ],
    [
      'ends with a success',
      (stage) => {
        stage.call(REFUSED);
        stage.call(SERVED);
      },
      0,
    ],
    ['is not counted for one key', (stage) => stage.call(POISON), 0],
  ])('%s', (_, play, expected) => {
    const stage = new Stage();
    play(stage);
    expect(stage.pace.quietMs(stage.now + 5_000)).toBe(expected);
  });
});

describe('whatever the cluster answers, and whenever', () => {
  const signal = fc.constantFrom(SERVED, REFUSED, POISON, NO_ANSWER);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(), signal }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 20_000 }) }) },
  );

  /** Plays the steps, with `check` after each of them. */
  function play(
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
    check: (stage: Stage, inFlight: readonly number[]) => void,
  ): void {
    const stage = new Stage(() => 0.5);
    const inFlight: number[] = [];
    for (const each of steps) {
      if (each.do === 'pass') stage.now += each.ms;
      if (each.do === 'start' && stage.pace.turn(stage.now).type === 'go') {
        inFlight.push(stage.pace.started(stage.now));
      }
      if (each.do === 'end' && inFlight.length > 0) {
        const [ticket = 0] = inFlight.splice(each.which % inFlight.length, 1);
        stage.pace.ended(ticket, each.signal, stage.now);
      }
      check(stage, inFlight);
    }
  }

  it('the rate stays between 0.2 and 1,000 calls a second', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) =>
        play(steps, ({ rate = 1 }) => {
          expect(rate).toBeGreaterThanOrEqual(0.2);
          expect(rate).toBeLessThanOrEqual(1_000);
        }),
      ),
      runs(300),
    );
  });

  it('a call may start within the longest interval, or as soon as one has ended', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) =>
        play(steps, (stage, inFlight) => {
          const turn = stage.pace.turn(stage.now);
          if (turn.type === 'wait' && turn.ms === Number.POSITIVE_INFINITY) expect(inFlight).not.toEqual([]);
          else if (turn.type === 'wait') expect(turn.ms).toBeLessThanOrEqual(18_000);
        }),
      ),
      runs(300),
    );
  });

  it('no more calls start in a row than the rate allows, but for those that were for one key only', () => {
    const counting = signal.filter((each) => each !== POISON);
    fc.assert(
      fc.property(fc.array(counting, { minLength: 1, maxLength: 200 }), (signals) => {
        const stage = new Stage();
        stage.call(REFUSED);
        let before = stage.rate ?? 1;
        for (const each of signals) {
          const rate = stage.rate ?? 1;
          expect(stage.call(each)).toBeGreaterThanOrEqual(1_000 / Math.max(before, rate) - 0.01);
          before = rate;
        }
      }),
      runs(200),
    );
  });
});
