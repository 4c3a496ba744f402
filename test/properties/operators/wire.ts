// What lies between an operator's SDK and SQS: each attempt takes its time, fails or gets lost as a script says, and stands in
// the record with whether it should have been made at all.
import * as fc from 'fast-check';
import type { Process, VirtualTime } from './virtual-processes.ts';
import {
  md5,
  QUEUE_URL,
  type Refusal,
  receivedMessage,
  type Stored,
  type VirtualSqs,
} from './virtual-sqs.ts';

/** How long an attempt takes to SQS, and back; milliseconds. */
interface Delay {
  readonly there: number;
  readonly back: number;
  /** The process stands still as soon as it has taken the answer in, as before its next attempt. */
  readonly thenSuspended?: Suspension | undefined;
}

/** How long a process stands still, and how far its wall clock jumps meanwhile, where it may go wrong; milliseconds. */
export type Suspension = readonly [milliseconds: number, wallJumpsBy: number];

/** What goes wrong with one attempt. */
export type Fault = Delay &
  (
    | { readonly kind: 'none' }
    /** These entries, counted modulo their number, are refused. */
    | {
        readonly kind: 'some-refused';
        readonly which: readonly number[];
        readonly code: 'InternalError' | 'RequestThrottled' | 'AccessDenied';
      }
    /** Nothing is done, and the answer says so. */
    | {
        readonly kind: 'refused';
        readonly status: 400 | 503;
        readonly code: 'ThrottlingException' | 'ServiceUnavailable';
      }
    /** The connection is cut before or after it is done. */
    | { readonly kind: 'cut'; readonly done: boolean }
    /** No answer ever comes, until the client waits no longer. What is not done at once is done late, or never. */
    | { readonly kind: 'silence'; readonly done: 'at once' | 'late' | 'never' }
    /** 200, and no word of any entry. */
    | { readonly kind: 'says-nothing'; readonly done: boolean }
    /** A receive asks few of SQS's servers, or gets again what is hidden, as SQS may deliver more than once. */
    | { readonly kind: 'sample'; readonly most: number }
    | { readonly kind: 'again' }
  );

/** As the client's handler over the network (client/sqs/aws-client.ts). */
const REQUEST_TIMEOUT_MS = 10_000;
const LATE_MS = 60_000;
const SOON_MS = 1_000;

/** The operation's name, what was asked, and by whom. */
interface Attempt {
  readonly operation: string;
  readonly input: Input;
  readonly by: Sender;
  /** Of the messages that it is about. */
  readonly bodies: readonly string[];
}

interface Input {
  readonly QueueUrl: string;
  readonly Entries?: readonly Entry[];
  readonly MaxNumberOfMessages?: number;
  readonly VisibilityTimeout?: number;
  readonly WaitTimeSeconds?: number;
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
  readonly MessageBody?: string;
  readonly MessageAttributes?: object;
  readonly DelaySeconds?: number;
}

/** Who sends requests, as far as the wire is concerned. */
export interface Sender {
  readonly process: Process;
  readonly mayAct: boolean;
  /** The bodies of copies that it has put on the queue, and what it has deleted, by id. */
  readonly copied: Map<string, string>;
  readonly deleted: Set<string>;
  readonly name: string;
}

type Answer = { readonly status: number; readonly body: object };

/** As the SDK's handlers are called. */
interface HttpRequest {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** So long a request may take until SQS carries it out (docs: nothing is sent or deleted in the last five seconds of a hold). */
const SPARE_MS = 5_000;

/** What goes wrong, one attempt after the other, over and over, with requests that read, that hold, and that send or delete. */
export interface Faults {
  readonly reads: readonly Fault[];
  readonly holds: readonly Fault[];
  readonly acts: readonly Fault[];
}

/** The wire. */
export class Wire {
  faults: Faults = ALL_IS_WELL;
  /** What must not have happened. */
  readonly broken: string[] = [];
  /** Bodies of which nobody can know how often they are sent: something about them was in doubt. */
  readonly doubtful = new Set<string>();
  /** Bodies of messages that were delivered while they were hidden: nobody's hold of these means anything. */
  readonly repeated = new Set<string>();
  /** Handles that never came to whom they were made for, or after a newer one. */
  readonly unheard = new Set<string>();
  /** Processes that once could not hold, or release, what they had received; or not at once. */
  readonly couldNotHold = new Set<Process>();
  readonly heldLate = new Set<Process>();
  readonly #time: VirtualTime;
  readonly #sqs: VirtualSqs;
  /** Handles whose messages may be visible already, since an answer can get lost. */
  readonly #released = new Set<string>();
  readonly #underWay = new Set<Attempt>();
  #attempts = 0;

