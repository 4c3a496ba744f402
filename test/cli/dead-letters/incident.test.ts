// A whole incident through the real binary: 500 dead letters after an outage, from the first look to a queue that holds nothing
// that still wants doing, in few commands. The built function carries out what is redriven.
import { readFile } from 'node:fs/promises';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { startEventSource } from '../../../infra/local/lambda/event-source.ts';
import { startFunction } from '../../../infra/local/lambda/function-process.ts';
import type { EmbeddedSqs } from '../../../infra/local/sqs/embedded-sqs.ts';
import type { StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import {
  burial,
  type DeadLetterStage,
  startDeadLetterStage,
} from '../../client/dead-letters/dead-letter-stage.ts';
import { eventually } from '../../infra/local/eventually.ts';
import { start } from '../../infra/local/stand-in/started.ts';
import { temporaryFolder } from '../../support/temporary-files.ts';
import { runCli } from '../support/binary.ts';

/** How many there are of each: of the outage, a task that the person still has, or that somebody else has by now. */
const COUNTS = { theirs: 230, taken: 60, gone: 120, free: 30, expired: 20, malformed: 40 } as const;

/** Commands from the alarm to its end. */
const MOST_COMMANDS = 6;

type Cause = keyof typeof COUNTS;

/** The bodies of the dead letters, by what became of their tasks. */
type Incident = Readonly<Record<Cause, readonly string[]>>;

const request = (userTaskKey: string, more: object = {}) => JSON.stringify({ userTaskKey, ...more });

function happenOn({ tasks }: StandInCluster): Incident {
  const held = (assignee: string | null) => tasks.create({ assignee }).key;
  const many = (cause: Cause, body: (index: number) => string) =>
    Array.from({ length: COUNTS[cause] }, (_, index) => body(index));
  return {
    theirs: many('theirs', () => request(held('demo'), { expectedAssignee: 'demo' })),
    taken: many('taken', () => request(held('anna'), { expectedAssignee: 'demo' })),
    gone: many('gone', () => request(tasks.newKey())),
    free: many('free', () => request(held(null))),
    expired: many('expired', () => request(held('anna'), { expiresAt: '2025-06-01T12:00:01Z' })),
    malformed: many('malformed', (index) => JSON.stringify({ taskKey: index })),
  };
}

const OUTAGE = { lastStatus: 503, lastTitle: 'UNAVAILABLE', attempts: 96 } as const;

function lettersOf({ theirs, taken, gone, free, expired, malformed }: Incident) {
  const of = (kind: string, bodies: readonly string[], end = {}) =>
    bodies.map((body) => burial({ kind, body, end }));
  return [
    ...of('unavailable-too-long', [...theirs, ...taken], OUTAGE),
    ...of('not-found', [...gone, ...free]),
    ...of('expired', expired, { attempts: 0, reason: 'expiresAt has passed' }),
    ...of('malformed', malformed, {
      attempts: 0,
      reason: 'userTaskKey: expected a string',
      senderId: 'billing',
    }),
  ];
}

it('500 dead letters are settled in six commands', async () => {
  const stage = await startDeadLetterStage();
  onTestFinished(() => stage.close());
  const cluster = await start();
  const incident = happenOn(cluster);
  await stage.bury(lettersOf(incident));
  await deliver(stage.embedded, cluster);
  const { queueUrl, deadLetterQueueUrl } = stage.embedded;
  const state = await temporaryFolder();
  let commands = 0;
  const dlq = async (line: string) => {
    commands += 1;
    const { code, stdout, stderr } = await runCli(['dlq', ...line.split(' ')], {
      environment: {
        UNASSIGN_QUEUE_URL: queueUrl,
        UNASSIGN_DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
        CAMUNDA_REST_ADDRESS: cluster.url,
        XDG_STATE_HOME: state,
      },
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  const { matched, groups } = await dlq('groups --output json');
  expect([matched, groups.length]).toEqual([500, 4]);
  // The sender is told; what it meant stays in a file.
  const useless = await dlq('discard --kind expired,malformed --yes --output json');
  expect(useless.done).toBe(COUNTS.expired + COUNTS.malformed);
  const over = await dlq('discard --verdict gone,free --yes --output json');
  expect(over.done).toBe(COUNTS.gone + COUNTS.free);
  const trial = await dlq('redrive --kind unavailable-too-long --limit 1 --watch-for 5s --yes --output json');
  expect(trial).toMatchObject({ done: 1, watch: { cameBack: 0 } });
  const rest = await dlq(
    'redrive --kind unavailable-too-long --rate 100/s --watch-for 5s --yes --output json',
  );
  expect(rest).toMatchObject({ done: COUNTS.theirs + COUNTS.taken - 1, watch: { cameBack: 0 } });
  const { actions } = await dlq('history --output json');
  expect(commands).toBeLessThanOrEqual(MOST_COMMANDS);

  const assignees = (bodies: readonly string[]) =>
    new Set(bodies.map((body) => cluster.tasks.get(JSON.parse(body).userTaskKey)?.assignee));
  await eventually(() => expect(assignees(incident.theirs)).toEqual(new Set([null])));
  expect(assignees([...incident.taken, ...incident.expired])).toEqual(new Set(['anna']));
  await eventually(async () => expect(await countOn(stage, queueUrl)).toBe(0));
  expect(await stage.drain(deadLetterQueueUrl)).toEqual([]);
  const kept = await Promise.all(actions.slice(0, 2).map((one: { export: string }) => bodiesIn(one.export)));
  expect(kept.map((bodies) => bodies.toSorted())).toEqual([
    [...incident.expired, ...incident.malformed].toSorted(),
    [...incident.gone, ...incident.free].toSorted(),
  ]);
});

/** Visible or not. */
async function countOn({ embedded }: DeadLetterStage, queueUrl: string): Promise<number> {
  const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const ask = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...counts] });
  const { Attributes = {} } = await embedded.client.send(ask);
  return counts.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

async function bodiesIn(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line).body);
}

/** The built function takes what is on the queue. */
async function deliver(sqs: EmbeddedSqs, cluster: StandInCluster): Promise<void> {
  const unassign = await startFunction({
    env: {
      QUEUE_URL: sqs.queueUrl,
      DEAD_LETTER_QUEUE_URL: sqs.deadLetterQueueUrl,
      CAMUNDA_REST_ADDRESS: cluster.url,
    },
  });
  const source = startEventSource({ ...sqs, invoke: (event) => unassign.invoke(event) });
  onTestFinished(async () => {
    await source.stop();
    await unassign.stop();
  });
}
