import { execFile } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../../infra/local/stand-in/faults.ts';
import { ACKNOWLEDGED, journeyOf, record, requestFor, setStage } from '../../../support/stage.ts';

const ARTIFACT = new URL('../../../../.build/unassign/index.mjs', import.meta.url);

describe('a cluster that does not answer', () => {
  it.each([
    { what: 'hangs', fault: { kind: 'hang' } },
    { what: 'trickles its headers', fault: { kind: 'trickle', from: 'headers', everyMs: 200 } },
  ] satisfies { what: string; fault: Fault }[])(
    'and $what is no answer in time, so requeued',
    async ({ fault }) => {
      const stage = await setStage({ env: { CAMUNDA_CALL_TIMEOUT_SECONDS: '1' } });
      stage.cluster.settings.fault = () => fault;
      const response = await stage.invoke([requestFor('1')]);
      expect({ response, detail: journeyOf(stage.requeued()[0])?.lastDetail }).toEqual({
        response: ACKNOWLEDGED,
        detail: 'no answer in time',
      });
    },
  );

  it('but trickles its body has not said that anything is done', async () => {
    const stage = await setStage({ env: { CAMUNDA_CALL_TIMEOUT_SECONDS: '1' } });
    stage.cluster.settings.fault = ({ key }) =>
      key === undefined ? undefined : { kind: 'trickle', from: 'body', everyMs: 200 };
    const response = await stage.invoke([requestFor(stage.cluster.tasks.create().key)]);
    expect({ response, requeued: stage.requeued().length }).toEqual({ response: ACKNOWLEDGED, requeued: 1 });
  });

  it('is left when the invocation ends, early enough to send the copies', async () => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({ kind: 'hang' });
    // The function process kills a handler that overruns, as Lambda does, and the invocation fails.
    const response = await stage.invoke([requestFor('1'), requestFor('2')], 12_000);
    expect({ response, requeued: stage.requeued().length }).toEqual({ response: ACKNOWLEDGED, requeued: 2 });
  });
});

describe('a server that never finishes the TLS handshake', () => {
  /** Takes connections and says nothing. */
  async function startMuteServer(): Promise<string> {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is left by the deadline where it is the cluster', async () => {
    const stage = await setStage({ env: { CAMUNDA_REST_ADDRESS: await startMuteServer() } });
    const response = await stage.invoke([requestFor('1')], 9_000);
    expect({ response, requeued: stage.requeued().length }).toEqual({ response: ACKNOWLEDGED, requeued: 1 });
  });

  it('is left by the deadline where it is the token endpoint', async () => {
    const stage = await setStage({
      env: {
        CAMUNDA_OAUTH_URL: await startMuteServer(),
        CAMUNDA_CLIENT_ID: 'client',
        CAMUNDA_CLIENT_SECRET: 'secret',
      },
    });
    const response = await stage.invoke([requestFor('1')], 9_000);
    expect({ response, requeued: stage.requeued().length, calls: stage.cluster.calls.length }).toEqual({
      response: ACKNOWLEDGED,
      requeued: 1,
      calls: 0,
    });
  });
});

describe('an invocation that has no time left', () => {
  it('starts no call that it could not settle, and reports the messages', async () => {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '1' } });
    stage.cluster.settings.fault = () => ({ kind: 'hang' });
    const [first, second, third] = ['1', '2', '3'].map((key) => requestFor(key));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no records');
    const response = await stage.invoke([first, second, third], 12_000);
    expect({
      failed: response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      calls: stage.cluster.calls.length,
    }).toEqual({ failed: [second.messageId, third.messageId], calls: 1 });
  });

  /** The one connection is busy until there is no time for another call, but enough to send. */
  async function setOccupiedStage() {
    const stage = await setStage({ env: { CAMUNDA_MAX_CONNECTIONS: '1' } });
    stage.cluster.settings.fault = () => ({ kind: 'hang' });
    const invokeWith = (waiting: SQSRecord) => stage.invoke([requestFor('1'), waiting], 12_000);
    return { stage, invokeWith };
  }

  it('requeues what was never tried on its last receive, without counting an attempt', async () => {
    const { stage, invokeWith } = await setOccupiedStage();
    const response = await invokeWith(requestFor('2', { receiveCount: 5 }));
    const journey = journeyOf(stage.requeued().find(({ MessageBody }) => MessageBody.includes('"2"')));
    expect({
      response,
      attempts: journey?.attempts,
      tried: journey?.firstTriedAt,
      calls: stage.cluster.calls.map(({ key }) => key),
    }).toEqual({ response: ACKNOWLEDGED, attempts: 0, tried: undefined, calls: ['1'] });
  });

  it('still dead-letters what needs no call', async () => {
    const { stage, invokeWith } = await setOccupiedStage();
    expect(await invokeWith(record('nonsense'))).toEqual(ACKNOWLEDGED);
    expect(stage.deadLettered()).toHaveLength(1);
  });
});

describe('a bare call without a context', () => {
  it('is taken to have the configured time-out', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `const { handler } = await import(${JSON.stringify(ARTIFACT.href)});
         console.log('answer', JSON.stringify(await handler(${JSON.stringify({ Records: [requestFor(task.key)] })})));
         process.exit();`,
      ],
      {
        env: {
          QUEUE_URL: stage.tap.queueUrl,
          DEAD_LETTER_QUEUE_URL: stage.tap.deadLetterQueueUrl,
          CAMUNDA_REST_ADDRESS: stage.cluster.url,
        },
      },
    );
    expect({
      answer: stdout.split('\n').find((line) => line.startsWith('answer')),
      assignee: task.assignee,
    }).toEqual({
      answer: 'answer {"batchItemFailures":[]}',
      assignee: null,
    });
  });
});
