// Nothing is lost, over time: a system of queues, function, cluster and people in which anything happens in any
// order, and after every step each message that was ever enqueued is somewhere. See runs.ts for how to try more often.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE } from '../../client/contract/journey.ts';
import { handlerServer } from './handler-in-memory.ts';
import { createInMemorySqs, QUEUE_URL, type SendFault, sendFault } from './in-memory-sqs.ts';
import type { Serve } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { Queues } from './queues.ts';
import { runs, TIME_LIMIT_MS } from './runs.ts';
import { type Behaviour, behaviour, createScriptedCluster } from './scripted-cluster.ts';
import { inVirtualTime, pass, untilDone } from './virtual-time.ts';

/** A message that was enqueued. */
interface Enqueued {
  readonly body: string;
  readonly key: string;
  unassigned: boolean;
  discarded: boolean;
}

/** All of it. */
class System {
  readonly queues = new Queues();
  readonly enqueued: Enqueued[] = [];
  readonly #serve: Serve;
  cluster: readonly Behaviour[] = [{ kind: 'hangs' }];
  sqs: readonly SendFault[] = [{ kind: 'none', latencyMs: 0 }];
  invocations = 0;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  /** @param interactions after how many of them the function is killed */
  async deliver(most: number, hiddenToo: boolean, timeoutMs: number, interactions?: number): Promise<void> {
    const records = this.queues.receive(most, hiddenToo);
    if (records.length === 0) return;
    const lifeline = createLifeline(interactions);
    const cluster = createScriptedCluster((call) => at(this.cluster, call), lifeline);
    const sqs = createInMemorySqs(
      (send) => at(this.sqs, send),
      lifeline,
      (...taken) => this.queues.take(...taken),
    );
    const serving = this.#serve(records, timeoutMs, { cluster, sqs });
    const reported = await untilDone(serving, () => lifeline.killed);
    for (const message of this.enqueued) if (cluster.unassigned.has(message.key)) message.unassigned = true;
    if (reported !== undefined) this.queues.settle(records, reported);
    expect(sqs.violations).toEqual([]);
  }

  /** What is nowhere, or is a dead letter that does not say why. */
  missing(): string[] {
    return this.enqueued.flatMap(({ body, unassigned, discarded }) => {
      const { queued, dead } = this.queues.copiesOf(body);
      const isSomewhere = queued.length > 0 || dead.length > 0 || unassigned || discarded;
      const isUnexplained = dead.some(
        ({ entry, movedBySqs }) => !movedBySqs && entry.MessageAttributes?.[FAILURE_ATTRIBUTE] === undefined,
      );
      return [
        ...(isSomewhere ? [] : [`${body} is lost`]),
        ...(isUnexplained ? [`${body} does not say why`] : []),
      ];
    });
  }
}

function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

/** What anybody may do. The model holds nothing: what has to be true is said of the system itself. */
abstract class Step implements fc.AsyncCommand<object, System> {
  check(): boolean {
    return true;
  }
  async run(_: object, system: System): Promise<void> {
    await this.happen(system);
    expect(system.missing()).toEqual([]);
  }
  protected abstract happen(system: System): Promise<void> | void;
  abstract toString(): string;
}

class Enqueue extends Step {
  readonly count: number;
  readonly journey: string | undefined;
  constructor(count: number, journey: string | undefined) {
    super();
    this.count = count;
    this.journey = journey;
  }
  happen({ queues, enqueued }: System): void {
    for (let index = 0; index < this.count; index += 1) {
      const key = String(2n ** 51n + BigInt(enqueued.length));
      const body = JSON.stringify({ userTaskKey: key });
      enqueued.push({ body, key, unassigned: false, discarded: false });
      queues.take(QUEUE_URL, {
        Id: '0',
        MessageBody: body,
        ...(this.journey === undefined
          ? {}
          : {
              MessageAttributes: { [JOURNEY_ATTRIBUTE]: { DataType: 'String', StringValue: this.journey } },
            }),
      });
    }
  }
  toString = () => `enqueue(${this.count}${this.journey === undefined ? '' : `, ${this.journey}`})`;
}