  constructor(time: VirtualTime, sqs: VirtualSqs) {
    this.#time = time;
    this.#sqs = sqs;
  }

  /** For an SDK's client: what takes the network's place. */
  handlerFor(by: Sender) {
    return {
      handle: (request: HttpRequest, options: { readonly abortSignal?: AbortSignal } = {}) =>
        this.#handle(request, by, options.abortSignal),
      destroy() {},
      httpHandlerConfigs: () => ({}),
      updateHttpClientConfig() {},
    };
  }

  /** A process stands still: what it has on the wire is in doubt. */
  suspend(process: Process, suspension: Suspension): void {
    this.#doubtAllOf(process);
    process.suspend(...suspension);
  }

  kill(process: Process): void {
    this.#doubtAllOf(process);
    process.kill();
  }

  #doubtAllOf(process: Process): void {
    for (const attempt of this.#underWay) if (attempt.by.process === process) this.#doubt(attempt);
  }

  #doubt({ bodies }: Attempt): void {
    for (const body of bodies) this.doubtful.add(body);
  }

  #handle(request: HttpRequest, by: Sender, signal: AbortSignal | undefined) {
    const operation = (request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
    const input = JSON.parse(textOf(request.body)) as Input;
    return new Promise<object>((resolve, reject) => {
      if (signal?.aborted) {
        reject(named('AbortError', 'aborted'));
        return;
      }
      const attempt = { operation, input, by, bodies: this.#bodiesOf(input) };
      this.broken.push(...this.#unfounded(attempt));
      for (const entry of input.Entries ?? []) {
        if (entry.VisibilityTimeout === 0) this.#released.add(nameOf(entry));
      }
      const fault = this.#faultOf(operation);
      this.#underWay.add(attempt);
      const end = () => {
        this.#underWay.delete(attempt);
        const { thenSuspended } = fault;
        if (thenSuspended) this.#time.after(0, () => this.suspend(by.process, thenSuspended));
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        end();
        this.#doubt(attempt);
        reject(named('AbortError', 'aborted'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#play(
        attempt,
        fault,
        (answer) => {
          end();
          this.#hear(answer);
          resolve({ response: responseOf(answer) });
        },
        (error) => {
          end();
          reject(error);
        },
      );
    });
  }

  #bodiesOf({ Entries = [] }: Input): string[] {
    return Entries.map(
      ({ ReceiptHandle = '', MessageBody }) => MessageBody ?? this.#sqs.behind(ReceiptHandle)?.body ?? '',
    );
  }

  /** Nobody can tell the order of two receives from their answers. */
  #hear({ body }: Answer): void {
    const { Messages = [] } = body as { Messages?: readonly { readonly ReceiptHandle: string }[] };
    for (const { ReceiptHandle } of Messages) {
      const newest = this.#sqs.behind(ReceiptHandle)?.handle;
      if (newest !== undefined && newest !== ReceiptHandle) this.unheard.add(newest);
    }
  }

  #faultOf(operation: string): Fault {
    const faults = this.faults[kindOf(operation)];
    this.#attempts += 1;
    return faults[this.#attempts % faults.length] ?? PLAIN;
  }

  /** Why this attempt should not have been made. */
  #unfounded({ operation, input, by }: Attempt): string[] {
    const isAct = kindOf(operation) === 'acts';
    const { Entries = [] } = input;
    return [
      ...(isAct && !by.mayAct ? [`${by.name} only looks, and makes a ${operation}`] : []),
      ...(isAct
        ? Entries.filter((entry) => !this.#isHeld(entry, by, SPARE_MS)).map(
            (entry) => `${by.name} has lost its hold, and ${operation} ${nameOf(entry)}`,
          )
        : []),
      ...(operation === 'ChangeMessageVisibilityBatch'
        ? Entries.filter((entry) => !this.#isHeld(entry, by, 0) && !this.#released.has(nameOf(entry))).map(
            (entry) => `${by.name} has lost its hold, and changes the visibility of ${nameOf(entry)}`,
          )
        : []),
    ];
  }

  /** Whether others cannot receive it for so long, by SQS's time, since this process has received it. */
  #isHeld({ ReceiptHandle, MessageBody }: Entry, { process }: Sender, spareMs: number): boolean {
    const isHidden = ({ visibleAt }: Stored) => visibleAt - this.#time.now > spareMs;
    const stored = ReceiptHandle === undefined ? undefined : this.#sqs.behind(ReceiptHandle);
    if (this.repeated.has(stored?.body ?? MessageBody ?? '')) return true;
    if (stored !== undefined) return stored.handle === ReceiptHandle && isHidden(stored);
    return [...this.#sqs.deadLetters.values()].some(
      (letter) => letter.body === MessageBody && letter.holder === process && isHidden(letter),
    );
  }

