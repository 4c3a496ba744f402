/// <reference types="node" preserve="true" />
// The package's main export: the contract and the enqueuer. (The SDK's types want Node's, and say so nowhere.)
export { type ParsedBody, parseBody, UnassignRequest } from './contract.ts';
export { EnqueueError, EnqueueInterruptedError, InvalidRequestError } from './errors.ts';
export {
  DEAD_LETTER_KINDS,
  type DeadLetterKind,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
  type NamedAttribute,
  parseJourney,
} from './journey.ts';
export type { AttributeInput, MessageOptions } from './message-options.ts';
export { QueueAddressError } from './queue-addresses.ts';
export type { RequestInput, UserTaskKey } from './request-input.ts';
export {
  type EnqueueAllOptions,
  type EnqueuedRequest,
  type EnqueueOptions,
  type EnqueueProgress,
  type EnqueueResult,
  type EnqueueSummary,
  type FailedRequest,
  UnassignQueue,
  type UnassignQueueOptions,
} from './unassign-queue.ts';
