// What is to be enqueued, and the messages that it comes to. Pure.
import type { OutgoingMessage } from '../../client/sending/send-messages.ts';
import type { ConnectionChoice } from '../connection.ts';
import type { OutputFormat } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CheckedInput } from './check.ts';
import type { InputFormat } from './input.ts';
import type { InputLine, RequestLine } from './request-line.ts';

/** What is to be enqueued, and how. */
export interface EnqueueOrder {
  readonly source:
    | { readonly from: 'keys'; readonly keys: readonly string[] }
    | { readonly from: 'file'; readonly path: string; readonly format: InputFormat };
  readonly connection: ConnectionChoice;
  readonly defaults: MessageDefaults;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly skipInvalid: boolean;
  readonly failedTo: string | undefined;
  readonly output: OutputFormat;
}

/** What holds for every message that does not say it itself; the delay holds for all. */
export interface MessageDefaults {
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
  readonly delaySeconds?: number | undefined;
  readonly messageGroupId?: string | undefined;
}

/** An order whose input has been read once, and checked. */
export interface Job {
  readonly order: EnqueueOrder;
  /** Of the input, for people. */
  readonly name: string;
  readonly read: () => Iterable<InputLine> | AsyncIterable<InputLine>;
  readonly checked: CheckedInput;
  readonly surroundings: Surroundings;
}

/** A request as it is to stand on the queue. Pure. */
export function messageOf(line: RequestLine, defaults: MessageDefaults): OutgoingMessage {
  const { request, body, attributes, traceHeader } = line;
  const { expiresAt, delaySeconds, messageGroupId } = defaults;
  const isOpen = expiresAt !== undefined && request.expiresAt === undefined;
  return {
    body: isOpen ? JSON.stringify({ ...request, expiresAt }) : body,
    attributes,
    delaySeconds,
    messageGroupId: line.messageGroupId ?? messageGroupId,
    traceHeader,
  };
}
