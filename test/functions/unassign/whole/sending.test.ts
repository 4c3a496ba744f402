import { describe, expect, it } from 'vitest';
import type { SendFault } from '../../../support/sqs-tap.ts';
import { ACKNOWLEDGED, record, requestFor, setStage } from '../../../support/stage.ts';

/** A function whose every call is answered 503, so that every message has to be sent. */
async function setBusyStage(fault?: (attempt: number) => SendFault | undefined) {
  const stage = await setStage();
  stage.cluster.settings.fault = () => ({ kind: 'answer', status: 503 });
  stage.tap.fault = fault === undefined ? undefined : (_send, attempt) => fault(attempt);
  return stage;
}

describe('copies', () => {
  it('go in batches of ten', async () => {
    const stage = await setBusyStage();
    await stage.invoke(Array.from({ length: 23 }, (_, index) => requestFor(String(index + 1))));
    expect(stage.tap.sends.map(({ entries }) => entries.length).sort()).toEqual([10, 10, 3]);
  });

  it('go in batches of at most 1 MiB', async () => {
    const stage = await setStage();
    const bodies = Array.from({ length: 5 }, () => 'x'.repeat(400_000));
    const response = await stage.invoke(bodies.map((body) => record(body)));
    expect({ response, sizes: stage.tap.sends.map(({ entries }) => entries.length).sort() }).toEqual({
      response: ACKNOWLEDGED,
      sizes: [1, 2, 2],
    });
  });

  it('arrive on the dead-letter queue with the body and the sender’s attributes as they were', async () => {
    const stage = await setStage();
    const messageAttributes = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `attribute-${index}`,
        index % 2 === 0
          ? { dataType: 'String.custom', stringValue: `value ${index} ✓` }
          : { dataType: 'Binary.raw', binaryValue: Buffer.from([0, 255, index]).toString('base64') },
      ]),
    );
    await stage.invoke([
      record(' not json ✓ ', {
        messageAttributes,
        systemAttributes: { AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
      }),
    ]);
    const [letter] = await stage.receiveDeadLetters();
    const journey = JSON.parse(letter?.messageAttributes['UnassignJourney']?.stringValue ?? '{}');
    const setAside = Object.fromEntries(
      journey.setAside.map(({ name, ...attribute }: { name: string }) => [name, attribute]),
    );
    const found = Object.fromEntries(
      Object.entries({ ...letter?.messageAttributes, ...setAside })
        .filter(([name]) => !name.startsWith('Unassign'))
        .map(([name, { dataType, stringValue, binaryValue }]) => [
          name,
          stringValue === undefined ? { dataType, binaryValue } : { dataType, stringValue },
        ]),
    );
    expect({ body: letter?.body, trace: letter?.attributes.AWSTraceHeader, found }).toEqual({
      body: ' not json ✓ ',
      trace: 'Root=1-5759e988-bd862e3fe1be46a994272793',
      found: messageAttributes,
    });
  });

  it('carry the message group of fair queues', async () => {
    const stage = await setBusyStage();
    await stage.invoke([requestFor('1', { systemAttributes: { MessageGroupId: 'tenant-7' } })]);
    expect(stage.requeued()[0]?.MessageGroupId).toBe('tenant-7');
  });
});

