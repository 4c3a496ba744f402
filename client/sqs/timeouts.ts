// How long the AWS clients wait. Not for the function's own, whose time-outs have to fit into an invocation.
import { ADDRESS_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from './connecting.ts';

/** By its agents, since a library must not change what Node.js does for the rest of its process. */
const AGENT = { autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS } as const;

/**
 * For the SDK's `requestHandler`; milliseconds. Time-outs are off by default, and requestTimeout alone only warns (SDK,
 * NodeHttpHandlerOptions).
 */
export const REQUEST_HANDLER = {
  connectionTimeout: CONNECT_TIMEOUT_MS,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
  httpAgent: AGENT,
  httpsAgent: AGENT,
} as const;
