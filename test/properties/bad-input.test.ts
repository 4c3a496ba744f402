// What nobody should send, to the built function in a process of its own: whatever it gets, it serves the next
// message as if nothing had been. See runs.ts for how to try more often or from another seed.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sqsViolations } from '../support/sqs-rules.ts';
import { ACKNOWLEDGED, requestFor, type Stage, type StageOptions, setStage } from '../support/stage.ts';
import { badBody, ODD_EVENTS, oddRecord } from './odd-events.ts';
import {
  type Fate,
  HOLDING_ANSWERS,
  LARGE_ANSWER,
  RAW_ANSWERS,
  rawAnswer,
  startsWithSuccess,
} from './raw-answers.ts';
import { type RawCluster, startRawCluster } from './raw-cluster.ts';
import { runs } from './runs.ts';

/** The whole of it between an SQS and a cluster that writes bytes. */
async function setRawStage(options: StageOptions = {}): Promise<{ stage: Stage; cluster: RawCluster }> {
  const cluster = await startRawCluster();
  const env = { CAMUNDA_REST_ADDRESS: cluster.url, LOG_LEVEL: 'CRITICAL' };
  return { stage: await setStage({ ...options, env: { ...env, ...options.env } }), cluster };
}

let keys = 2n ** 51n;

/** A key that no other message has. */
function newKey(): string {
  keys += 1n;
  return String(keys);
}

/** One message for each answer, which is what the cluster will say to it. */
function requestsAnswered({ answers }: RawCluster, given: typeof RAW_ANSWERS): SQSRecord[] {
  return given.map(([, , answer]) => {
    const key = newKey();
    answers.set(key, answer);
    return requestFor(key);
  });
}

function expectedFates(given: typeof RAW_ANSWERS): Record<string, string | undefined> {
  return Object.fromEntries(given.map(([name, fate]) => [name, fate]));
}

function namedFates(
  given: typeof RAW_ANSWERS,
  stage: Stage,
  records: readonly SQSRecord[],
  response: SQSBatchResponse,
): Record<string, string | undefined> {
  const fates = records.map((record) => fateOf(stage, record, response));
  return Object.fromEntries(given.map(([name], index) => [name, fates[index]]));
}

/** What became of a message. */
function fateOf(stage: Stage, { messageId, body }: SQSRecord, { batchItemFailures }: SQSBatchResponse): Fate {
  const isReported = batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === messageId);
  if (isReported) return 'redeliver';
  if (stage.requeued().some(({ MessageBody }) => MessageBody === body)) return 'requeue';
  return stage.deadLettered().some(({ MessageBody }) => MessageBody === body) ? 'dead-letter' : 'acknowledge';
}

/** What real SQS would have refused of all that was sent. */
function violations({ tap }: Stage): string[] {
  return tap.sends.flatMap(({ entries }) =>
    sqsViolations(
      entries.map(({ MessageAttributes = {}, MessageSystemAttributes: _, ...entry }) => ({
        ...entry,
        MessageAttributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { BinaryValue, ...value }]) => [
            name,
            BinaryValue === undefined ? value : { ...value, BinaryValue: Buffer.from(BinaryValue, 'base64') },
          ]),
        ),
      })),
    ),
  );
}

/** The same process serves good messages, and whatever was before them is not in their way. */
async function expectGoodAsNew(
  stage: Stage,
  { asked }: Pick<RawCluster, 'asked'>,
  pid: number | undefined,
): Promise<void> {
  const good = Array.from({ length: 12 }, newKey);
  const sends = stage.tap.sends.length;
  const response = await stage.invoke(good.map((key) => requestFor(key)));
  const reached = good.filter((key) => asked.includes(key));
  expect({ response, reached, sends: stage.tap.sends.length, pid: stage.unassign.pid }).toEqual({
    response: ACKNOWLEDGED,
    reached: good,
    sends,
    pid,
  });
}