describe('a send that fails', () => {
  it('leaves exactly the messages of the failed entries unacknowledged', async () => {
    const stage = await setBusyStage(() => ({
      kind: 'failed-entries',
      ids: ['1'],
      code: 'InvalidMessageContents',
      senderFault: true,
    }));
    const records = ['1', '2', '3'].map((key) => requestFor(key));
    const response = await stage.invoke(records);
    const failedBody = stage.tap.sends[0]?.entries[1]?.MessageBody;
    const failed = records.find(({ body }) => body === failedBody);
    expect({ response, sends: stage.tap.sends.length }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: failed?.messageId }] },
      sends: 1,
    });
  });

  it.each([
    { what: 'SQS’s own fault', code: 'InternalError', senderFault: false },
    { what: 'throttling, which SQS may call the sender’s', code: 'RequestThrottled', senderFault: true },
  ])('is tried once more for the entries that failed through $what', async ({ code, senderFault }) => {
    const stage = await setBusyStage((attempt) =>
      attempt === 1 ? { kind: 'failed-entries', ids: ['0'], code, senderFault } : undefined,
    );
    const response = await stage.invoke([requestFor('1'), requestFor('2')]);
    expect({ response, sizes: stage.tap.sends.map(({ entries }) => entries.length) }).toEqual({
      response: ACKNOWLEDGED,
      sizes: [2, 1],
    });
  });

  it.each([
    'com.amazonaws.sqs#InvalidMessageContents',
    'com.amazonaws.sqs#BatchRequestTooLong',
    'com.amazon.coral.service#InvalidParameterValueException',
  ])('whole, with %s for what stands in one of them, keeps that one alone back', async (type) => {
    const stage = await setStage();
    stage.cluster.settings.fault = () => ({ kind: 'answer', status: 503 });
    const taken: string[] = [];
    stage.tap.fault = ({ entries }) => {
      const bodies = entries.map(({ MessageBody }) => MessageBody);
      if (bodies.includes(records[6]?.body ?? '')) return { kind: 'error', status: 400, type, sent: false };
      taken.push(...bodies);
      return undefined;
    };
    const records = Array.from({ length: 10 }, (_, index) => requestFor(String(index + 1)));
    const response = await stage.invoke(records);
    expect({ response, taken: taken.sort() }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: records[6]?.messageId }] },
      taken: records.flatMap(({ body }, index) => (index === 6 ? [] : [body])).sort(),
    });
  });

  it('is tried once more where it was not answered', async () => {
    const stage = await setBusyStage((attempt) =>
      attempt === 1 ? { kind: 'hang', sent: false } : undefined,
    );
    const response = await stage.invoke([requestFor('1')]);
    expect({ response, sends: stage.tap.sends.length }).toEqual({ response: ACKNOWLEDGED, sends: 2 });
  });

  it('is not tried a third time', async () => {
    const stage = await setBusyStage(() => ({
      kind: 'failed-entries',
      ids: ['0'],
      code: 'InternalError',
      senderFault: false,
    }));
    const failing = requestFor('1');
    const response = await stage.invoke([failing]);
    expect({ response, sends: stage.tap.sends.length }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: failing.messageId }] },
      sends: 2,
    });
  });

  it.each([
    { what: 'was refused whole', fault: { kind: 'error', status: 400, type: 'AccessDenied', sent: false } },
    { what: 'hangs', fault: { kind: 'hang', sent: false } },
    { what: 'hangs although it was sent', fault: { kind: 'hang', sent: true } },
    { what: 'gets half an answer', fault: { kind: 'half-answer', sent: true } },
    { what: 'says of no entry what became of it', fault: { kind: 'silent-success' } },
  ] satisfies { what: string; fault: SendFault }[])(
    'and $what leaves all of its messages unacknowledged',
    async ({ fault }) => {
      const stage = await setBusyStage(() => fault);
      const records = [requestFor('1'), requestFor('2')];
      const response = await stage.invoke(records, 20_000);
      expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
        records.map(({ messageId }) => messageId),
      );
    },
  );

  it('to one queue does not touch what went to the other, nor what succeeded', async () => {
    const stage = await setStage();
    const { tasks } = stage.cluster;
    stage.tap.fault = ({ queueUrl }) =>
      queueUrl === stage.tap.queueUrl
        ? { kind: 'error', status: 400, type: 'AccessDenied', sent: false }
        : undefined;
    const unavailable = requestFor(tasks.newKey(9));
    const response = await stage.invoke([requestFor(tasks.create().key), record('nonsense'), unavailable]);
    expect({ response, deadLettered: stage.deadLettered().length }).toEqual({
      response: { batchItemFailures: [{ itemIdentifier: unavailable.messageId }] },
      deadLettered: 1,
    });
  });

  it('that is to be tried again much later does not hold the invocation until then', async () => {
    const stage = await setBusyStage(() => ({
      kind: 'error',
      status: 503,
      type: 'ServiceUnavailable',
      sent: false,
      retryAfterSeconds: 60,
    }));
    const failing = requestFor('1');
    expect(await stage.invoke([failing], 20_000)).toEqual({
      batchItemFailures: [{ itemIdentifier: failing.messageId }],
    });
  });

  it('that gets half an answer does not hold the whole invocation', async () => {
    const stage = await setBusyStage(() => ({ kind: 'half-answer', sent: false }));
    const startedAt = Date.now();
    await stage.invoke([requestFor('1')], 60_000);
    // Not a measure of speed: the bound of a send is 10 s, and that of the invocation 60.
    expect(Date.now() - startedAt).toBeLessThan(40_000);
  });

  it('of a large batch does not run into Lambda’s time-out either, and leaves nothing unreported', async () => {
    const stage = await setStage();
    stage.tap.fault = () => ({ kind: 'hang', sent: false });
    const records = Array.from({ length: 2_500 }, () => record('nonsense'));
    const response = await stage.invoke(records, 15_000);
    expect(response.batchItemFailures).toHaveLength(2_500);
  });

  it('at the end of the invocation does not run into Lambda’s time-out', async () => {
    const stage = await setBusyStage(() => ({ kind: 'hang', sent: false }));
    const failing = requestFor('1');
    // Shorter than both attempts together, so that the invocation's own end cuts the second one short.
    expect(await stage.invoke([failing], 5_000)).toEqual({
      batchItemFailures: [{ itemIdentifier: failing.messageId }],
    });
  });
});
