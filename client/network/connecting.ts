// How long connecting may take, where a name has several addresses. For whatever connects: the function, the clients,
// the tools.

/** How long a connection may take to be made, TLS included; milliseconds. */
export const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How long one address of a name may take to answer before the next one is tried; milliseconds. Node.js's own 250 (net,
 * autoSelectFamilyAttemptTimeout) are less than a handshake takes that loses a packet, which is sent again after a
 * second (RFC 6298), or that goes half around the world: where the other addresses have no route, as IPv6 addresses
 * often have none, such a host is never reached. The last address is given what is left, so that three fit into
 * {@link CONNECT_TIMEOUT_MS}.
 */
export const ADDRESS_TIMEOUT_MS = 2_000;