class Deliver extends Step {
  readonly wish: { most: number; hiddenToo: boolean; timeoutMs: number; interactions?: number };
  constructor(wish: Deliver['wish']) {
    super();
    this.wish = wish;
  }
  happen(system: System): Promise<void> {
    const { most, hiddenToo, timeoutMs, interactions } = this.wish;
    return system.deliver(most, hiddenToo, timeoutMs, interactions);
  }
  toString = () => `deliver(${JSON.stringify(this.wish)})`;
}

class ClusterTurns extends Step {
  readonly to: readonly Behaviour[];
  constructor(to: readonly Behaviour[]) {
    super();
    this.to = to;
  }
  happen(system: System): void {
    system.cluster = this.to;
  }
  toString = () => `clusterTurns(${JSON.stringify(this.to)})`;
}

class SqsTurns extends Step {
  readonly to: readonly SendFault[];
  constructor(to: readonly SendFault[]) {
    super();
    this.to = to;
  }
  happen(system: System): void {
    system.sqs = this.to;
  }
  toString = () => `sqsTurns(${JSON.stringify(this.to)})`;
}

class TimePasses extends Step {
  readonly seconds: number;
  constructor(seconds: number) {
    super();
    this.seconds = seconds;
  }
  happen(): void {
    pass(this.seconds * 1000);
  }
  toString = () => `timePasses(${this.seconds} s)`;
}

class Redrive extends Step {
  happen({ queues }: System): void {
    queues.redrive();
  }
  toString = () => 'redrive()';
}

class Discard extends Step {
  readonly which: number;
  constructor(which: number) {
    super();
    this.which = which;
  }
  happen({ queues, enqueued }: System): void {
    const letter = [...queues.deadLetters.values()][this.which];
    if (letter === undefined) return;
    queues.deadLetters.delete(letter.id);
    for (const message of enqueued) if (message.body === letter.entry.MessageBody) message.discarded = true;
  }
  toString = () => `discard(${this.which})`;
}

const forged = fc.constantFrom(
  'not a journey',
  '{"attempts":7,"firstTriedAt":"2099-01-01T00:00:00Z","firstSentAt":"1999-01-01T00:00:00Z","firstMessageId":"x"}',
  '{"attempts":0,"firstSentAt":"2026-11-23T12:00:00Z","firstMessageId":"x","kind":"expired"}',
);

const answers = fc.array(behaviour, { minLength: 1, maxLength: 4 });
const faults = fc.array(sendFault, { minLength: 1, maxLength: 3 });
const delivery = {
  most: fc.constantFrom(1, 10, 10, 10_000),
  hiddenToo: fc.boolean(),
  timeoutMs: fc.constantFrom(60_000, 3_000),
};
const deliver = fc.record(delivery).map((wish) => new Deliver(wish));

const STEPS = [
  fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.option(forged, { nil: undefined }))
    .map((given) => new Enqueue(...given)),
  deliver,
  deliver,
  deliver,
  fc.record({ ...delivery, interactions: fc.nat({ max: 40 }) }).map((wish) => new Deliver(wish)),
  answers.map((to) => new ClusterTurns(to)),
  faults.map((to) => new SqsTurns(to)),
  fc.constant(new SqsTurns([{ kind: 'none', latencyMs: 0 }])),
  fc
    .oneof(fc.nat({ max: 5 }), fc.constantFrom(60, 400, 400, 3_600, 90_000))
    .map((seconds) => new TimePasses(seconds)),
  fc.constant(new TimePasses(900)),
  fc.constant(new Redrive()),
  fc.nat({ max: 3 }).map((which) => new Discard(which)),
];

describe('a system of queues, function, cluster and people', () => {
  let serve: Serve;
  beforeAll(async () => {
    serve = await handlerServer();
  });

  it(
    'loses no message, whatever happens in whatever order',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), (steps) =>
          inVirtualTime(() => fc.asyncModelRun(() => ({ model: {}, real: new System(serve) }), steps)),
        ),
        runs(1_000),
      );
    },
    TIME_LIMIT_MS,
  );
});