  #play(
    attempt: Attempt,
    fault: Fault,
    answer: (answer: Answer) => void,
    fail: (error: Error) => void,
  ): void {
    const { process } = attempt.by;
    if (kindOf(attempt.operation) === 'holds') {
      if (fault.kind !== 'none') this.couldNotHold.add(process);
      if (fault.there + fault.back > SOON_MS) this.heldLate.add(process);
    }
    if (fault.kind !== 'none' && fault.kind !== 'sample') this.#doubt(attempt);
    if (fault.kind === 'silence') {
      this.#time.after(REQUEST_TIMEOUT_MS, () => fail(named('TimeoutError', 'no answer')), process, true);
      if (fault.done === 'never') return;
      this.#time.after(fault.done === 'late' ? LATE_MS : fault.there, () => this.#carryOut(attempt, fault));
      return;
    }
    const reply = (given: Answer) => this.#time.after(fault.back, () => answer(given), process);
    const cut = () => this.#time.after(fault.back, () => fail(named('ECONNRESET', 'cut')), process);
    this.#time.after(fault.there, () => {
      if (fault.kind === 'refused') reply(refusal(fault.status, fault.code));
      else if (fault.kind === 'cut' && !fault.done) cut();
      else if (fault.kind === 'says-nothing' && !fault.done) reply(SILENT);
      else {
        this.#whenThereIsSomething(attempt, fault, () => {
          const body = this.#carryOut(attempt, fault);
          if (fault.kind === 'cut') cut();
          else reply(fault.kind === 'says-nothing' ? SILENT : { status: 200, body });
        });
      }
    });
  }

  /** A long poll. */
  #whenThereIsSomething({ operation, input }: Attempt, { kind }: Fault, then: () => void): void {
    const { QueueUrl, WaitTimeSeconds = 0 } = input;
    const isInVain = this.#sqs.visible(QueueUrl).length === 0 && kind !== 'again';
    const isPatient = operation === 'ReceiveMessage' && isInVain;
    const left = this.#sqs.nextVisibleAt(QueueUrl) - this.#time.now;
    if (isPatient) this.#time.after(Math.min(WaitTimeSeconds * 1000, left), then);
    else then();
  }

  #carryOut(attempt: Attempt, fault: Fault): object {
    switch (attempt.operation) {
      case 'GetQueueAttributes':
        return this.#count(attempt);
      case 'ReceiveMessage':
        return this.#receive(attempt, fault);
      case 'SendMessageBatch':
        return this.#batch(attempt, fault, (entry) => this.#send(attempt, entry));
      case 'DeleteMessageBatch':
        return this.#batch(attempt, fault, (entry) => this.#delete(attempt, entry));
      case 'ChangeMessageVisibilityBatch':
        return this.#batch(attempt, fault, (entry) => this.#change(entry));
      default:
        throw new Error(`nobody asks SQS for ${attempt.operation} here`);
    }
  }

  #count({ input: { QueueUrl } }: Attempt): object {
    const visible = this.#sqs.visible(QueueUrl).length;
    return {
      Attributes: {
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(this.#sqs.on(QueueUrl).size - visible),
        MessageRetentionPeriod: '1209600',
      },
    };
  }

  #receive({ input, by }: Attempt, fault: Fault): object {
    const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout = 30 } = input;
    const hidden = [...this.#sqs.on(QueueUrl).values()].filter(({ visibleAt }) => visibleAt > this.#time.now);
    const found = this.#sqs.visible(QueueUrl);
    if (fault.kind === 'again') {
      for (const stored of hidden) {
        this.repeated.add(stored.body);
        this.doubtful.add(stored.body);
      }
      found.push(...hidden);
    }
    const most = fault.kind === 'sample' ? fault.most : MaxNumberOfMessages;
    const received = found.slice(0, Math.min(most, MaxNumberOfMessages));
    const isHeard = fault.kind === 'none' || fault.kind === 'sample' || fault.kind === 'again';
    for (const stored of received) {
      const handle = this.#sqs.hide(stored, VisibilityTimeout, by.process);
      if (!isHeard) this.unheard.add(handle);
    }
    return { Messages: received.map(receivedMessage) };
  }

  #batch(
    { input: { Entries = [] } }: Attempt,
    fault: Fault,
    carryOut: (entry: Entry) => object | Refusal,
  ): object {
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const [index, entry] of Entries.entries()) {
      const isRefused =
        fault.kind === 'some-refused' && fault.which.some((which) => which % Entries.length === index);
      const done = isRefused ? fault.code : carryOut(entry);
      if (typeof done === 'object') Successful.push({ Id: entry.Id, ...done });
      else
        Failed.push({
          Id: entry.Id,
          Code: done,
          Message: 'no',
          SenderFault: done === 'AccessDenied' || !isRefused,
        });
    }
    return { Successful, Failed };
  }

  #send({ by }: Attempt, { MessageBody = '', MessageAttributes, DelaySeconds }: Entry): object {
    const { id } = this.#sqs.send(QUEUE_URL, MessageBody, MessageAttributes, DelaySeconds);
    by.copied.set(id, MessageBody);
    return { MessageId: id, MD5OfMessageBody: md5(MessageBody) };
  }

  #delete({ by }: Attempt, { ReceiptHandle = '' }: Entry): object {
    const stored = this.#sqs.delete(ReceiptHandle);
    if (stored !== undefined) by.deleted.add(stored.id);
    return {};
  }

  #change({ ReceiptHandle = '', VisibilityTimeout = 0 }: Entry): object | Refusal {
    return this.#sqs.changeVisibility(ReceiptHandle, VisibilityTimeout) ?? {};
  }
}

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

