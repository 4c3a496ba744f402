// The accounts of a chaos run: what became of each message, and whether that is what had to. Pure.
import { isDeepStrictEqual } from 'node:util';
import {
  DEAD_LETTER_KINDS,
  type DeadLetterKind,
  type Journey,
  type MessageAttribute,
} from '../../client/contract/journey.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import type { Happening } from './ledger.ts';
import type { ChaosMessage, Fate } from './requests.ts';

/** A dead letter as it was found, without the attributes that the function wrote. */
export interface Letter {
  readonly messageId: string;
  readonly body: string;
  /** The sender's, those that were set aside put back. */
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader: string | undefined;
  readonly messageGroupId: string | undefined;
  readonly journey: Journey | undefined;
  /** Undefined where SQS itself moved the message. */
  readonly failure: string | undefined;
}

/** Everything that is known at the end of a run. */
export interface Books {
  readonly messages: readonly ChaosMessage[];
  readonly letters: readonly Letter[];
  readonly historyOf: (body: string) => readonly Happening[];
  /** How often a task was unassigned. */
  readonly unassigned: (key: string) => number;
  /** What is wrong with whom a task was taken from. */
  readonly complaintOf: (key: string) => string | undefined;
  /** Since when somebody else than expected has had a task; epoch milliseconds. */
  readonly lostAt: (key: string) => number | undefined;
  /** How many deliveries and copies had a body that nobody sent. */
  readonly strangers: number;
  /** What the weather can bring about besides what each fate allows. */
  readonly byFaults: readonly End[];
  /** Whether there were times when nothing listened at the cluster's address. */
  readonly clusterWasDown: boolean;
  readonly retryForSeconds: number;
  readonly maxReceiveCount: number;
  /** The queue's own. */
  readonly queueMaxReceiveCount: number;
}

/** Where a message ended. */
export type End = 'unassigned' | 'superseded' | DeadLetterKind | 'moved by SQS' | 'lost';

/** Something that does not add up. */
export interface Finding {
  readonly body: string;
  readonly what: string;
}

/** The accounts. */
export interface Accounts {
  /** How many messages of a fate ended there; one that was copied may have ended in more than one place. */
  readonly ends: ReadonlyMap<Fate, ReadonlyMap<End, number>>;
  readonly lost: number;
  readonly findings: readonly Finding[];
  readonly duplicates: Duplicates;
}

/** What the faults doubled. */
export interface Duplicates {
  /** Of messages that had to be delivered once. */
  readonly deliveries: number;
  readonly calls: number;
  readonly mostCalls: number;
  /** Tasks that were unassigned more than once. */
  readonly unassignedAgain: number;
  /** Messages with more than one dead letter. */
  readonly severalLetters: number;
  /** Unassigned, and a dead letter all the same. */
  readonly both: number;
}

/** Keeps the accounts. */
export function settleAccounts(books: Books): Accounts {
  const letters = Map.groupBy(books.letters, ({ body }) => body);
  const known = new Set(books.messages.map(({ body }) => body));
  const strangers = books.letters
    .filter(({ body }) => !known.has(body))
    .map(({ body }) => ({ body, what: 'a dead letter with a body that nobody sent' }));
  if (books.strangers > 0) {
    strangers.push({ body: '', what: `${books.strangers} deliveries and copies of bodies that nobody sent` });
  }
  const accounts = books.messages.map((message) => settle(message, letters.get(message.body) ?? [], books));
  return {
    ends: countEnds(accounts),
    lost: accounts.filter(({ ends }) => ends.has('lost')).length,
    findings: [...strangers, ...accounts.flatMap(({ findings }) => findings)],
    duplicates: countDuplicates(accounts),
  };
}

interface Account {
  readonly fate: Fate;
  readonly ends: ReadonlySet<End>;
  readonly findings: readonly Finding[];
  readonly evidence: Evidence;
  readonly letters: number;
  readonly unassigned: number;
}

/** What each fate allows besides what only the faults can bring about. */
const ALLOWED: Readonly<Record<Fate, readonly End[]>> = {
  open: ['unassigned'],
  expiring: ['unassigned', 'expired'],
  expired: ['expired'],
  unknown: ['not-found'],
  completed: ['not-found'],
  'in-transition': ['wrong-state'],
  refused: ['rejected'],
  'missing-partition': ['rejected'],
  malformed: ['malformed'],
  theirs: ['unassigned'],
  'just-taken': ['unassigned'],
  taken: ['superseded'],
  changing: ['unassigned', 'superseded'],
};

