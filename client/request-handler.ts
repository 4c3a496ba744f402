// How long the AWS clients wait. Not for the function's own, whose time-outs have to fit into an invocation.

/**
 * For the SDK's `requestHandler`; milliseconds. Time-outs are off by default, and requestTimeout alone only warns (SDK,
 * NodeHttpHandlerOptions).
 */
export const REQUEST_HANDLER = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
} as const;
