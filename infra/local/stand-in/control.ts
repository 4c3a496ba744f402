// The stand-in's remote control, for people who type in another terminal:
//
//   curl URL/stand-in                                          what can be set, and how it stands
//   curl -X PUT URL/stand-in/limit -d 1                        at most one call at once (`off`: no limit)
//   curl -X PUT URL/stand-in/latency -d 200                    each call takes 200 ms
//   curl -X PUT URL/stand-in/paused -d true                    processing paused; `disk-full` likewise
//   curl -X PUT URL/stand-in/partitions -d 4
//   curl -X PUT URL/stand-in/fault -d '{"kind":"hang"}'        every call fails like this (see Fault)
//   curl -X DELETE URL/stand-in/fault                          … no longer
//   curl -X POST URL/stand-in/tasks                            makes a task, answers with its key
//   curl -X PUT URL/stand-in/tasks/KEY -d '{"state":"COMPLETED"}'   makes or changes one (state, assignee, denial)
//   curl URL/stand-in/tasks/KEY
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { ClusterSettings } from './broker.ts';
import type { Fault } from './faults.ts';
import { parseKey, TASK_STATES, type Tasks } from './tasks.ts';

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
  const body = await text(request).catch(() => '');
  const [, , name = '', key] = (request.url ?? '').split('/');
  const { status, value } = carryOut(cluster, `${request.method} ${name}`, key, body);
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
const task = z
  .strictObject({
    state: z.enum(TASK_STATES),
    assignee: z.nullable(z.string()),
    denial: z.string(),
  })
  .partial();
const situation = z.looseObject({
  is: z.enum([
    'not-found',
    'in-transition',
    'no-partition',
    'exhausted',
    'disk-full',
    'paused',
    'no-broker',
    'timeout',
    'cut',
  ]),
  partition: z.string().default('1'),
});
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

function carryOut(
  { settings, tasks }: Controlled,
  command: string,
  key: string | undefined,
  body: string,
): Result {
  const set = <T>(schema: z.ZodType<T>, apply: (value: T) => void): Result => {
    const parsed = schema.safeParse(body.trim());
    if (!parsed.success) return { status: 400, value: { error: z.prettifyError(parsed.error) } };
    apply(parsed.data);
    return { status: 200, value: shown(settings) };
  };
  switch (command) {
    case 'GET ':
      return { status: 200, value: shown(settings) };
    case 'PUT limit':
      return set(z.union([z.literal('off').transform(() => Number.POSITIVE_INFINITY), number]), (limit) => {
        settings.limit = limit;
      });
    case 'PUT latency':
      return set(number, (latencyMs) => {
        settings.latencyMs = latencyMs;
      });
    case 'PUT partitions':
      return set(number, (partitions) => {
        settings.partitions = partitions;
      });
    case 'PUT paused':
      return set(flag, (paused) => {
        settings.paused = paused;
      });
    case 'PUT disk-full':
      return set(flag, (diskFull) => {
        settings.diskFull = diskFull;
      });
    case 'PUT fault':
      return set(json(fault), (value) => {
        settings.fault = () => value as Fault;
      });
    case 'DELETE fault':
      settings.fault = undefined;
      return { status: 200, value: shown(settings) };
    case 'POST tasks':
      return { status: 201, value: tasks.create() };
    default:
      return aboutTask(tasks, command, key, body);
  }
}

function aboutTask(tasks: Tasks, command: string, key: string | undefined, body: string): Result {
  if (key === undefined || String(parseKey(key)) !== key)
    return { status: 404, value: { error: 'no such thing' } };
  if (command === 'PUT tasks') {
    const parsed = json(task).safeParse(body.trim() === '' ? '{}' : body);
    if (!parsed.success) return { status: 400, value: { error: z.prettifyError(parsed.error) } };
    return { status: 200, value: tasks.put(key, withoutUndefined(parsed.data)) };
  }
  const found = tasks.get(key);
  if (found === undefined || command !== 'GET tasks')
    return { status: 404, value: { error: 'no such task' } };
  return { status: 200, value: found };
}

function shown(settings: ClusterSettings): unknown {
  const { version, partitions, limit, latencyMs, paused, diskFull, fault } = settings;
  return {
    version,
    partitions,
    limit: limit === Number.POSITIVE_INFINITY ? 'off' : limit,
    latencyMs,
    paused,
    diskFull,
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