function nameOf({ ReceiptHandle, MessageBody }: Entry): string {
  return ReceiptHandle ?? MessageBody ?? '';
}

function kindOf(operation: string): keyof Faults {
  if (operation === 'SendMessageBatch' || operation === 'DeleteMessageBatch') return 'acts';
  return operation === 'ChangeMessageVisibilityBatch' ? 'holds' : 'reads';
}

const SILENT: Answer = { status: 200, body: {} };

function refusal(status: number, type: string): Answer {
  return { status, body: { __type: type, message: type } };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, ...(name.startsWith('E') && { code: name }) });
}

function responseOf({ status, body }: Answer): object {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

/** Nothing goes wrong, and nothing takes any time. */
const PLAIN: Fault = { kind: 'none', there: 0, back: 0 };

/** Nothing goes wrong with any. */
export const ALL_IS_WELL: Faults = { reads: [PLAIN], holds: [PLAIN], acts: [PLAIN] };

/** Any suspension. */
export const suspension: fc.Arbitrary<Suspension> = fc.tuple(
  fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.constantFrom(24_999, 25_000, 30_000, 120_000, 3_600_000)),
  fc.constantFrom(0, 0, -30_000, -3_600_000, 86_400_000),
);

const delay = {
  thenSuspended: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: suspension },
  ),
  // Less than what a request may take until SQS carries it out.
  there: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 4_900 })),
  back: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 4_900 })),
};

const plain: fc.Arbitrary<Fault> = fc.record({ kind: fc.constant('none' as const), ...delay });

/** Any fault; most often none. */
const wireFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: plain },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('some-refused' as const),
      which: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 5 }),
      code: fc.constantFrom('InternalError', 'RequestThrottled', 'AccessDenied'),
      ...delay,
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Pick<Extract<Fault, { kind: 'refused' }>, 'status' | 'code'>>(
          { status: 400, code: 'ThrottlingException' },
          { status: 503, code: 'ServiceUnavailable' },
        ),
        fc.record(delay),
      )
      .map(([what, when]): Fault => ({ kind: 'refused', ...what, ...when })),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut' as const), done: fc.boolean(), ...delay }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('silence' as const),
      done: fc.constantFrom('at once', 'late', 'never'),
      ...delay,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('says-nothing' as const), done: fc.boolean(), ...delay }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('sample' as const), most: fc.nat({ max: 3 }), ...delay }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), ...delay }) },
);

const some = fc.array(wireFault, { minLength: 1, maxLength: 4 });
const none = fc.constant([PLAIN]);

/** Anything goes wrong with some requests or with all. */
export const wireFaults: fc.Arbitrary<Faults> = fc.record({
  reads: fc.oneof({ weight: 2, arbitrary: none }, { weight: 1, arbitrary: some }),
  holds: fc.oneof({ weight: 1, arbitrary: none }, { weight: 1, arbitrary: some }),
  acts: some,
});
