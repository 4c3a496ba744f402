// What services use to find the tasks of a person, and to enqueue them.
import { readFileSync } from 'node:fs';
import { type ReadEnvironment, readClusterEnvironment } from '../cluster/environment.ts';
import { TaskSearchError } from '../cluster/search-error.ts';
import { kindOf } from '../contract/request.ts';
import { asksForProxies, proxiesOf } from '../network/proxies.ts';
import { unknownOptions } from '../sending/unknown-options.ts';
import { type AssignedTask, findAssignedTasks } from './find.ts';
import { type ReadSelection, readSelection, SELECTION_OPTIONS, type TaskSelection } from './selection.ts';

/** Which tasks are meant, and how the cluster is asked for them. */
export interface AssignedTasksOptions extends TaskSelection {
  /**
   * The cluster's address, credentials and certificates, as the function reads them: `CAMUNDA_REST_ADDRESS` and the
   * other `CAMUNDA_` settings but `CAMUNDA_SECRET_ARN`. `process.env` unless given.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Whether the cluster is called over the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Unless given, only where
   * `NODE_USE_ENV_PROXY` is 1, as Node.js itself does.
   */
  readonly proxyFromEnvironment?: boolean | undefined;
  /** For each page, token and body included; milliseconds. `CAMUNDA_CALL_TIMEOUT_SECONDS` unless given: 20 s. */
  readonly timeoutMs?: number | undefined;
  /** Aborted, it ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds open user tasks that somebody has, the oldest first, by searching the cluster (Camunda 8.8 and later, with a
 * secondary storage). The client needs the permission PROCESS_DEFINITION:READ_USER_TASK (from 8.9 also USER_TASK:READ);
 * what it may not read is not found, and no error says so.
 *
 * ```ts
 * for await (const result of queue.enqueueEach(assignedTasks({ assignees: 'demo' }))) …
 * ```
 *
 * Handed to `enqueueAll` or `enqueueEach`, each task becomes a request with its assignee as `expectedAssignee`. Pages
 * are asked for as the tasks are taken, so that memory stays flat however many there are. A task is given once, unless
 * it goes to another of the people meanwhile. What a listener holds, or is being completed, is not given.
 *
 * @throws {ProxySettingError} during the iteration: a proxy's address in the environment is none
 * @throws {TaskSearchError} at once with the code `InvalidOptions`; during the iteration with the others
 */
export function assignedTasks(options: AssignedTasksOptions): AsyncGenerator<AssignedTask, void, undefined> {
  // What JavaScript may pass instead of options has none of them.
  const given: AssignedTasksOptions = Object(options);
  const problems = [...unknownOptions(options, OPTIONS), ...runProblems(given)];
  const selection = readSelection(given, problems);
  const settings = readClusterEnvironment(given.environment ?? process.env, readText);
  if (!settings.ok) problems.push(...settings.problems);
  if (!settings.ok || problems.length > 0) {
    throw new TaskSearchError({ code: 'InvalidOptions', message: problems.join('\n') });
  }
  return find(settings, selection, options);
}

/** As long as a call may be set to take. */
const MAX_TIMEOUT_MS = 600_000;

async function* find(
  settings: Extract<ReadEnvironment, { ok: true }>,
  selection: ReadSelection,
  {
    timeoutMs = settings.cluster.callTimeoutMs,
    signal,
    environment = process.env,
    proxyFromEnvironment = asksForProxies(environment),
  }: AssignedTasksOptions,
): AsyncGenerator<AssignedTask, void, undefined> {
  // Whoever finds nothing to search for needs no HTTP.
  const { connectCluster } = await import('../cluster/connection.ts');
  const proxies = proxyFromEnvironment ? await proxiesOf(environment) : undefined;
  const connection = connectCluster(settings, proxies);
  try {
    yield* findAssignedTasks(connection.tasks, selection, { timeoutMs, signal });
  } finally {
    await connection.close();
  }
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function runProblems({
  timeoutMs,
  signal,
  proxyFromEnvironment,
}: {
  timeoutMs?: unknown;
  signal?: unknown;
  proxyFromEnvironment?: unknown;
}): string[] {
  const isTime = typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS;
  const isSignal = typeof Object(signal).addEventListener === 'function';
  return [
    ...(timeoutMs === undefined || isTime
      ? []
      : [`timeoutMs: expected milliseconds from 1 to ${MAX_TIMEOUT_MS}, got ${kindOf(timeoutMs)}`]),
    ...(['undefined', 'boolean'].includes(typeof proxyFromEnvironment)
      ? []
      : [`proxyFromEnvironment: expected true or false, got ${kindOf(proxyFromEnvironment)}`]),
    ...(signal === undefined || isSignal ? [] : [`signal: expected an AbortSignal, got ${kindOf(signal)}`]),
  ];
}

const OPTIONS: readonly string[] = [
  ...SELECTION_OPTIONS,
  'environment',
  'proxyFromEnvironment',
  'timeoutMs',
  'signal',
];
