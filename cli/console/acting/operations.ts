// Carrying out a confirmed plan: one at a time, to its end whether or not a page is there to see it.
import { errorText } from '../../../client/contract/text.ts';
import {
  type ActionResult,
  type ActionSummary,
  type CameBack,
  type Coverage,
  discard,
  look,
  type QueueAccess,
  redrive,
} from '../../../client/dead-letters/index.ts';
import type { ConnectionChoice } from '../../connection.ts';
import { type Act, actUntilHopeless, isDoneAs } from '../../dead-letters/act-until-hopeless.ts';
import {
  type ActionRow,
  leftOutRow,
  resultRow,
  tallyText,
  unmetRows,
} from '../../dead-letters/action-report.ts';
import { audited, type Trace } from '../../dead-letters/audit/audited.ts';
import { createKeptFile, type KeptFile } from '../../dead-letters/audit/kept-file.ts';
import { coverageJson, hiddenTexts } from '../../dead-letters/coverage.ts';
import { keepLetters } from '../../dead-letters/discard.ts';
import { startExport } from '../../dead-letters/export.ts';
import { checkDestination } from '../../dead-letters/redrive.ts';
import { type Following, followRedriven, watchDoubts, watchText } from '../../dead-letters/watch.ts';
import { grouped } from '../../progress.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { OperationAnswer, Page } from '../api.ts';
import { Refusal } from '../server/refusal.ts';
import type { Plan } from './plan.ts';

/** The operations of one console. */
export interface Operations {
  /** Whether something is being done; watching is not doing. */
  readonly isBusy: boolean;
  /** Whether something is being done or watched. */
  readonly isGoingOn: boolean;
  /** Throws a Refusal while something is being done. */
  requireFree(): void;
  /**
   * Begins one. Resolves when it is written down that it begins, and nothing has happened before.
   *
   * @throws a Refusal while another goes on, or a CommandError where it cannot be written down
   */
  begin(plan: Plan, reason: string | undefined): Promise<OperationAnswer>;
  /** The last one. */
  state(): OperationAnswer | null;
  results(offset: number, limit: number): Page<ActionRow>;
  cancel(): OperationAnswer;
  /** Resolves when nobody watches any more, and what was looked at can be received again. */
  stopWatching(): Promise<void>;
  /** What was last done to a group from this console. */
  lastOn(groupId: string): OperationAnswer | undefined;
  /** Resolves when none goes on. */
  ended(): Promise<void>;
}

/** What operations need. */
export interface OperationsOptions {
  readonly deadLetterQueue: QueueAccess;
  readonly queue: QueueAccess | undefined;
  readonly connection: ConnectionChoice;
  readonly surroundings: Surroundings;
  readonly adviceOn: (error: unknown) => string;
  /** These are on the dead-letter queue no more. */
  readonly onGone: (messageId: string) => void;
}

/** None yet. */
export function createOperations(options: OperationsOptions): Operations {
  const byGroup = new Map<string, Operation>();
  let last: Operation | undefined;
  let beginning: Promise<unknown> = Promise.resolve();
  const requireFree = () => {
    if (last?.isRunning)
      throw new Refusal('busy', 'Another operation goes on: wait for its end, or cancel it.');
  };
  return {
    requireFree,
    get isBusy() {
      return last?.isRunning === true;
    },
    get isGoingOn() {
      return last !== undefined && last.state().endedAt === null;
    },
    async begin(plan, reason) {
      requireFree();
      const before = last;
      const operation = new Operation(plan, options);
      last = operation;
      const begun = stopped(before).then(() => operation.begin(reason));
      beginning = begun.catch(() => undefined);
      try {
        await begun;
      } catch (error) {
        last = before;
        throw error;
      }
      for (const { id } of plan.groups) byGroup.set(id, operation);
      return operation.state();
    },
    async stopWatching() {
      if (last?.isRunning === false) await stopped(last);
    },
    state: () => last?.state() ?? null,
    results(offset, limit) {
      const rows = last?.rows ?? [];
      return { total: rows.length, rows: rows.slice(offset, offset + limit) };
    },
    cancel() {
      if (last === undefined) throw new Refusal('not-found', 'There is no operation to cancel.');
      last.cancel();
      return last.state();
    },
    lastOn: (groupId) => byGroup.get(groupId)?.state(),
    async ended() {
      await beginning;
      await last?.ended;
    },
  };
}

