// The recipes for the tasks of a person, run as they are written: `npm run build:package` comes first.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marked, type Tokens } from 'marked';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandInCluster } from '../../infra/local/stand-in/cluster.ts';
import { startCli } from '../cli/support/binary.ts';
import { startTappedQueue } from '../client/sending/tapped-queue.ts';
import { start } from '../infra/local/stand-in/started.ts';
import { type EmptyProject, startEmptyProject } from '../package/installed-package.ts';
import { temporaryFolder } from '../support/temporary-files.ts';
import { section } from './pages.ts';

const TASKS = {
  anna: { assignee: 'anna' },
  'anna, due in time': { assignee: 'anna', dueDate: '2026-12-10T12:00:00Z' },
  'anna, due later': { assignee: 'anna', dueDate: '2026-12-15T12:00:00Z' },
  bert: { assignee: 'bert' },
  'carl, overdue': { assignee: 'carl', processDefinitionId: 'invoice', dueDate: '2026-01-01T12:00:00Z' },
  'carl, not due': { assignee: 'carl', processDefinitionId: 'invoice', dueDate: '2999-01-01T12:00:00Z' },
} as const;

interface Stage {
  readonly environment: Record<string, string>;
  /** The tasks that were enqueued, by their names. */
  enqueued(): Promise<string[]>;
}

async function setStage(): Promise<Stage> {
  const cluster: StandInCluster = await start();
  const names = new Map(
    Object.entries(TASKS).map(([name, task]) => [cluster.tasks.create(task).key, name] as const),
  );
  const { direct, drain } = await startTappedQueue();
  return {
    environment: {
      CAMUNDA_REST_ADDRESS: cluster.url,
      UNASSIGN_QUEUE_URL: direct.queueUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    async enqueued() {
      const bodies = (await drain()).map(({ Body = '' }) => JSON.parse(Body));
      return bodies.map(({ userTaskKey }) => names.get(userTaskKey) ?? '').toSorted();
    },
  };
}

const FATES: readonly (readonly string[])[] = [
  ['anna', 'anna, due in time', 'anna, due later', 'bert'],
  ['anna, due in time'],
  ['carl, overdue'],
];

describe('in TypeScript', () => {
  let project: EmptyProject;
  beforeAll(async () => {
    project = await startEmptyProject();
  });
  afterAll(() => project?.remove());

  const blocks = marked
    .lexer(section('docs/client.md', 'Tasks of a person'))
    .filter((token): token is Tokens.Code => token.type === 'code' && token.lang === 'ts')
    .map(({ text }) => text);

  it.each(FATES.map((fate, index) => [index, fate] as const))(
    'recipe %i enqueues %j',
    async (index, fate) => {
      const { environment, enqueued } = await setStage();
      const recipe = blocks[index] ?? '';
      await project.write(
        'recipe.mts',
        recipe.includes('handler') ? `${recipe}\nawait handler();\n` : recipe,
      );
      await project.run(['recipe.mts'], environment);
      expect(await enqueued()).toEqual(fate);
    },
  );

  it('there are no others', () => {
    expect(blocks).toHaveLength(FATES.length);
  });
});

describe('as commands', () => {
  const lines = section('docs/command-line.md', 'Tasks of a person')
    .split('\n')
    .filter((line) => line.startsWith('    npx camunda-unassign enqueue --stage prod '))
    .map((line) => line.replace(/^ *npx camunda-unassign | --stage prod|\s+#.*$/g, ''));

  const OF_COMMANDS = [
    ['anna', 'anna, due in time', 'anna, due later'],
    ['anna', 'anna, due in time', 'anna, due later', 'bert'],
    ...FATES.slice(1),
  ];

  it.each(OF_COMMANDS.map((fate, index) => [lines[index] ?? '', fate] as const))(
    '%s enqueues %j',
    async (line, fate) => {
      const { environment, enqueued } = await setStage();
      const folder = await temporaryFolder();
      await writeFile(join(folder, 'people.txt'), 'anna\nbert\n');
      const shell = `cd ${folder} && "$@" --yes`;
      expect((await startCli(line.split(' '), { environment, shell }).end).stderr).toContain('Found');
      expect(await enqueued()).toEqual(fate);
    },
  );

  it('there are no others', () => {
    expect(lines).toHaveLength(OF_COMMANDS.length);
  });
});
