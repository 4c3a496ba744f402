// `npm run bench`: progress on stderr, the tables on stdout.
import { type Command, HELP, type Part, parseCommand } from './arguments.ts';
import { countCalls, REFUSALS } from './calls.ts';
import { measureColdStarts } from './cold-start.ts';
import { measureSetting, SETTINGS } from './connections.ts';
import { type Artifact, bundleContenders, type Contender } from './contenders.ts';
import { measureGuard } from './guard.ts';
import { measureMemory } from './memory.ts';
import { type Services, startServices } from './processes.ts';
import { reportOf } from './report.ts';
import { noResults, type Results } from './results.ts';
import { measureSizes } from './size.ts';
import { type Load, measureSpeed, type SpeedPlan } from './speed.ts';
import { judge, nameOf } from './targets.ts';

async function main(command: Command): Promise<number> {
  switch (command.type) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'usage':
      process.stderr.write(`npm run bench: ${command.problem}\n\n${HELP}`);
      return 2;
    case 'run':
      return run(command).catch((error: unknown) => {
        process.stderr.write(`npm run bench: ${error instanceof Error ? error.message : String(error)}\n`);
        return 1;
      });
  }
}

async function run({ parts, quick, json }: Extract<Command, { type: 'run' }>): Promise<number> {
  const artifacts = await bundleContenders();
  const services = await startServices();
  const bench = new Bench(artifacts, services, quick ? QUICK : FULL);
  try {
    for (const part of parts) await bench.measure(part);
  } finally {
    services.stop();
  }
  const { results } = bench;
  const output = json ? JSON.stringify({ targets: judge(results), ...results }, null, 2) : reportOf(results);
  process.stdout.write(`${output}\n`);
  return 0;
}

/** How much of everything. */
interface Plan {
  readonly loads: readonly Load[];
  readonly guardLoads: readonly Load[];
  /** Without latency noise counts most, so there are more rounds. */
  readonly speed: (load: Load) => SpeedPlan;
  readonly coldStartRounds: number;
  readonly memoryRounds: number;
}

const loads = (latenciesMs: readonly number[], batchSizes: readonly number[]): Load[] =>
  latenciesMs.flatMap((latencyMs) => batchSizes.map((batchSize) => ({ latencyMs, batchSize })));

const FULL: Plan = {
  loads: loads([0, 5, 20], [10, 100, 1000]),
  guardLoads: loads([0, 5, 20], [10, 100]),
  speed: ({ latencyMs }) =>
    latencyMs === 0
      ? { rounds: 15, turns: 4, turnMs: 400, warmUpMs: 500, warmUpMessages: 10_000 }
      : { rounds: 7, turns: 4, turnMs: 400, warmUpMs: 800, warmUpMessages: 0 },
  coldStartRounds: 30,
  memoryRounds: 3,
};

const QUICK: Plan = {
  loads: loads([0, 5, 20], [10, 100]),
  guardLoads: loads([0, 20], [10, 100]),
  speed: ({ latencyMs }) =>
    latencyMs === 0
      ? { rounds: 5, turns: 3, turnMs: 300, warmUpMs: 500, warmUpMessages: 5_000 }
      : { rounds: 2, turns: 3, turnMs: 300, warmUpMs: 600, warmUpMessages: 0 },
  coldStartRounds: 8,
  memoryRounds: 1,
};

const MEMORY_MESSAGES = 100_000;

class Bench {
  readonly results: Results = noResults();
  readonly #artifacts: Readonly<Record<Contender, Artifact>>;
  readonly #services: Services;
  readonly #plan: Plan;
  readonly #startedAt = Date.now();

  constructor(artifacts: Readonly<Record<Contender, Artifact>>, services: Services, plan: Plan) {
    this.#artifacts = artifacts;
    this.#services = services;
    this.#plan = plan;
  }

  async measure(part: Part): Promise<void> {
    switch (part) {
      case 'size':
        this.#say('size');
        this.results.size = await measureSizes(this.#artifacts, this.#services);
        return;
      case 'calls':
        return this.#measureCalls();
      case 'cold-start':
        return this.#measureColdStarts();
      case 'speed':
        return this.#measureSpeed();
      case 'guard':
        return this.#measureGuard();
      case 'connections':
        return this.#measureConnections();
      case 'memory':
        return this.#measureMemory();
    }
  }

  async #measureCalls(): Promise<void> {
    for (const refusals of REFUSALS) {
      this.#say(`calls: ${refusals.refusedPercent} % refused, batches of ${refusals.batchSize}`);
      const counts = await countCalls(refusals, this.#artifacts, this.#services);
      this.results.calls.push({ refusals, counts });
    }
  }

  async #measureColdStarts(): Promise<void> {
    const { coldStartRounds } = this.#plan;
    const onRound = this.#rounds('cold start', coldStartRounds);
    this.results.coldStart = await measureColdStarts(
      coldStartRounds,
      this.#artifacts,
      this.#services,
      onRound,
    );
  }

  async #measureSpeed(): Promise<void> {
    for (const load of this.#plan.loads) {
      const plan = this.#plan.speed(load);
      const onRound = this.#rounds(`speed: ${nameOf(load)}`, plan.rounds);
      const rounds = await measureSpeed(load, plan, this.#artifacts, this.#services, onRound);
      this.results.speed.push({ load, rounds });
    }
  }

  async #measureGuard(): Promise<void> {
    for (const load of this.#plan.guardLoads) {
      const plan = this.#plan.speed(load);
      const onRound = this.#rounds(`guard: ${nameOf(load)}`, plan.rounds);
      const cost = await measureGuard(load, plan, this.#artifacts.function, this.#services, onRound);
      this.results.guard.push(cost);
    }
  }

  async #measureConnections(): Promise<void> {
    for (const setting of SETTINGS) {
      this.#say(`connections: ${setting.connections}, batches of ${setting.batchSize}`);
      const messagesPerSecond = await measureSetting(setting, this.#artifacts.function, this.#services);
      this.results.connections.push({ setting, messagesPerSecond });
    }
  }

  async #measureMemory(): Promise<void> {
    const { memoryRounds } = this.#plan;
    const onRound = this.#rounds('memory', memoryRounds);
    this.results.memory = await measureMemory(
      memoryRounds,
      MEMORY_MESSAGES,
      this.#artifacts,
      this.#services,
      onRound,
    );
  }

  #rounds(what: string, rounds: number): () => void {
    let done = 0;
    this.#say(`${what}: ${rounds} rounds`);
    return () => {
      done += 1;
      this.#say(`${what}: round ${done} of ${rounds} done`);
    };
  }

  #say(line: string): void {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${line}\n`);
  }
}

process.exitCode = await main(parseCommand(process.argv.slice(2)));
