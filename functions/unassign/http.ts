// One HTTP exchange with a deadline, over connections that may have been frozen with the environment.
import type { Dispatcher } from 'undici';
// From inside the package, since its index brings fetch, WebSocket, caches and mocks along: 0.4 MB more to read and
// compile in every cold start. test/infra/bundle.test.ts fails where the package moves them.
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';

/** What to send. The origin is the exchanger's own, so nothing in a request can lead elsewhere. */
export interface HttpRequest {
  readonly method: 'DELETE' | 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, its one retry and the response's body included; milliseconds. */
  readonly timeoutMs: number;
}

/** What came back. `calls` is how many requests left the process. */
export type HttpExchange =
  | {
      readonly type: 'response';
      readonly calls: number;
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      /** At most 64 KiB; what had arrived, where the body broke off or the time was up. */
      readonly body: string;
    }
  /** No answer in time, no connection, or it broke before an answer. `tls`: the other side's identity or ours. */
  | { readonly type: 'no-answer'; readonly calls: number; readonly cause: string; readonly tls: boolean }
  /** Something answered that is not HTTP, or not HTTP that can be read. */
  | { readonly type: 'unreadable'; readonly calls: number; readonly cause: string };

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
  /** Drops all connections. */
  destroy(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;

/** How long an idle connection is kept, in milliseconds. Shorter than the 5 s of Node's own servers. */
const KEEP_ALIVE_MS = 4_000;

/** How long a connection may take to be made; the call waits no longer than its own deadline. */
const CONNECT_TIMEOUT_MS = 5_000;

const NO_TLS_OPTIONS: TlsOptions = {};

/**
 * @param connections how many exchanges run at once; a caller that starts more waits inside undici
 * @param now epoch milliseconds: the wall clock, since timers stand still while a Lambda environment is frozen
 */
export function createHttp(origin: string, connections: number, now: () => number): Http {
  let pool: Pool | undefined;
  let poolTls = NO_TLS_OPTIONS;
  let inProgress = 0;
  let lastUsed = 0;

  /** After a freeze an idle connection may be half open: a request on it would wait for nothing. */
  function currentPool(tls: TlsOptions): Pool {
    const thawed = inProgress === 0 && Math.abs(now() - lastUsed) > KEEP_ALIVE_MS;
    if (pool === undefined || thawed || tls !== poolTls) {
      // What is under way on it may end.
      pool?.close().catch(() => {});
      poolTls = tls;
      pool = new Pool(origin, {
        ...clientOptions(tls),
        connections,
        factory: (url, options) => new ReuseAwareClient(url, options),
      });
    }
    return pool;
  }

  async function exchange(request: HttpRequest, tls = NO_TLS_OPTIONS): Promise<HttpExchange> {
    const dispatcher = currentPool(tls);
    const first = new Call(request);
    let call = first;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      call.end();
    }, request.timeoutMs);
    inProgress += 1;
    try {
      return await first.over(dispatcher);
    } catch (error) {
      if (late || !first.onKeptAlive || !isBrokenConnection(error)) return failure(error, 1, late);
      call = new Call(request);
      return await onNewConnection(call, tls).catch((again) => failure(again, 2, late));
    } finally {
      clearTimeout(timer);
      inProgress -= 1;
      lastUsed = now();
    }
  }

  async function onNewConnection(call: Call, tls: TlsOptions): Promise<HttpExchange> {
    const client = new Client(origin, clientOptions(tls));
    try {
      return { ...(await call.over(client)), calls: 2 };
    } finally {
      client.destroy().catch(() => {});
    }
  }

  return {
    exchange,
    destroy: async () => {
      await pool?.destroy();
      pool = undefined;
    },
  };
}

type Response = Extract<HttpExchange, { type: 'response' }>;

/**
 * One request and what comes back of it, as undici tells it (docs, Dispatcher.dispatch). Its `request` would put a
 * stream and an abort signal around each response: half of what a call costs.
 */
class Call implements Dispatcher.DispatchHandler {
  /** Whether it went out on a connection that was there before. */
  onKeptAlive = false;
  readonly #request: HttpRequest;
  #resolve: (response: Response) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;
  #head: Pick<Response, 'status' | 'headers'> | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  #ended = false;

  constructor(request: HttpRequest) {
    this.#request = request;
  }

  /**
   * Sends it.
   *
   * @throws what undici says, where it breaks or is ended before there is a status
   */
  over(dispatcher: Dispatcher): Promise<Response> {
    const { method, path, headers, body = null } = this.#request;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      dispatcher.dispatch({ method, path, headers, body }, this);
    });
  }

  /** Ends it now, also where there is no connection yet. */
  end(): void {
    this.#ended = true;
    this.#settle(ENDED);
    this.#controller?.abort(ENDED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(ENDED);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Response['headers']): void {
    // Before the response there may be others that only inform (RFC 9110, section 15.2).
    if (status >= 200) this.#head = { status, headers };
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body.push(chunk.subarray(0, MAX_BODY_BYTES - this.#bodyBytes));
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes >= MAX_BODY_BYTES) this.end();
  }

  onResponseEnd(): void {
    this.#settle(ENDED);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#settle(error);
  }

  /** Once the status is known, whatever happens to the body only shortens the text. */
  #settle(error: Error): void {
    if (this.#head === undefined) {
      this.#reject(error);
      return;
    }
    const body = this.#body.length === 0 ? '' : Buffer.concat(this.#body).toString('utf8');
    this.#resolve({ type: 'response', calls: 1, ...this.#head, body });
  }
}

const ENDED = new Error('ended by the caller');

class ReuseAwareClient extends Client {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof Call) handler.onKeptAlive = this.stats.connected;
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
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...identity,
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
    },
  };
}

function failure(error: unknown, calls: number, late: boolean): HttpExchange {
  if (late) return { type: 'no-answer', calls, cause: 'no answer in time', tls: false };
  // A name with several addresses fails with an error for each; they rarely differ.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = codeOf(first);
  const text = `${first instanceof Error ? first.message : String(first)}${code === '' ? '' : ` (${code})`}`;
  const tls = isTlsCode(code);
  if (tls || NETWORK_CODES.has(code) || isLookupFailure(first)) {
    return { type: 'no-answer', calls, cause: `no connection: ${text}`, tls };
  }
  return { type: 'unreadable', calls, cause: `an answer that cannot be read: ${text}` };
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
  return /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/.test(
    code,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
