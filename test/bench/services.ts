// The main module of the process that everything is measured against: a cluster, SQS, a token endpoint and Secrets
// Manager. They answer as fast as they can, so that what is measured is the handlers' own time; the cluster does
// without node:http, which would be as slow as those that it serves, and what is AWS's speaks TLS, as AWS does: to a
// plain address the SDK loads parts of Node.js that it needs nowhere else.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers';
import { createAuthority } from '../support/certificates.ts';

/** How the cluster behaves. */
export interface Weather {
  readonly latencyMs: number;
  /** How many of a hundred keys are answered 503. */
  readonly refusedPercent: number;
}

/** What was called since the weather was last set. */
export interface Counts {
  readonly cluster: number;
  readonly sqs: number;
  readonly secrets: number;
  readonly tokens: number;
}

/** What the parent asks. */
export type ToServices = { readonly type: 'set'; readonly weather: Weather } | { readonly type: 'count' };

/** What it is told, in this order. */
export type FromServices =
  | { readonly type: 'listening'; readonly cluster: string; readonly aws: string }
  | { readonly type: 'done'; readonly counts: Counts };

let weather: Weather = { latencyMs: 0, refusedPercent: 0 };
const NONE: Counts = { cluster: 0, sqs: 0, secrets: 0, tokens: 0 };
let calls = { ...NONE };

process.on('message', (message: ToServices) => {
  const counts = { ...calls };
  if (message.type === 'set') {
    weather = message.weather;
    calls = { ...NONE };
  }
  tell({ type: 'done', counts });
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
const [authorityFile = ''] = process.argv.slice(2);
const authority = await createAuthority();
await writeFile(authorityFile, authority.cert);
const cluster = await listen(createServer(serveCluster));
const aws = await listen(createHttpsServer(await authority.issue('aws'), serveAws));
tell({ type: 'listening', cluster: `http://${cluster}`, aws: `https://${aws}` });

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Camunda's answers (recorded/8.6.0/success.json), without a date. */
const UNASSIGNED = 'HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=60\r\nConnection: keep-alive\r\n\r\n';
/** Not load: that would slow the function down, as it should. */
const PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'UNAVAILABLE',
  status: 503,
  detail: 'Expected to handle request, but request could not be delivered',
});
const REFUSED = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: ${PROBLEM.length}\r\nKeep-Alive: timeout=60\r\nConnection: keep-alive\r\n\r\n${PROBLEM}`;

const READING = 'GET /v2/user-tasks/';

/** A task of the size that Camunda answers with (Orchestration Cluster REST API, "Get user task"). */
function taskAnswer(userTaskKey: string): string {
  const body = JSON.stringify({
    name: 'Review the request',
    state: 'CREATED',
    assignee: 'demo',
    elementId: 'review',
    candidateGroups: [],
    candidateUsers: [],
    processDefinitionId: 'request',
    creationDate: '2026-11-23T12:00:00.000Z',
    completionDate: null,
    followUpDate: null,
    dueDate: null,
    tenantId: '<default>',
    externalFormReference: null,
    processDefinitionVersion: 1,
    customHeaders: {},
    priority: 50,
    userTaskKey,
    elementInstanceKey: '2251799813685248',
    processName: null,
    processDefinitionKey: '2251799813685247',
    processInstanceKey: '2251799813685246',
    formKey: null,
  });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nKeep-Alive: timeout=60\r\nConnection: keep-alive\r\n\r\n${body}`;
}

/** One request after the other on a connection, none of them with a body. */
function serveCluster(socket: Socket): void {
  let received = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    received += chunk;
    for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
      const answer = answerTo(received.slice(0, end));
      received = received.slice(end + 4);
      if (weather.latencyMs === 0) socket.write(answer);
      else setTimeout(() => socket.write(answer), weather.latencyMs);
    }
  });
}

function answerTo(head: string): string {
  calls.cluster += 1;
  if (head.startsWith(READING))
    return taskAnswer(head.slice(READING.length, head.indexOf(' ', READING.length)));
  if (weather.refusedPercent === 0) return UNASSIGNED;
  const key = /^DELETE \/v2\/user-tasks\/(\d+)\/assignee /.exec(head)?.[1];
  if (key === undefined) return 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n';
  return isRefused(key) ? REFUSED : UNASSIGNED;
}

/** The same keys for every handler, and no pattern in which of them share a batch. */
function isRefused(key: string): boolean {
  return createHash('md5').update(key).digest().readUInt32LE() % 100 < weather.refusedPercent;
}

/** SQS and Secrets Manager as their SDKs know them (AWS JSON), and a token endpoint (RFC 6749, section 4.4). */
async function serveAws(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const target = String(request.headers['x-amz-target']);
  const answer = JSON.stringify(replyTo(target, body));
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
    .end(answer);
}

function replyTo(target: string, body: string): object {
  switch (target) {
    case 'AmazonSQS.SendMessage':
      calls.sqs += 1;
      return sent(JSON.parse(body) as Entry);
    case 'AmazonSQS.SendMessageBatch':
      calls.sqs += 1;
      return { Successful: (JSON.parse(body) as { Entries: Entry[] }).Entries.map(sent) };
    case 'secretsmanager.GetSecretValue':
      calls.secrets += 1;
      return { SecretString: JSON.stringify({ CAMUNDA_CLIENT_SECRET: 'a secret of the benchmark' }) };
    default:
      calls.tokens += 1;
      return { access_token: 'a-token-of-the-benchmark', token_type: 'Bearer', expires_in: 300 };
  }
}

interface Entry {
  readonly Id?: string;
  readonly MessageBody: string;
}

/** The SDK compares the digest. */
function sent({ Id, MessageBody }: Entry) {
  return { Id, MessageId: 'sent', MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
}

function tell(message: FromServices): void {
  process.send?.(message);
}
