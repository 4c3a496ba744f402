// Everything about one dead letter, as `dead-letters show` has it. Pure.
import { adviceFor, type DeadLetter, exportLine } from '../../../client/dead-letters/index.ts';
import type { JourneyStep, MessageAnswer } from '../api.ts';
import type { Row } from '../snapshot/row.ts';

/** What is known beside the snapshot. */
export interface KnownOfMessage {
  readonly retentionSeconds: number | undefined;
  readonly verdict: MessageAnswer['verdict'];
  readonly command: string;
}

/** @param now epoch milliseconds */
export function messageAnswer(
  row: Row,
  { retentionSeconds, verdict, command }: KnownOfMessage,
  now: number,
): MessageAnswer {
  const { letter, cut } = row.read();
  const { request, userTaskKey } = letter;
  return {
    letter: exportLine(letter, now),
    cut: cut ?? null,
    groupId: row.groupId,
    advice: adviceFor(letter),
    request: request.ok
      ? { ok: true, expectedAssignee: request.request.expectedAssignee ?? null }
      : { ok: false, reason: request.reason },
    steps: stepsOf(letter, retentionSeconds, now),
    verdict,
    logsQuery: userTaskKey === undefined ? null : logsQuery(userTaskKey),
    command,
  };
}

/**
 * The life of one task in the function's log, as the saved query of that name has it (infra/logs.yml). Keys are digits.
 */
export function logsQuery(userTaskKey: string): string {
  return [
    `filter userTaskKey = "${userTaskKey}"`,
    '| fields @timestamp, outcome, kind, status, title, detail, reason, cause, attempts, receiveCount, delaySeconds,',
    '    firstMessageId, messageId',
    '| sort @timestamp asc',
    '| limit 1000',
  ].join('\n');
}

/** Where a dead letter has been, and what will become of it, in the order of time. */
export function stepsOf(
  letter: DeadLetter,
  retentionSeconds: number | undefined,
  now: number,
): JourneyStep[] {
  const { firstSentAt, redrivenAt, redriven, sentAt, failedAt, failure, movedFrom, journey, request } =
    letter;
  const steps: (readonly [JourneyStep['event'], number | undefined, string])[] = [
    ['sent', firstSentAt, `sent by ${letter.sender ?? 'somebody'}`],
    ['redriven', redrivenAt, `redriven${redriven > 1 ? `, the ${redriven}th time` : ''}`],
    ['first-call', timeIn(journey?.firstTriedAt, sentAt), firstCallText(letter)],
    ...deathOf({ failedAt, sentAt, failure, movedFrom }),
    ['expires', timeIn(request.ok ? request.request.expiresAt : undefined), 'nobody wants it any more'],
    [
      'deleted',
      retentionSeconds === undefined ? undefined : sentAt + retentionSeconds * 1000,
      'SQS deletes it, at the end of its retention',
    ],
  ];
  return steps
    .flatMap(([event, time, text]) =>
      time === undefined ? [] : [{ at: new Date(time).toISOString(), event, text, ahead: time > now }],
    )
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** SQS does not say when it moved a message. */
function deathOf({
  failedAt,
  sentAt,
  failure,
  movedFrom,
}: Pick<DeadLetter, 'failedAt' | 'sentAt' | 'failure' | 'movedFrom'>): [
  JourneyStep['event'],
  number,
  string,
][] {
  if (movedFrom !== undefined) return [['moved', sentAt, `sent for the last time; since then ${failure}`]];
  return [
    ['failed', failedAt, failure],
    ['arrived', sentAt, 'sent to the dead-letter queue'],
  ];
}

function firstCallText({ attempts }: DeadLetter): string {
  if (attempts === undefined || attempts <= 1) return 'the cluster was called';
  return `the cluster was called for the first time of ${attempts}`;
}

function timeIn(text: string | undefined, latest = Number.POSITIVE_INFINITY): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.min(time, latest);
}
