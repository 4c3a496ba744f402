// What a Camunda cluster says in each situation, in the words of 8.6 or of 8.8: the stand-in's script.
//
// 8.6 is recorded (recorded/8.6.0). 8.8 is read from its source: ErrorMapper for titles and details,
// UserTaskProcessor for the rejections; what it shares with 8.6 (paths, keys, authentication) is the recording.

/** The versions whose words the stand-in knows. */
export type CamundaVersion = '8.6' | '8.8';

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What can be the matter with a call. */
export type Situation =
  /** Carried out, or nothing to do. */
  | { readonly is: 'done' }
  /** The task is unknown, completed or cancelled. */
  | { readonly is: 'not-found'; readonly key: string }
  /** The task is on its way to another state, in the hands of a task listener. */
  | { readonly is: 'in-transition'; readonly key: string; readonly state: string }
  /** A task listener refused the assignment. */
  | { readonly is: 'denied'; readonly key: string; readonly reason: string }
  /** The text between the slashes is not a 64-bit integer. */
  | { readonly is: 'bad-key'; readonly text: string }
  /** The key's partition does not exist, or the gateway has not heard of it yet. */
  | { readonly is: 'no-partition' }
  /** Backpressure. */
  | { readonly is: 'exhausted'; readonly partition: string }
  | { readonly is: 'disk-full'; readonly partition: string }
  | { readonly is: 'paused'; readonly partition: string }
  /** The gateway cannot reach the broker. */
  | { readonly is: 'no-broker' }
  /** The gateway waited for the broker for 15 s; the command may still be carried out. */
  | { readonly is: 'timeout' }
  /** The connection between gateway and broker was cut. */
  | { readonly is: 'cut' }
  | { readonly is: 'unauthorized'; readonly detail: string }
  | { readonly is: 'wrong-path' }
  | { readonly is: 'wrong-method'; readonly allow: string }
  /** Refused before Camunda's own code: a broken escape in the path, a request line that is too long. */
  | { readonly is: 'bad-request' };

/** The answer of a cluster of that version to a request for `path`. */
export function answerTo(situation: Situation, version: CamundaVersion, path: string): Answer {
  const old = version === '8.6';
  const say = (status: number, title: string, detail: string) => problem(status, title, detail, path);
  const unavailable = (oldTitle: string, detail: string) =>
    old
      ? say(503, oldTitle, `Expected to handle REST API request, but ${detail}`)
      : say(503, 'UNAVAILABLE', `Expected to handle request, but ${detail}`);
  switch (situation.is) {
    case 'done':
      return { status: 204, headers: {}, body: '' };
    case 'not-found':
      return say(404, 'NOT_FOUND', rejection('NOT_FOUND', situation.key, 'but no such user task was found'));
    case 'in-transition':
      return say(
        409,
        'INVALID_STATE',
        rejection('INVALID_STATE', situation.key, `but it is in state '${situation.state}'`),
      );
    case 'denied':
      return say(
        409,
        'INVALID_STATE',
        `Command 'ASSIGN' rejected with code 'INVALID_STATE': Assignment of the User Task with key '${situation.key}' was denied by Task Listener. Reason to deny: '${situation.reason}'`,
      );
    case 'bad-key':
      return say(400, 'Bad Request', `Failed to convert 'userTaskKey' with value: '${situation.text}'`);
    case 'no-partition':
      return unavailable(
        'io.camunda.zeebe.broker.client.api.PartitionNotFoundException',
        'request could not be delivered',
      );
    case 'no-broker':
      return unavailable('java.net.ConnectException', 'there was a connection error with one of the brokers');
    case 'exhausted':
      return say(
        old ? 429 : 503,
        'RESOURCE_EXHAUSTED',
        `Failed to write client request to partition '${situation.partition}', because the request limit is exhausted.`,
      );
    case 'disk-full':
      return say(
        old ? 429 : 503,
        'RESOURCE_EXHAUSTED',
        `Cannot accept requests for partition ${situation.partition}. Broker is out of disk space`,
      );
    case 'paused':
      return pausedAnswer(situation.partition, old, say);
    case 'timeout':
      return say(
        504,
        old ? 'java.util.concurrent.TimeoutException' : 'DEADLINE_EXCEEDED',
        `Expected to handle ${old ? 'REST API ' : ''}request, but request timed out between gateway and broker`,
      );
    case 'cut':
      return say(
        502,
        old ? 'io.atomix.cluster.messaging.MessagingException$ConnectionClosed' : 'ABORTED',
        `Expected to handle ${old ? 'REST API ' : ''}request, but the connection was cut prematurely with the broker; the request may or may not have been accepted, and may not be safe to retry${old ? '' : '.'}`,
      );
    case 'unauthorized':
      return unauthorized(situation.detail, path);
    case 'wrong-path':
      return plain(404, 'Not Found', path);
    case 'wrong-method':
      return plain(405, 'Method Not Allowed', path, { allow: situation.allow });
    case 'bad-request':
      return tomcatBadRequest();
  }
}

/** The headers that Spring Security adds to every answer where authentication is on. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '0',
  'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
  pragma: 'no-cache',
  expires: '0',
  'x-frame-options': 'DENY',
};

type Say = (status: number, title: string, detail: string) => Answer;

function pausedAnswer(partition: string, old: boolean, say: Say): Answer {
  const message = `Processing paused for partition '${partition}'`;
  return old
    ? say(
        500,
        'INTERNAL_ERROR',
        `Received an unexpected error from the broker, code: INTERNAL_ERROR, message: ${message}`,
      )
    : say(503, 'UNAVAILABLE', message);
}

function rejection(code: string, key: string, why: string): string {
  return `Command 'ASSIGN' rejected with code '${code}': Expected to assign user task with key '${key}', ${why}`;
}

function problem(status: number, title: string, detail: string, instance: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...closing(status) },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, instance }),
  };
}

function unauthorized(detail: string, instance: string): Answer {
  const { body } = problem(401, 'Unauthorized', detail, instance);
  return {
    status: 401,
    headers: {
      ...SECURITY_HEADERS,
      'content-type': 'application/problem+json;charset=UTF-8',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** Spring's own error body, without a problem detail. */
function plain(status: number, error: string, path: string, headers: Record<string, string> = {}): Answer {
  const timestamp = new Date().toISOString().replace('Z', '+00:00');
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ timestamp, status, error, path }),
  };
}

/** Tomcat's error page. */
function tomcatBadRequest(): Answer {
  const heading = 'HTTP Status 400 – Bad Request';
  const style =
    'body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b {color:white;background-color:#525D76;} h1 {font-size:22px;} h2 {font-size:16px;} h3 {font-size:14px;} p {font-size:12px;} a {color:black;} .line {height:1px;background-color:#525D76;border:none;}';
  const body = `<!doctype html><html lang="en"><head><title>${heading}</title><style type="text/css">${style}</style></head><body><h1>${heading}</h1></body></html>`;
  return {
    status: 400,
    headers: {
      'content-type': 'text/html;charset=utf-8',
      'content-language': 'en',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    },
    body,
  };
}

/** Tomcat closes the connection after these (Http11Processor, statusDropsConnection). */
function closing(status: number): Record<string, string> {
  return [400, 408, 411, 413, 414, 500, 501, 503].includes(status) ? { connection: 'close' } : {};
}
