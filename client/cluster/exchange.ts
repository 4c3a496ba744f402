// One HTTP exchange with a deadline, over connections that may have been frozen with the environment.
import type { Dispatcher } from 'undici';
// From inside the package, since its index brings fetch, WebSocket, caches and mocks along: 0.4 MB more to read and
// compile in every cold start. test/infra/tools/bundle.test.ts fails where the package moves them.
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import { CONNECT_TIMEOUT_MS } from '../network/connecting.ts';
import type { DispatcherFactory } from '../network/proxies.ts';

/** What to send. The origin is the exchanger's own, so nothing in a request can lead elsewhere. */
export interface HttpRequest {
  readonly method: 'DELETE' | 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole exchange, its one retry and the response's body included; milliseconds. */
  readonly timeoutMs: number;
  /** As much of the response's body is read; 64 KiB unless said otherwise. */
  readonly maxBodyBytes?: number;
  /**
   * `connection`: the time counts from when the request is on a connection. Until then, the wait for one that is free
   * and its making, only the signal and the bound on connecting end it. By default it counts from the call.
   */
  readonly timeoutFrom?: 'connection';
  /** Ends the exchange, as if its time were up, when it is aborted after the start. */
  readonly signal?: AbortSignal | undefined;
}

/** The headers of a response, their names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A header's value; of several the first. */
export function headerIn(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** What came back. `calls` is how many requests left the process. */
export type HttpExchange =
  | {
      readonly type: 'response';
      readonly calls: number;
      readonly status: number;
      readonly headers: Headers;
      /** At most so much as was asked for; what had arrived, where the body broke off or the time was up. */
      readonly body: string;
      /** Whether that is all of the body. */
      readonly isComplete: boolean;
      /** Whether the same request may have arrived before, over a connection that broke. */
      readonly isRepeat: boolean;
    }
  /**
   * No answer in time, no connection, or it broke before an answer. `tls`: the other side's identity or ours. `sent`:
   * the request may have arrived.
   */
  | ({
      readonly type: 'no-answer';
      readonly calls: number;
      readonly tls: boolean;
      readonly sent: boolean;
    } & Cause)
  /** Something answered that is not HTTP, or not HTTP that can be read. */
  | ({ readonly type: 'unreadable'; readonly calls: number } & Cause);

/** Why there is no answer. */
export interface Cause {
  /** In our own words. */
  readonly cause: string;
  /** What an error says, which may have it from the other side. */
  readonly said?: string;
}

/** @param show makes what may be shown of words that are not ours */
export function causeOf({ cause, said }: Cause, show: (said: string) => string): string {
  return said === undefined ? cause : `${cause}: ${show(said)}`;
}

/** TLS settings of the connections (Node.js, tls.createSecureContext). PEM text. */
export interface TlsOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly ca?: string | readonly string[];
}

