/// <reference types="node" preserve="true" />
// The package's main export: the contract and the enqueuer. (The SDK's types want Node's, and say so nowhere.)

export {
  DEAD_LETTER_KINDS,
  type DeadLetterKind,
  FAILURE_ATTRIBUTE,
  JOURNEY_ATTRIBUTE,
  type Journey,
  type MessageAttribute,
  type NamedAttribute,
  parseJourney,
} from './contract/journey.ts';
export { type ParsedBody, parseBody, UnassignRequest } from './contract/request.ts';
export { ProxySettingError } from './network/proxies.ts';
export { EnqueueError, EnqueueInterruptedError, InvalidRequestError } from './sending/errors.ts';
export type { AttributeInput, MessageOptions } from './sending/message-options.ts';
export { QueueAddressError } from './sending/queue-addresses.ts';
export type { UnassignQueueOptions } from './sending/queue-options.ts';
export type { RequestInput, UserTaskKey } from './sending/request-input.ts';
export type { EnqueuedRequest, EnqueueResult, EnqueueSummary, FailedRequest } from './sending/results.ts';
export {
  type EnqueueAllOptions,
  type EnqueueOptions,
  type EnqueueProgress,
  UnassignQueue,
} from './sending/unassign-queue.ts';
