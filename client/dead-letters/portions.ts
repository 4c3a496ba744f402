// Acting on the messages of a plan and on no others, a portion after the other: each is gathered in a pass over the queue,
// what is not of it is released, and only then it is acted on, which may take hours.
import type { Message } from '@aws-sdk/client-sqs';
import type { Action, ActionSummary, ActOptions, PassesEnd, Report } from './action.ts';
import type { QueueAccess } from './batches.ts';
import { readDeadLetter } from './dead-letter.ts';
import { type Coverage, type Kept, passOver, type Received } from './pass.ts';

/** The most that is held, and kept in memory, at once. */
const MOST_MESSAGES = 20_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** So many slices are acted on at once. */
const PARALLEL = 10;

/**
 * Acts on the messages of a plan. What is not of it is hidden from others only until the plan's, or a portion of them, have
 * been gathered.
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
  let coverage: Coverage | undefined;
  let isFull: boolean;
  do {
    const portion = createPortion(action.mostHeld ?? MOST_MESSAGES);
    const pass = await actOnPortion(queue, portion, account, options, action, {
      isMeant: ({ receipt }) => account.isOpen(receipt.messageId),
      isEnough: () => portion.isFull || portion.size === account.open,
    });
    coverage = joined(coverage, pass);
    isFull = portion.isFull;
  } while (isFull && account.open > 0 && !options.signal?.aborted);
  const isCutShort = options.signal?.aborted && account.open > 0;
  const planDone = isCutShort ? ({ ...coverage, ended: 'aborted' } as const) : coverage;
  if (options.goOnWith === undefined) return account.summary(planDone);
  const goneOn = await goOn(queue, options.goOnWith, planDone, options, action, account);
  return { ...account.summary(goneOn.coverage), goneOn };
}

/** A pass that gathers what is meant until it is enough, and acts on it. */
function actOnPortion(
  queue: QueueAccess,
  portion: ReturnType<typeof createPortion>,
  { report }: Account,
  options: ActOptions,
  action: Action,
  {
    isMeant,
    isEnough,
  }: { readonly isMeant: (received: Received) => boolean; readonly isEnough: () => boolean },
): Promise<Coverage> {
  return passOver(
    queue,
    (received) => ({ kept: received.filter((one) => isMeant(one) && portion.add(one)), enough: isEnough() }),
    options,
    (held) => actOn(portion.take(), held, report, options, action),
  );
}

type Account = ReturnType<typeof createAccount>;

/** What became of the plan so far, and of what was met beyond it. */
function createAccount(messageIds: ReadonlySet<string>, { onResult }: ActOptions) {
  const notMet = new Set(messageIds);
  const holdLost = new Set<string>();
  const failed = new Set<string>();
  let done = 0;
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
    else failed.add(messageId);
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
  const { now = Date.now, signal } = options;
  let coverage = planDone;
  // What the plan has not met again is meant, too: a plan that met nothing says nothing of what comes after.
  let ended = account.done === 0 && account.failed.size > 0 ? 'no-progress' : endOf(account, signal);
  let passes = 0;
  while (ended === undefined) {
    const isMeant = goOnWith();
    const portion = createPortion(action.mostHeld ?? MOST_MESSAGES);
    const before = { done: account.done, failed: account.failed.size };
    const pass = await actOnPortion(queue, portion, account, options, action, {
      isMeant: ({ receipt, message }) =>
        !account.failed.has(receipt.messageId) && isMeant(readDeadLetter(message, now())),
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

/** What is gathered before it is acted on, up to a bound. */
export function createPortion(mostMessages: number) {
  const most = Math.min(mostMessages, MOST_MESSAGES);
  let gathered: Received[] = [];
  let size = 0;
  let bytes = 0;
  const isFull = () => size >= most || bytes >= MOST_BYTES;
  return {
    get isFull() {
      return isFull();
    },
    get size() {
      return size;
    },
    /** Whether there was room for it. */
    add(received: Received): boolean {
      if (isFull()) return false;
      gathered.push(received);
      size += 1;
      bytes += bytesOf(received.message);
      return true;
    },
    /** What was gathered, which need not be kept any more. */
    take(): Received[] {
      const taken = gathered;
      gathered = [];
      return taken;
    },
  };
}

/** About as much memory as it takes. */
function bytesOf({ Body = '', MessageAttributes = {} }: Message): number {
  const values = Object.entries(MessageAttributes).map(
    ([name, attribute]) =>
      name.length + (attribute?.StringValue?.length ?? 0) + (attribute?.BinaryValue?.length ?? 0),
  );
  return values.reduce((sum, value) => sum + value, Body.length);
}

async function actOn(
  portion: readonly Received[],
  { isHeld, forget }: Kept,
  report: Report,
  { signal, receivers = PARALLEL }: ActOptions,
  action: Action,
): Promise<void> {
  if (signal?.aborted) return;
  await action.prepare?.(portion);
  let next = 0;
  let hasFailed = false;
  const isOver = () => next >= portion.length || signal?.aborted || hasFailed;
  const worker = async () => {
    while (!isOver()) {
      const slice = portion.slice(next, next + action.atOnce);
      next += slice.length;
      await action.wait(slice.length);
      if (signal?.aborted || hasFailed) return;
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
