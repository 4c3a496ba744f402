// Several people at one dead-letter queue, who look, redrive and discard at the same time: whatever comes in between, nothing is
// lost, nothing is touched whose hold has run out, and what they are told is true. See runs.ts for how to try more often.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runs } from '../runs.ts';
import { Operator, type Order } from './operator.ts';
import { untrue } from './promises.ts';
import { Process, VirtualTime, type WrongClock, withVirtualTimers } from './virtual-processes.ts';
import { DEAD_LETTER_QUEUE_URL, QUEUE_URL, VirtualSqs } from './virtual-sqs.ts';
import { ALL_IS_WELL, type Faults, type Suspension, suspension, Wire, wireFaults } from './wire.ts';

vi.mock('node:timers/promises', async () => (await import('./virtual-processes.ts')).timersPromises);

/** More messages than one receive brings. */
const MOST_LETTERS = 14;

/** Three people, so that two can be in each other's way while a third looks. */
const SEATS = 3;

/** The queues, those who work at them, and the function. */
class System {
  readonly time = new VirtualTime();
  readonly sqs = new VirtualSqs(() => this.time.now);
  readonly wire = new Wire(this.time, this.sqs);
  /** Everybody who ever was at work, the newest last. */
  readonly operators: Operator[] = [];
  readonly bodies: string[] = [];
  /** How often each was executed. */
  readonly executed = new Map<string, number>();
  readonly #seats: (Operator | undefined)[] = [];
  readonly #wrongClocks: readonly WrongClock[];

  constructor(wrongClocks: readonly WrongClock[]) {
    this.#wrongClocks = wrongClocks;
  }

  bury(count: number, body: (number: number) => string): void {
    for (let index = 0; index < count && this.bodies.length < MOST_LETTERS; index += 1) {
      const one = body(this.bodies.length);
      this.bodies.push(one);
      this.sqs.send(DEAD_LETTER_QUEUE_URL, one);
    }
  }

  at(seat: number): Operator | undefined {
    const operator = this.#seats[seat];
    return operator?.isAtWork ? operator : undefined;
  }