/** Sends requests to one origin. */
export interface Http {
  /** Never throws and never follows a redirect. Uses new connections from the first call with other TLS options on. */
  exchange(request: HttpRequest, tls?: TlsOptions): Promise<HttpExchange>;
  /** Drops the connections that are kept; not that of a second try. */
  destroy(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;

/** How long an idle connection is kept, in milliseconds. Shorter than the 5 s of Node's own servers. */
const KEEP_ALIVE_MS = 4_000;

const NO_TLS_OPTIONS: TlsOptions = {};

/**
 * @param connections how many exchanges run at once; a caller that starts more waits inside undici
 * @param now epoch milliseconds: the wall clock, since timers stand still while a Lambda environment is frozen
 * @param dispatcher straight to the origin unless given
 */
export function createHttp(
  origin: string,
  connections: number,
  now: () => number,
  dispatcher?: DispatcherFactory,
): Http {
  let pool: Dispatcher | undefined;
  let poolTls = NO_TLS_OPTIONS;
  let inProgress = 0;
  let lastUsed = 0;

  /** After a freeze an idle connection may be half open: a request on it would wait for nothing. */
  function currentPool(tls: TlsOptions): Dispatcher {
    const thawed = inProgress === 0 && Math.abs(now() - lastUsed) > KEEP_ALIVE_MS;
    if (pool === undefined || thawed || tls !== poolTls) {
      // What is under way on it may end.
      pool?.close().catch(() => {});
      poolTls = tls;
      const options = {
        ...clientOptions(tls),
        connections,
        factory: (url: URL, clients: Client.Options) => new ReuseAwareClient(url, clients),
      };
      pool = dispatcher === undefined ? new Pool(origin, options) : dispatcher(options);
    }
    return pool;
  }

  function exchange(request: HttpRequest, tls = NO_TLS_OPTIONS): Promise<HttpExchange> {
    const current = currentPool(tls);
    inProgress += 1;
    return new Promise((resolve) => {
      new Exchange(request, tls, surroundings, resolve).sendOver(current);
    });
  }

  const surroundings: Surroundings = {
    origin,
    newClient: (tls) =>
      dispatcher === undefined
        ? new Client(origin, clientOptions(tls))
        : dispatcher({ ...clientOptions(tls), connections: 1 }),
    ended: () => {
      inProgress -= 1;
      if (inProgress === 0) lastUsed = now();
    },
  };

  return {
    exchange,
    destroy: async () => {
      await pool?.destroy();
      pool = undefined;
    },
  };
}

/** What all exchanges share. */
interface Surroundings {
  readonly origin: string;
  /** For a second try. */
  readonly newClient: (tls: TlsOptions) => Dispatcher;
  readonly ended: () => void;
}

type Response = Extract<HttpExchange, { type: 'response' }>;

/**
 * A request and what comes back of it, as undici tells it (docs, Dispatcher.dispatch). Its `request` would put a
 * stream and an abort signal around each response: half of what a call costs.
 */
class Exchange implements Dispatcher.DispatchHandler {
  /** Whether the request went out on a connection that was there before. */
  onKeptAlive = false;
  readonly #request: HttpRequest;
  readonly #tls: TlsOptions;
  readonly #surroundings: Surroundings;
  readonly #resolve: (end: HttpExchange) => void;
  /** Of the second try. */
  #client: Dispatcher | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head: Pick<Response, 'status' | 'headers'> | undefined;
  #body: Buffer[] | undefined;
  #bodyBytes = 0;
  #isSent = false;
  #isOver = false;

  constructor(
    request: HttpRequest,
    tls: TlsOptions,
    surroundings: Surroundings,
    resolve: (end: HttpExchange) => void,
  ) {
    this.#request = request;
    this.#tls = tls;
    this.#surroundings = surroundings;
    this.#resolve = resolve;
    if (request.timeoutFrom !== 'connection') this.#startTime();
    request.signal?.addEventListener('abort', this);
  }

  /** Sends the request; where a kept connection turns out to be broken, once more on a new one. */
  sendOver(dispatcher: Dispatcher): void {
    const { method, path, headers, body = null } = this.#request;
    dispatcher.dispatch({ origin: this.#surroundings.origin, method, path, headers, body }, this);
  }

  #startTime(): void {
    this.#timer = setTimeout(() => this.#endLate(), this.#request.timeoutMs);
  }

  /** Ends it now, also where there is no connection yet. */
  #endLate(): void {
    this.#end(LATE);
    this.#controller?.abort(LATE);
  }

  /** Of the request's signal. */
  handleEvent(): void {
    this.#endLate();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isSent = true;
    if (this.#isOver) controller.abort(LATE);
    else if (this.#timer === undefined) this.#startTime();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Response['headers']): void {
    // Before the response there may be others that only inform (RFC 9110, section 15.2).
    if (status >= 200) this.#head = { status, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body ??= [];
    const { maxBodyBytes = MAX_BODY_BYTES } = this.#request;
    this.#body.push(chunk.subarray(0, maxBodyBytes - this.#bodyBytes));
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes < maxBodyBytes) return;
    this.#end(ENOUGH);
    controller.abort(ENOUGH);
  }

  onResponseEnd(): void {
    this.#end(WHOLE);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    const isSecond = this.#client !== undefined;
    if (this.#head !== undefined || isSecond || !this.onKeptAlive || !isBrokenConnection(error)) {
      this.#end(error);
      return;
    }
    this.#client = this.#surroundings.newClient(this.#tls);
    this.sendOver(this.#client);
  }

  get #calls(): number {
    return this.#client === undefined ? 1 : 2;
  }

  /** Once the status is known, whatever happens to the body only shortens the text. */
  #end(why: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#client !== undefined) destroySoon(this.#client);
    this.#request.signal?.removeEventListener('abort', this);
    this.#surroundings.ended();
    this.#resolve(
      this.#head === undefined
        ? failure(why, this.#calls, this.#isSent)
        : this.#response(this.#head, why === WHOLE),
    );
  }

  #response({ status, headers }: Pick<Response, 'status' | 'headers'>, isComplete: boolean): Response {
    const body = this.#body === undefined ? '' : Buffer.concat(this.#body).toString('utf8');
    return {
      type: 'response',
      calls: this.#calls,
      status,
      headers,
      body,
      isComplete,
      isRepeat: this.#client !== undefined,
    };
  }
}

/** Not while it is still reading the answer. */
function destroySoon(client: Dispatcher): void {
  queueMicrotask(() => client.destroy().catch(() => {}));
}

/** Why there is no answer where the time was up, or the signal aborted. */
export const LATE_CAUSE = 'no answer in time';

const LATE = new Error(LATE_CAUSE);
const ENOUGH = new Error('as much of an answer as is wanted');
const WHOLE = new Error('all of an answer');

class ReuseAwareClient extends Client {
  #connected = false;

