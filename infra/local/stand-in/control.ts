// The stand-in's remote control, for people who type in another terminal:
//
//   curl URL/stand-in                                          what can be set, and how it stands
//   curl -X PUT URL/stand-in/limit -d 1                        at most one command at once (`off`: no limit)
//   curl -X PUT URL/stand-in/latency -d 200                    each command takes 200 ms
//   curl -X PUT URL/stand-in/paused -d true                    processing paused; `disk-full` likewise
//   curl -X PUT URL/stand-in/partitions -d 4
//   curl -X PUT URL/stand-in/version -d 8.10                   speaks as 8.6, 8.8 or 8.10
//   curl -X PUT URL/stand-in/may-update -d false               nobody may assign or unassign; `may-read` likewise
//   curl -X PUT URL/stand-in/lag -d 5000                       reading is 5 s behind
//   curl -X PUT URL/stand-in/storage -d absent                 no reading at all (`broken`: search only; `whole`)
//   curl -X PUT URL/stand-in/tenants -d default,blue           the physical tenants of 8.10
//   curl -X PUT URL/stand-in/fault -d '{"kind":"hang"}'        every call fails like this (see Fault)
//   curl -X PUT URL/stand-in/fault -d '{"kind":"front","says":"nginx-503"}'   what stands before it answers (front.ts)
//   curl -X DELETE URL/stand-in/fault                          … no longer
//   curl -X POST URL/stand-in/tasks                            makes a task, answers with it
//   curl -X PUT URL/stand-in/tasks/KEY -d '{"state":"COMPLETED"}'   makes or changes one; POST takes the same fields
//   curl -X DELETE URL/stand-in/tasks/KEY
//   curl URL/stand-in/tasks/KEY
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import * as z from 'zod';
import {
  CAMUNDA_VERSIONS,
  COMMANDS,
  type Situation,
  type SituationName,
  type SituationOf,
} from './answers.ts';
import type { ClusterSettings, FaultRequest } from './broker.ts';
import type { Fault } from './faults.ts';
import { FRONT_ANSWER_NAMES } from './front.ts';
import { STORAGE_STATES } from './storage.ts';
import { INSTANCE_STATES, parseKey, TASK_STATES, type Tasks } from './tasks.ts';

/** What the remote control can reach. */
export interface Controlled {
  readonly settings: ClusterSettings;
  readonly tasks: Tasks;
}

/** Whether a request is for the stand-in itself and not for the cluster that it plays. */
export function isControl(request: IncomingMessage): boolean {
  return /^\/stand-in(\/|$)/.test(request.url ?? '');
}

/** Carries out a request of the remote control and answers it. */
export async function handleControl(
  cluster: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await textOf(request).catch(() => '');
  const [, , name = '', key] = (request.url ?? '').split('/');
  const { status, value } = carryOut(cluster, request.method, name, key, body);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}

interface Result {
  readonly status: number;
  readonly value: unknown;
}

const number = z
  .string()
  .regex(/^\d{1,9}$/, 'expected a whole number')
  .transform(Number);
const flag = z.enum(['true', 'false', 'on', 'off']).transform((text) => text === 'true' || text === 'on');
const date = z.iso.datetime({ offset: true });
const task = z
  .strictObject({
    state: z.enum(TASK_STATES),
    assignee: z.nullable(z.string()),
    denial: z.string(),
    instance: z.enum(INSTANCE_STATES),
    name: z.nullable(z.string()),
    candidateGroups: z.array(z.string()),
    candidateUsers: z.array(z.string()),
    tenantId: z.string(),
    processDefinitionId: z.string(),
    creationDate: date,
    dueDate: z.nullable(date),
    followUpDate: z.nullable(date),
    priority: z.int().min(0).max(100),
  })
  .partial();
const text = (byDefault: string) => z.string().default(byDefault);
/** By default that of the call. */
const key = z.optional(z.string());
const command = z.optional(z.enum(COMMANDS));
const instance = text('2251799813685247');
const partition = text('1');

/** What can be told of each situation; there is a default for all that its words need. */
const SITUATIONS: { readonly [K in SituationName]: Told<K> } = {
  done: {},
  'not-found': { key, command },
  'in-transition': { key, state: z.enum(TASK_STATES).default('ASSIGNING'), command },
  denied: { key, reason: text('unavailable'), command },
  'already-assigned': { key },
  suspended: { instance, command },
  banned: { instance, command },
  forbidden: { key, processDefinitionId: text('request'), command },
  'no-partition': {},
  exhausted: { partition },
  'disk-full': { partition },
  paused: { partition },
  'no-broker': {},
  timeout: {},
  cut: {},
  internal: { message: text('something went wrong') },
  'no-such-document': { key },
  unreadable: {},
  'no-storage': {},
  'bad-key': { text: text('abc') },
  'not-json': {},
  'no-body': {},
  'bad-media-type': { type: text('text/plain') },
  'bad-property': { path: text('filter.owner') },
  'bad-enum': {
    field: text('order'),
    value: text('dsc'),
    allowed: z.array(z.string()).default(['ASC', 'DESC']),
  },
  'bad-date': { field: text('dueDate'), value: text('soon') },
  'no-assignee': {},
  'no-sort-field': {},
  'empty-page': {},
  'ambiguous-page': {},
  'bad-limit': { limit: z.number().default(0) },
  'bad-cursor': { cursor: text('abc') },
  unauthorized: { detail: text('Access Denied') },
  'wrong-path': {},
  'wrong-method': { allow: text('GET') },
  'bad-request': {},
};

