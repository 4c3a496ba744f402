// Where the runbook's commands are run: queues, a cluster, Lambda, a log, and a shell with the settings of whoever is on call.
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import type { StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import {
  type Burial,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { startParameterStore } from '../../client/sending/parameter-store.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { codeBlocks } from '../pages.ts';
import { type Said, startShell } from './shell.ts';

const RUNBOOK = 'docs/runbook.md';

/** What the page begins with, which every procedure needs. */
export const SET_UP = 'Runbook';

/** The blocks of commands of a section, in their order. */
export function commandsUnder(heading: string): string[] {
  return codeBlocks(RUNBOOK)
    .filter((block) => block.heading === heading)
    .map(({ text }) => text);
}

/** The sections that have commands. */
export function sectionsWithCommands(): string[] {
  return [...new Set(codeBlocks(RUNBOOK).map(({ heading }) => heading))];
}

/** What a procedure is carried out on. */
export interface Scene {
  readonly stage: DeadLetterStage;
  readonly cluster: StandInCluster;
  /** The state of the function's event source. */
  readonly eventSource: { State: string };
  /** The folder that the person is in. */
  readonly folder: string;
  /** What the AWS CLI was asked for, beside what runs on this machine as well. */
  asked(called: string): Promise<object[]>;
  /**
   * Runs a block of commands, of which none may fail.
   *
   * @param filledIn what the person puts in the place of what stands there
   */
  run(commands: string, filledIn?: Readonly<Record<string, string>>): Promise<Said>;
  /** Takes everything off a queue; returns the keys that are asked for. */
  keysOnQueue(): Promise<string[]>;
  keysOnDeadLetterQueue(): Promise<string[]>;
}

/** What stands ready. */
export interface SceneOptions {
  readonly letters?: (cluster: StandInCluster) => readonly Burial[];
  /** The lines of the function's log. */
  readonly log?: readonly string[];
  /** By service and operation, what AWS answers where nothing on this machine does. */
  readonly answers?: Readonly<Record<string, object>>;
}

/** Sets the scene, in which the first block of the page has been run. */
export async function setScene({
  letters = () => [],
  log = [],
  answers = {},
}: SceneOptions = {}): Promise<Scene> {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const cluster = await start();
  await stage.bury(letters(cluster));
  const { queueUrl, deadLetterQueueUrl, endpoint } = stage.embedded;
  const ssm = await startParameterStore({
    '/camunda-unassign/prod/queue-url': queueUrl,
    '/camunda-unassign/prod/dead-letter-queue-url': deadLetterQueueUrl,
  });
  const lambda = await startLambda();
  const shell = await startShell({
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_SSM: ssm,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    // Nobody is asked who acts.
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
    CAMUNDA_REST_ADDRESS: cluster.url,
    RUNBOOK_ANSWERS: 'answers.json',
    RUNBOOK_CALLS: 'calls.jsonl',
  });
  const { folder } = shell;
  await writeFile(join(folder, 'answers.json'), JSON.stringify({ ...answers, log }));
  const run: Scene['run'] = async (commands, filledIn = {}) => {
    const said = await shell.run(filled(commands, filledIn));
    expect(said.failed, `${said.stderr}\n${said.stdout}`).toBe('');
    return said;
  };
  const keysOn = async (url: string) =>
    (await stage.drain(url)).map(({ Body = '{}' }) => String(JSON.parse(Body).userTaskKey)).toSorted();
  const [setUp = ''] = commandsUnder(SET_UP);
  await run(setUp);
  return {
    stage,
    cluster,
    eventSource: lambda.eventSource,
    folder,
    run,
    async asked(called) {
      const calls = (await readFile(join(folder, 'calls.jsonl'), 'utf8')).split('\n').filter(Boolean);
      return calls
        .map((line) => JSON.parse(line))
        .flatMap((call) => (call.called === called ? [call.input] : []));
    },
    keysOnQueue: () => keysOn(queueUrl),
    keysOnDeadLetterQueue: () => keysOn(deadLetterQueueUrl),
  };
}

function filled(commands: string, filledIn: Readonly<Record<string, string>>): string {
  return Object.entries(filledIn).reduce((text, [placeholder, value]) => {
    expect(text).toContain(placeholder);
    return text.replaceAll(placeholder, value);
  }, commands);
}

/** Lambda, as far as event sources are concerned: a switch is made at once. */
async function startLambda() {
  const eventSource = { State: 'Enabled' };
  const describe = () => ({
    ...eventSource,
    UUID: 'mapping-1',
    EventSourceArn: 'arn:aws:sqs:eu-central-1:123456789012:unassign',
    LastProcessingResult: 'No records processed',
    StateTransitionReason: 'User action',
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'PUT')
      eventSource.State = JSON.parse(await text(request)).Enabled ? 'Enabled' : 'Disabled';
    const answer = request.url?.includes('?') ? { EventSourceMappings: [describe()] } : describe();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, eventSource };
}