/** What all weather together can bring about, wherever the cluster is called at all. */
export const BY_FAULTS: readonly End[] = [
  'unavailable-too-long',
  'failed-repeatedly',
  'foreign-answer',
  'moved by SQS',
];

const NEVER_CALLED: readonly Fate[] = ['malformed', 'expired'];

function settle(message: ChaosMessage, letters: readonly Letter[], books: Books): Account {
  const { fate, body, key } = message;
  const unassigned = key === undefined ? 0 : books.unassigned(key);
  const evidence = evidenceOf(books.historyOf(body), fate);
  const ends = new Set<End>(letters.map(endOf));
  if (unassigned > 0) ends.add('unassigned');
  if (evidence.superseded) ends.add('superseded');
  if (ends.size === 0) ends.add('lost');
  const allowed = new Set([
    ...ALLOWED[fate],
    // It was carried out, and nobody heard of it.
    ...(unassigned > 0 ? (['superseded'] as const) : []),
    ...(NEVER_CALLED.includes(fate) ? ['moved by SQS'] : byFaults(books, evidence)),
  ]);
  const complaint = key === undefined ? undefined : books.complaintOf(key);
  const complaints = [
    ...(complaint === undefined ? [] : [complaint]),
    ...(evidence.superseded && !isSaidByStorage(message, books, evidence, unassigned > 0)
      ? ['superseded, although the storage has not said so, or too early']
      : []),
    ...[...ends].filter((end) => !allowed.has(end)).map((end) => wrongEnd(end)),
    ...letters.flatMap((letter) => [...unlike(letter, message), ...unfounded(letter, evidence, books)]),
    ...(NEVER_CALLED.includes(fate) && evidence.calls > 0 ? ['the cluster was called for it'] : []),
    ...(evidence.copies > evidence.deliveries + evidence.doubtful
      ? [
          `${evidence.copies} copies of ${evidence.deliveries} deliveries and ${evidence.doubtful} sends in doubt`,
        ]
      : []),
  ];
  const findings = complaints.map((what) => ({ body, what: `${fate}: ${what}` }));
  return { fate, ends, findings, evidence, letters: letters.length, unassigned };
}

/** A reading counts a minute after the request was first sent; the function decides a little after it has read. */
const READABLE_AFTER_MS = 60_000 - 3_000;

function isSaidByStorage(
  { body, key = '', isGuarded, origin }: ChaosMessage,
  { historyOf, lostAt }: Books,
  { read }: Evidence,
  wasUnassigned: boolean,
): boolean {
  const sentAt = origin?.sentAt ?? historyOf(body).find(({ type }) => type === 'enqueued')?.at ?? Number.NaN;
  const since = wasUnassigned ? Number.NEGATIVE_INFINITY : (lostAt(key) ?? Number.POSITIVE_INFINITY);
  return isGuarded && read.some((at) => at >= since && at - sentAt >= READABLE_AFTER_MS);
}

/** A foreign answer ends a message when it comes twice. */
function byFaults({ byFaults }: Books, { foreignTwice }: Evidence): readonly End[] {
  return byFaults.filter((end) => end !== 'foreign-answer' || foreignTwice.size > 0);
}

function endOf({ failure, journey }: Letter): End {
  return failure === undefined ? 'moved by SQS' : (kindOf(journey) ?? 'malformed');
}

/** Undefined where it is none that this function writes. */
function kindOf(journey: Journey | undefined): DeadLetterKind | undefined {
  return DEAD_LETTER_KINDS.find((kind) => kind === journey?.kind);
}

function wrongEnd(end: End): string {
  return end === 'lost' ? 'LOST: neither unassigned nor superseded nor a dead letter' : `ended as ${end}`;
}

