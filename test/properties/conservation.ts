// The promise: what has to be true of a batch when it has been served, whatever went wrong.
import {
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type MessageAttribute,
  type NamedAttribute,
} from '../../client/contract/journey.ts';
import { delivered } from '../support/messages.ts';
import { sqsBytes } from '../support/sqs-rules.ts';
import { DEAD_LETTER_QUEUE_URL, type InMemorySqs, QUEUE_URL, type Sent } from './in-memory-sqs.ts';
import type { Original } from './originals.ts';
import { type Call, isSuccess, type Read, type ScriptedCluster } from './scripted-cluster.ts';

/** Everything that breaks the promise, one line each. */
export function broken(
  originals: readonly Original[],
  reported: readonly string[],
  { cluster, sqs }: { readonly cluster: ScriptedCluster; readonly sqs: InMemorySqs },
): string[] {
  const sentOf = Map.groupBy(sqs.sent, ({ entry }) => entry.MessageBody ?? '');
  const callsOf = Map.groupBy(cluster.calls, ({ key }) => key);
  const readingsOf = Map.groupBy(cluster.readings, ({ key }) => key);
  const ids = new Set(originals.map(({ record }) => record.messageId));
  const bodies = new Set(originals.map(({ record }) => record.body));
  const reports = new Set(reported);
  return [
    ...reported.filter((id) => !ids.has(id)).map((id) => `${id} is reported and was not in the batch`),
    ...(reports.size < reported.length ? ['an identifier is reported twice'] : []),
    ...sqs.sent
      .filter(({ entry }) => !bodies.has(entry.MessageBody ?? ''))
      .map(() => 'a body was sent that was not in the batch'),
    ...sqs.violations,
    ...originals.flatMap((original) => {
      const { record, key } = original;
      const calls = (key === undefined ? undefined : callsOf.get(key)) ?? [];
      const readings = (key === undefined ? undefined : readingsOf.get(key)) ?? [];
      const sent = sentOf.get(record.body) ?? [];
      return [
        ...unaccounted(original, reports.has(record.messageId), { calls, readings, sent }),
        ...unchecked(original, calls, readings),
        ...sentTooOften(sent),
        ...sent.flatMap((copy) => spoilt(original, counted(original, calls, readings), copy)),
      ].map((fault) => `${record.messageId}: ${fault}`);
    }),
    ...strayCalls(originals, [...cluster.calls, ...cluster.readings]),
  ];
}

/**
 * Acknowledged with its effect, a copy or the storage's word that somebody else has the task, or else reported; and not
 * both without a doubt.
 */
function unaccounted(
  original: Original,
  isReported: boolean,
  { calls, readings, sent }: { calls: readonly Call[]; readings: readonly Read[]; sent: readonly Sent[] },
): string[] {
  const isDone =
    calls.some(({ answer }) => isSuccess(answer)) ||
    readings.some((reading) => isSuperseding(original, reading));
  const exists = sent.some(({ taken }) => taken);
  const isConfirmed = sent.some(({ fate }) => fate === 'confirmed');
  return [
    ...(!isReported && !isDone && !exists ? ['lost: acknowledged without an effect or a copy'] : []),
    ...(!isReported && !isDone && !isConfirmed ? ['acknowledged although its copy is in doubt'] : []),
    ...(isReported && (isDone || isConfirmed) ? ['reported although it is settled'] : []),
    ...(isDone && sent.length > 0 ? ['sent although it is done'] : []),
    ...(calls.length > 1 ? [`called ${calls.length} times`] : []),
  ];
}

/** What is read may be so much older than the request. */
const READABLE_AFTER_MS = 60_000;

/** Whether the storage has said, a minute or more after the first send, that somebody else has the task, or nobody. */
export function isSuperseding(
  { expected, firstSentAt }: Pick<Original, 'expected' | 'firstSentAt'>,
  { answer, answeredAt = 0 }: Read,
): boolean {
  const isSomebodyElses = answer?.type === 'task' && answer.assignee !== expected;
  return expected !== undefined && isSomebodyElses && answeredAt - firstSentAt >= READABLE_AFTER_MS;
}

/** A request that says whose task it must be is called only after the storage has said that the task is theirs. */
function unchecked({ expected }: Original, calls: readonly Call[], readings: readonly Read[]): string[] {
  if (expected === undefined)
    return readings.length > 0 ? ['read although it does not matter whose it is'] : [];
  return [
    ...calls
      .filter(({ read }) => !isTheirs(read, expected))
      .map(() => 'called although nobody said that it is theirs'),
    ...(readings.length > 1 ? [`read ${readings.length} times`] : []),
  ];
}

function isTheirs(reading: Read['answer'], expected: string): boolean {
  return reading?.type === 'task' && reading.assignee === expected;
}

/** What counts as an attempt: not the reading that only let the call go. */
export function counted(
  { expected = '' }: Original,
  calls: readonly Call[],
  readings: readonly Read[],
): readonly (Call | Read)[] {
  return [...calls, ...readings.filter(({ answer }) => !isTheirs(answer, expected))];
}

