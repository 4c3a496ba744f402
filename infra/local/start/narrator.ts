// Tells, as it happens, what becomes of each request: from the function's log and the event source's batches.
import { styleText } from 'node:util';
import type { SQSRecord } from 'aws-lambda';
import {
  type DeadLetterKind,
  failureLine,
  JOURNEY_ATTRIBUTE,
  parseJourney,
} from '../../../client/contract/journey.ts';
import { oneLine } from '../../../client/contract/text.ts';
import type { SettledBatch } from '../lambda/event-source.ts';
import type { LogLine } from '../lambda/function-child.ts';
import { shortly } from './dead-letters.ts';

/** Where the telling goes to. */
export interface Audience {
  readonly print: (line: string) => void;
  /** Lines are cut to this many columns; undefined where it is no terminal. */
  readonly columns: () => number | undefined;
  /** Shows the function's own lines, too. */
  readonly verbose: boolean;
  /** Tells of trouble only, where there are too many requests to tell of each. */
  readonly brief: boolean;
}

/** Knows every request that was sent and where it is. */
export class Narrator {
  readonly #audience: Audience;
  /** By the id of the message that the sender sent: copies carry it along. */
  readonly #labels = new Map<string, string>();
  readonly #unsettled = new Set<string>();
  readonly #lines = new Map<string, MessageLine>();

  constructor(audience: Audience) {
    this.#audience = audience;
  }

  /** The requests that were sent and are neither acknowledged nor dead letters yet. */
  get unsettled(): string[] {
    return [...this.#unsettled].map((id) => this.#labels.get(id) ?? id);
  }

  /** A request was sent. */
  sent(messageId: string, label: string, body: string): void {
    this.#labels.set(messageId, label);
    this.#unsettled.add(messageId);
    this.#tell('sent', label, body);
  }

  /** The function wrote a line. */
  heard({ stream, text }: LogLine): void {
    const line = parseLine(text);
    if (typeof line?.messageId === 'string') this.#lines.set(line.messageId, line);
    const alarming = line === undefined || (line.level === 'ERROR' && line.messageId === undefined);
    if (this.#audience.verbose) this.#audience.print(styleText('dim', `${stream}: ${oneLine(text, 4096)}`));
    else if (alarming) this.#tell('function says', '', line?.message ?? text);
  }

  /** Something that is no request's went wrong. */
  alarmed(error: Error): void {
    this.#tell('trouble', '', error.message);
  }

  /** A batch came to its end. */
  settled(batch: SettledBatch): void {
    for (const record of batch.event.Records) {
      const { id, label } = this.#identify(record);
      const line = this.#lines.get(record.messageId);
      this.#lines.delete(record.messageId);
      if (batch.failure !== undefined) {
        this.#tell('redelivered', label, `the batch failed: ${batch.failure}`);
      } else {
        this.#fate(id, label, line, record);
      }
    }
  }

  #identify(record: SQSRecord): { id: string; label: string } {
    const journey = parseJourney(record.messageAttributes[JOURNEY_ATTRIBUTE]?.stringValue ?? '');
    const id = journey?.firstMessageId ?? record.messageId;
    const known = this.#labels.get(id);
    if (known !== undefined) return { id, label: known };
    const label = shortly(record.body);
    this.#labels.set(id, label);
    this.#tell('received', label, record.body);
    return { id, label };
  }

  #fate(id: string, label: string, line: MessageLine | undefined, record: SQSRecord): void {
    if (line === undefined) {
      this.#unsettled.delete(id);
      this.#tell('acknowledged', label, 'the task has no assignee any more');
      return;
    }
    switch (line.outcome) {
      case 'acknowledge':
        this.#unsettled.delete(id);
        this.#tell(
          'acknowledged',
          label,
          `superseded: ${line.assignee} has the task, nothing was unassigned`,
        );
        return;
      case 'requeue':
        this.#tell('requeued', label, `in ${line.delaySeconds} s: ${answerOf(line)}`);
        return;
      case 'dead-letter':
        this.#unsettled.delete(id);
        this.#tell('dead-lettered', label, whyDead(line));
        return;
      default: {
        const times = record.attributes.ApproximateReceiveCount;
        this.#tell(
          'redelivered',
          label,
          `after the visibility timeout (receive ${times}): ${answerOf(line)}`,
        );
      }
    }
  }

  #tell(event: keyof typeof STYLES, label: string, text: string): void {
    if (this.#audience.brief && event !== 'trouble' && event !== 'function says') return;
    const time = new Date().toTimeString().slice(0, 8);
    const head = `${time}  ${event.padEnd(13)}  ${label.padEnd(29)}  `;
    const room = (this.#audience.columns() ?? 1200) - head.length;
    const shown = styleText(STYLES[event], event.padEnd(13));
    this.#audience.print(`${time}  ${shown}  ${label.padEnd(29)}  ${oneLine(text, Math.max(room, 20))}`);
  }
}

const STYLES = {
  sent: 'dim',
  received: 'dim',
  acknowledged: 'green',
  requeued: 'yellow',
  redelivered: 'magenta',
  'dead-lettered': 'red',
  'function says': 'red',
  trouble: 'red',
} as const;

/** The function's line about one message (functions/unassign/telemetry.ts). */
interface MessageLine {
  readonly level?: string;
  readonly message?: string;
  readonly messageId?: string;
  readonly outcome?: string;
  /** Of one that was superseded: `somebody else` or `nobody`. */
  readonly assignee?: string;
  readonly kind?: DeadLetterKind;
  readonly status?: number;
  readonly title?: string;
  readonly detail?: string;
  readonly cause?: string;
  readonly reason?: string;
  readonly delaySeconds?: number;
  readonly sendError?: string;
}

function parseLine(text: string): MessageLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function whyDead({ kind, reason, status, title, detail, cause }: MessageLine): string {
  return failureLine({
    attempts: 0,
    firstSentAt: '',
    firstMessageId: '',
    kind,
    reason,
    lastStatus: status,
    lastTitle: title,
    lastDetail: detail ?? cause,
  });
}

function answerOf({ status, title, cause, sendError, reason }: MessageLine): string {
  const answer = status === undefined ? (cause ?? reason ?? 'no answer') : `${status} ${title ?? ''}`.trim();
  return sendError === undefined ? answer : `${answer}; the copy could not be sent: ${sendError}`;
}
