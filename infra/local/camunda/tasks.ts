// User tasks of a real cluster: makes them, claims them, completes them. Also run by `npm run camunda:tasks`.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/** Where the cluster is, with or without `/v2`, and what to say to be let in. */
export interface Access {
  readonly address: string;
  readonly authorization?: string;
}

/** An open user task, and the process instance that waits for it. */
export interface Task {
  readonly userTaskKey: string;
  readonly processInstanceKey: string;
}

/** What became of an attempt to claim a task. */
export type Claim = 'claimed' | 'assigned to somebody else' | 'no such task';

const PROCESS_ID = 'unassign-check';
const PROCESS_FILE = 'user-task.bpmn';
/** A cluster that is busy, starting, or has a partition without a leader: worth another try. */
const BUSY: ReadonlySet<number> = new Set([429, 503, 504]);
const TRIES = 100;
const FARTHEST_TASK_KEY = 60n;

/**
 * Deploys the process with one user task, and makes open tasks, each assigned to `assignee`.
 *
 * Without a search index nothing in Camunda 8.6 tells the key of a task. But the broker hands out the keys of
 * one process instance in one go, so a task's key is its instance's key and a constant of the process. It is
 * learnt on the first instance by claiming its neighbours, where all but the task answer 404, and proven on
 * every other one by the claim itself.
 *
 * @param count how many, at least one
 * @throws Error where the cluster is out of reach or answers something else than it should
 */
export async function makeTasks(
  access: Access,
  count: number,
  { assignee = 'someone', parallel = 8 }: { assignee?: string; parallel?: number } = {},
): Promise<Task[]> {
  await deploy(access);
  const first = await createInstance(access);
  const distance = await distanceToTask(access, first, assignee);
  const task = (processInstanceKey: string): Task => ({
    userTaskKey: String(BigInt(processInstanceKey) + distance),
    processInstanceKey,
  });

  const tasks = [task(first)];
  let left = count - 1;
  const makeOneAfterAnother = async () => {
    while (left-- > 0) {
      const made = task(await createInstance(access));
      if ((await claim(access, made.userTaskKey, assignee)) !== 'claimed') {
        throw new Error(
          `${made.userTaskKey} is not an open task, ${made.processInstanceKey} being its instance`,
        );
      }
      tasks.push(made);
    }
  };
  await Promise.all(Array.from({ length: parallel }, makeOneAfterAnother));
  return tasks;
}

/** Assigns an open task that has no assignee, or has this one: the only way to see whether a task is assigned. */
export async function claim(access: Access, userTaskKey: string, assignee: string): Promise<Claim> {
  const { status, text } = await call(access, 'POST', `/user-tasks/${userTaskKey}/assignment`, {
    assignee,
    allowOverride: false,
  });
  if (status === 204) return 'claimed';
  if (status === 404) return 'no such task';
  if (status === 409) return 'assigned to somebody else';
  throw new Error(`claiming ${userTaskKey} was answered with ${status} ${text}`);
}

/** Completes an open task. */
export async function complete(access: Access, userTaskKey: string): Promise<void> {
  const { status, text } = await call(access, 'POST', `/user-tasks/${userTaskKey}/completion`, {});
  if (status !== 204) throw new Error(`completing ${userTaskKey} was answered with ${status} ${text}`);
}

async function deploy(access: Access): Promise<void> {
  const form = new FormData();
  const bpmn = await readFile(new URL(PROCESS_FILE, import.meta.url), 'utf8');
  form.append('resources', new Blob([bpmn], { type: 'text/xml' }), PROCESS_FILE);
  const { status, text } = await call(access, 'POST', '/deployments', form);
  if (status !== 200) throw new Error(`deploying ${PROCESS_FILE} was answered with ${status} ${text}`);
}

async function createInstance(access: Access): Promise<string> {
  for (let i = 0; i < TRIES; i++) {
    const { status, text } = await call(access, 'POST', '/process-instances', {
      processDefinitionId: PROCESS_ID,
    });
    if (status === 200) return keyIn(text, 'processInstanceKey');
    // another partition may not have the deployment yet
    if (status !== 404) throw new Error(`creating an instance was answered with ${status} ${text}`);
    await pause(100);
  }
  throw new Error(`${PROCESS_ID} was deployed, but a partition does not find it`);
}

async function distanceToTask(access: Access, instance: string, assignee: string): Promise<bigint> {
  for (let distance = 1n; distance <= FARTHEST_TASK_KEY; distance++) {
    if ((await claim(access, String(BigInt(instance) + distance), assignee)) === 'claimed') return distance;
  }
  throw new Error(`no task within ${FARTHEST_TASK_KEY} keys of the instance ${instance}`);
}

/** Not by `JSON.parse`: a key may be a number that a double does not hold. */
function keyIn(text: string, name: string): string {
  const key = new RegExp(`"${name}"\\s*:\\s*"?(\\d+)`).exec(text)?.[1];
  if (key === undefined) throw new Error(`no ${name} in ${text}`);
  return key;
}

async function call(
  access: Access,
  method: string,
  path: string,
  body: FormData | Record<string, unknown>,
): Promise<{ status: number; text: string }> {
  const url = `${access.address.replace(/\/+$/, '').replace(/\/v2$/, '')}/v2${path}`;
  const headers = new Headers(
    access.authorization === undefined ? {} : { authorization: access.authorization },
  );
  if (!(body instanceof FormData)) headers.set('content-type', 'application/json');
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, {
      method,
      headers,
      body: body instanceof FormData ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: unknown) => {
      throw new Error(
        `no answer from ${access.address}. Is a cluster running there? npm run camunda starts one`,
        {
          cause: error,
        },
      );
    });
    const text = await response.text();
    if (!BUSY.has(response.status) || tries === TRIES) return { status: response.status, text };
    await pause(Math.min(20 * tries, 200));
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const USAGE = `Makes open, assigned user tasks in a real Camunda and prints their keys, one a line.

  npm run camunda:tasks -- [how many, 1] [--assignee someone] [--parallel 8] [--instances]

  --assignee   whom the tasks are assigned to
  --parallel   how many are made at a time
  --instances  also print the key of each task's process instance

Environment:
  CAMUNDA_REST_ADDRESS   the cluster                     (http://127.0.0.1:8080)
  AUTHORIZATION          an Authorization header, such as "Bearer …"
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      assignee: { type: 'string', default: 'someone' },
      parallel: { type: 'string', default: '8' },
      instances: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [count = '1', ...rest] = positionals;
  if (!/^[1-9]\d{0,6}$/.test(count) || !/^[1-9]\d{0,2}$/.test(values.parallel) || rest.length > 0) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const { CAMUNDA_REST_ADDRESS: address = 'http://127.0.0.1:8080', AUTHORIZATION: authorization } =
    process.env;
  const tasks = await makeTasks({ address, ...(authorization && { authorization }) }, Number(count), {
    assignee: values.assignee,
    parallel: Number(values.parallel),
  });
  for (const { userTaskKey, processInstanceKey } of tasks) {
    console.log(values.instances ? `${userTaskKey} ${processInstanceKey}` : userTaskKey);
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