/** Of ten, five, three, two and one: the batches that a message is in until it is alone. */
const MOST_PARTS = 5;

function sentTooOften(sent: readonly Sent[]): string[] {
  // A batch that is refused whole is sent again in halves.
  const tries = sent.filter(({ fate }) => fate !== 'refused');
  const again = sent.slice(1).filter((_, index) => sent[index]?.fate === 'confirmed');
  return [
    ...(again.length > 0 ? ['sent again after SQS had confirmed it'] : []),
    ...(tries.length > 2 ? [`sent ${tries.length} times`] : []),
    ...(sent.length > 2 * MOST_PARTS ? [`sent ${sent.length} times, in ever smaller parts`] : []),
    ...(new Set(sent.map(({ queueUrl }) => queueUrl)).size > 1 ? ['sent to both queues'] : []),
  ];
}

function strayCalls(originals: readonly Original[], calls: readonly (Call | Read)[]): string[] {
  const keys = new Set(originals.map(({ key }) => key));
  return calls
    .filter(({ key }) => !keys.has(key))
    .map(({ key }) => `${key} was called and nobody asked for it`);
}

/** What is wrong with a copy. */
export function spoilt(
  original: Original,
  calls: readonly (Call | Read)[],
  { queueUrl, entry }: Pick<Sent, 'queueUrl' | 'entry'>,
): string[] {
  const { record } = original;
  const copy = delivered(entry);
  const text = copy.messageAttributes[JOURNEY_ATTRIBUTE]?.stringValue;
  const journey: Record<string, unknown> | undefined = text === undefined ? undefined : JSON.parse(text);
  const memory = journey === undefined ? [] : spoiltMemory(original, calls, journey);
  const isQueue = queueUrl === QUEUE_URL;
  const line = copy.messageAttributes[FAILURE_ATTRIBUTE];
  const isCramped = sqsBytes(entry) > 1_048_576 - 20_000;
  return [
    ...(areSame(copyAttributes(copy, journey), original.attributes)
      ? []
      : ["the sender's attributes differ"]),
    ...(copy.attributes.AWSTraceHeader === record.attributes.AWSTraceHeader
      ? []
      : ['the trace header differs']),
    ...(copy.attributes.MessageGroupId === record.attributes.MessageGroupId ? [] : ['the group differs']),
    ...memory,
    ...(isQueue && journey === undefined && (original.tried || callsMade(calls) > 0)
      ? ['it has forgotten that it was tried']
      : []),
    ...(isQueue && (line !== undefined || journey?.['kind'] !== undefined)
      ? ['a failure line on the queue']
      : []),
    ...(isQueue || line !== undefined || isCramped ? [] : ['a dead letter without its reason']),
    ...(queueUrl === QUEUE_URL || queueUrl === DEAD_LETTER_QUEUE_URL ? [] : [`sent to ${queueUrl}`]),
  ];
}

function spoiltMemory(
  { attempts, tried, record }: Original,
  calls: readonly (Call | Read)[],
  journey: Record<string, unknown>,
): string[] {
  const made = callsMade(calls);
  const unremembered = Number(record.attributes.ApproximateReceiveCount) - 1;
  const earlier = journey['kind'] === 'failed-repeatedly' && made > 0 ? unremembered : 0;
  return [
    ...(journey['attempts'] === Math.min(attempts + earlier + made, Number.MAX_SAFE_INTEGER)
      ? []
      : [`${journey['attempts']} attempts instead of ${attempts} + ${earlier} + ${made}`]),
    ...(made === 0 && !tried && journey['firstTriedAt'] !== undefined ? ['a first call that never was'] : []),
  ];
}

/** The calls that left the process. */
export function callsMade(calls: readonly (Call | Read)[]): number {
  return calls.reduce((sum, { answer }) => {
    const said = answer?.type === 'foreign' ? answer.response : answer;
    return sum + (said !== undefined && 'calls' in said ? said.calls : 0);
  }, 0);
}

type Attributes = Original['attributes'];

/** The sender's, wherever they ride. */
function copyAttributes(
  { messageAttributes }: ReturnType<typeof delivered>,
  journey: Record<string, unknown> | undefined,
): Attributes {
  const attributes = new Map(Object.entries(messageAttributes)) as Map<string, NamedAttribute>;
  attributes.delete(JOURNEY_ATTRIBUTE);
  attributes.delete(FAILURE_ATTRIBUTE);
  for (const aside of (journey?.['setAside'] ?? []) as NamedAttribute[]) {
    const { name, ...value } = aside;
    attributes.set(name, value as NamedAttribute);
  }
  return attributes;
}

function areSame(some: Attributes, others: Attributes): boolean {
  return some.size === others.size && [...some].every(([name, value]) => isSame(value, others.get(name)));
}

function isSame(some: MessageAttribute, other: MessageAttribute | undefined): boolean {
  if (some.dataType !== other?.dataType) return false;
  if ('stringValue' in some) return 'stringValue' in other && some.stringValue === other.stringValue;
  return 'binaryValue' in other && some.binaryValue === other.binaryValue;
}
