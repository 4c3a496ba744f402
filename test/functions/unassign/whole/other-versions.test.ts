// Messages that another version has written, as after a rollback or while two versions take turns, through the built function: they are
// served as they ask, or dead-lettered as malformed. What this version does not know is never taken for less than it says.
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { JOURNEY_ATTRIBUTE } from '../../../../client/contract/journey.ts';
import { ACKNOWLEDGED, journeyOf, record, recordOf, type Stage, setStage } from '../../../support/stage.ts';

const KEY = '2251799813685249';

/** The journey of a copy that was tried twice, as the first version writes it. */
const OLDER_JOURNEY = {
  attempts: 2,
  firstTriedAt: new Date(Date.now() - 290_000).toISOString(),
  firstSentAt: new Date(Date.now() - 300_000).toISOString(),
  firstMessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
};

/** The same with what a later version may add. */
const NEWER_JOURNEY = {
  ...OLDER_JOURNEY,
  senderId: 'AIDA',
  version: 2,
  hops: [{ at: OLDER_JOURNEY.firstTriedAt, status: 503 }],
  kind: 'kind-of-tomorrow',
};

function withJourney(body: object, journey: unknown): SQSRecord {
  const stringValue = typeof journey === 'string' ? journey : JSON.stringify(journey);
  const attribute = { dataType: 'String', stringValue, stringListValues: [], binaryListValues: [] };
  return record(JSON.stringify(body), {
    sentAt: Date.now() - 120_000,
    messageAttributes: { [JOURNEY_ATTRIBUTE]: attribute },
  });
}

/** The methods of the calls about tasks. */
const callsOf = ({ cluster }: Stage) =>
  cluster.calls.filter(({ path }) => path.includes('/user-tasks/')).map(({ method }) => method);

describe('a request that a newer version has written', () => {
  it.each([
    ['a guard that is unknown here', { userTaskKey: KEY, expectedCandidateGroup: 'sales' }],
    [
      'one beside a guard that is known',
      { userTaskKey: KEY, expectedAssignee: 'demo', expectedState: 'CREATED' },
    ],
    ['a known guard in another form', { userTaskKey: KEY, expectedAssignee: { anyOf: ['demo', 'anna'] } }],
    ['several keys', { userTaskKeys: [KEY] }],
    ['a version', { version: 2, userTaskKey: KEY }],
  ])('with %s is a dead letter without a call', async (_what, body) => {
    const stage = await setStage();
    expect(await stage.invoke([record(JSON.stringify(body))])).toEqual(ACKNOWLEDGED);
    expect([callsOf(stage), journeyOf(stage.deadLettered()[0])?.kind]).toEqual([[], 'malformed']);
    expect(stage.deadLettered()[0]?.MessageBody).toBe(JSON.stringify(body));
  });
});

describe.each([
  ['an older version', OLDER_JOURNEY],
  ['a newer version', NEWER_JOURNEY],
  ['a version whose journeys cannot be read here', 'v2;attempts=2'],
])('a copy with a journey of %s', (_version, journey) => {
  it('is carried out', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'demo' });
    expect(await stage.invoke([withJourney({ userTaskKey: task.key }, journey)])).toEqual(ACKNOWLEDGED);
    expect([task.assignee, stage.tap.sends]).toEqual([null, []]);
  });

  it('keeps its guard', async () => {
    const stage = await setStage();
    const task = stage.cluster.tasks.create({ assignee: 'anna' });
    const request = withJourney({ userTaskKey: task.key, expectedAssignee: 'demo' }, journey);
    expect(await stage.invoke([request])).toEqual(ACKNOWLEDGED);
    expect([callsOf(stage), task.assignee]).toEqual([['GET'], 'anna']);
  });

  it('has its guard and its end on the next copy, too', async () => {
    const stage = await setStage({ cluster: { paused: true } });
    const { key } = stage.cluster.tasks.create({ assignee: 'demo' });
    const body = { userTaskKey: key, expiresAt: '2999-01-01T00:00:00Z', expectedAssignee: 'demo' };
    await stage.invoke([withJourney(body, journey)]);
    const [copy] = stage.requeued();
    expect(copy?.MessageBody).toBe(JSON.stringify(body));
    expect(copy && recordOf(copy).messageAttributes[JOURNEY_ATTRIBUTE]?.stringValue).toContain('attempts');
  });
});

it('the first send of a journey that both versions know counts on', async () => {
  const stage = await setStage({ cluster: { paused: true } });
  await stage.invoke([withJourney({ userTaskKey: KEY }, NEWER_JOURNEY)]);
  expect(journeyOf(stage.requeued()[0])).toMatchObject({
    firstSentAt: OLDER_JOURNEY.firstSentAt,
    firstMessageId: OLDER_JOURNEY.firstMessageId,
    senderId: 'AIDA',
  });
});
