// Where `npm start` (infra/local) has its queues and its stand-in cluster unless told otherwise: `--local` looks for them
// there.

/** The port of SQS, on 127.0.0.1. */
export const LOCAL_PORT = 9324;

/** The region and the account that queues say they are in. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '123456789012';

/** The queues' names. */
export const LOCAL_QUEUE = 'unassign';
export const LOCAL_DEAD_LETTER_QUEUE = 'unassign-dead-letters';

/** What the SDK must be given, and what the embedded SQS does not look at. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The port of the stand-in cluster beside an SQS of that port. */
export function localClusterPort(port: number): number {
  return port + 1;
}

/** The port of the console beside an SQS of that port. */
export function localConsolePort(port: number): number {
  return port + 2;
}

/** The address of an SQS, or of a stand-in cluster, on this machine. */
export function localEndpoint(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** The URL that such an SQS gives to a queue. */
export function localQueueUrl(endpoint: string, name: string): string {
  return `${endpoint}/${LOCAL_ACCOUNT}/${name}`;
}