describe('an answer that no cluster should give', () => {
  it('has one fate for its message, and none for the others of its batch or the next', async () => {
    const { stage, cluster } = await setRawStage();
    const { pid } = stage.unassign;
    const bad = requestsAnswered(cluster, RAW_ANSWERS);
    const good = RAW_ANSWERS.map(() => requestFor(newKey()));
    const response = await stage.invoke(bad.flatMap((record, index) => [record, good[index] ?? record]));
    expect(namedFates(RAW_ANSWERS, stage, bad, response)).toEqual(expectedFates(RAW_ANSWERS));
    expect(new Set(good.map((record) => fateOf(stage, record, response)))).toEqual(new Set(['acknowledge']));
    expect(violations(stage)).toEqual([]);
    await expectGoodAsNew(stage, cluster, pid);
  });

  it('does not hold the function longer than it lets it', async () => {
    const { stage, cluster } = await setRawStage({ env: { CAMUNDA_CALL_TIMEOUT_SECONDS: '4' } });
    const { pid } = stage.unassign;
    const bad = requestsAnswered(cluster, HOLDING_ANSWERS);
    // The process is killed when it overruns its time, as an environment of Lambda's is.
    const response = await stage.invoke(bad, 30_000);
    expect(namedFates(HOLDING_ANSWERS, stage, bad, response)).toEqual(expectedFates(HOLDING_ANSWERS));
    await expectGoodAsNew(stage, cluster, pid);
  });

  it('is never taken for a success that it is not, and its message is accounted for', async () => {
    const { stage, cluster } = await setRawStage();
    const { pid } = stage.unassign;
    await fc.assert(
      fc.asyncProperty(fc.array(rawAnswer, { minLength: 1, maxLength: 20 }), async (answers) => {
        const records = requestsAnswered(
          cluster,
          answers.map((answer) => ['', 'redeliver', answer]),
        );
        const response = await stage.invoke(records);
        const acknowledged = records.map((record) => fateOf(stage, record, response) === 'acknowledge');
        expect(
          acknowledged.filter(
            (is, index) => is && !startsWithSuccess(answers[index] ?? { pieces: [], afterwards: 'end' }),
          ),
        ).toEqual([]);
        await expectGoodAsNew(stage, cluster, pid);
      }),
      runs(20),
    );
    expect(violations(stage)).toEqual([]);
  });

  it('leaves nothing behind in memory, however many come', async () => {
    const artifact = fileURLToPath(new URL('measured-function.ts', import.meta.url));
    const { stage, cluster } = await setRawStage({ artifact });
    const measure = async () => {
      const answer: unknown = await stage.unassign.invoke({ measure: true } as unknown as SQSEvent);
      return (answer as { bytes: number }).bytes;
    };
    // As much of each as is read: had all of it been kept, it would be 80 MB.
    const large = Array.from({ length: 300 }, () => LARGE_ANSWER);
    const round = async () => {
      await stage.invoke(requestsAnswered(cluster, [...RAW_ANSWERS, ...large]));
      cluster.answers.clear();
    };
    await round();
    const before = await measure();
    for (let count = 0; count < 4; count += 1) await round();
    expect((await measure()) - before).toBeLessThan(50 * 1_048_576);
  });
});

describe('a message that no sender should send', () => {
  it('is a dead letter or reported, without a call, and the others of its batch are served', async () => {
    const { stage, cluster } = await setRawStage();
    const { pid } = stage.unassign;
    await fc.assert(
      fc.asyncProperty(
        fc.array(badBody.filter(isNoRequest), { minLength: 1, maxLength: 20 }),
        async (bodies) => {
          const asked = cluster.asked.length;
          const bad = bodies.map((body) => ({ ...requestFor('1'), body: `${body}` }));
          const good = requestFor(newKey());
          const response = await stage.invoke([...bad, good]);
          expect(cluster.asked.length).toBe(asked + 1);
          expect(
            bad
              .map((record) => fateOf(stage, record, response))
              .filter((fate) => !/dead|redeliver/.test(fate)),
          ).toEqual([]);
          expect(fateOf(stage, good, response)).toBe('acknowledge');
          await expectGoodAsNew(stage, cluster, pid);
        },
      ),
      runs(25),
    );
  });

  it('of a shape that SQS never gives it does not harm the next', async () => {
    const { stage, cluster } = await setRawStage();
    const { pid } = stage.unassign;
    await fc.assert(
      fc.asyncProperty(fc.array(oddRecord, { minLength: 1, maxLength: 12 }), async (odd) => {
        const records = odd.map((record) => ({
          ...record,
          messageId: randomUUID(),
        })) as unknown as SQSRecord[];
        const { batchItemFailures } = await stage.invoke(records);
        const ids = new Set(records.map(({ messageId }) => messageId));
        expect(batchItemFailures.filter(({ itemIdentifier }) => !ids.has(itemIdentifier))).toEqual([]);
        await expectGoodAsNew(stage, cluster, pid);
      }),
      runs(40),
    );
  });

  it('keeps an attribute named __proto__, on the wire as well', async () => {
    const { stage, cluster } = await setRawStage();
    const [busy, broken] = [newKey(), 'nonsense'];
    cluster.answers.set(busy, {
      pieces: ['HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n'],
      afterwards: 'keep',
    });
    const messageAttributes = JSON.parse(
      '{"__proto__":{"dataType":"String","stringValue":"kept"},"constructor":{"dataType":"Number","stringValue":"1"}}',
    );
    await stage.invoke([
      requestFor(busy, { messageAttributes }),
      { ...requestFor('1', { messageAttributes }), body: broken },
    ]);
    const sent = stage.tap.sends.flatMap(({ entries }) => entries);
    const values = sent.map(({ MessageAttributes = {} }) =>
      new Map(Object.entries(MessageAttributes)).get('__proto__'),
    );
    expect(values).toEqual(Array(2).fill({ DataType: 'String', StringValue: 'kept' }));
  });
});

describe('an event that is no batch', () => {
  it('fails as a whole, and the next is served', async () => {
    const { stage, cluster } = await setRawStage();
    const { pid } = stage.unassign;
    for (const event of ODD_EVENTS) {
      const response = await stage.unassign.invoke(event as SQSEvent);
      expect({ event, response }).toEqual({
        event,
        response: { batchItemFailures: [{ itemIdentifier: '' }] },
      });
    }
    await expectGoodAsNew(stage, cluster, pid);
  });
});

function isNoRequest(body: string): boolean {
  return !/^\s*\{\s*"userTaskKey"\s*:\s*"[1-9]\d{0,18}"\s*\}\s*$/.test(body);
}
