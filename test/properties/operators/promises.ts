// What has to be true of several operators at one dead-letter queue, at any moment and in the end.
import type { ActionResult } from '../../../client/dead-letters/index.ts';
import type { Operator } from './operator.ts';
import type { VirtualTime } from './virtual-processes.ts';
import type { VirtualSqs } from './virtual-sqs.ts';
import type { Wire } from './wire.ts';

/** All that there is to know. */
export interface Known {
  readonly time: VirtualTime;
  readonly sqs: VirtualSqs;
  readonly wire: Wire;
  readonly operators: readonly Operator[];
  /** Of every message that ever was. */
  readonly bodies: readonly string[];
  readonly executed: ReadonlyMap<string, number>;
}

/** Everything that breaks a promise, one line each. */
export function untrue(known: Known): string[] {
  const { wire, bodies, operators } = known;
  return [
    ...wire.broken,
    ...bodies.flatMap((body) => [...lost(body, known), ...executedAgain(body, known)]),
    ...operators.flatMap((operator) => [
      ...operator.results.flatMap((result) => untold(result, operator, known)),
      ...unmet(operator, known),
      ...unshown(operator, known),
      ...lostWithoutNeed(operator, known),
    ]),
    ...(operators.some(({ isAtWork }) => isAtWork) ? [] : hiddenForGood(known)),
  ];
}

/** On a queue, or executed, or discarded by somebody who says so. */
function lost(body: string, { sqs, wire, operators, executed }: Known): string[] {
  if (executed.has(body) || sqs.all.some((stored) => stored.body === body)) return [];
  const discarders = operators.filter(
    ({ order, deleted }) => order.verb === 'discard' && deletes(deleted, body, sqs),
  );
  if (discarders.length === 0) return [`${body} is lost`];
  const isTold = discarders.some(
    ({ results, deleted, isAtWork, process }) =>
      isAtWork ||
      process.isKilled ||
      results.some(({ messageId, outcome }) => outcome === 'discarded' && deleted.has(messageId)),
  );
  return isTold || wire.doubtful.has(body) ? [] : [`${body} is discarded, and nobody says so`];
}

function deletes(deleted: ReadonlySet<string>, body: string, sqs: VirtualSqs): boolean {
  return [...deleted].some((id) => sqs.bodyOf(id) === body);
}

/** Unless it was in doubt whether it was sent, or deleted; `redriven-but-kept` says so. */
function executedAgain(body: string, { executed, wire, operators, sqs }: Known): string[] {
  const times = executed.get(body) ?? 0;
  const isAnnounced = operators.some(({ results }) =>
    results.some(
      ({ messageId, outcome }) => outcome === 'redriven-but-kept' && sqs.bodyOf(messageId) === body,
    ),
  );
  return times < 2 || wire.doubtful.has(body) || isAnnounced ? [] : [`${body} is executed ${times} times`];
}

/** What an operator is told that is not so. */
function untold(result: ActionResult, operator: Operator, { sqs, wire }: Known): string[] {
  const { messageId, outcome } = result;
  const body = sqs.bodyOf(messageId) ?? '';
  const isDoubtful = wire.doubtful.has(body);
  const isThere = sqs.deadLetters.has(messageId);
  const hasCopied = [...operator.copied.values()].includes(body);
  const faults = {
    redriven: () => [
      ...(operator.copied.get(result.outcome === 'redriven' ? result.newMessageId : '') === body
        ? []
        : ['has no copy']),
      ...(isThere && !isDoubtful ? ['is still there'] : []),
    ],
    'redriven-but-kept': () => (hasCopied ? [] : ['has no copy']),
    discarded: () => [
      ...(isThere && !isDoubtful ? ['is still there'] : []),
      ...(hasCopied ? ['has a copy'] : []),
      ...(operator.kept.has(messageId) ? [] : ['was not kept before']),
    ],
    failed: () => [
      ...(operator.deleted.has(messageId) && !isDoubtful ? ['is deleted'] : []),
      ...(hasCopied && !isDoubtful ? ['has a copy'] : []),
    ],
  } satisfies Record<ActionResult['outcome'], () => string[]>;
  const isPlanned = operator.planned?.has(messageId) ?? true;
  return [...faults[outcome](), ...(isPlanned ? [] : ['was not planned'])].map(
    (fault) => `${operator.name} is told that ${messageId} is ${outcome}: it ${fault}`,
  );
}

/** What it has not met, or left alone since its hold was lost, is not its doing: of this there is no doubt. */
function unmet({ summary, deleted, copied, name }: Operator, { sqs }: Known): string[] {
  const { notMet = new Set<string>() } = summary ?? {};
  const bodies = new Set(copied.values());
  return [...notMet]
    .filter((id) => deleted.has(id) || (bodies.has(sqs.bodyOf(id) ?? '') && !sqs.hasTwin(id)))
    .map((id) => `${name} is told that it did not meet ${id}, and has touched it`);
}

/** Shown once, and only what was there. */
function unshown({ shown, name }: Operator, { sqs }: Known): string[] {
  return [...shown]
    .filter(([id, times]) => times !== 1 || sqs.bodyOf(id) === undefined)
    .map(([id, times]) => `${name} is shown ${id} ${times} times`);
}

/** The longest that a small queue's message is hidden for, once it is extended. */
const LONGEST_MS = 120_000;

/** When nobody is at work any more, everything is visible: at once, or when the hold of who was killed has run out. */
function hiddenForGood({ sqs, time, operators, wire }: Known): string[] {
  return [...sqs.deadLetters.values()].flatMap(({ id, visibleAt, holder, handle = '' }) => {
    const hiddenFor = visibleAt - time.now;
    if (hiddenFor <= 0) return [];
    if (hiddenFor > LONGEST_MS) return [`${id} stays hidden for ${hiddenFor} ms`];
    const last = operators.find(({ process }) => process === holder);
    if (last === undefined || !last.process.isPunctual || last.process.isKilled) return [];
    const isExcused = wire.unheard.has(handle) || wire.couldNotHold.has(last.process);
    return isExcused ? [] : [`${last.name} is gone, and hides ${id}`];
  });
}

/** Whoever never stood still, and could hold what it received, loses nothing of it. */
function lostWithoutNeed({ process, summary, name }: Operator, { wire }: Known): string[] {
  const isExcused = !process.isPunctual || wire.couldNotHold.has(process) || wire.heldLate.has(process);
  if (isExcused || wire.repeated.size > 0) return [];
  return [...(summary?.holdLost ?? [])].map((id) => `${name} has lost its hold of ${id} without need`);
}