/** What a dead letter has lost or changed of what was sent. */
function unlike(letter: Letter, sent: ChaosMessage): string[] {
  const parts = ['attributes', 'traceHeader', 'messageGroupId'] as const;
  return parts
    .filter((part) => !isDeepStrictEqual(letter[part], sent[part]))
    .map(
      (part) =>
        `${part} of the dead letter: ${JSON.stringify(letter[part])} instead of ${JSON.stringify(sent[part])}`,
    );
}

/** What a dead letter says that did not happen. */
function unfounded(letter: Letter, evidence: Evidence, books: Books): string[] {
  const { failure, journey, messageId } = letter;
  if (failure === undefined) {
    const receives = evidence.receivesOf(messageId);
    return receives >= books.queueMaxReceiveCount ? [] : [`moved by SQS after ${receives} receives`];
  }
  const kind = kindOf(journey);
  if (journey === undefined || kind === undefined) return ['a failure without a journey that says its kind'];
  const complaints: string[] = [];
  if (!failure.startsWith(`${kind}: `)) complaints.push(`kind ${kind}, but ${failure}`);
  if (journey.firstMessageId !== evidence.messageId) {
    complaints.push(`firstMessageId ${journey.firstMessageId} instead of ${evidence.messageId}`);
  }
  return [...complaints, ...unfoundedKind(kind, journey, evidence, books)];
}

const STATUSES: Readonly<Partial<Record<DeadLetterKind, readonly (number | undefined)[]>>> = {
  'not-found': [404],
  'wrong-state': [409],
  rejected: [400, 503],
};

function unfoundedKind(kind: DeadLetterKind, journey: Journey, evidence: Evidence, books: Books): string[] {
  const { lastStatus, firstTriedAt = '', failedAt = '', reason = '' } = journey;
  const complaints: string[] = [];
  const expected = STATUSES[kind];
  if (expected !== undefined && !expected.includes(lastStatus))
    complaints.push(`${kind} after ${lastStatus}`);
  if (lastStatus !== undefined && !evidence.answered(lastStatus)) {
    complaints.push(`${kind} after ${lastStatus}, which the cluster never answered`);
  }
  if (kind === 'unavailable-too-long') {
    const triedForMs = Date.parse(failedAt) - Date.parse(firstTriedAt);
    if (!(triedForMs >= books.retryForSeconds * 1000)) complaints.push(`${kind} after ${triedForMs} ms`);
    if (lastStatus === undefined && evidence.unanswered === 0 && !books.clusterWasDown) {
      complaints.push(`${kind} without a call that went unanswered`);
    }
  }
  if (kind === 'foreign-answer' && !(lastStatus !== undefined && evidence.foreignTwice.has(lastStatus))) {
    complaints.push(`${kind}, but no two answers with ${lastStatus} were not the cluster's own`);
  }
  if (kind === 'failed-repeatedly') complaints.push(...unfoundedFailure(reason, evidence, books));
  return complaints;
}

function unfoundedFailure(reason: string, { failures }: Evidence, { maxReceiveCount }: Books): string[] {
  const receives = Number(/receive (\d+)/.exec(reason)?.[1]);
  return [
    ...(receives >= maxReceiveCount ? [] : [`failed-repeatedly: ${reason}`]),
    ...(failures === 0 ? ['failed-repeatedly, but the cluster failed no call of it'] : []),
  ];
}

function countEnds(accounts: readonly Account[]): Map<Fate, Map<End, number>> {
  const ends = new Map<Fate, Map<End, number>>();
  for (const account of accounts) {
    const counts = ends.get(account.fate) ?? new Map<End, number>();
    for (const end of account.ends) counts.set(end, (counts.get(end) ?? 0) + 1);
    ends.set(account.fate, counts);
  }
  return ends;
}

function countDuplicates(accounts: readonly Account[]): Duplicates {
  const total = (of: (account: Account) => number) => accounts.reduce((sum, account) => sum + of(account), 0);
  return {
    deliveries: total(({ evidence }) => evidence.deliveries),
    calls: total(({ evidence }) => evidence.calls),
    mostCalls: accounts.reduce((most, { evidence }) => Math.max(most, evidence.calls), 0),
    unassignedAgain: accounts.filter(({ unassigned }) => unassigned > 1).length,
    severalLetters: accounts.filter(({ letters }) => letters > 1).length,
    both: accounts.filter(({ unassigned, letters }) => unassigned > 0 && letters > 0).length,
  };
}
