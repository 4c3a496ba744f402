// What callers may write for a request, brought into the form that the contract has. Pure.
import { kindOf, type ParsedBody, parseRequest, type UnassignRequest } from '../contract/request.ts';

/** A user task's key: a string of digits, or a bigint. Never a number, which loses digits above 2^53-1. */
export type UserTaskKey = string | bigint;

/**
 * Where an object that is more than a request, such as a task that was found, has its request, so that it can be
 * enqueued as it is.
 */
export const REQUEST: unique symbol = Symbol.for('camunda-unassign.request');

/** A request as a caller may write it: the key alone, or with what else a request can say. */
export type RequestInput =
  | UserTaskKey
  | { readonly [REQUEST]: object }
  | {
      readonly userTaskKey: UserTaskKey;
      /** ISO 8601 with seconds and offset where it is a string; null as if it were not there. */
      readonly expiresAt?: string | Date | null | undefined;
      /**
       * Only while this person has the task: see {@link UnassignRequest}. Leave it out for whoever has the task;
       * undefined, null and an empty string are refused, since a guard may be empty by mistake.
       */
      readonly expectedAssignee?: string;
    };

/** What holds for requests that do not say it themselves. */
export type RequestDefaults = Pick<Partial<UnassignRequest>, 'expiresAt' | 'expectedAssignee'>;

/**
 * Checks one input against the contract. Never throws: what breaks it comes back with the reason.
 */
export function readRequest(input: RequestInput, defaults: RequestDefaults = {}): ParsedBody {
  const shown = fieldsOf(input);
  if (shown === undefined) return { ok: false, reason: `expected ${EXPECTED_INPUT}, got ${kindOf(input)}` };
  return parseRequest(normalised(shown, defaults), shown, NUMBER_HINT);
}

const EXPECTED_INPUT =
  'a key as a string or a bigint, or an object such as { userTaskKey: "2251799813685249" }';

const NUMBER_HINT =
  'a JavaScript number loses digits above 2^53-1, which keys from partition 4 on exceed: pass the key as a ' +
  'string or a bigint from where it was read';

/** Undefined where it is neither a key, or what was meant as one, nor an object with fields. */
function fieldsOf(input: unknown): Record<string, unknown> | undefined {
  if (typeof input === 'string' || typeof input === 'bigint' || typeof input === 'number') {
    return { userTaskKey: input };
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  return { ...(REQUEST in input ? Object(input[REQUEST]) : input) };
}

/** What is there counts, for an expected assignee also where it is nothing. */
function normalised(
  fields: Record<string, unknown>,
  { expiresAt, ...rest }: RequestDefaults,
): Record<string, unknown> {
  const request: Record<string, unknown> = { ...rest, ...fields };
  if (typeof request['userTaskKey'] === 'bigint') request['userTaskKey'] = String(request['userTaskKey']);
  request['expiresAt'] = isoOf(request['expiresAt']) ?? expiresAt;
  if (request['expiresAt'] === undefined) delete request['expiresAt'];
  return request;
}

/** As the contract has it; what is no time stays what it is, so that the contract can say so. */
export function isoOf(time: unknown): unknown {
  return time instanceof Date && !Number.isNaN(time.getTime()) ? time.toISOString() : time;
}
