// What the stand-in cluster says to a call: its settings and tasks, without HTTP.
import type { IncomingHttpHeaders } from 'node:http';
import { partitionOf } from '../../../client/contract.ts';
import { type Answer, answerTo, type CamundaVersion, SECURITY_HEADERS, type Situation } from './answers.ts';
import type { Fault } from './faults.ts';
import type { Route } from './routes.ts';
import { parseKey, Tasks } from './tasks.ts';

/** How callers must prove who they are. A bearer check may answer with the words of the 401 instead of false. */
export type Authentication =
  | { readonly basic: { readonly username: string; readonly password: string } }
  | { readonly bearer: (token: string) => boolean | string };

/** A call as the fault function sees it. */
export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  /** The key as it stands in the path. */
  readonly key: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** 1 for the first call with this path, and so on. */
  readonly attempt: number;
}

/** What can be changed while the stand-in runs. */
export interface ClusterSettings {
  /** Whose words it speaks. */
  version: CamundaVersion;
  partitions: number;
  /** The most calls that are in progress at once; more are refused with RESOURCE_EXHAUSTED. */
  limit: number;
  /** How long an accepted call takes. */
  latencyMs: number;
  /** Processing is paused, as through the management API. */
  paused: boolean;
  diskFull: boolean;
  authentication: Authentication | undefined;
  /** Asked about every call, GET /v2/topology included. */
  fault: ((request: FaultRequest) => Fault | undefined) | undefined;
}

/** The cluster behind the HTTP server. */
export class Broker {
  readonly tasks = new Tasks();
  readonly settings: ClusterSettings;

  constructor(settings: Partial<ClusterSettings>) {
    this.settings = {
      version: settings.version ?? '8.8',
      partitions: settings.partitions ?? 4,
      limit: settings.limit ?? Number.POSITIVE_INFINITY,
      latencyMs: settings.latencyMs ?? 0,
      paused: settings.paused ?? false,
      diskFull: settings.diskFull ?? false,
      authentication: settings.authentication,
      fault: settings.fault,
    };
  }

  /** What stands in the way of a call, in the order in which the layers of the real one look at it. */
  refusal(route: Route, headers: IncomingHttpHeaders, inProgress: number): Situation | undefined {
    if (route.to === 'bad-request') return { is: 'bad-request' };
    const unauthorized = refusedCredentials(this.settings.authentication, headers.authorization);
    if (unauthorized !== undefined) return { is: 'unauthorized', detail: unauthorized };
    if (route.to === 'nowhere') return { is: 'wrong-path' };
    if (route.to === 'wrong-method') return { is: 'wrong-method', allow: route.allow };
    return route.to === 'assignee' ? this.#undeliverable(route.key, inProgress) : undefined;
  }

  /** Carries the command out. */
  unassign(text: string): Situation {
    const key = String(parseKey(text) ?? text);
    const task = this.tasks.get(key);
    if (task === undefined || task.state === 'COMPLETED' || task.state === 'CANCELED') {
      return { is: 'not-found', key };
    }
    if (task.state !== 'CREATED') return { is: 'in-transition', key, state: task.state };
    if (task.denial !== undefined) return { is: 'denied', key, reason: task.denial };
    task.assignee = null;
    task.unassigned += 1;
    return { is: 'done' };
  }

  /** A situation as the answer of this cluster. */
  say(situation: Situation, path: string): Answer {
    const answer = answerTo(situation, this.settings.version, path);
    const secured = this.settings.authentication !== undefined && situation.is !== 'bad-request';
    return secured ? { ...answer, headers: { ...SECURITY_HEADERS, ...answer.headers } } : answer;
  }

  /** What it would have said if nothing had stood in the way. */
  unharmed(route: Route, path: string, carryOut: boolean): Answer {
    if (route.to === 'topology') return this.topology();
    if (route.to !== 'assignee') return this.say({ is: 'wrong-path' }, path);
    return this.say(carryOut ? this.unassign(route.key) : { is: 'done' }, path);
  }

  /** What a fault says that is an HTTP answer. */
  answerOf(fault: Extract<Fault, { kind: 'answer' | 'situation' }>, path: string): Answer {
    if (fault.kind === 'answer') {
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
    }
    const answer = this.say(fault.situation, path);
    return { ...answer, headers: { ...answer.headers, ...fault.headers } };
  }

  /** GET /v2/topology; without partitions, that of a gateway which has not seen a broker yet. */
  topology(): Answer {
    const { partitions, version } = this.settings;
    const roles = Array.from({ length: partitions }, (_, index) => ({
      partitionId: index + 1,
      role: 'leader',
      health: 'healthy',
    }));
    const full = version === '8.6' ? '8.6.0' : '8.8.21';
    const nothingSeen = { clusterSize: -1, partitionsCount: 0, replicationFactor: 0, gatewayVersion: full };
    const seen = {
      brokers: [{ nodeId: 0, host: '127.0.0.1', port: 26501, partitions: roles, version: full }],
      clusterSize: 1,
      partitionsCount: partitions,
      replicationFactor: 1,
      gatewayVersion: full,
    };
    const body = JSON.stringify(partitions === 0 ? nothingSeen : seen);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  #undeliverable(text: string, inProgress: number): Situation | undefined {
    const { partitions, diskFull, paused, limit } = this.settings;
    const key = parseKey(text);
    if (key === undefined) return { is: 'bad-key', text };
    const partition = partitionOf(key);
    if (partition < 1n || partition > BigInt(partitions)) return { is: 'no-partition' };
    if (diskFull) return { is: 'disk-full', partition: String(partition) };
    if (paused) return { is: 'paused', partition: String(partition) };
    return inProgress >= limit ? { is: 'exhausted', partition: String(partition) } : undefined;
  }
}

function refusedCredentials(
  required: Authentication | undefined,
  given: string | undefined,
): string | undefined {
  if (required === undefined) return undefined;
  if (given === undefined) return 'Access Denied';
  if ('basic' in required) {
    const { username, password } = required.basic;
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return given === expected ? undefined : 'Access Denied';
  }
  const token = /^Bearer (.+)$/i.exec(given)?.[1];
  if (token === undefined) return 'error decoding jwt';
  const verdict = required.bearer(token);
  if (typeof verdict === 'string') return verdict;
  return verdict ? undefined : 'error decoding jwt';
}
