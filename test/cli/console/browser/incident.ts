// The incident of these tests: five hundred dead letters of a night, of several causes.
import type { DeadLetterKind, Journey } from '../../../../client/contract/journey.ts';
import { journeyOf } from '../../../../functions/unassign/request.ts';
import { deadLetterCopy } from '../../../../functions/unassign/sending/copy.ts';
import type { Burial, DeadLetterStage } from '../../../client/dead-letters/dead-letter-stage.ts';
import { message } from '../../../support/messages.ts';

const HOUR_MS = 3_600_000;

interface Cause {
  readonly kind: DeadLetterKind;
  readonly end: Omit<Partial<Journey>, 'kind' | 'failedAt' | 'firstSentAt'>;
  readonly share: number;
  /** How many hours ago, from 0 to 1. */
  readonly age: (random: number) => number;
  readonly body?: (key: string) => object;
}

const CAUSES: readonly Cause[] = [
  {
    kind: 'wrong-state',
    end: {
      lastStatus: 409,
      lastTitle: 'INVALID_STATE',
      lastDetail:
        "Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to assign user task with key 'KEY', but it is in state 'ASSIGNING'",
    },
    share: 0.62,
    age: (random) => 1.5 + 2.5 * random ** 2,
  },
  {
    kind: 'not-found',
    end: {
      lastStatus: 404,
      lastTitle: 'NOT_FOUND',
      lastDetail: "Expected to assign user task with key 'KEY', but no such user task was found",
    },
    share: 0.2,
    age: (random) => 90 * random,
  },
  {
    kind: 'unavailable-too-long',
    end: {
      lastStatus: 503,
      lastTitle: 'UNAVAILABLE',
      lastDetail: 'Expected to handle request, but there was a connection error with one of the brokers',
      reason: 'still unavailable 24 h after the first call',
    },
    share: 0.08,
    age: (random) => 30 + 3 * random,
  },
  {
    kind: 'expired',
    end: { reason: 'expiresAt had passed' },
    share: 0.05,
    age: (random) => 60 * random,
    body: (userTaskKey) => ({ userTaskKey, expiresAt: '2026-01-01T00:00:00Z' }),
  },
  {
    kind: 'malformed',
    end: { reason: 'unknown field "assignee": expected userTaskKey, expiresAt or expectedAssignee' },
    share: 0.04,
    age: (random) => 12 * random,
    body: (userTaskKey) => ({ userTaskKey, assignee: 'anna' }),
  },
  {
    kind: 'foreign-answer',
    end: { lastStatus: 403, lastContentType: 'text/html', lastBody: '<html><title>Request blocked' },
    share: 0.01,
    age: (random) => 20 * random,
  },
];

const SENDERS = [
  'AROAEXAMPLE:order-service',
  'AROAEXAMPLE:order-service',
  'AROAEXAMPLE:mailroom',
  'AIDAEXAMPLE',
];

/** So many dead letters, always the same but for the time: the last came half an hour ago. */
export function incident(count: number, now: number): Burial[] {
  const random = createRandom();
  return Array.from({ length: count }, (_, index) => {
    const key = String(2251799813685249n + BigInt(index));
    const { kind, end, age, body } = causeAt(random());
    const failedAt = now - (0.5 + age(random())) * HOUR_MS;
    const iso = (hoursBefore: number) => new Date(failedAt - hoursBefore * HOUR_MS).toISOString();
    const isGuarded = random() < 0.3;
    const request =
      body?.(key) ?? (isGuarded ? { userTaskKey: key, expectedAssignee: 'demo' } : { userTaskKey: key });
    const wasRedriven = random() < 0.1;
    const dead = message({ body: JSON.stringify(request) });
    const copy = deadLetterCopy(dead, {
      ...journeyOf(dead),
      attempts: kind === 'malformed' ? 0 : 1 + Math.floor(random() * 8),
      firstSentAt: iso(2),
      ...(kind === 'malformed' ? {} : { firstTriedAt: iso(1.9) }),
      senderId: SENDERS[Math.floor(random() * SENDERS.length)] ?? '',
      ...(wasRedriven ? { redriven: 1, redrivenAt: iso(1) } : {}),
      ...end,
      ...(end.lastDetail === undefined ? {} : { lastDetail: end.lastDetail.replace('KEY', key) }),
      failedAt: iso(0),
      kind,
    });
    if (copy === undefined) throw new Error('the function would not send that');
    return copy.entry;
  });
}

/** Of hundred such numbers each cause gets its share. */
function causeAt(share: number): Cause {
  let sum = 0;
  for (const cause of CAUSES) {
    sum += cause.share;
    if (share < sum) return cause;
  }
  throw new Error('the shares make no whole');
}

/** Always the same numbers (Numerical Recipes, "Quick and dirty generators"). */
function createRandom(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/**
 * Makes the queue say that each was sent when it died. The emulator has just got them all, and SQS counts from when a message was
 * sent.
 */
export function sentWhenTheyDied(stage: DeadLetterStage): void {
  stage.play = async ({ name }, ask) => {
    const answer = await ask();
    if (name !== 'ReceiveMessage') return answer;
    const { Messages = [] } = answer as { Messages?: Received[] };
    for (const { Attributes, MessageAttributes } of Messages) {
      const failedAt = /"failedAt":"([^"]+)"/.exec(
        MessageAttributes?.['UnassignJourney']?.StringValue ?? '',
      )?.[1];
      if (Attributes !== undefined && failedAt !== undefined)
        Attributes['SentTimestamp'] = String(Date.parse(failedAt));
    }
    return answer;
  };
}

interface Received {
  readonly Attributes?: Record<string, string>;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}
