// What a dead letter comes to in a list, in an export, and when it is redriven: each field, known and unknown.
import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { FAILURE_ATTRIBUTE, formatJourney, JOURNEY_ATTRIBUTE } from '../../../client/contract/journey.ts';
import { readDeadLetter } from '../../../client/dead-letters/dead-letter.ts';
import { adviceFor, exportLine, planDiscard } from '../../../client/dead-letters/index.ts';
import { redriveMessage } from '../../../client/dead-letters/redrive-message.ts';
import { journey } from '../../support/messages.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const SENT_AT = '2026-11-23T11:00:00.000Z';
const ARN = 'arn:aws:sqs:eu-central-1:123456789012:unassign';

function read(body: string, wish: Partial<Message> = {}) {
  const { Attributes, ...rest } = wish;
  return readDeadLetter(
    {
      MessageId: 'm-1',
      Body: body,
      Attributes: { SentTimestamp: String(Date.parse(SENT_AT)), ...Attributes },
      ...rest,
    },
    NOW,
  );
}

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

const MEMORY = journey({
  kind: 'wrong-state',
  firstSentAt: '2026-11-23T10:00:00.000Z',
  failedAt: '2026-11-23T10:30:00.000Z',
  attempts: 2,
  reason: 'because',
  lastStatus: 409,
  lastTitle: 'INVALID_STATE',
  lastDetail: 'a detail',
  setAside: [{ name: 'put-back', dataType: 'String', stringValue: 'b' }],
});

describe('the line of a dead letter', () => {
  it('has all that the function knew', () => {
    const { setAside: _, ...memory } = MEMORY;
    const body = '{"userTaskKey":"5","expiresAt":"2026-11-23T12:00:00Z"}';
    const letter = read(body, {
      MessageAttributes: { tenant: text('a'), [JOURNEY_ATTRIBUTE]: text(formatJourney(MEMORY)) },
      Attributes: { AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793', MessageGroupId: 'group' },
    });
    expect(exportLine(letter, NOW)).toEqual({
      messageId: 'm-1',
      userTaskKey: '5',
      kind: 'wrong-state',
      status: 409,
      title: 'INVALID_STATE',
      detail: 'a detail',
      reason: 'because',
      attempts: 2,
      sender: 'AROAEXAMPLE:producer',
      firstSentAt: '2026-11-23T10:00:00.000Z',
      redriven: 0,
      redrivenAt: null,
      failedAt: '2026-11-23T10:30:00.000Z',
      expiresAt: '2026-11-23T12:00:00Z',
      wouldReturn: 'expired',
      lostAttributes: [],
      body,
      attributes: {
        tenant: { dataType: 'String', stringValue: 'a' },
        'put-back': { dataType: 'String', stringValue: 'b' },
      },
      messageGroupId: 'group',
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
      sentAt: SENT_AT,
      failure: 'wrong-state: because; 409 INVALID_STATE: a detail',
      journey: memory,
      unreadable: null,
      movedFrom: null,
    });
  });

  it('says null of what nobody knows', () => {
    expect(exportLine(read('hello'), NOW)).toEqual({
      messageId: 'm-1',
      userTaskKey: null,
      kind: 'unexplained',
      status: null,
      title: null,
      detail: null,
      reason: null,
      attempts: null,
      sender: null,
      firstSentAt: SENT_AT,
      redriven: 0,
      redrivenAt: null,
      failedAt: SENT_AT,
      expiresAt: null,
      wouldReturn: 'malformed',
      lostAttributes: [],
      body: 'hello',
      attributes: {},
      messageGroupId: undefined,
      traceHeader: undefined,
      sentAt: SENT_AT,
      failure: 'nothing on it says why it is here',
      journey: null,
      unreadable: null,
      movedFrom: null,
    });
  });

  it('says by whom it was sent and from where SQS moved it', () => {
    const letter = read('{"userTaskKey":"5"}', {
      Attributes: { SenderId: 'AIDAEXAMPLE', DeadLetterQueueSourceArn: ARN },
    });
    expect(exportLine(letter, NOW)).toMatchObject({
      sender: 'AIDAEXAMPLE',
      movedFrom: ARN,
      wouldReturn: null,
    });
  });

  it.each([
    ['in a millisecond', '2026-11-23T12:00:00.001Z', null],
    ['now', '2026-11-23T12:00:00.000Z', 'expired'],
  ])('says whether it would come straight back: it expires %s', (_, expiresAt, wouldReturn) => {
    const letter = read(JSON.stringify({ userTaskKey: '5', expiresAt }));
    expect(exportLine(letter, NOW)).toMatchObject({ expiresAt, wouldReturn });
  });

  it('of a message without a body and an id is a line all the same', () => {
    const letter = readDeadLetter({}, NOW);
    expect(letter).toMatchObject({ messageId: '', body: '', sentAt: NOW });
  });

  it('has the words that somebody else left, where the function explains nothing', () => {
    const letter = read('hello', {
      MessageAttributes: {
        [FAILURE_ATTRIBUTE]: text('in the words\nof somebody else'),
        [JOURNEY_ATTRIBUTE]: text(formatJourney(journey({ lastStatus: 503 }))),
      },
    });
    expect(letter).toMatchObject({ kind: 'unexplained', failure: 'in the words of somebody else' });
  });
});

describe('the key of a dead letter', () => {
  it.each([
    ['behind blanks', '{"userTaskKey" \n : \t "5", "x": 1}', '5'],
    ['in another field', '{"userTaskKey","x":"5"}', undefined],
    ['far into a long body', `${' '.repeat(2_000)}{"userTaskKey":"5"}`, '5'],
  ])('is looked for at its place: %s', (_, body, key) => {
    expect(read(body).userTaskKey).toBe(key);
  });
});

describe('what is not redriven', () => {
  it('says when it expired', () => {
    const letter = read('{"userTaskKey":"5","expiresAt":"2026-11-23T11:59:59Z"}');
    expect(redriveMessage(letter, {}, NOW)).toMatchObject({
      reason: 'expiresAt 2026-11-23T11:59:59Z has passed',
    });
  });

  it('says what is wrong with its body, whatever time it is to get', () => {
    const letter = read('{"userTaskKey":5}');
    expect(redriveMessage(letter, { expiresAt: '2099-01-01T00:00:00Z' }, NOW)).toMatchObject({
      ok: false,
      code: 'Malformed',
    });
  });
});

it('a plan for nothing has no oldest request', () => {
  expect(planDiscard(NOW).plan().oldestRequestAt).toBeUndefined();
});

describe('advice', () => {
  const of = (kind: string, status?: number, title?: string, detail?: string) =>
    adviceFor({ kind, status, title, detail }).meaning;

  it.each([
    ['another kind with a 503', of('unavailable-too-long', 503), of('unavailable-too-long')],
    ['another kind with a bare answer', of('failed-repeatedly', 403), of('failed-repeatedly')],
    [
      'another kind of a suspended instance',
      of('rejected', 400, 'INVALID', 'the process instance is suspended'),
      of('rejected'),
    ],
    ['another state', of('wrong-state', 409, 'INVALID_STATE', 'but it is completed'), of('wrong-state')],
  ])('for %s is that of its kind', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});
