// What to enqueue, and the messages that it comes to. Pure.
import { formatRequest } from '../../client/contract/request.ts';
import type { OutgoingMessage } from '../../client/sending/send-messages.ts';
import type { TaskSelection } from '../../client/tasks/index.ts';
import type { ConnectionChoice } from '../connection.ts';
import type { OutputFormat } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CheckedInput } from './check.ts';
import { formatOf, type InputFormat } from './input.ts';
import type { InputLine, RequestLine } from './request-line.ts';
import type { TaskPlan } from './task-plan.ts';

/** What to enqueue, and how. */
export interface EnqueueOrder {
  readonly source: { readonly from: 'keys'; readonly keys: readonly string[] } | FileSource | TaskSource;
  readonly connection: ConnectionChoice;
  readonly defaults: MessageDefaults;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly skipInvalid: boolean;
  readonly failedTo: string | undefined;
  readonly output: OutputFormat;
}

/** Files that hold requests. */
export interface FileSource {
  readonly from: 'files';
  readonly paths: readonly string[];
  /** Of all of them; undefined where their names say it. */
  readonly format: InputFormat | undefined;
  /** A CSV's column with the keys, where it is not `userTaskKey`. */
  readonly column: string | undefined;
  /** A task's assignee becomes the expected one. */
  readonly withAssignee: boolean;
  /** Lines before this one are passed over; 1 for none. */
  readonly fromLine: number;
}

/** Tasks that the cluster is searched for. */
export interface TaskSource {
  readonly from: 'tasks';
  /** Without those people whom a file names. */
  readonly selection: Omit<TaskSelection, 'assignees'> & { readonly assignees?: readonly string[] };
  readonly assigneesFile: string | undefined;
  /** Each request names who has the task. */
  readonly guard: boolean;
}

/** What holds for every message that does not say it itself; the delay holds for all. */
export interface MessageDefaults {
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
  /** Only while this person has the task. */
  readonly expectedAssignee?: string | undefined;
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
  /** Of a search for tasks. */
  readonly plan?: TaskPlan | undefined;
  readonly surroundings: Surroundings;
}

/** The files that an order names. Pure. */
export function pathsOf({ source }: EnqueueOrder): readonly string[] {
  return source.from === 'files' ? source.paths : [];
}

/** The format of the first file, whose name may have said nothing; undefined without files. Pure. */
export function formatIn(source: EnqueueOrder['source']): InputFormat | undefined {
  if (source.from !== 'files') return undefined;
  return source.format ?? formatOf(source.paths[0] ?? '');
}

/** What `json` says of a search for tasks beside all else. Pure. */
export function planIn({ plan }: Job): { readonly plan?: TaskPlan } {
  return plan === undefined ? {} : { plan };
}

/** A request as it is to stand on the queue. Pure. */
export function messageOf(line: RequestLine, defaults: MessageDefaults): OutgoingMessage {
  const { attributes, traceHeader } = line;
  const { delaySeconds, messageGroupId } = defaults;
  return {
    body: bodyOf(line, defaults),
    attributes,
    delaySeconds,
    messageGroupId: line.messageGroupId ?? messageGroupId,
    traceHeader,
  };
}

/** Verbatim where the defaults say nothing that the request does not say itself. */
function bodyOf({ request, body }: RequestLine, { expiresAt, expectedAssignee }: MessageDefaults): string {
  const added = {
    ...(request.expiresAt === undefined && expiresAt !== undefined && { expiresAt }),
    ...(request.expectedAssignee === undefined && expectedAssignee !== undefined && { expectedAssignee }),
  };
  return Object.keys(added).length === 0 ? body : formatRequest({ ...request, ...added });
}