  constructor(url: URL, options: Client.Options) {
    super(url, options);
    this.on('connect', () => {
      this.#connected = true;
    });
    this.on('disconnect', () => {
      this.#connected = false;
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Exchange) handler.onKeptAlive = this.#connected;
    return super.dispatch(options, handler);
  }
}

function clientOptions(tls: TlsOptions): Client.Options {
  const { ca, ...identity } = tls;
  return {
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The one deadline of an exchange stands above these.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    // The default of Node.js's own HTTP, which is not part of the bundle (infra/tools/build.ts).
    maxHeaderSize: 16 * 1024,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...identity,
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
    },
  };
}

function failure(error: Error, calls: number, sent: boolean): HttpExchange {
  if (error === LATE) return { type: 'no-answer', calls, cause: LATE.message, tls: false, sent };
  // A name with several addresses fails with an error for each; they rarely differ.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = codeOf(first);
  const said = `${first instanceof Error ? first.message : String(first)}${code === '' ? '' : ` (${code})`}`;
  const tls = isTlsCode(code);
  if (tls || NETWORK_CODES.has(code) || isLookupFailure(first)) {
    return { type: 'no-answer', calls, cause: 'no connection', said, tls, sent };
  }
  return { type: 'unreadable', calls, cause: 'an answer that cannot be read', said };
}

/** A connection that ended under the request, before any response. */
function isBrokenConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** Errors of undici (docs, Errors) and of the operating system that mean: no connection, or it broke. */
const NETWORK_CODES = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  // A proxy that makes no tunnel, or is not reached.
  'UND_ERR_ABORTED',
  'UND_ERR_PRX_CONN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
]);

/** Whatever a resolver says (Node.js, dns.lookup). */
function isLookupFailure(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo';
}

/** OpenSSL's errors, and what Node.js says of a certificate (Node.js, tls, "X509 certificate error codes"). */
function isTlsCode(code: string): boolean {
  return /^(UND_ERR_PRX_TLS$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/.test(
    code,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
