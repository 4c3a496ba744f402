// Whose the tasks of a chaos run are: who takes one when, and whether the function took one from somebody whom the
// storage knew.
import type { FaultRequest } from '../../infra/local/stand-in/broker.ts';
import type { StandInCluster } from '../../infra/local/stand-in/cluster.ts';
import { type ChaosMessage, EXPECTED, SOMEBODY_ELSE } from './requests.ts';

/** What was read of a task last. */
interface LastReading {
  readonly at: number;
  readonly lagMs: number;
}

/** Between what happens and when it is noted; milliseconds. */
const SLACK_MS = 100;

/** The hands that tasks go through. */
export class Hands {
  /** Newer assignees who lost a task since the storage did not show them yet. */
  unseen = 0;
  readonly #cluster: () => StandInCluster;
  readonly #guarded: ReadonlySet<string>;
  readonly #toChange: { readonly at: number; readonly key: string }[];
  readonly #lostAt: Map<string, number>;
  readonly #readings = new Map<string, LastReading>();
  readonly #complaints = new Map<string, string>();

  /** @param cluster known from the first call on */
  constructor(messages: readonly ChaosMessage[], cluster: () => StandInCluster) {
    this.#cluster = cluster;
    this.#guarded = new Set(messages.flatMap(({ key, isGuarded }) => (key && isGuarded ? [key] : [])));
    this.#lostAt = new Map(
      messages.flatMap(({ key, fate }) =>
        key !== undefined && fate === 'taken' ? [[key, Number.NEGATIVE_INFINITY]] : [],
      ),
    );
    this.#toChange = messages
      .flatMap(({ key, changesAt }) =>
        key === undefined || changesAt === undefined ? [] : [{ key, at: changesAt }],
      )
      .sort((a, b) => a.at - b.at);
  }

  /** What is wrong with how the function treated this task, if anything. */
  complaintOf(key: string): string | undefined {
    return this.#complaints.get(key);
  }

  /** Since when somebody else than expected has had it; epoch milliseconds. */
  lostAt(key: string): number | undefined {
    return this.#lostAt.get(key);
  }

  /** The expected person takes these tasks now. */
  give(messages: readonly ChaosMessage[]): void {
    for (const { fate, key } of messages) {
      if (fate === 'just-taken' && key !== undefined) this.#cluster().tasks.put(key, { assignee: EXPECTED });
    }
  }

  /** Somebody else takes what they are to take by now. */
  change(): void {
    for (
      let next = this.#toChange[0];
      next !== undefined && next.at <= Date.now();
      next = this.#toChange[0]
    ) {
      this.#toChange.shift();
      this.#lostAt.set(next.key, Date.now());
      this.#cluster().tasks.put(next.key, { assignee: SOMEBODY_ELSE });
    }
  }

  /**
   * The cluster is called.
   *
   * @param reaches whether the call reaches the engine, or the storage
   */
  called({ method, key }: FaultRequest, reaches: boolean): void {
    if (key === undefined || !reaches || !this.#guarded.has(key)) return;
    const { lagMs } = this.#cluster().settings;
    if (method === 'GET') this.#readings.set(key, { at: Date.now(), lagMs });
    else this.#unassigns(key, lagMs);
  }

  #unassigns(key: string, lagMs: number): void {
    const read = this.#readings.get(key);
    if (read === undefined) {
      this.#complaints.set(key, 'called although nobody had read whose it is');
      return;
    }
    if (this.#cluster().tasks.get(key)?.assignee !== SOMEBODY_ELSE) return;
    const since = this.#lostAt.get(key) ?? Number.NEGATIVE_INFINITY;
    const knownUntil = read.at - Math.max(read.lagMs, lagMs) - SLACK_MS;
    if (since > knownUntil) this.unseen += 1;
    else this.#complaints.set(key, 'taken from somebody whom the storage knew when it was read');
  }
}
