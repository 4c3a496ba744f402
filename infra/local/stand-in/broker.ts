// What the stand-in cluster says to a call: its settings and tasks, without HTTP.
import type { IncomingHttpHeaders } from 'node:http';
import { partitionOf } from '../../../client/contract/request.ts';
import { type Answer, document, SECURITY_HEADERS } from './answer-forms.ts';
import { answerTo, type CamundaVersion, type Situation } from './answers.ts';
import { assign, type CommandSettings, readAssignment, unassign } from './commands.ts';
import type { AnswerFault, Fault } from './faults.ts';
import { FRONT_ANSWERS } from './front.ts';
import type { Route } from './routes.ts';
import { find, readSearch } from './search.ts';
import { documentOf, SecondaryStorage, type StorageState } from './storage.ts';
import { parseKey, Tasks } from './tasks.ts';
import { topologyOf } from './topology.ts';

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
export interface ClusterSettings extends CommandSettings {
  /** Whose words it speaks. Default 8.8. */
  version: CamundaVersion;
  partitions: number;
  /** The most commands that are in progress at once; more are refused with RESOURCE_EXHAUSTED. */
  limit: number;
  /** How long an accepted command takes. */
  latencyMs: number;
  /** Processing is paused, as through the management API. */
  paused: boolean;
  diskFull: boolean;
  authentication: Authentication | undefined;
  /** Whether the caller may assign and unassign (UPDATE_USER_TASK), and read tasks (READ_USER_TASK). */
  mayUpdate: boolean;
  mayRead: boolean;
  /** How far reading is behind the commands, in milliseconds. */
  lagMs: number;
  /** What is the matter with the secondary storage, which reading needs. */
  storage: StorageState;
  /** The ids in `/physical-tenants/{id}/v2`, from 8.10 on. All of them have the same tasks here. */
  physicalTenants: readonly string[];
  /** Asked about every call, whatever it is for. */
  fault: ((request: FaultRequest) => Fault | undefined) | undefined;
}

/** A request as far as the cluster looks at it. */
export interface ClusterRequest {
  readonly route: Route;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request that is looked at. */
export interface Taken {
  /** It goes to the engine, takes time and counts against the limit until it is answered. */
  readonly isCommand: boolean;
  /** Carries it out. */
  readonly answer: () => Answer;
}

/** The cluster behind the HTTP server. */
export class Broker {
  readonly settings: ClusterSettings;
  readonly tasks: Tasks;
  readonly #storage: SecondaryStorage;

  constructor(settings: Partial<ClusterSettings>) {
    this.settings = {
      version: settings.version ?? '8.8',
      partitions: settings.partitions ?? 4,
      limit: settings.limit ?? Number.POSITIVE_INFINITY,
      latencyMs: settings.latencyMs ?? 0,
      paused: settings.paused ?? false,
      diskFull: settings.diskFull ?? false,
      authentication: settings.authentication,
      mayUpdate: settings.mayUpdate ?? true,
      mayRead: settings.mayRead ?? true,
      lagMs: settings.lagMs ?? 0,
      storage: settings.storage ?? 'whole',
      physicalTenants: settings.physicalTenants ?? ['default'],
      fault: settings.fault,
    };
    this.#storage = new SecondaryStorage(() => this.settings.lagMs);
    this.tasks = new Tasks((key, task) => this.#storage.hear(key, task));
  }

  /** Takes a request, or refuses it in the order in which the layers of the real one look at it. */
  take(request: ClusterRequest, inProgress: number): Taken {
    const { route, headers, path } = request;
    const refused = (situation: Situation): Taken => ({
      isCommand: false,
      answer: () => this.say(situation, path),
    });
    if (route.to === 'bad-request') return refused({ is: 'bad-request' });
    if (route.to === 'unknown-tenant') return refused({ is: 'wrong-path' });
    const unauthorized = refusedCredentials(this.settings.authentication, headers.authorization);
    if (unauthorized !== undefined) return refused({ is: 'unauthorized', detail: unauthorized });
    const obstacle = this.#unreadable(route) ?? this.#undeliverable(request, inProgress);
    if (obstacle !== undefined) return refused(obstacle);
    return { isCommand: isCommand(route), answer: () => this.#carryOut(request) };
  }

  /** A situation as the answer of this cluster. */
  say(situation: Situation, path: string): Answer {
    const answer = answerTo(situation, this.settings.version, path);
    return situation.is === 'bad-request' ? answer : this.#secured(answer);
  }

  /** What it would have said if nothing had stood in the way. */
  unharmed(request: ClusterRequest, carryOut: boolean): Answer {
    const skipped = isCommand(request.route) && !carryOut;
    return skipped ? this.say({ is: 'done' }, request.path) : this.#carryOut(request);
  }

  /** What a fault says that is an HTTP answer. */
  answerOf(fault: AnswerFault, path: string): Answer {
    switch (fault.kind) {
      case 'answer':
        return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
      case 'front':
        return FRONT_ANSWERS[fault.says];
      case 'situation': {
        const answer = this.say(fault.situation, path);
        return { ...answer, headers: { ...answer.headers, ...fault.headers } };
      }
    }
  }

  #secured(answer: Answer): Answer {
    if (this.settings.authentication === undefined) return answer;
    return { ...answer, headers: { ...SECURITY_HEADERS, ...answer.headers } };
  }

  /** What keeps tasks from being read: 8.8 looks at the storage first, then at the key. */
  #unreadable(route: Route): Situation | undefined {
    if (route.to !== 'task' && route.to !== 'search') return undefined;
    return this.settings.storage === 'absent' ? { is: 'no-storage' } : undefined;
  }

