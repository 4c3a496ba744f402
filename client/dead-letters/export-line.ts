// A dead letter as one line of JSON: the message as its sender sent it, and beside it why it is here. Pure.
import type { Journey } from '../contract/journey.ts';
import type { MessageLine } from '../sending/message-line.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type DeadLetterSummary, summarise } from './summary.ts';

/**
 * What `export` writes about a dead letter; the names are stable. Of these fields `enqueue --file` takes the
 * message's ({@link MessageLine}), and `redrive --from-file` the `messageId` and the `body`.
 */
export interface ExportLine extends MessageLine, DeadLetterSummary {
  /** When this message was sent to the queue that it is on; ISO 8601 in UTC. */
  readonly sentAt: string;
  /** Why, in one line for people. */
  readonly failure: string;
  /** What the function wrote, but for the attributes that it had set aside: they are among `attributes`. */
  readonly journey: Omit<Journey, 'setAside'> | null;
  /** The text of a journey that cannot be read; null where there is none. */
  readonly unreadable: string | null;
  /** The ARN of the queue from which SQS moved it; null where SQS did not. */
  readonly movedFrom: string | null;
}

/**
 * The line of a dead letter.
 *
 * @param now epoch milliseconds, by which a request has expired or not
 */
export function exportLine(letter: DeadLetter, now: number): ExportLine {
  const { setAside: _putBack, ...journey } = letter.journey ?? {};
  return {
    ...summarise(letter, now),
    body: letter.body,
    attributes: Object.fromEntries(letter.attributes),
    messageGroupId: letter.messageGroupId,
    traceHeader: letter.traceHeader,
    sentAt: new Date(letter.sentAt).toISOString(),
    failure: letter.failure,
    journey: letter.journey === undefined ? null : (journey as Omit<Journey, 'setAside'>),
    unreadable: letter.unreadable ?? null,
    movedFrom: letter.movedFrom ?? null,
  };
}
