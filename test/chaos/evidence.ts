// What a message's history proves. Pure.
import type { Happening } from './ledger.ts';
import type { Fate } from './requests.ts';

/** What is known of one message from everybody but the function. */
export interface Evidence {
  /** The id that SQS gave the original. */
  readonly messageId: string | undefined;
  readonly deliveries: number;
  /** Copies that SQS has got. */
  readonly copies: number;
  /** Sends of which the function cannot know whether SQS has the copy. */
  readonly doubtful: number;
  readonly calls: number;
  /** Calls that had no whole answer, or none in HTTP. */
  readonly unanswered: number;
  /** Calls that were answered with what nobody can judge. */
  readonly failures: number;
  /** Calls whose answer was cut off after its head. */
  readonly cutOff: number;
  /** Calls that were answered by something else than the cluster. */
  readonly foreign: number;
  /** How often the message with this id was received. */
  receivesOf(messageId: string): number;
  /** Whether the cluster may have answered this status to a call for it. */
  answered(status: number): boolean;
}

/** What the cluster says of itself, for calls whose answer was cut off after its head. */
const BY_NATURE: Readonly<Partial<Record<Fate, number>>> = {
  unknown: 404,
  completed: 404,
  'in-transition': 409,
};

/** What the head of an answer says whose chunks are garbage. */
const ABOVE_GARBAGE = 503;

/** What the head of an answer says that has no body by nature. */
const ABOVE_NOTHING = 200;

const JUDGED: readonly number[] = [200, 204, 302, 400, 401, 404, 409, 429, 502, 503, 504, 521];

/** Reads a history. */
export function evidenceOf(history: readonly Happening[], fate: Fate): Evidence {
  const of = <T extends Happening['type']>(type: T) =>
    history.filter((happening): happening is Extract<Happening, { type: T }> => happening.type === type);
  const calls = of('called').map(({ call }) => call);
  const copies = of('copied');
  const statuses = new Set(calls.map(({ status }) => status));
  const cutOff = calls.filter(({ fault }) => fault === 'reset' || fault === 'trickle').length;
  if (cutOff > 0) statuses.add(BY_NATURE[fate] ?? ABOVE_NOTHING);
  if (calls.some(({ fault }) => fault === 'garbage')) statuses.add(ABOVE_GARBAGE);
  return {
    messageId: of('enqueued')[0]?.messageId,
    deliveries: of('delivered').length,
    copies: copies.filter(({ sent }) => sent).length,
    doubtful: copies.filter(({ doubtful }) => doubtful).length + of('send-abandoned').length,
    calls: calls.length,
    unanswered: calls.filter(
      ({ status, abandoned, fault }) => status === undefined || abandoned === true || fault === 'garbage',
    ).length,
    failures: calls.filter(({ status }) => failed(status)).length,
    cutOff,
    foreign: calls.filter(({ fault }) => fault === 'answer').length,
    receivesOf: (messageId) => of('delivered').filter((delivery) => delivery.messageId === messageId).length,
    answered: (status) => statuses.has(status),
  };
}

function failed(status: number | undefined): boolean {
  return status !== undefined && !JUDGED.includes(status);
}
