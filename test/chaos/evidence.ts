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
  /** When the storage said whose task it is; epoch milliseconds. */
  readonly read: readonly number[];
  /** Whether the function has said that it is superseded. */
  readonly superseded: boolean;
  /** Calls that had no whole answer, or none in HTTP. */
  readonly unanswered: number;
  /** Calls that were answered with what nobody can judge. */
  readonly failures: number;
  /** Calls whose answer was cut off after its head. */
  readonly cutOff: number;
  /** Calls that something in front of the cluster answered in its place. */
  readonly fronts: number;
  /** The statuses below 500 of at least two of these, so that the function may take such an answer for this message's. */
  readonly foreignTwice: ReadonlySet<number>;
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

const JUDGED: readonly number[] = [200, 204, 400, 401, 404, 409, 429, 502, 503, 504];

type SeenCall = Extract<Happening, { type: 'called' }>['call'];

/** Reads a history. */
export function evidenceOf(history: readonly Happening[], fate: Fate): Evidence {
  const of = <T extends Happening['type']>(type: T) =>
    history.filter((happening): happening is Extract<Happening, { type: T }> => happening.type === type);
  const called = of('called');
  const calls = called.map(({ call }) => call);
  const copies = of('copied');
  const statuses = calls.map((call) => statusOf(call, fate));
  const foreign = calls.filter((call) => isCutOff(call) || isFront(call)).map((call) => statusOf(call, fate));
  return {
    messageId: of('enqueued')[0]?.messageId,
    deliveries: of('delivered').length,
    copies: copies.filter(({ sent }) => sent).length,
    doubtful: copies.filter(({ doubtful }) => doubtful).length + of('send-abandoned').length,
    calls: calls.length,
    read: called.filter(({ call }) => isWord(call)).map(({ at }) => at),
    superseded: of('superseded').length > 0,
    unanswered: calls.filter(({ status, abandoned }) => status === undefined || abandoned === true).length,
    failures: calls.filter((call) => !isFront(call) && failed(call.status)).length,
    cutOff: calls.filter(isCutOff).length,
    fronts: calls.filter(isFront).length,
    foreignTwice: new Set(foreign.filter(isBelow500).filter(isRepeated)),
    receivesOf: (messageId) => of('delivered').filter((delivery) => delivery.messageId === messageId).length,
    answered: (status) => statuses.includes(status),
  };
}

/** What the head of its answer said, where it had one. */
function statusOf(call: SeenCall, fate: Fate): number | undefined {
  if (isCutOff(call)) return BY_NATURE[fate] ?? ABOVE_NOTHING;
  return call.fault?.kind === 'garbage' ? ABOVE_GARBAGE : call.status;
}

function isCutOff({ fault }: SeenCall): boolean {
  return (
    (fault?.kind === 'reset' && fault.at === 'body') || (fault?.kind === 'trickle' && fault.from === 'body')
  );
}

function isWord({ method, status, fault }: SeenCall): boolean {
  return method === 'GET' && status === 200 && (fault === undefined || fault.kind === 'trickle');
}

function isFront({ fault }: SeenCall): boolean {
  return fault?.kind === 'front';
}

function failed(status: number | undefined): boolean {
  return status !== undefined && !JUDGED.includes(status);
}

function isBelow500(status: number | undefined): status is number {
  return status !== undefined && status < 500;
}

function isRepeated(status: number, index: number, all: readonly number[]): boolean {
  return all.indexOf(status) !== index;
}