/** One that watches has no more to do than to give back what it looks at. */
async function stopped(operation: Operation | undefined): Promise<void> {
  operation?.cancel();
  await operation?.ended;
}

type Queues = Pick<OperationsOptions, 'deadLetterQueue' | 'queue'>;

/** One of them. */
class Operation {
  readonly rows: ActionRow[];
  ended: Promise<void> = Promise.resolve();
  readonly #plan: Plan;
  readonly #options: OperationsOptions;
  readonly #surroundings: Surroundings;
  readonly #cancelled = new AbortController();
  readonly #startedAt: number;
  readonly #notes: string[] = [];
  #state: OperationAnswer['state'] = 'running';
  #endedAt: number | undefined;
  #done = 0;
  #failed = 0;
  #notMet: number | undefined;
  #error: string | null = null;
  #summary: string | null = null;
  #coverage: Coverage | undefined;
  #kept: KeptFile | undefined;
  #following: Following | undefined;
  #watchUntil: number | undefined;

  constructor(plan: Plan, options: OperationsOptions) {
    const { surroundings } = options;
    this.#plan = plan;
    this.#options = options;
    this.#surroundings = {
      ...surroundings,
      signal: AbortSignal.any([surroundings.signal, this.#cancelled.signal]),
    };
    this.#startedAt = surroundings.now();
    this.rows = plan.leftOut.map(leftOutRow);
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  /** Resolves when it is written down; throws where it cannot be, or must not be, begun. */
  async begin(reason: string | undefined): Promise<void> {
    const { action, watchForMs } = this.#plan;
    const { deadLetterQueue, queue } = this.#options;
    if (this.#options.surroundings.signal.aborted)
      throw new Refusal('ending', 'The console is about to end, and begins nothing any more.');
    if (action === 'redrive' && queue !== undefined) await checkDestination({ deadLetterQueue, queue });
    if (action !== 'redrive') this.#kept = await createKeptFile({ in: 'state folder' }, this.#surroundings);
    if (action === 'redrive' && watchForMs !== undefined) {
      this.#following = followRedriven(deadLetterQueue, watchForMs, this.#surroundings);
    }
    try {
      const act = await this.#prepared({ deadLetterQueue, queue }, reason);
      this.ended = this.#run(act);
    } catch (error) {
      await this.#kept?.file.remove();
      throw error;
    }
  }

  /** What acts, written down where it changes anything. */
  async #prepared({ deadLetterQueue, queue }: Queues, reason: string | undefined): Promise<Act | undefined> {
    const { action, messageIds, changes, perSecond, choice, leftOut, unseen } = this.#plan;
    if (action === 'export') return undefined;
    const keptIn = this.#kept;
    const isRedrive = action === 'redrive' && queue !== undefined;
    const act: Act = isRedrive
      ? (options) => redrive(deadLetterQueue, queue, messageIds, { ...options, ...changes, perSecond })
      : (options) =>
          discard(deadLetterQueue, messageIds, {
            ...options,
            beforeDeletion: keeping(keptIn, this.#surroundings),
          });
    const trace: Trace = { action, deadLetterQueue, choice, ...(isRedrive ? { queue } : { keptIn }) };
    const { connection } = this.#options;
    const intent = {
      connection,
      reason,
      planned: messageIds.size,
      leftOut: leftOut.length,
      unseen: unseen.length,
    };
    return audited(act, trace, intent, this.#surroundings);
  }

  /** Never rejects. */
  async #run(act: Act | undefined): Promise<void> {
    try {
      await (act === undefined ? this.#export() : this.#act(act));
      await this.#watch();
      if (this.#state !== 'cancelled') this.#state = 'ended';
    } catch (error) {
      this.#error = this.#options.adviceOn(error);
      this.#state = 'failed';
      this.#notMet ??= Math.max(0, this.#plan.messageIds.size - this.#done - this.#failed);
    } finally {
      this.#endedAt = this.#surroundings.now();
      await this.#closeFile();
    }
  }

  async #act(act: Act): Promise<void> {
    const { now, signal } = this.#surroundings;
    const { summary, advice } = await actUntilHopeless(act, this.#options.connection, {
      now,
      signal,
      onResult: (result) => this.#heard(result),
    });
    const unseen = this.#plan.unseen;
    const whole = { ...summary, notMet: new Set([...summary.notMet, ...unseen]) };
    for (const row of unmetRows(whole)) this.rows.push(row);
    this.#settle(whole, advice);
  }

  #heard(result: ActionResult): void {
    if (isDoneAs(result)) {
      this.#done += 1;
      this.#options.onGone(result.messageId);
    } else {
      this.#failed += 1;
    }
    this.#following?.add(result);
    this.rows.push(resultRow(result));
  }

  #settle(summary: ActionSummary, advice: string | undefined): void {
    const isCancelled = this.#surroundings.signal.aborted && summary.notMet.size > 0;
    this.#notMet = summary.notMet.size;
    this.#coverage = summary.coverage;
    this.#summary = tallyText(
      summary,
      this.#plan.action === 'redrive' ? 'redriven' : 'discarded',
      isCancelled,
    );
    this.#notes.push(...(advice === undefined ? [] : [advice]), ...hiddenTexts(summary.coverage));
    if (isCancelled) this.#state = 'cancelled';
  }

