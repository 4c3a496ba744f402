import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseBody } from '../../../client/contract/request.ts';
import { startParameterStore } from '../sending/parameter-store.ts';
import { startTappedQueue } from '../sending/tapped-queue.ts';

const example = (name: string) =>
  fileURLToPath(new URL(`../../../client/contract/documents/examples/${name}`, import.meta.url));
const works = (command: string, ...words: string[]) => spawnSync(command, words).status === 0;

/** Runs an example as it stands, with the queue of the stage `prod` on this machine; returns what it has sent. */
async function run(command: string, ...words: string[]) {
  const { direct, drain } = await startTappedQueue();
  const parameterStore = await startParameterStore({ '/camunda-unassign/prod/queue-url': direct.queueUrl });
  await promisify(execFile)(command, words, {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_SQS: new URL(direct.queueUrl).origin,
      AWS_ENDPOINT_URL_SSM: parameterStore,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
  });
  return (await drain()).map(({ Body }) => parseBody(Body ?? ''));
}

/** Version 1 of the AWS CLI looks at no endpoint in the environment when it calls SQS. */
const WITH_ENDPOINTS = `
aws() {
  case $1 in
    sqs) command aws "$@" --endpoint-url "$AWS_ENDPOINT_URL_SQS" ;;
    *) command aws "$@" ;;
  esac
}
. "$0"`;

describe('the example', () => {
  it.skipIf(!works('aws', '--version'))('for the AWS CLI sends a request', async () => {
    expect(await run('sh', '-e', '-c', WITH_ENDPOINTS, example('send-message.sh'))).toEqual([
      { ok: true, request: { userTaskKey: '2251799813685249' } },
    ]);
  });

  it.skipIf(!works('python3', '-c', 'import boto3'))('for boto3 sends a request', async () => {
    expect(await run('python3', example('send_message.py'))).toEqual([
      {
        ok: true,
        request: {
          userTaskKey: '2251799813685249',
          expiresAt: expect.any(String),
          expectedAssignee: 'demo',
        },
      },
    ]);
  });

  it('for the AWS CLI has a body that the contract takes, on a machine without it too', async () => {
    const [, body] =
      /--message-body '([^']*)'/.exec(await readFile(example('send-message.sh'), 'utf8')) ?? [];
    expect(parseBody(body ?? '').ok).toBe(true);
  });
});
