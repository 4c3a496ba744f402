// The messages of a chaos run: what is asked, and what has to become of it.
import type { MessageAttribute } from '../../client/contract/journey.ts';
import { pick, roll } from './random.ts';

/** What is the matter with a message, from which follows what may become of it. */
export const FATES = [
  /** An open task: it has to be unassigned. */
  'open',
  /** An open task, and an expiry in the middle of the run. */
  'expiring',
  'expired',
  /** A key that no task has. */
  'unknown',
  'completed',
  'in-transition',
  /** The cluster answers 400. */
  'refused',
  /** The key's partition does not exist. */
  'missing-partition',
  'malformed',
  /** The expected person has the task. */
  'theirs',
  /** They have just come to it when the request is sent, so that the storage may not show it yet. */
  'just-taken',
  /** Somebody else has had it since before. */
  'taken',
  /** Somebody else takes it in the middle of the run. */
  'changing',
] as const;

/** One of {@link FATES}. */
export type Fate = (typeof FATES)[number];

/** A message before it is sent. Its body is unlike every other's: it is the identity that accounts are kept by. */
export interface ChaosMessage {
  readonly fate: Fate;
  readonly body: string;
  /** Undefined where the body holds none that could be called. */
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader: string | undefined;
  readonly messageGroupId: string | undefined;
  /** Whether it says whose task it must be. */
  readonly isGuarded: boolean;
  /** When somebody else takes its task; epoch milliseconds. */
  readonly changesAt: number | undefined;
  /** What an earlier copy remembers of a request that is not young any more. */
  readonly origin: Origin | undefined;
}

/** Where a request comes from that was sent before the run. */
export interface Origin {
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly sentAt: number;
}

/** Whom the requests expect, and who takes the tasks from them. */
export const EXPECTED = 'demo';
export const SOMEBODY_ELSE = 'anna';

/** How many partitions the cluster has. */
export const PARTITIONS = 5;

/** @param startedAt epoch milliseconds: expiries count from it */
export function makeMessages(count: number, seed: number, startedAt: number): ChaosMessage[] {
  return Array.from({ length: count }, (_, index) => makeMessage(index, count, seed, startedAt));
}

function makeMessage(index: number, count: number, seed: number, startedAt: number): ChaosMessage {
  const chance = (what: string) => roll(seed, 'message', index, what);
  const fate = fateBy(chance('fate'));
  const key = keyOf(index, fate);
  const inTheRun = (what: string) => startedAt + chance(what) * (20_000 + count * MS_PER_MESSAGE);
  const isOld = fate === 'taken' || fate === 'changing';
  return {
    fate,
    body: bodyOf(fate, key, index, inTheRun('expiry')),
    key: fate === 'malformed' ? undefined : key,
    attributes: attributesOf(index, seed, GUARDED.includes(fate) ? 9 : 10),
    traceHeader: chance('trace') < 0.2 ? `Root=1-5759e988-${String(index).padStart(24, '0')}` : undefined,
    messageGroupId: chance('group') < 0.1 ? `tenant-${index % 7}` : undefined,
    isGuarded: GUARDED.includes(fate),
    changesAt: fate === 'changing' ? inTheRun('change') : undefined,
    origin: isOld ? { messageId: `sent-before-${index}`, sentAt: startedAt - A_WHILE_MS } : undefined,
  };
}

/** About how much longer a run takes for each message; so expiries are spread over all of it. */
const MS_PER_MESSAGE = 10;
const A_DAY_MS = 86_400_000;

/** So long ago that what is read counts. */
const A_WHILE_MS = 120_000;

const GUARDED: readonly Fate[] = ['theirs', 'just-taken', 'taken', 'changing'];

/** Of a hundred messages so many have this fate; the rest are open. */
const PERCENT: readonly (readonly [Fate, number])[] = [
  ['expiring', 5],
  ['expired', 3],
  ['unknown', 7],
  ['completed', 6],
  ['in-transition', 5],
  ['refused', 2],
  ['missing-partition', 2],
  ['malformed', 7],
  ['theirs', 7],
  ['just-taken', 4],
  ['taken', 5],
  ['changing', 8],
];

function fateBy(chance: number): Fate {
  let percent = chance * 100;
  for (const [fate, share] of PERCENT) {
    percent -= share;
    if (percent < 0) return fate;
  }
  return 'open';
}

/** Zeebe's key layout (Protocol.KEY_BITS): the partition stands above the lower 51 bits. */
function keyOf(index: number, fate: Fate): string {
  const partition = fate === 'missing-partition' ? PARTITIONS + 1 + (index % 3) : 1 + (index % PARTITIONS);
  return String((BigInt(partition) << 51n) + BigInt(index + 1));
}

function bodyOf(fate: Fate, userTaskKey: string, index: number, expiry: number): string {
  switch (fate) {
    case 'theirs':
    case 'just-taken':
    case 'taken':
    case 'changing':
      return JSON.stringify({ userTaskKey, expectedAssignee: EXPECTED });
    case 'malformed':
      return malformedBody(userTaskKey, index);
    case 'expired':
      return JSON.stringify({ userTaskKey, expiresAt: new Date(expiry - A_DAY_MS).toISOString() });
    case 'expiring':
      return JSON.stringify({ userTaskKey, expiresAt: new Date(expiry).toISOString() });
    default:
      return JSON.stringify({ userTaskKey });
  }
}

function malformedBody(userTaskKey: string, index: number): string {
  const bodies = [
    `userTaskKey=${userTaskKey}`,
    `{"userTaskKey":${userTaskKey}}`,
    JSON.stringify({ userTaskKey, assignee: null }),
    JSON.stringify({ userTaskKey: '', note: userTaskKey }),
    JSON.stringify({ userTaskKey: `0${userTaskKey}` }),
    JSON.stringify({ userTaskKey, expiresAt: 'tomorrow' }),
    `{"userTaskKey":"${userTaskKey}"`,
    `${'['.repeat(5_000)}${userTaskKey}`,
    JSON.stringify({ userTaskKey, padding: 'x'.repeat(60_000) }),
    `"\u{1f9e8} \u202e ${userTaskKey}"`,
  ];
  return bodies[index % bodies.length] ?? '';
}

/** None, a few, or all ten that SQS allows, of every type; one less where a journey needs the place. */
function attributesOf(index: number, seed: number, most: number): Record<string, MessageAttribute> {
  const count = Math.min(most, pick([0, 0, 0, 1, 3, 8, 9, 10], seed, 'attributes', index));
  const attributes = Array.from({ length: count }, (_, place) => {
    const name = `sender-${place}.${index % 100}`;
    return [name, attributeOf(place, index)] as const;
  });
  return Object.fromEntries(attributes);
}

function attributeOf(place: number, index: number): MessageAttribute {
  if (place % 4 === 1)
    return { dataType: 'Binary', binaryValue: Buffer.from([0, 255, place, index % 256]).toString('base64') };
  if (place % 4 === 2) return { dataType: 'Number.int', stringValue: String(index) };
  if (place % 4 === 3) return { dataType: 'String.note', stringValue: `"\t${index} \u{1f9e8}\n` };
  return { dataType: 'String', stringValue: `value ${place} of ${index}` };
}
