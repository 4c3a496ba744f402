import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { type ConnectionOptions, chooseConnection, withConnection } from '../../cli/connection.ts';
import { CommandError, UsageError } from '../../cli/exit-codes.ts';
import { startEmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import { setSqs } from './support/binary.ts';

const URL_OF_QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign';
const URL_OF_DEAD_LETTERS = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign-dead-letters';
const LOCAL = 'http://127.0.0.1:9324';

const byUrl = (url: string) => ({ by: 'url', url });
const byStage = (stage: string) => ({ by: 'stage', stage });

it.each<[string, ConnectionOptions, Record<string, string>, object]>([
  ['nothing', {}, {}, { queue: undefined, deadLetterQueue: undefined, region: undefined }],
  ['--queue-url', { queueUrl: URL_OF_QUEUE }, {}, { queue: byUrl(URL_OF_QUEUE), deadLetterQueue: undefined }],
  [
    '--stage for what no URL names',
    { deadLetterQueueUrl: URL_OF_DEAD_LETTERS, stage: 'prod' },
    {},
    { queue: byStage('prod'), deadLetterQueue: byUrl(URL_OF_DEAD_LETTERS) },
  ],
  [
    '--local',
    { local: true },
    {},
    {
      queue: byUrl(`${LOCAL}/123456789012/unassign`),
      deadLetterQueue: byUrl(`${LOCAL}/123456789012/unassign-dead-letters`),
      localEndpoint: LOCAL,
      region: 'us-east-1',
    },
  ],
  [
    '--local --port',
    { local: true, port: 7000 },
    { PORT: '8000' },
    { localEndpoint: 'http://127.0.0.1:7000' },
  ],
  ['--local with PORT', { local: true }, { PORT: '8000' }, { localEndpoint: 'http://127.0.0.1:8000' }],
  ['--local with an empty PORT', { local: true }, { PORT: '' }, { localEndpoint: LOCAL }],
  [
    'the environment',
    {},
    { UNASSIGN_QUEUE_URL: URL_OF_QUEUE, UNASSIGN_STAGE: 'prod' },
    { queue: byUrl(URL_OF_QUEUE), deadLetterQueue: byStage('prod') },
  ],
  [
    'a stage against the environment',
    { stage: 'dev' },
    { UNASSIGN_QUEUE_URL: URL_OF_QUEUE, UNASSIGN_STAGE: 'prod' },
    { queue: byStage('dev'), deadLetterQueue: byStage('dev') },
  ],
  [
    '--local against the environment',
    { local: true },
    { UNASSIGN_QUEUE_URL: URL_OF_QUEUE },
    { queue: byUrl(`${LOCAL}/123456789012/unassign`) },
  ],
  ['--region', { stage: 'prod', region: 'eu-west-1' }, { AWS_REGION: 'us-west-2' }, { region: 'eu-west-1' }],
  ["the URL's region", { queueUrl: URL_OF_QUEUE }, { AWS_REGION: 'us-west-2' }, { region: 'eu-central-1' }],
  [
    'AWS_REGION',
    { stage: 'prod' },
    { AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'x' },
    { region: 'us-west-2' },
  ],
  [
    'AWS_DEFAULT_REGION',
    { stage: 'prod' },
    { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-1' },
    { region: 'us-west-1' },
  ],
  ['--profile', { stage: 'prod', profile: 'ops' }, {}, { profile: 'ops' }],
])('understands %s', (_, options, environment, choice) => {
  expect(chooseConnection(options, environment)).toMatchObject(choice);
});

it.each<[string, ConnectionOptions, RegExp]>([
  ['--port without --local', { port: 7000 }, /goes with --local/],
  [
    'a region that is not the URL’s',
    { queueUrl: URL_OF_QUEUE, region: 'us-east-1' },
    /--region us-east-1 is not the region of the queue's URL \(eu-central-1\)/,
  ],
])('refuses %s', (_, options, problem) => {
  expect(() => chooseConnection(options, {})).toThrow(UsageError);
  expect(() => chooseConnection(options, {})).toThrow(problem);
});

it.each([
  ['queue', /--stage <stage>.*UNASSIGN_STAGE.*--queue-url <url>.*UNASSIGN_QUEUE_URL.*--local/s],
  ['dead-letter queue', /--dead-letter-queue-url <url>.*UNASSIGN_DEAD_LETTER_QUEUE_URL/s],
] as const)('says the ways to name a %s where nothing does', async (name, ways) => {
  const connecting = withConnection(chooseConnection({}, {}), [name], async () => undefined);
  await expect(connecting).rejects.toThrow(UsageError);
  await expect(connecting).rejects.toThrow(ways);
});

it('finds with --local what the local system runs', async () => {
  const sqs = await startEmbeddedSqs();
  try {
    const choice = chooseConnection({ local: true, port: Number(new URL(sqs.endpoint).port) }, {});
    await withConnection(choice, ['queue', 'dead-letter queue'], async (connection) => {
      expect((await connection.queue()).queueUrl).toBe(sqs.queueUrl);
      expect((await connection.deadLetterQueue()).queueUrl).toBe(sqs.deadLetterQueueUrl);
    });
  } finally {
    await sqs.close();
  }
});

it('sends once, and leaves trying again to whoever counts the attempts', async () => {
  const { tap } = await setSqs();
  tap.fault = () => ({ kind: 'error', status: 500, type: 'InternalFailure', sent: true });
  const choice = chooseConnection({ local: true, port: Number(new URL(tap.queueUrl).port) }, {});
  const sending = withConnection(choice, ['queue'], async (connection) => {
    const { sqs, queueUrl } = await connection.queue();
    const Entries = [{ Id: '0', MessageBody: '{"userTaskKey":"2251799813685249"}' }];
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
  await expect(sending).rejects.toThrow('InternalFailure');
  expect(tap.sends).toHaveLength(1);
});

it('refuses a URL that is none', async () => {
  const choice = chooseConnection({ queueUrl: 'unassign' }, {});
  const connecting = withConnection(choice, ['queue'], (connection) => connection.queue());
  await expect(connecting).rejects.toThrow(CommandError);
  await expect(connecting).rejects.toThrow(/expected a URL such as https:\/\/sqs\./);
});
