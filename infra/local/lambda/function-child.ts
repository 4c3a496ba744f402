// One process of the function, seen from outside: what it says, what it is asked, how it ends.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** An invocation that failed. `name` is the thrown error's, or `Timeout`, `Died`, `FailedStart`, `Stopped`. */
export class FunctionError extends Error {
  override readonly name: string;

  constructor(name: string, message: string, stack?: string) {
    super(message);
    this.name = name;
    if (stack !== undefined) this.stack = stack;
  }
}

/** A line that the function wrote. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What the parent tells the child: one invocation. */
export interface ToRuntime {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
}

/** What the child tells the parent. */
export type FromRuntime =
  | { readonly type: 'ready' }
  | { readonly type: 'failed-start'; readonly error: ThrownError }
  | { readonly type: 'started' }
  | { readonly type: 'answered'; readonly json: string }
  | { readonly type: 'threw'; readonly error: ThrownError };

/** An error as it crosses the process's border. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** A process that has loaded its handler. */
export interface Runtime {
  /** One at a time. */
  invoke(event: SQSEvent, timeoutMs: number): Promise<SQSBatchResponse>;
}

/** Waits until the child has loaded its handler. */
export function startRuntime(child: ChildProcess, onLine: (line: LogLine) => void): Promise<Runtime> {
  const conversation = new Conversation(child, onLine);
  return conversation.started;
}

/** An invocation that waits for its result and for the end of its output on both streams. */
interface Pending {
  readonly id: string;
  readonly timeoutMs: number;
  readonly resolve: (response: SQSBatchResponse) => void;
  readonly reject: (error: Error) => void;
  readonly openStreams: Set<LogLine['stream']>;
  result?: Extract<FromRuntime, { type: 'answered' | 'threw' }>;
  timer?: NodeJS.Timeout;
}

class Conversation implements Runtime {
  readonly started: Promise<Runtime>;
  readonly #child: ChildProcess;
  readonly #onLine: (line: LogLine) => void;
  #start: { resolve: (runtime: Runtime) => void; reject: (error: Error) => void } | undefined;
  #pending: Pending | undefined;
  #overran = false;

  constructor(child: ChildProcess, onLine: (line: LogLine) => void) {
    this.#child = child;
    this.#onLine = onLine;
    this.started = new Promise((resolve, reject) => {
      this.#start = { resolve, reject };
    });
    this.#read('stdout', child.stdout);
    this.#read('stderr', child.stderr);
    child.on('message', (message: FromRuntime) => this.#hear(message));
    child.once('error', (error) => this.#fail(new FunctionError('FailedStart', error.message)));
    child.once('close', (code, signal) => this.#fail(this.#death(code, signal)));
  }

  invoke(event: SQSEvent, timeoutMs: number): Promise<SQSBatchResponse> {
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      this.#pending = { id, timeoutMs, resolve, reject, openStreams: new Set(['stdout', 'stderr']) };
      const message: ToRuntime = { id, event, timeoutMs };
      // A child that is gone is noticed by its end, which is heard of in any case.
      this.#child.send(message, () => {});
    });
  }

  #read(stream: LogLine['stream'], readable: Readable | null): void {
    if (readable === null) return;
    createInterface({ input: readable, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => {
      if (text !== '' && text === this.#pending?.id) {
        this.#pending.openStreams.delete(stream);
        this.#settle();
      } else if (text !== '') {
        this.#onLine({ stream, text });
      }
    });
  }

  #hear(message: FromRuntime): void {
    switch (message.type) {
      case 'ready':
        this.#start?.resolve(this);
        this.#start = undefined;
        return;
      case 'failed-start':
        this.#fail(new FunctionError('FailedStart', message.error.message, message.error.stack));
        return;
      case 'started':
        this.#startClock();
        return;
      case 'answered':
      case 'threw':
        if (this.#pending !== undefined) this.#pending.result = message;
        this.#settle();
    }
  }

  /** From here on, so that the process always has the whole time that its context promises. */
  #startClock(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    pending.timer = setTimeout(() => {
      this.#overran = true;
      this.#child.kill('SIGKILL');
    }, pending.timeoutMs);
  }

  #settle(): void {
    const pending = this.#pending;
    if (pending?.result === undefined || pending.openStreams.size > 0) return;
    this.#pending = undefined;
    clearTimeout(pending.timer);
    if (pending.result.type === 'answered') {
      pending.resolve(JSON.parse(pending.result.json) as SQSBatchResponse);
    } else {
      const { name, message, stack } = pending.result.error;
      pending.reject(new FunctionError(name, message, stack));
    }
  }

  #fail(error: Error): void {
    this.#start?.reject(error);
    this.#start = undefined;
    clearTimeout(this.#pending?.timer);
    this.#pending?.reject(error);
    this.#pending = undefined;
  }

  #death(code: number | null, signal: NodeJS.Signals | null): FunctionError {
    if (this.#overran && this.#pending !== undefined) {
      return new FunctionError('Timeout', `Task timed out after ${this.#pending.timeoutMs / 1000} seconds`);
    }
    const how = signal === null ? `exit code ${code}` : signal;
    return new FunctionError('Died', `the function's process ended: ${how}`);
  }
}