type Told<K extends SituationName> = {
  readonly [F in keyof Omit<SituationOf<K>, 'is'>]-?: z.ZodType<SituationOf<K>[F] | undefined>;
};

const situations = (Object.keys(SITUATIONS) as SituationName[]).map((name) =>
  z.strictObject({ is: z.literal(name), ...SITUATIONS[name] }),
);
type SituationSchema = (typeof situations)[number];
const situation = z.discriminatedUnion('is', situations as [SituationSchema, ...SituationSchema[]]);
const headers = z.optional(z.record(z.string(), z.string()));
const common = { delayMs: z.optional(z.number()), carriedOut: z.optional(z.boolean()) };
const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('answer'),
    status: z.int().min(200).max(999),
    headers,
    body: z.optional(z.string()),
  }),
  z.strictObject({ ...common, kind: z.literal('situation'), situation, headers }),
  z.strictObject({ ...common, kind: z.literal('front'), says: z.enum(FRONT_ANSWER_NAMES) }),
  z.strictObject({ ...common, kind: z.enum(['hang', 'silence', 'close']) }),
  z.strictObject({
    ...common,
    kind: z.literal('trickle'),
    from: z.enum(['headers', 'body']),
    everyMs: z.optional(z.number()),
  }),
  z.strictObject({ ...common, kind: z.literal('reset'), at: z.enum(['start', 'body']) }),
  z.strictObject({ ...common, kind: z.literal('garbage'), bytes: z.optional(z.string()) }),
]);

/** What can be set by name: how the text that was sent is read, and where it goes. */
const SETTERS: Readonly<Record<string, (settings: ClusterSettings, text: string) => z.ZodError | undefined>> =
  {
    limit: setter(z.union([z.literal('off').transform(() => Number.POSITIVE_INFINITY), number]), 'limit'),
    latency: setter(number, 'latencyMs'),
    partitions: setter(number, 'partitions'),
    paused: setter(flag, 'paused'),
    'disk-full': setter(flag, 'diskFull'),
    version: setter(z.enum(CAMUNDA_VERSIONS), 'version'),
    'may-update': setter(flag, 'mayUpdate'),
    'may-read': setter(flag, 'mayRead'),
    lag: setter(number, 'lagMs'),
    storage: setter(z.enum(STORAGE_STATES), 'storage'),
    tenants: setter(
      z.string().transform((text) => text.split(',').filter(Boolean)),
      'physicalTenants',
    ),
    fault: setter(
      json(fault).transform((value) => (call: FaultRequest) => aboutKey(value as Fault, call)),
      'fault',
    ),
  };

function setter<K extends keyof ClusterSettings>(
  schema: z.ZodType<ClusterSettings[K]>,
  name: K,
): (settings: ClusterSettings, text: string) => z.ZodError | undefined {
  return (settings, text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) settings[name] = parsed.data;
    return parsed.error;
  };
}

/** A situation is about the key that was asked for, unless it names another. */
function aboutKey(fault: Fault, { key = '' }: FaultRequest): Fault {
  return fault.kind === 'situation'
    ? { ...fault, situation: { key, ...fault.situation } as Situation }
    : fault;
}

function carryOut(
  { settings, tasks }: Controlled,
  method: string | undefined,
  name: string,
  key: string | undefined,
  body: string,
): Result {
  if (name === 'tasks') return aboutTasks(tasks, method, key, body);
  if (method === 'GET' && name === '') return { status: 200, value: shown(settings) };
  if (method === 'DELETE' && name === 'fault') {
    settings.fault = undefined;
    return { status: 200, value: shown(settings) };
  }
  const set = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined;
  if (method !== 'PUT' || set === undefined) return { status: 404, value: { error: 'no such thing' } };
  const error = set(settings, body.trim());
  return error === undefined ? { status: 200, value: shown(settings) } : refused(error);
}

function refused(error: z.ZodError): Result {
  return { status: 400, value: { error: z.prettifyError(error) } };
}

function aboutTasks(tasks: Tasks, method: string | undefined, key: string | undefined, body: string): Result {
  const changes = json(task).safeParse(body.trim() === '' ? '{}' : body);
  if (!changes.success) return refused(changes.error);
  const told = withoutUndefined(changes.data);
  if (method === 'POST' && key === undefined) return { status: 201, value: tasks.create(told) };
  if (key === undefined || String(parseKey(key)) !== key)
    return { status: 404, value: { error: 'no such thing' } };
  if (method === 'PUT') return { status: 200, value: tasks.put(key, told) };
  const found = tasks.get(key);
  if (found === undefined || (method !== 'GET' && method !== 'DELETE')) {
    return { status: 404, value: { error: 'no such task' } };
  }
  if (method === 'DELETE') tasks.delete(key);
  return { status: 200, value: found };
}

function shown({ authentication, fault, limit, ...others }: ClusterSettings): unknown {
  return {
    ...others,
    limit: limit === Number.POSITIVE_INFINITY ? 'off' : limit,
    authentication: authentication !== undefined,
    fault: fault !== undefined,
  };
}

/** The text as JSON, then the schema. */
function json<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('expected JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}
