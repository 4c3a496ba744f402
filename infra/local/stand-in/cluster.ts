// A stand-in for a Camunda cluster: unassigns, assigns, reads and searches user tasks as a real one does, keeps tasks,
// has a backpressure limit, and fails in every way that a test or a person asks for.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Answer, tomcatBadRequest } from './answer-forms.ts';
import { Broker, type ClusterRequest, type ClusterSettings, type FaultRequest } from './broker.ts';
import { handleControl, isControl } from './control.ts';
import { type Fault, isAnswer, playFault, reset, wireText } from './faults.ts';
import { parseRoute, type Route } from './routes.ts';
import type { Tasks } from './tasks.ts';

/** How to start a stand-in. */
export interface ClusterOptions extends Partial<ClusterSettings> {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** What stands before `/v2`, as on Camunda SaaS. */
  readonly basePath?: string;
  /** Speaks TLS; with `ca`, `requestCert` and `rejectUnauthorized` mutual TLS. */
  readonly tls?: ServerOptions;
  /** An idle connection is closed after this time. */
  readonly keepAliveTimeoutMs?: number;
  /** False keeps nothing in `calls`, for long runs. */
  readonly recordCalls?: boolean;
}

/** One call as it was seen, `authorization` included. */
export interface Call extends FaultRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Which connection: calls with the same number came over the same one. */
  readonly connection: number;
  /** The status that was answered; absent while there is none. */
  status?: number;
  /** What was played in place of the cluster's own answer, or instead of one. */
  fault?: Fault;
  /** The caller gave up before it had an answer. */
  abandoned?: boolean;
}

/** A running stand-in. */
export interface StandInCluster {
  /** The address to give as CAMUNDA_REST_ADDRESS. */
  readonly url: string;
  readonly tasks: Tasks;
  readonly settings: ClusterSettings;
  /** Every call so far, in the order of their coming. */
  readonly calls: Call[];
  /** How many connections were opened so far. */
  readonly connections: number;
  /** From now on the connections that exist are half-open: they take data and say nothing. New ones work. */
  goSilent(): void;
  /** Closes the connections that wait for their next request, as a server does after its keep-alive time. */
  closeIdleConnections(): void;
  /** Resets all connections. */
  resetConnections(): void;
  close(): Promise<void>;
  /** Listens again on the same port after {@link close}, with the tasks that it had. */
  reopen(): Promise<void>;
}

/** Starts a stand-in cluster on 127.0.0.1. */
export async function startStandInCluster(options: ClusterOptions = {}): Promise<StandInCluster> {
  const cluster = new Cluster(options);
  await cluster.listen(options.port ?? 0);
  return cluster;
}

class Cluster implements StandInCluster {
  readonly calls: Call[] = [];
  connections = 0;
  url = '';
  readonly #options: ClusterOptions;
  readonly #broker: Broker;
  readonly #server: Server;
  readonly #sockets = new Map<Socket, number>();
  readonly #silent = new WeakSet<Socket>();
  readonly #attempts = new Map<string, number>();
  #inProgress = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#broker = new Broker(options);
    // Tomcat reads 8 KiB of request line and headers.
    const http = { keepAliveTimeout: options.keepAliveTimeoutMs ?? 60_000, maxHeaderSize: 8192 };
    this.#server =
      options.tls === undefined ? createServer(http) : createTlsServer({ ...options.tls, ...http });
    this.#server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket) =>
      this.#welcome(socket),
    );
    this.#server.on('request', (request, response) => this.#handle(request, response));
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end(wireText(tomcatBadRequest()));
    });
  }

  get tasks(): Tasks {
    return this.#broker.tasks;
  }

  get settings(): ClusterSettings {
    return this.#broker.settings;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port: taken } = this.#server.address() as AddressInfo;
    const origin = this.#options.tls === undefined ? 'http://127.0.0.1' : 'https://localhost';
    this.url = `${origin}:${taken}${this.#options.basePath ?? ''}`;
  }

  goSilent(): void {
    for (const socket of this.#sockets.keys()) {
      socket.setTimeout(0);
      this.#silent.add(socket);
    }
  }

  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
  }

  resetConnections(): void {
    for (const socket of this.#sockets.keys()) reset(socket);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async reopen(): Promise<void> {
    await this.listen(Number(new URL(this.url).port));
  }

  #welcome(socket: Socket): void {
    this.connections += 1;
    this.#sockets.set(socket, this.connections);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (isControl(request)) {
      handleControl(this, request, response);
      return;
    }
    const { basePath = '' } = this.#options;
    const route = parseRoute(request, { basePath, ...this.settings });
    const call = this.#record(request, route);
    response.once('close', () => {
      if (!response.writableFinished && !endsConnection(call.fault)) call.abandoned = true;
    });
    const fault = this.#silent.has(request.socket)
      ? { kind: 'silence' as const }
      : this.settings.fault?.(call);
    const proceed = (body: string) => {
      const asked = { route, path: call.path, headers: call.headers, body };
      if (fault === undefined) this.#answer(call, asked, response);
      else this.#fail(fault, call, asked, response);
    };
    if (route.to === 'search' || route.to === 'assignment') {
      // A caller who goes away in the middle of the body gets no answer.
      text(request).then(proceed, () => {});
    } else {
      request.resume();
      proceed('');
    }
  }

  #record(request: IncomingMessage, route: Route): Call {
    const path = request.url ?? '';
    const attempt = (this.#attempts.get(path) ?? 0) + 1;
    this.#attempts.set(path, attempt);
    const call: Call = {
      method: request.method ?? '',
      path,
      key: 'key' in route ? route.key : undefined,
      headers: request.headers,
      attempt,
      at: Date.now(),
      connection: this.#sockets.get(request.socket) ?? 0,
    };
    if (this.#options.recordCalls !== false) this.calls.push(call);
    return call;
  }

  /** What a healthy cluster does. Commands in progress count against the limit until they are answered. */
  #answer(call: Call, request: ClusterRequest, response: ServerResponse): void {
    const { isCommand, answer } = this.#broker.take(request, this.#inProgress);
    if (!isCommand) {
      this.#send(answer(), call, response);
      return;
    }
    this.#inProgress += 1;
    setTimeout(() => {
      this.#inProgress -= 1;
      this.#send(answer(), call, response);
    }, this.settings.latencyMs).unref();
  }

  #fail(fault: Fault, call: Call, request: ClusterRequest, response: ServerResponse): void {
    setTimeout(() => {
      const unharmed = this.#broker.unharmed(request, fault.carriedOut === true);
      call.fault = fault;
      if (isAnswer(fault)) {
        this.#send(this.#broker.answerOf(fault, call.path), call, response);
        return;
      }
      if (fault.kind === 'silence' && response.socket !== null) this.#silent.add(response.socket);
      playFault(fault, response, unharmed);
    }, fault.delayMs ?? 0).unref();
  }

  #send(answer: Answer, call: Call, response: ServerResponse): void {
    if (response.destroyed) return;
    call.status = answer.status;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }
}

/** Whether a fault has this side close the connection, so that the caller is not who gave up. */
function endsConnection(fault: Fault | undefined): boolean {
  return fault !== undefined && !isAnswer(fault) && fault.kind !== 'hang' && fault.kind !== 'silence';
}
