// Nothing is lost, over time: a system of queues, function, cluster and people in which anything happens in any
// order, and after every step each message that was ever enqueued is somewhere. See runs.ts for how to try more often.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FAILURE_ATTRIBUTE, JOURNEY_ATTRIBUTE, parseJourney } from '../../client/contract/journey.ts';
import { isSuperseding } from './conservation.ts';
import { handlerServer } from './handler-in-memory.ts';
import { createInMemorySqs, QUEUE_URL, type SendFault, sendFault } from './in-memory-sqs.ts';
import { batchServer, type Serve } from './invocation.ts';
import { createLifeline } from './lifeline.ts';
import { Queues } from './queues.ts';
import { runs } from './runs.ts';
import {
  type Behaviour,
  behaviour,
  createScriptedCluster,
  type ReadingBehaviour,
  readingBehaviour,
} from './scripted-cluster.ts';
import { inVirtualTime, pass, untilDone } from './virtual-time.ts';

/** A message that was enqueued. */
interface Enqueued {
  readonly body: string;
  readonly key: string;
  /** Who must have the task, where the request says so. */
  readonly expected: string | undefined;
  /** When it was first sent, as far as anybody can tell; epoch milliseconds. */
  readonly firstSentAt: number;
  unassigned: boolean;
  /** The storage has said, a minute or more after that, that somebody else has the task, or nobody. */
  superseded: boolean;
  discarded: boolean;
}

/** All of it. */
class System {
  readonly queues = new Queues();
  readonly enqueued: Enqueued[] = [];
  readonly #serve: Serve;
  cluster: readonly Behaviour[] = [{ kind: 'hangs' }];
  storage: readonly ReadingBehaviour[] = [{ kind: 'hangs' }];
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
    const cluster = createScriptedCluster(
      (call) => at(this.cluster, call),
      lifeline,
      (reading) => at(this.storage, reading),
    );
    const sqs = createInMemorySqs(
      (send) => at(this.sqs, send),
      lifeline,
      (...taken) => this.queues.take(...taken),
    );
    const serving = this.#serve(records, timeoutMs, { cluster, sqs });
    const reported = await untilDone(serving, () => lifeline.killed);
    const { unassigned, readings } = cluster;
    for (const message of this.enqueued) {
      if (unassigned.has(message.key)) message.unassigned = true;
      const isRead = readings.some((read) => read.key === message.key && isSuperseding(message, read));
      if (isRead) message.superseded = true;
    }
    if (reported !== undefined) this.queues.settle(records, reported);
    expect(sqs.violations).toEqual([]);
  }

  /** What is nowhere, or is a dead letter that does not say why. */
  missing(): string[] {
    return this.enqueued.flatMap(({ body, unassigned, superseded, discarded }) => {
      const { queued, dead } = this.queues.copiesOf(body);
      const isSomewhere = queued.length > 0 || dead.length > 0 || unassigned || superseded || discarded;
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
  readonly expected: string | undefined;
  constructor(count: number, journey: string | undefined, expected: string | undefined) {
    super();
    this.count = count;
    this.journey = journey;
    this.expected = expected;
  }
  happen({ queues, enqueued }: System): void {
    for (let index = 0; index < this.count; index += 1) {
      const key = String(2n ** 51n + BigInt(enqueued.length));
      const { expected } = this;
      const body = JSON.stringify({ userTaskKey: key, expectedAssignee: expected });
      const said = Date.parse(parseJourney(this.journey ?? '')?.firstSentAt ?? '');
      const firstSentAt = Number.isNaN(said) ? Date.now() : Math.min(said, Date.now());
      const fate = { unassigned: false, superseded: false, discarded: false };
      enqueued.push({ body, key, expected, firstSentAt, ...fate });
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
  toString = () => `enqueue(${JSON.stringify([this.count, this.journey, this.expected])})`;
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

class StorageTurns extends Step {
  readonly to: readonly ReadingBehaviour[];
  constructor(to: readonly ReadingBehaviour[]) {
    super();
    this.to = to;
  }
  happen(system: System): void {
    system.storage = this.to;
  }
  toString = () => `storageTurns(${JSON.stringify(this.to)})`;
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
const words = fc.array(readingBehaviour, { minLength: 1, maxLength: 4 });
const faults = fc.array(sendFault, { minLength: 1, maxLength: 3 });
const delivery = {
  most: fc.constantFrom(1, 10, 10, 10_000),
  hiddenToo: fc.boolean(),
  timeoutMs: fc.constantFrom(60_000, 3_000),
};
const deliver = fc.record(delivery).map((wish) => new Deliver(wish));

const STEPS = [
  fc
    .tuple(
      fc.integer({ min: 1, max: 15 }),
      fc.option(forged, { nil: undefined }),
      fc.constantFrom('demo', undefined),
    )
    .map((given) => new Enqueue(...given)),
  deliver,
  deliver,
  deliver,
  fc.record({ ...delivery, interactions: fc.nat({ max: 40 }) }).map((wish) => new Deliver(wish)),
  answers.map((to) => new ClusterTurns(to)),
  words.map((to) => new StorageTurns(to)),
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
  let handler: Serve;
  beforeAll(async () => {
    handler = await handlerServer();
  });

  it('loses no message, whatever happens in whatever order', async () => {
    // What an environment has met before changes its pace.
    const steps = fc.commands(STEPS, { maxCommands: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), (given, isNew) =>
        inVirtualTime(() => {
          const real = () => new System(isNew ? batchServer(10) : handler);
          return fc.asyncModelRun(() => ({ model: {}, real: real() }), given);
        }),
      ),
      runs(1_000),
    );
  });
});
