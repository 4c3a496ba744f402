// Acting on the messages of a plan and on no others, a portion after the other: each is gathered in a pass over the queue, or handed
// over by the look, what is not of it is released, and only then it is acted on, which may take hours.
import type { Action, ActionSummary, ActOptions, PassesEnd, Report } from './action.ts';
import type { QueueAccess } from './batches.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import type { HandOver } from './hand-over.ts';
import { type Coverage, type Kept, passOverAndAct, type Received } from './pass.ts';
import { createPortion, type HeldLetter, type Portion } from './portion.ts';

/** The most that is held at once. */
const MOST_MESSAGES = 20_000;

/** So many slices are acted on at once. */
const PARALLEL = 10;

/**
 * Acts on the messages of a plan: first on those that a look has handed over, then on what is left of it. What is not of it is
 * hidden from others only until the plan's, or a portion of them, have been gathered.
 *
 * @throws what SQS answered where the queue cannot be read
 */
export async function actInPortions(
  queue: QueueAccess,
  messageIds: ReadonlySet<string>,
  options: ActOptions,
  action: Action,
): Promise<ActionSummary> {
  const account = createAccount(messageIds, options);
  const { handOver, signal } = options;
  let coverage = handOver && (await actOnHandOver(handOver, account, options, action));
  let isFull = true;
  while (coverage === undefined || (isFull && account.open > 0 && !signal?.aborted)) {
    const portion = createPortion(mostGathered(action));
    const pass = await actOnPortion(queue, portion, account, options, action, {
      isOpen: account.isOpen,
      isMeant: () => true,
      isEnough: () => portion.isFull || portion.size === account.open,
    });
    coverage = joined(coverage, pass);
    isFull = portion.isFull;
  }
  const isCutShort = signal?.aborted && account.open > 0;
  const planDone = isCutShort ? ({ ...coverage, ended: 'aborted' } as const) : coverage;
  if (options.goOnWith === undefined) return account.summary(planDone);
  const goneOn = await goOn(queue, options.goOnWith, planDone, options, action, account);
  return { ...account.summary(goneOn.coverage), goneOn };
}

/**
 * Acts on what a look still holds, and shows the rest of it again. A hold that was lost before its turn came is no reason to leave a
 * message alone: it is received again with what else is left of the plan.
 *
 * @returns what the look saw, with what could not be shown again since
 */
async function actOnHandOver(
  { portion, kept, coverage, isOver }: HandOver,
  { report, isOpen }: Account,
  options: ActOptions,
  action: Action,
): Promise<Coverage> {
  const reportKnown: Report = async (result) => {
    if (result.outcome !== 'hold-lost') await report(result);
  };
  const isMeant = ({ receipt }: HeldLetter) => isOpen(receipt.messageId);
  await actOn(portion, kept, reportKnown, options, action, { isMeant, isOver });
  const { unreleased, fault, hiddenForSeconds } = await kept.release();
  return {
    ...coverage,
    unreleased: unreleased - coverage.unreleased,
    releaseFault: fault,
    hiddenForSeconds,
  };
}

/** How many messages a portion holds at most. Pure. */
export function mostGathered({ mostHeld = MOST_MESSAGES }: Pick<Action, 'mostHeld'>): number {
  return Math.min(mostHeld, MOST_MESSAGES);
}

/** A pass that gathers what is meant until it is enough, and acts on it. */
async function actOnPortion(
  queue: QueueAccess,
  portion: Portion,
  { report }: Account,
  options: ActOptions,
  action: Action,
  { isOpen, isMeant, isEnough }: Gathering,
): Promise<Coverage> {
  const { now = Date.now } = options;
  const gathers = ({ message, receipt }: Received): boolean => {
    if (portion.isFull || !isOpen(receipt.messageId)) return false;
    const letter = readDeadLetter(message, now());
    return isMeant(letter) && portion.add({ letter, receipt });
  };
  const { coverage } = await passOverAndAct(
    queue,
    (received) => ({ kept: received.filter(gathers), enough: isEnough() }),
    options,
    (kept) => actOn(portion, kept, report, options, action),
  );
  return coverage;
}

/** What is gathered, and until when. */
interface Gathering {
  readonly isOpen: (messageId: string) => boolean;
  readonly isMeant: (letter: DeadLetter) => boolean;
  readonly isEnough: () => boolean;
}

type Account = ReturnType<typeof createAccount>;