  begin(seat: number, order: Order): void {
    if (this.at(seat) !== undefined) return;
    const process = new Process(this.time, this.#wrongClocks[seat] ?? 'neither');
    const operator = new Operator(`Operator ${this.operators.length}`, process, order, this.wire);
    this.operators.push(operator);
    this.#seats[seat] = operator;
    operator.begin();
  }

  suspend(seat: number, how: Suspension): void {
    const process = this.at(seat)?.process;
    if (process !== undefined) this.wire.suspend(process, how);
  }

  kill(seat: number): void {
    const process = this.at(seat)?.process;
    if (process !== undefined) this.wire.kill(process);
  }

  /** The function takes what is visible: carries it out, or lets it become a dead letter again. */
  execute(fates: readonly ('done' | 'dead')[]): void {
    for (const [index, { id, body, attributes }] of this.sqs.visible(QUEUE_URL).entries()) {
      this.sqs.queue.delete(id);
      if (fates[index % fates.length] === 'dead') this.sqs.send(DEAD_LETTER_QUEUE_URL, body, attributes);
      else this.executed.set(body, (this.executed.get(body) ?? 0) + 1);
    }
  }

  /** Until all have ended who were not killed. */
  async end(isPatient = false): Promise<void> {
    while (this.operators.some(({ isAtWork }) => isAtWork)) {
      const waits = !(await this.time.happen()) && !isPatient;
      if (waits) throw new Error('somebody waits for what never comes');
    }
  }
}

/** What anybody may do. The model holds nothing: what has to be true is said of the system itself. */
class Step implements fc.AsyncCommand<object, System> {
  readonly #name: string;
  readonly #happen: (system: System) => Promise<void> | void;
  constructor(name: string, happen: (system: System) => Promise<void> | void) {
    this.#name = name;
    this.#happen = happen;
  }
  check(): boolean {
    return true;
  }
  async run(_: object, system: System): Promise<void> {
    await this.#happen(system);
    await system.time.settle();
    expect(untrue(system)).toEqual([]);
  }
  toString(): string {
    return this.#name;
  }
}

/** A step whose name says what was generated for it. */
function step<T>(
  name: string,
  given: fc.Arbitrary<T>,
  happen: (system: System, given: T) => Promise<void> | void,
): fc.Arbitrary<Step> {
  return given.map(
    (value) => new Step(`${name}(${JSON.stringify(value)})`, (system) => happen(system, value)),
  );
}

const seat = fc.nat({ max: SEATS - 1 });
const span = fc.oneof(fc.nat({ max: 1_000 }), fc.integer({ min: 1_000, max: 40_000 }), fc.constant(120_000));
const requestOf = (number: number) => JSON.stringify({ userTaskKey: String(2n ** 51n + BigInt(number)) });
const malformedOf = (number: number) => JSON.stringify({ userTaskKey: number });

const order: fc.Arbitrary<Order> = fc.record({
  verb: fc.constantFrom('look', 'redrive', 'redrive', 'redrive', 'redrive', 'discard', 'discard'),
  thinkMs: fc.constantFrom(0, 0, 2_000, 60_000),
  holds: fc.boolean(),
  showMs: fc.constantFrom(0, 0, 0, 5_000),
  perSecond: fc.constantFrom(undefined, undefined, undefined, 0.05, 5),
  holdAtMost: fc.constantFrom(undefined, undefined, undefined, 3),
  sdkAttempts: fc.constantFrom(1, 3, 3),
});

const begin = step('begin', fc.tuple(seat, order), (system, given) => system.begin(...given));
const happenings = step('happenings', fc.integer({ min: 1, max: 12 }), async ({ time }, count) => {
  for (let index = 0; index < count; index += 1) await time.happen();
});
const turn = ({ wire }: System, faults: Faults) => {
  wire.faults = faults;
};
const wireTurns = step('the wire turns', wireFaults, turn);

const STEPS = [
  step('letters', fc.integer({ min: 1, max: 6 }), (system, count) => system.bury(count, requestOf)),
  step('malformed letters', fc.integer({ min: 1, max: 2 }), (system, count) =>
    system.bury(count, malformedOf),
  ),
  begin,
  begin,
  begin,
  happenings,
  happenings,
  happenings,
  step('time passes', span, ({ time }, milliseconds) => time.pass(milliseconds)),
  step('suspend', fc.tuple(seat, suspension), (system, given) => system.suspend(...given)),
  step('set the clock', fc.tuple(seat, fc.constantFrom(-3_600_000, -20_000, 20_000)), (system, [which, by]) =>
    system.at(which)?.process.setWallClock(by),
  ),
  step('kill', seat, (system, which) => system.kill(which)),
  step('interrupt', seat, (system, which) => system.at(which)?.interrupt()),
  step(
    'the function takes all',
    fc.array(fc.constantFrom('done', 'dead'), { minLength: 1, maxLength: 3 }),
    (system, fates) => system.execute(fates),
  ),
  wireTurns,
  step('all is well', fc.constant(ALL_IS_WELL), turn),
];

const wrongClocks = fc.array(fc.constantFrom<WrongClock>('neither', 'wall', 'monotonic'), {
  minLength: SEATS,
  maxLength: SEATS,
});

/** What the SDK loads when it is first used takes real time. */
async function warmUp(): Promise<void> {
  const once = {
    thinkMs: 0,
    holds: true,
    showMs: 0,
    perSecond: undefined,
    holdAtMost: undefined,
    sdkAttempts: 1,
  };
  await withVirtualTimers(async () => {
    for (const verb of ['redrive', 'discard'] as const) {
      const system = new System([]);
      system.bury(1, requestOf);
      system.begin(0, { verb, ...once });
      await system.end(true);
    }
  });
}

describe('several operators at one dead-letter queue', () => {
  beforeAll(warmUp);

  it('lose nothing, touch nothing that they no longer hold, and are told the truth', async () => {
    const steps = fc.commands(STEPS, { maxCommands: 30, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, wireFaults, wrongClocks, (given, faults, clocks) =>
        withVirtualTimers(async () => {
          const system = new System(clocks);
          system.wire.faults = faults;
          system.bury(4, requestOf);
          await fc.asyncModelRun(() => ({ model: {}, real: system }), given);
          await system.end();
          expect(untrue(system)).toEqual([]);
        }),
      ),
      runs(100),
    );
  });
});
