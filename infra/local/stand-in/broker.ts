// What the stand-in cluster says to a call: its settings and tasks, without HTTP.
import type { IncomingHttpHeaders } from 'node:http';
import { partitionOf } from '../../../client/contract/request.ts';
import { type Answer, document, SECURITY_HEADERS } from './answer-forms.ts';
import { answerTo, type CamundaVersion, isSince, type Situation } from './answers.ts';
import type { Read } from './bodies.ts';
import { assign, type CommandSettings, readAssignment, unassign } from './commands.ts';
import type { AnswerFault, Fault } from './faults.ts';
import { FRONT_ANSWERS } from './front.ts';
import type { Route } from './routes.ts';
import { find, readSearch } from './search.ts';
import { documentOf, SecondaryStorage, type StorageState, withoutNull } from './storage.ts';
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
    const wrong = this.#lackingStorage(route) ?? badKey(route);
    if (wrong !== undefined) return refused(wrong);
    if (!isCommand(route)) return { isCommand: false, answer: () => this.#read(request) };
    const command = this.#commandIn(route, request);
    if ('wrong' in command) return refused(command.wrong);
    const obstacle = this.#undeliverable(route, inProgress);
    if (obstacle !== undefined) return refused(obstacle);
    return { isCommand: true, answer: () => this.say(command.value(), path) };
  }

  /** A situation as the answer of this cluster. */
  say(situation: Situation, path: string): Answer {
    const answer = answerTo(situation, this.settings.version, path);
    return situation.is === 'bad-request' ? answer : this.#secured(answer);
  }

  /** What it would have said if nothing had stood in the way. */
  unharmed(request: ClusterRequest, carryOut: boolean): Answer {
    const { route, path } = request;
    if (!isCommand(route)) return this.#read(request);
    if (!carryOut) return this.say({ is: 'done' }, path);
    const command = this.#commandIn(route, request);
    return this.say('wrong' in command ? command.wrong : command.value(), path);
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

  /** Whether tasks are asked for and there is nothing to read them from: 8.8 looks at that first, then at the key. */
  #lackingStorage(route: Route): Situation | undefined {
    if (route.to !== 'task' && route.to !== 'search') return undefined;
    return this.settings.storage === 'absent' ? { is: 'no-storage' } : undefined;
  }

  /** What keeps a command from its partition. */
  #undeliverable({ key }: CommandRoute, inProgress: number): Situation | undefined {
    const { partitions, diskFull, paused, limit } = this.settings;
    const partition = partitionOf(parseKey(key) ?? 0n);
    if (partition < 1n || partition > BigInt(partitions)) return { is: 'no-partition' };
    if (diskFull) return { is: 'disk-full', partition: String(partition) };
    if (paused) return { is: 'paused', partition: String(partition) };
    return inProgress >= limit ? { is: 'exhausted', partition: String(partition) } : undefined;
  }

  /** The command that a request gives, ready to be carried out. */
  #commandIn(route: CommandRoute, { headers, body }: ClusterRequest): Read<() => Situation> {
    const { tasks, settings } = this;
    if (route.to === 'assignee') return { value: () => unassign(tasks, route.key, settings) };
    const read = readAssignment(body, headers['content-type']);
    return 'wrong' in read ? read : { value: () => assign(tasks, route.key, read.value, settings) };
  }

  /** What is answered where nothing is commanded. */
  #read({ route, path, headers, body }: ClusterRequest): Answer {
    switch (route.to) {
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
    return mayRead ? this.#document(documentOf(task)) : this.say({ is: 'unreadable' }, path);
  }

  /** Who may read no task finds none. */
  #searchTasks(body: string, contentType: string | undefined, path: string): Answer {
    const search = readSearch(body, contentType);
    if ('wrong' in search) return this.say(search.wrong, path);
    const { tasks, page } = find(this.settings.mayRead ? this.#storage.all() : [], search.value);
    return this.#document({ items: tasks.map(documentOf), page });
  }

  /** What was read from the storage. */
  #document(value: unknown): Answer {
    const written = isSince(this.settings.version, '8.10') ? value : withoutNull(value);
    return this.#secured(document(written));
  }
}

/** A route that leads to the engine: its commands take time and count against the limit. */
type CommandRoute = Extract<Route, { to: 'assignee' | 'assignment' }>;

function isCommand(route: Route): route is CommandRoute {
  return route.to === 'assignee' || route.to === 'assignment';
}

function badKey(route: Route): Situation | undefined {
  if (!('key' in route) || parseKey(route.key) !== undefined) return undefined;
  return { is: 'bad-key', text: route.key };
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
