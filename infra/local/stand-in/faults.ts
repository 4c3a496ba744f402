// Ways for the stand-in to fail that no well-meant answer covers, played on the bare socket.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from './answer-forms.ts';
import type { Situation } from './answers.ts';
import type { FrontAnswer } from './front.ts';

/** What goes wrong with one call. All of it is plain JSON, so that it can be sent to a running stand-in. */
export type Fault = FaultKind & {
  /** Waits before anything happens. */
  readonly delayMs?: number;
  /** The command is carried out all the same: the caller only does not hear of it. */
  readonly carriedOut?: boolean;
};

type FaultKind =
  /** This answer, verbatim. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** What the cluster says in that situation, in the words of its version; `headers` such as Retry-After added. */
  | {
      readonly kind: 'situation';
      readonly situation: Situation;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** What something in front of the cluster says in its place; the command reaches the cluster only if `carriedOut`. */
  | { readonly kind: 'front'; readonly says: FrontAnswer }
  /** This call is never answered. */
  | { readonly kind: 'hang' }
  /** This connection says nothing any more, neither now nor later: half-open. New connections work. */
  | { readonly kind: 'silence' }
  /** The cluster's own answer, a byte at a time: from its first byte, or its headers at once and then its body. */
  | { readonly kind: 'trickle'; readonly from: 'headers' | 'body'; readonly everyMs?: number }
  /** The connection is reset: before anything was answered, or in the middle of the body. */
  | { readonly kind: 'reset'; readonly at: 'start' | 'body' }
  /** The connection is closed in an orderly way without an answer. */
  | { readonly kind: 'close' }
  /** Something that is not HTTP, then the connection is closed. */
  | { readonly kind: 'garbage'; readonly bytes?: string };

/** A fault that is an HTTP answer. */
export type AnswerFault = Extract<Fault, { kind: 'answer' | 'situation' | 'front' }>;

/** A fault that leaves HTTP's ground. */
export type SocketFault = Exclude<Fault, AnswerFault>;

/** Whether a fault is an HTTP answer. */
export function isAnswer(fault: Fault): fault is AnswerFault {
  return fault.kind === 'answer' || fault.kind === 'situation' || fault.kind === 'front';
}

/**
 * Plays a fault on the connection of a response.
 *
 * @param answer what the cluster would have said; it gets a body where the fault needs one
 */
export function playFault(fault: SocketFault, response: ServerResponse, answer: Answer): void {
  const socket = response.socket;
  if (socket === null) return;
  switch (fault.kind) {
    case 'hang':
    case 'silence':
      // The server's own time-outs would close the connection, and that says something.
      socket.setTimeout(0);
      return;
    case 'trickle':
      trickle(
        socket,
        fault.from === 'headers' ? ['', wireText(answer)] : halves(answer),
        fault.everyMs ?? 50,
      );
      return;
    case 'reset':
      if (fault.at === 'start') reset(socket);
      else resetInBody(socket, answer);
      return;
    case 'close':
      socket.end();
      return;
    case 'garbage':
      socket.end(fault.bytes ?? '\u0016\u0003\u0001 not HTTP at all\r\n\u0000\u0000\r\n\r\n');
  }
}

/** Cuts a connection without goodbye, as a crashed machine or an idle load balancer does. */
export function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    // A TLS socket has no handle that could be reset.
    socket.destroy();
  }
}

/** An answer as the bytes of HTTP/1.1, for a connection that closes after it. */
export function wireText(answer: Answer): string {
  const headers = {
    'content-length': String(Buffer.byteLength(answer.body)),
    ...answer.headers,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('')}\r\n${answer.body}`;
}

/** Head and body; an answer without a body gets one, since there would be nothing to interrupt. */
function halves(answer: Answer): [head: string, body: string] {
  const text = wireText(
    answer.body === '' ? { status: 200, headers: answer.headers, body: ' '.repeat(1000) } : answer,
  );
  const end = text.indexOf('\r\n\r\n') + 4;
  return [text.slice(0, end), text.slice(end)];
}

function resetInBody(socket: Socket, answer: Answer): void {
  const [head, body] = halves(answer);
  // The pause lets the first half arrive: a reset may throw away what the other side has not read yet.
  socket.write(head + body.slice(0, body.length / 2), () => setTimeout(() => reset(socket), 50).unref());
}

function trickle(socket: Socket, [atOnce, slowly]: [string, string], everyMs: number): void {
  if (atOnce !== '') socket.write(atOnce);
  const bytes = Buffer.from(slowly);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < bytes.length) socket.write(bytes.subarray(sent, sent + 1));
    else socket.end();
    sent += 1;
  }, everyMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
