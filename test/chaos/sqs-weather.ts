// What can go wrong with sends to SQS, kind by kind.
import { CALM, type SendPlay, type Weather } from './weather.ts';

function error(name: string, status: number, type: string, sent: boolean): SendPlay {
  return { name, fault: { kind: 'error', status, type, sent } };
}

function failed(name: string, which: 'some' | 'all', code: string, senderFault: boolean): SendPlay {
  return { name, fault: { kind: 'failed-entries', which, code, senderFault } };
}

/** All weather over SQS. */
export const SEND_WEATHER: readonly Weather<SendPlay>[] = [
  CALM,
  {
    name: 'throttled',
    share: 0.5,
    plays: [
      error('throttled', 400, 'com.amazonaws.sqs#RequestThrottled', false),
      failed('throttled entries', 'all', 'ThrottlingException', true),
    ],
  },
  {
    name: 'failed entries',
    share: 0.5,
    plays: [
      failed('some failed, fault of SQS', 'some', 'InternalError', false),
      failed("some failed, sender's fault", 'some', 'InvalidParameterValue', true),
      failed('all failed, fault of SQS', 'all', 'InternalError', false),
      failed("all failed, sender's fault", 'all', 'AccessDenied', true),
    ],
  },
  {
    name: 'resets',
    share: 0.5,
    plays: [
      { name: 'reset before the send', fault: { kind: 'reset', sent: false } },
      { name: 'reset after the send', fault: { kind: 'reset', sent: true } },
    ],
  },
  {
    name: 'errors',
    share: 0.5,
    plays: [
      error('500 before the send', 500, 'InternalFailure', false),
      error('503 before the send', 503, 'ServiceUnavailable', false),
      error('500 after the send', 500, 'InternalFailure', true),
      error('403', 403, 'AccessDeniedException', false),
    ],
  },
  {
    name: 'hangs',
    share: 0.1,
    plays: [
      { name: 'hang before the send', fault: { kind: 'hang', sent: false } },
      { name: 'hang after the send', fault: { kind: 'hang', sent: true } },
    ],
  },
  {
    name: 'silence',
    share: 0.4,
    plays: [{ name: '200 that says nothing', fault: { kind: 'silent-success' } }],
  },
  {
    name: 'deaths',
    share: 0.05,
    plays: [
      { name: 'killed before the send', kill: true, fault: { kind: 'hang', sent: false } },
      { name: 'killed after the send', kill: true, fault: { kind: 'hang', sent: true } },
    ],
  },
];
