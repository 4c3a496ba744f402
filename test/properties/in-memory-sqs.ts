// Two queues in memory, as strict as SQS and as faulty as a script says, that remember every send.
import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import type { BatchAnswer } from '../../client/sqs/send-faults.ts';
import type { SendBatch } from '../../functions/unassign/sending/settlement.ts';
import { sqsViolations } from '../support/sqs-rules.ts';
import type { Lifeline } from './lifeline.ts';
import { sleep } from './virtual-time.ts';

export const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/unassign';
export const DEAD_LETTER_QUEUE_URL = `${QUEUE_URL}-dead-letters`;

/** What goes wrong with one send. All but `thrown` take their time, and end early when their signal says so. */
export type SendFault =
  | { readonly kind: 'none'; readonly latencyMs: number }
  /** These entries, counted modulo their number, are not taken; the others are. */
  | {
      readonly kind: 'failed-entries';
      readonly latencyMs: number;
      readonly which: readonly number[];
      readonly code: string;
      readonly senderFault: boolean;
    }
  /** Rejected: nothing was taken, or all was and only the answer is lost. */
  | { readonly kind: 'rejected'; readonly latencyMs: number; readonly taken: boolean }
  /** Refused whole by SQS, as the SDK throws it: nothing was taken. */
  | { readonly kind: 'refused'; readonly latencyMs: number; readonly code: string }
  | { readonly kind: 'thrown' }
  /** Never answers. */
  | { readonly kind: 'hangs'; readonly taken: boolean }
  /** Answers with neither list. */
  | { readonly kind: 'says-nothing'; readonly latencyMs: number; readonly taken: boolean }
  /** Answers that all were taken and that all failed. */
  | { readonly kind: 'contradicts-itself'; readonly latencyMs: number; readonly taken: boolean };

/** One entry of a send. */
export interface Sent {
  readonly queueUrl: string;
  readonly entry: SendMessageBatchRequestEntry;
  /** It is on the queue. */
  readonly taken: boolean;
  /** What the function was told; `doubtful` until it was told anything else. */
  fate: 'confirmed' | 'failed' | 'refused' | 'doubtful';
}

/** The queues, as far as the function sees them. */
export interface InMemorySqs {
  readonly send: SendBatch;
  /** Every entry of every send, in order. */
  readonly sent: Sent[];
  /** What real SQS would have refused. */
  readonly violations: string[];
}

/**
 * @param fault asked about each send; the first has the number 0
 * @param onTaken told of each entry that is on a queue now
 */
export function createInMemorySqs(
  fault: (sendNumber: number) => SendFault,
  lifeline: Lifeline,
  onTaken: (queueUrl: string, entry: SendMessageBatchRequestEntry) => void = () => {},
): InMemorySqs {
  const sent: Sent[] = [];
  const violations: string[] = [];
  let sends = 0;

  async function play(how: SendFault, batch: readonly Sent[], signal: AbortSignal): Promise<BatchAnswer> {
    await lifeline.pass();
    for (const { queueUrl, entry, taken } of batch) if (taken) onTaken(queueUrl, entry);
    const latencyMs = 'latencyMs' in how ? how.latencyMs : Number.POSITIVE_INFINITY;
    await until(signal, latencyMs);
    await lifeline.pass();
    if (signal.aborted || how.kind === 'rejected') throw new Error('socket hang up');
    if (how.kind === 'refused') throw refused(how.code, batch);
    return answerOf(how, batch);
  }

  return {
    sent,
    violations,
    send(queueUrl, entries, signal) {
      const how = fault(sends);
      sends += 1;
      violations.push(...sqsViolations(entries));
      const batch = entries.map((entry, index): Sent => {
        const sentEntry = {
          queueUrl,
          entry,
          taken: isTaken(how, index, entries.length, signal),
          fate: 'doubtful' as const,
        };
        return sentEntry;
      });
      sent.push(...batch);
      if (how.kind === 'thrown') throw new Error('a bug in the SDK');
      return play(how, batch, signal);
    },
  };
}

function isTaken(how: SendFault, index: number, count: number, signal: AbortSignal): boolean {
  if (signal.aborted || how.kind === 'thrown' || how.kind === 'refused') return false;
  if (how.kind === 'failed-entries') return !fails(how, index, count);
  return how.kind === 'none' || how.taken;
}

function fails(how: Extract<SendFault, { kind: 'failed-entries' }>, index: number, count: number): boolean {
  return how.which.some((which) => which % count === index);
}

/** After this the function knows. */
function refused(code: string, batch: readonly Sent[]): Error {
  for (const entry of batch) entry.fate = 'refused';
  return Object.assign(new Error('by the test'), { name: code, $metadata: { httpStatusCode: 400 } });
}

/** After this the function knows. */
function answerOf(how: SendFault, batch: readonly Sent[]): BatchAnswer {
  if (how.kind === 'says-nothing') return { Successful: [{ Id: '' }], Failed: [{ ...FAILURE, Id: '99' }] };
  const idsOf = (which: readonly Sent[]) => which.map(({ entry: { Id } }) => ({ Id }));
  const failed = (which: readonly Sent[], failure: typeof FAILURE) =>
    which.map(({ entry: { Id } }) => ({ ...failure, Id }));
  if (how.kind === 'contradicts-itself') return { Successful: idsOf(batch), Failed: failed(batch, FAILURE) };
  for (const entry of batch) entry.fate = entry.taken ? 'confirmed' : 'failed';
  const failure =
    how.kind === 'failed-entries' ? { ...FAILURE, Code: how.code, SenderFault: how.senderFault } : FAILURE;
  return {
    Successful: idsOf(batch.filter(({ taken }) => taken)),
    Failed: failed(
      batch.filter(({ taken }) => !taken),
      failure,
    ),
  };
}

const FAILURE = { Code: 'InvalidMessageContents', Message: 'by the test', SenderFault: true };

function until(signal: AbortSignal, latencyMs: number): Promise<void> {
  if (signal.aborted || latencyMs === 0) return Promise.resolve();
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  return latencyMs === Number.POSITIVE_INFINITY ? aborted : Promise.race([aborted, sleep(latencyMs)]);
}

const latencyMs = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4_000, max: 70_000 }) },
);
const taken = fc.boolean();

/** Any fault. */
export const sendFault: fc.Arbitrary<SendFault> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('none' as const), latencyMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('failed-entries' as const),
      latencyMs,
      which: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 10 }),
      code: fc.constantFrom('InternalError', 'RequestThrottled', 'InvalidMessageContents', ''),
      senderFault: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rejected' as const), latencyMs, taken }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      latencyMs,
      code: fc.constantFrom('InvalidMessageContents', 'AccessDenied'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('thrown' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hangs' as const), taken }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('says-nothing' as const), latencyMs, taken }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('contradicts-itself' as const), latencyMs, taken }) },
);
