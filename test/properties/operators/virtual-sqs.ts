// Two standard queues in virtual time, with what SQS says of visibility: a receive hides a message and makes a new handle, only
// the newest handle is good, and what is not deleted in time is visible again. Nothing here goes wrong by itself.
import { createHash } from 'node:crypto';
import type { Process } from './virtual-processes.ts';

export const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign';
export const DEAD_LETTER_QUEUE_URL = `${QUEUE_URL}-dead-letters`;

/** What the ids of dead letters begin with. */
const LETTER = 'letter';

/** A message on a queue. */
export interface Stored {
  readonly id: string;
  readonly body: string;
  readonly attributes: object | undefined;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  /** The newest handle, and who has it. */
  handle: string | undefined;
  holder: Process | undefined;
  firstReceivedAt: number;
}

/** What became of one entry of a batch: undefined where SQS did it. */
export type Refusal = string | undefined;

/** SQS API reference, ChangeMessageVisibility: counted from the receive. */
const LONGEST_HOLD_MS = 43_200_000;

/** Both queues. */
export class VirtualSqs {
  readonly queue = new Map<string, Stored>();
  readonly deadLetters = new Map<string, Stored>();
  /** Every message's body that there ever was, by its id. */
  readonly #bodies = new Map<string, string>();
  /** Every handle that there ever was. */
  readonly #handles = new Map<string, Stored>();
  readonly #now: () => number;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Both queues' messages. */
  get all(): Stored[] {
    return [...this.queue.values(), ...this.deadLetters.values()];
  }

  on(queueUrl: string): Map<string, Stored> {
    return queueUrl === QUEUE_URL ? this.queue : this.deadLetters;
  }

  send(queueUrl: string, body: string, attributes?: object, delaySeconds = 0): Stored {
    const now = this.#now();
    const stored: Stored = {
      id: `${queueUrl === QUEUE_URL ? 'copy' : LETTER}-${this.#number()}`,
      body,
      attributes,
      sentAt: now,
      visibleAt: now + delaySeconds * 1000,
      receives: 0,
      handle: undefined,
      holder: undefined,
      firstReceivedAt: now,
    };
    this.on(queueUrl).set(stored.id, stored);
    this.#bodies.set(stored.id, body);
    return stored;
  }

  visible(queueUrl: string): Stored[] {
    return [...this.on(queueUrl).values()].filter(({ visibleAt }) => visibleAt <= this.#now());
  }

  /** When the next one is visible that is hidden now. */
  nextVisibleAt(queueUrl: string): number {
    const times = [...this.on(queueUrl).values()].map(({ visibleAt }) => visibleAt);
    return Math.min(...times.filter((at) => at > this.#now()));
  }

  /** Hides a message, whether it is visible or not. Returns its new handle. */
  hide(stored: Stored, seconds: number, holder: Process): string {
    stored.receives += 1;
    stored.handle = `${stored.id}/${stored.receives}`;
    stored.holder = holder;
    stored.firstReceivedAt = this.#now();
    stored.visibleAt = this.#now() + seconds * 1000;
    this.#handles.set(stored.handle, stored);
    return stored.handle;
  }

  /** Of a message that is there, or was. */
  bodyOf(id: string): string | undefined {
    return this.#bodies.get(id);
  }

  /** Whether another dead letter has, or had, the same body. */
  hasTwin(id: string): boolean {
    const body = this.#bodies.get(id);
    return [...this.#bodies].some(([other, its]) => its === body && other !== id && other.startsWith(LETTER));
  }

  /** The message of a handle, gone or not. */
  behind(handle: string): Stored | undefined {
    return this.#handles.get(handle);
  }

  /** With an older handle SQS says that it deleted, and may not have (API reference, DeleteMessage). Returns what is gone. */
  delete(handle: string): Stored | undefined {
    const stored = this.#handles.get(handle);
    if (stored?.handle !== handle || !this.deadLetters.delete(stored.id)) return undefined;
    return stored;
  }

  changeVisibility(handle: string, seconds: number): Refusal {
    const stored = this.#handles.get(handle);
    const now = this.#now();
    if (stored === undefined || !this.deadLetters.has(stored.id)) return 'InvalidParameterValue';
    if (stored.handle !== handle || stored.visibleAt <= now) return 'MessageNotInflight';
    if (now + seconds * 1000 > stored.firstReceivedAt + LONGEST_HOLD_MS) return 'InvalidParameterValue';
    stored.visibleAt = now + seconds * 1000;
    return undefined;
  }

  #number(): number {
    this.#count += 1;
    return this.#count;
  }
}

/** As a receive answers (AWS JSON). */
export function receivedMessage({ id, body, attributes, handle, receives, sentAt }: Stored): object {
  return {
    MessageId: id,
    ReceiptHandle: handle,
    Body: body,
    MD5OfBody: md5(body),
    Attributes: {
      SentTimestamp: String(sentAt),
      ApproximateReceiveCount: String(receives),
      SenderId: 'AIDAEXAMPLE',
    },
    ...(attributes === undefined ? {} : { MessageAttributes: attributes }),
  };
}

/** As SQS proves that it has a body. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
