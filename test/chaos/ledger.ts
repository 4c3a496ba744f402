// What happened to each message of a chaos run, in the order in which it happened.
import type { Call } from '../../infra/local/stand-in/cluster.ts';
import type { ChaosMessage } from './requests.ts';

/** Something that happened to a message. `at` is in epoch milliseconds. */
export type Happening = { readonly at: number } & (
  | {
      readonly type: 'enqueued';
      /** What its first message was called. */
      readonly messageId: string;
    }
  /** An invocation was given it. */
  | {
      readonly type: 'delivered';
      readonly messageId: string;
      readonly receiveCount: number;
    }
  /** The function's answer: it is deleted, or comes again. */
  | { readonly type: 'settled'; readonly messageId: string; readonly how: string }
  /** The cluster saw a call for its key. */
  | {
      readonly type: 'called';
      readonly call: Pick<Call, 'status' | 'fault' | 'abandoned'> & Partial<Pick<Call, 'method'>>;
    }
  /** The function sent a copy. `sent`: SQS has it. `doubtful`: the function does not know that. */
  | {
      readonly type: 'copied';
      readonly to: 'queue' | 'dead-letter queue';
      readonly sent: boolean;
      readonly doubtful: boolean;
      readonly fault: string | undefined;
    }
  /** The function has said that somebody else than expected has the task. */
  | { readonly type: 'superseded' }
  /** The function gave up waiting for SQS's answer to a copy. */
  | { readonly type: 'send-abandoned' }
);

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** The books of one run. */
export class Ledger {
  /** How many happenings concerned a body that nobody enqueued. */
  strangers = 0;
  readonly #histories = new Map<string, Happening[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The message is on the queue. */
  enqueued({ body, origin }: ChaosMessage, messageId: string): void {
    this.note(body, { type: 'enqueued', messageId: origin?.messageId ?? messageId });
  }

  /** Announces messages, since they may be delivered before the sender has its answer. */
  expect(messages: readonly ChaosMessage[]): void {
    for (const { body } of messages) this.#histories.set(body, []);
  }

  note(body: string, happening: WithoutTime<Happening>): void {
    const history = this.#histories.get(body);
    if (history === undefined) this.strangers += 1;
    else history.push({ at: this.#now(), ...happening });
  }

  /** Adds what the cluster saw. */
  addCalls(messages: readonly ChaosMessage[], calls: readonly Call[]): void {
    const bodies = new Map(messages.map(({ key, body }) => [key, body]));
    for (const call of calls) {
      const body = call.key === undefined ? undefined : bodies.get(call.key);
      if (body !== undefined) this.#histories.get(body)?.push({ at: call.at, type: 'called', call });
    }
    for (const history of this.#histories.values()) history.sort((a, b) => a.at - b.at);
  }

  /** The function has written that the request of this task is superseded. */
  superseded(messages: readonly ChaosMessage[], userTaskKey: string): void {
    const message = messages.find(({ key }) => key === userTaskKey);
    this.note(message?.body ?? '', { type: 'superseded' });
  }

  historyOf(body: string): readonly Happening[] {
    return this.#histories.get(body) ?? [];
  }
}

/** A happening in a few words. */
export function describe(happening: Happening): string {
  switch (happening.type) {
    case 'enqueued':
      return `enqueued as ${happening.messageId}`;
    case 'delivered':
      return `delivered, receive ${happening.receiveCount} of ${happening.messageId}`;
    case 'settled':
      return `${happening.how} ${happening.messageId}`;
    case 'called': {
      const { status, fault, abandoned, method } = happening.call;
      const played = fault?.kind === 'front' ? fault.says : fault?.kind;
      return `${method === 'GET' ? 'read' : 'called'}: ${[status, played, abandoned === true ? 'abandoned' : ''].filter(Boolean).join(', ') || 'no answer'}`;
    }
    case 'copied': {
      const { to, sent, doubtful, fault } = happening;
      return `copy for the ${to}, ${sent ? 'sent' : 'not sent'}${doubtful ? ', in doubt' : ''}${fault === undefined ? '' : `: ${fault}`}`;
    }
    case 'superseded':
      return 'said to be superseded';
    case 'send-abandoned':
      return 'the answer to a copy came too late';
  }
}