  /** What keeps a command from its partition. */
  #undeliverable({ route, headers, body }: ClusterRequest, inProgress: number): Situation | undefined {
    if (!('key' in route)) return undefined;
    const key = parseKey(route.key);
    if (key === undefined) return { is: 'bad-key', text: route.key };
    if (!isCommand(route)) return undefined;
    const read = route.to === 'assignment' ? readAssignment(body, headers['content-type']) : undefined;
    if (read !== undefined && 'wrong' in read) return read.wrong;
    const { partitions, diskFull, paused, limit } = this.settings;
    const partition = partitionOf(key);
    if (partition < 1n || partition > BigInt(partitions)) return { is: 'no-partition' };
    if (diskFull) return { is: 'disk-full', partition: String(partition) };
    if (paused) return { is: 'paused', partition: String(partition) };
    return inProgress >= limit ? { is: 'exhausted', partition: String(partition) } : undefined;
  }

  #carryOut({ route, path, headers, body }: ClusterRequest): Answer {
    switch (route.to) {
      case 'assignee':
        return this.say(unassign(this.tasks, route.key, this.settings), path);
      case 'assignment': {
        const read = readAssignment(body, headers['content-type']);
        if ('wrong' in read) return this.say(read.wrong, path);
        return this.say(assign(this.tasks, route.key, read.value, this.settings), path);
      }
      case 'task':
        return this.#readTask(route.key, path);
      case 'search':
        return this.#searchTasks(body, headers['content-type'], path);
      case 'topology':
        return this.#secured(document(topologyOf(this.settings.version, this.settings.partitions)));
      case 'wrong-method':
        return this.say({ is: 'wrong-method', allow: route.allow }, path);
      default:
        return this.say({ is: 'wrong-path' }, path);
    }
  }

  #readTask(text: string, path: string): Answer {
    const { mayRead, storage } = this.settings;
    const key = String(parseKey(text) ?? text);
    const task = storage === 'broken' ? undefined : this.#storage.get(key);
    if (task === undefined) return this.say({ is: 'no-such-document', key }, path);
    return mayRead ? this.#secured(document(documentOf(task))) : this.say({ is: 'unreadable' }, path);
  }

  /** Who may read no task finds none. */
  #searchTasks(body: string, contentType: string | undefined, path: string): Answer {
    const search = readSearch(body, contentType);
    if ('wrong' in search) return this.say(search.wrong, path);
    const { tasks, page } = find(this.settings.mayRead ? this.#storage.all() : [], search.value);
    return this.#secured(document({ items: tasks.map(documentOf), page }));
  }
}

/** Whether a route leads to the engine: its commands take time and count against the limit. */
function isCommand(route: Route): boolean {
  return route.to === 'assignee' || route.to === 'assignment';
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
