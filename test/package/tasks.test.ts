// `camunda-unassign/tasks` as an empty project uses it. `npm run build:package` comes first.
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTappedQueue } from '../client/sending/tapped-queue.ts';
import { start } from '../infra/local/stand-in/started.ts';
import { type EmptyProject, ROOT, startEmptyProject } from './installed-package.ts';

let project: EmptyProject;
beforeAll(async () => {
  project = await startEmptyProject();
});
afterAll(() => project?.remove());

const TYPED = `
  import { type EnqueueSummary, UnassignQueue } from 'camunda-unassign';
  import {
    type AssignedTask, type AssignedTasksOptions, assignedTasks, TaskSearchError, type TaskSearchProblem, type TaskSelection,
  } from 'camunda-unassign/tasks';

  export async function everything(queue: UnassignQueue, people: Set<string>, signal: AbortSignal): Promise<EnqueueSummary> {
    const selection: TaskSelection = { assignees: people, process: 'invoice', dueBefore: new Date() };
    const options: AssignedTasksOptions = { ...selection, environment: process.env, timeoutMs: 5_000, signal };
    for await (const result of queue.enqueueEach(assignedTasks({ assignees: 'demo' }))) {
      if (!result.sent) console.error(result.message);
    }
    async function* unguarded(): AsyncGenerator<string> {
      for await (const { userTaskKey, assignee } of assignedTasks(options)) {
        const name: string = assignee;
        if (name !== '') yield userTaskKey;
      }
    }
    await queue.enqueueAll(unguarded());
    const first: AssignedTask[] = [];
    await queue.enqueueAll(first);
    return queue.enqueueAll(assignedTasks(options), { expiresIn: '2h' });
  }

  export const problem = (error: unknown): TaskSearchProblem | undefined =>
    error instanceof TaskSearchError ? error.code : undefined;

  export const wrong = () => [
    // @ts-expect-error not an option
    assignedTasks({ asignees: 'demo' }),
    // @ts-expect-error a key loses digits
    assignedTasks({ assignees: 7 }),
  ];
`;

it.each([
  ['nodenext', 'nodenext'],
  ['bundler', 'esnext'],
])(
  'type-checks under strict with moduleResolution %s, libraries included',
  async (moduleResolution, module) => {
    await project.write('typed.ts', TYPED);
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022'],
      types: ['node'],
      module,
      moduleResolution,
    };
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(await project.run([tsc]).catch((error: { stdout: string }) => error.stdout)).toBe('');
  },
);

it('finds and enqueues the tasks of a person from an empty JavaScript project', async () => {
  const { direct, drain } = await startTappedQueue();
  const cluster = await start();
  const { key } = cluster.tasks.create({ assignee: 'anna' });
  cluster.tasks.create({ assignee: 'bert' });
  await project.write(
    'tasks.mjs',
    `import { UnassignQueue } from 'camunda-unassign';
     import { assignedTasks } from 'camunda-unassign/tasks';
     const { sent, failed } = await new UnassignQueue().enqueueAll(assignedTasks({ assignees: 'anna' }));
     console.log(sent, failed);`,
  );
  const output = await project.run(['tasks.mjs'], {
    CAMUNDA_REST_ADDRESS: cluster.url,
    UNASSIGN_QUEUE_URL: direct.queueUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  expect(output).toBe('1 []\n');
  const bodies = (await drain()).map(({ Body = '' }) => JSON.parse(Body));
  expect(bodies).toEqual([{ userTaskKey: key, expectedAssignee: 'anna' }]);
});

describe('undici', () => {
  /** What of it is loaded with a built module, at once. */
  async function loadedWith(entry: string): Promise<string[]> {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      splitting: true,
      outdir: 'nowhere',
      write: false,
      metafile: true,
    });
    const importsOf = (path: string) => metafile.outputs[path]?.imports ?? [];
    const [[main] = ['']] = Object.entries(metafile.outputs).filter(
      ([, { entryPoint }]) => entryPoint === entry,
    );
    const loaded = new Set([main]);
    for (const path of loaded) {
      const chunks = importsOf(path).filter(({ kind, external }) => kind === 'import-statement' && !external);
      for (const chunk of chunks) loaded.add(chunk.path);
    }
    const packages = [...loaded].flatMap(importsOf).filter(({ kind }) => kind === 'import-statement');
    return packages.map(({ path }) => path).filter((path) => path.startsWith('undici'));
  }

  it.each(['dist/client/index.js', 'dist/client/tasks/index.js', 'dist/cli/main.js'])(
    'is not loaded with %s, before a cluster is called',
    async (entry) => {
      expect(await loadedWith(entry)).toEqual([]);
    },
  );

  it('is loaded to call one', async () => {
    expect(await loadedWith('dist/client/cluster/connection.js')).not.toEqual([]);
  });
});