/** What became of the plan so far, and of what was met beyond it. */
function createAccount(messageIds: ReadonlySet<string>, { onResult }: ActOptions) {
  const notMet = new Set(messageIds);
  const holdLost = new Set<string>();
  const failed = new Set<string>();
  let done = 0;
  let inDoubt = 0;
  const report: Report = async (result) => {
    const { messageId } = result;
    if (result.outcome === 'hold-lost') {
      notMet.add(messageId);
      holdLost.add(messageId);
      return;
    }
    notMet.delete(messageId);
    holdLost.delete(messageId);
    if (result.outcome === 'redriven' || result.outcome === 'discarded') done += 1;
    else {
      failed.add(messageId);
      if (result.code === 'InDoubt') inDoubt += 1;
    }
    await onResult?.(result);
  };
  return {
    report,
    get done() {
      return done;
    },
    failed: failed as ReadonlySet<string>,
    /** Whether nothing has become of it yet. */
    isOpen: (messageId: string) => notMet.has(messageId) && !holdLost.has(messageId),
    get open() {
      return notMet.size - holdLost.size;
    },
    summary: (coverage: Coverage): ActionSummary => ({
      done,
      failed: failed.size,
      inDoubt,
      notMet,
      holdLost,
      coverage,
    }),
  };
}

/** So many that failed are kept account of, so that none is tried in every pass. */
const MOST_FAILED = 110_000;

/**
 * Acts on what is meant beyond a plan, in one pass after the other over what can be received. What has failed is left alone: it
 * is most likely to fail again, or its copy is on the queue by now.
 */
async function goOn(
  queue: QueueAccess,
  goOnWith: NonNullable<ActOptions['goOnWith']>,
  planDone: Coverage,
  options: ActOptions,
  action: Action,
  account: Account,
): Promise<{ readonly passes: number; readonly ended: PassesEnd; readonly coverage: Coverage }> {
  const { signal } = options;
  let coverage = planDone;
  // What the plan has not met again is meant, too: a plan that met nothing says nothing of what comes after.
  let ended = account.done === 0 && account.failed.size > 0 ? 'no-progress' : endOf(account, signal);
  let passes = 0;
  while (ended === undefined) {
    const isMeant = goOnWith();
    const portion = createPortion(mostGathered(action));
    const before = { done: account.done, failed: account.failed.size };
    const pass = await actOnPortion(queue, portion, account, options, action, {
      isOpen: (messageId) => !account.failed.has(messageId),
      isMeant,
      isEnough: () => portion.isFull,
    });
    passes += 1;
    coverage = joined(coverage, pass);
    const done = account.done - before.done;
    options.onPass?.({ number: passes, coverage: pass, done, failed: account.failed.size - before.failed });
    ended = endOf(account, signal) ?? endOfPass(pass, portion.size, done);
  }
  return { passes, ended, coverage };
}

/** Pure. */
function endOf({ failed }: Pick<Account, 'failed'>, signal: AbortSignal | undefined): PassesEnd | undefined {
  if (signal?.aborted) return 'aborted';
  return failed.size > MOST_FAILED ? 'too-many-failed' : undefined;
}

/** Whether nothing comes after a pass that has gathered so many and done so many of them. Pure. */
function endOfPass({ ended }: Coverage, gathered: number, done: number): PassesEnd | undefined {
  if (ended === 'queue-empty') return 'all-seen';
  if (gathered === 0) return 'nothing-matched';
  return done === 0 ? 'no-progress' : undefined;
}

/** Which of a portion are acted on, and until when. */
interface Bounds {
  readonly isMeant: (held: HeldLetter) => boolean;
  readonly isOver: () => boolean;
}

const NO_BOUNDS: Bounds = { isMeant: () => true, isOver: () => false };

async function actOn(
  portion: Portion,
  { isHeld, forget }: Kept,
  report: Report,
  { signal, receivers = PARALLEL }: ActOptions,
  action: Action,
  { isMeant, isOver }: Bounds = NO_BOUNDS,
): Promise<void> {
  if (signal?.aborted || portion.size === 0) return;
  await action.prepare?.(those(portion, isMeant));
  const nextSlice = slices(those(portion.drain(), isMeant), action.atOnce);
  let hasFailed = false;
  const isToStop = () => signal?.aborted || hasFailed || isOver();
  const worker = async () => {
    while (!isToStop()) {
      const slice = nextSlice();
      if (slice.length === 0) return;
      await action.wait(slice.length);
      if (isToStop()) return;
      for (const messageId of await action.act(slice, isHeld, report)) forget(messageId);
    }
  };
  const workers = Array.from({ length: receivers }, async () => {
    try {
      await worker();
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  });
  const results = await Promise.allSettled(workers);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function* those<T>(items: Iterable<T>, areMeant: (item: T) => boolean): Iterable<T> {
  for (const item of items) if (areMeant(item)) yield item;
}

/** Hands out so many at a time, and none at the end. */
function slices<T>(items: Iterable<T>, most: number): () => T[] {
  const iterator = items[Symbol.iterator]();
  return () => {
    const slice: T[] = [];
    while (slice.length < most) {
      const next = iterator.next();
      if (next.done) break;
      slice.push(next.value);
    }
    return slice;
  };
}

/** Of several passes the last one says what there is, and all of them what could not be released. */
function joined(before: Coverage | undefined, last: Coverage): Coverage {
  if (before === undefined) return last;
  return {
    ...last,
    unreleased: before.unreleased + last.unreleased,
    releaseFault: last.releaseFault ?? before.releaseFault,
    hiddenForSeconds: Math.max(before.hiddenForSeconds, last.hiddenForSeconds),
  };
}