  async #export(): Promise<void> {
    const { messageIds, unseen } = this.#plan;
    const { now, signal } = this.#surroundings;
    const file = this.#kept?.file;
    if (file === undefined) return;
    const exporter = startExport(messageIds, (line) => file.write(line).then(() => true), { now });
    this.#coverage = await look(
      this.#options.deadLetterQueue,
      async (letter) => {
        const next = await exporter.onlooker(letter);
        this.#done = exporter.written;
        return next;
      },
      { filter: { messageIds }, now, signal },
    );
    await file.sync();
    this.#done = exporter.written;
    this.#notMet = exporter.unmet.size + unseen.length;
    const missing = this.#notMet === 0 ? '' : `; ${grouped(this.#notMet)} did not show up`;
    this.#summary = `Wrote ${grouped(this.#done)} of ${grouped(messageIds.size)}${missing}.`;
    this.#notes.push(...hiddenTexts(this.#coverage));
    if (signal.aborted && this.#notMet > 0) this.#state = 'cancelled';
  }

  async #watch(): Promise<void> {
    const { watchForMs } = this.#plan;
    const following = this.#following;
    const { now, signal } = this.#surroundings;
    if (following === undefined || watchForMs === undefined || following.rows.size === 0 || signal.aborted)
      return;
    this.#state = 'watching';
    this.#watchUntil = now() + watchForMs;
    await following.look();
    const counts = following.counts();
    this.#notes.push(watchText(counts, watchForMs), ...watchDoubts(counts, following.coverage));
  }

  async #closeFile(): Promise<void> {
    const file = this.#kept?.file;
    try {
      await (file?.isEmpty ? file.remove() : file?.close());
    } catch (error) {
      this.#notes.push(errorText(error));
    }
  }

  state(): OperationAnswer {
    const { planId, action, headline, messageIds, leftOut } = this.#plan;
    const time = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());
    return {
      operationId: planId,
      planId,
      action,
      headline,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: time(this.#endedAt),
      state: this.#state,
      planned: messageIds.size,
      done: this.#done,
      failed: this.#failed,
      leftOut: leftOut.length,
      notMet: this.#notMet ?? null,
      error: this.#error,
      summary: this.#summary,
      notes: [...this.#notes],
      ...this.#watchState(),
      exportPath: this.#kept === undefined || this.#kept.file.isEmpty ? null : this.#kept.path,
      coverage: this.#coverage === undefined ? null : coverageJson(this.#coverage),
    };
  }

  #watchState(): Pick<OperationAnswer, 'watch' | 'cameBack'> {
    const following = this.#following;
    if (following === undefined || this.#watchUntil === undefined) return { watch: null, cameBack: [] };
    const counts = following.counts();
    const cameBack: { messageId: string; as: CameBack }[] = [];
    for (const { messageId, cameBack: as } of following.rows.values())
      if (as !== null) cameBack.push({ messageId, as });
    const interrupted = this.#state === 'watching' ? false : counts.interrupted;
    return { watch: { ...counts, interrupted, until: new Date(this.#watchUntil).toISOString() }, cameBack };
  }
}

/** What is discarded is in a file first. */
function keeping(kept: KeptFile | undefined, surroundings: Surroundings) {
  if (kept === undefined) throw new Error('there is no file to keep what is discarded');
  return (letters: Parameters<typeof keepLetters>[0]) => keepLetters(letters, kept, surroundings);
}
