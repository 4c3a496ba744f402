// What a Camunda cluster says in each situation, in the words of 8.6, 8.8 or 8.10: the stand-in's script.
//
// 8.6 is recorded (recorded/8.6.0), but for assigning and the 403. 8.8 and 8.10 are read from public source
// (github.com/camunda/camunda) and documentation: ErrorMapper and GatewayErrorMapper for statuses and titles,
// UserTaskAssignProcessor, UserTaskClaimProcessor and UserTaskCommandPreconditionValidator for the rejections,
// AuthorizationRequest and ResourceAccessDeniedException for the 403s, GlobalControllerExceptionHandler and
// RequestValidator for the 400s. What they share with 8.6 (paths, keys, authentication) is the recording.
import { type Answer, plain, problem, securityProblem, tomcatBadRequest } from './answer-forms.ts';

/** The versions whose words the stand-in knows, the oldest first. */
export const CAMUNDA_VERSIONS = ['8.6', '8.8', '8.10'] as const;

/** One of {@link CAMUNDA_VERSIONS}. */
export type CamundaVersion = (typeof CAMUNDA_VERSIONS)[number];

/** The engine's commands on a task's assignee: unassigning is assigning nobody, claiming takes nothing from anybody. */
export const COMMANDS = ['ASSIGN', 'CLAIM'] as const;

/** One of {@link COMMANDS}. */
export type Command = (typeof COMMANDS)[number];

/** What can be the matter with a call, and what is told of it. A command is ASSIGN unless it is named. */
interface Situations {
  /** Carried out, or nothing to do. */
  done: unknown;

  // What the engine rejects.
  /** The task is unknown, completed or cancelled. */
  'not-found': { readonly key: string; readonly command?: Command };
  /** The task is on its way to another state, in the hands of a task listener. */
  'in-transition': { readonly key: string; readonly state: string; readonly command?: Command };
  /** A task listener refused the assignment. */
  denied: { readonly key: string; readonly reason: string; readonly command?: Command };
  /** Somebody else has the task, and the assignment was not to override that. */
  'already-assigned': { readonly key: string };
  /** The task's process instance is suspended (8.10). */
  suspended: { readonly instance: string; readonly command?: Command };
  /** The task's process instance was banned after errors (8.10 rejects; 8.6 is recorded and carries the command out). */
  banned: { readonly instance: string; readonly command?: Command };
  /** The caller may not change the task. */
  forbidden: { readonly key: string; readonly processDefinitionId: string; readonly command?: Command };

  // What comes in the way between gateway and broker.
  /** The key's partition does not exist, or the gateway has not heard of it yet. */
  'no-partition': unknown;
  /** Backpressure. */
  exhausted: { readonly partition: string };
  'disk-full': { readonly partition: string };
  paused: { readonly partition: string };
  /** The gateway cannot reach the broker. */
  'no-broker': unknown;
  /** The gateway waited for the broker for 15 s; the command may still be carried out. */
  timeout: unknown;
  /** The connection between gateway and broker was cut. */
  cut: unknown;
  /** The broker answered with an error that is none of the above. */
  internal: { readonly message: string };

  // What reading tasks meets (8.8 and later).
  /** The secondary storage does not have the task (yet). */
  'no-such-document': { readonly key: string };
  /** The caller may not read the task. */
  unreadable: unknown;
  /** The cluster has no secondary storage. */
  'no-storage': unknown;

  // What is wrong with a request.
  /** The text between the slashes is not a 64-bit integer. */
  'bad-key': { readonly text: string };
  'not-json': unknown;
  'no-body': unknown;
  'bad-media-type': { readonly type: string | undefined };
  /** A field that the API does not have, or a value of the wrong type; `path` as in `filter.assignee`. */
  'bad-property': { readonly path: string };
  'bad-enum': { readonly field: string; readonly value: string; readonly allowed: readonly string[] };
  'bad-date': { readonly field: string; readonly value: string };
  'no-assignee': unknown;
  'no-sort-field': unknown;
  'empty-page': unknown;
  /** A page that is asked for in two ways at once. */
  'ambiguous-page': unknown;
  'bad-limit': { readonly limit: number };
  'bad-cursor': { readonly cursor: string };

  // What is refused before a request reaches the API.
  unauthorized: { readonly detail: string };
  'wrong-path': unknown;
  'wrong-method': { readonly allow: string };
  /** Refused by Tomcat: a broken escape in the path, a request line that is too long. */
  'bad-request': unknown;
}

/** What a situation is called. */
export type SituationName = keyof Situations;

/** Those of these names. */
export type SituationOf<K extends SituationName> = { [P in K]: { readonly is: P } & Situations[P] }[K];

/** What can be the matter with a call. */
export type Situation = SituationOf<SituationName>;

/** The answer of a cluster of that version to a request for `path`. */
export function answerTo<K extends SituationName>(
  situation: SituationOf<K>,
  version: CamundaVersion,
  path: string,
): Answer {
  return ANSWERS[situation.is](situation, {
    path,
    since: (words) => spokenBy(version, words),
    say: (status, title, detail) => problem(status, title, detail, path),
  });
}

/** Whether a version is that one or a later one. */
export function isSince(version: CamundaVersion, first: CamundaVersion): boolean {
  return CAMUNDA_VERSIONS.indexOf(version) >= CAMUNDA_VERSIONS.indexOf(first);
}

/** How an answer is put into words. */
interface Words {
  readonly path: string;
  /** What is said from each version on. */
  since<T>(words: Since<T>): T;
  /** Says a problem detail. */
  say(status: number, title: string, detail: string): Answer;
}

type Since<T> = { readonly '8.6': T } & Partial<Readonly<Record<CamundaVersion, T>>>;

function spokenBy<T>(version: CamundaVersion, words: Since<T>): T {
  const known = CAMUNDA_VERSIONS.filter((each) => isSince(version, each) && words[each] !== undefined);
  return words[known.at(-1) ?? '8.6'] ?? words['8.6'];
}

const ANSWERS: { readonly [K in SituationName]: (situation: SituationOf<K>, words: Words) => Answer } = {
  done: () => ({ status: 204, headers: {}, body: '' }),

  'not-found': ({ key, command }, { say }) =>
    say(
      404,
      'NOT_FOUND',
      rejected('NOT_FOUND', command, `${expected(command, key)} no such user task was found`),
    ),
  'in-transition': ({ key, state, command }, { say }) =>
    invalidState(say, command, `${expected(command, key)} it is in state '${state}'`),
  denied: ({ key, reason, command }, { say }) =>
    invalidState(
      say,
      command,
      `Assignment of the User Task with key '${key}' was denied by Task Listener. Reason to deny: '${reason}'`,
    ),
  'already-assigned': ({ key }, { say }) =>
    invalidState(say, 'CLAIM', `${expected('CLAIM', key)} it has already been assigned`),
  suspended: ({ instance, command }, { say }) =>
    invalidState(say, command, `${expectedOf(instance)} is suspended.`),
  banned: ({ instance, command }, { say }) =>
    invalidState(
      say,
      command,
      `${expectedOf(instance)} is banned due to previous errors. The process instance can't be recovered, but it can be cancelled.`,
    ),
  forbidden: ({ key, processDefinitionId, command }, { path, say, since }) => {
    const definition = `${insufficient('UPDATE_USER_TASK', 'PROCESS_DEFINITION')}, ${oneOf(processDefinitionId)}`;
    const task = `${insufficient('UPDATE', 'USER_TASK')}, ${oneOf(key)} or resource must match property constraints '[assignee, candidateGroups, candidateUsers]'`;
    return since({
      // Not recorded: the words of the filter that says 401, for a caller whom it knows.
      '8.6': () => securityProblem(403, 'Forbidden', 'Access Denied', path),
      '8.8': () => say(403, 'FORBIDDEN', rejected('FORBIDDEN', command, definition)),
      '8.10': () => say(403, 'FORBIDDEN', rejected('FORBIDDEN', command, `${definition}; and ${task}`)),
    })();
  },

  'no-partition': (_, words) =>
    unavailable(
      words,
      'io.camunda.zeebe.broker.client.api.PartitionNotFoundException',
      'request could not be delivered',
    ),
  'no-broker': (_, words) =>
    unavailable(words, 'java.net.ConnectException', 'there was a connection error with one of the brokers'),
  exhausted: ({ partition }, words) =>
    exhausted(
      words,
      `Failed to write client request to partition '${partition}', because the request limit is exhausted.`,
    ),
  'disk-full': ({ partition }, words) =>
    exhausted(words, `Cannot accept requests for partition ${partition}. Broker is out of disk space`),
  paused: ({ partition }, { say, since }) => {
    const message = `Processing paused for partition '${partition}'`;
    return since({
      '8.6': () => say(500, 'INTERNAL_ERROR', brokerError('INTERNAL_ERROR', message)),
      '8.8': () => say(503, 'UNAVAILABLE', message),
    })();
  },
  timeout: (_, words) => {
    const { say, since } = words;
    const title = since({ '8.6': 'java.util.concurrent.TimeoutException', '8.8': 'DEADLINE_EXCEEDED' });
    // The last part in our own words: the documentation says that 8.10 names listeners, not how.
    const listeners = since({ '8.6': '', '8.10': '; the command may be waiting for a blocking listener' });
    return say(504, title, `${handling(words)} request timed out between gateway and broker${listeners}`);
  },
  cut: (_, words) => {
    const { say, since } = words;
    const title = since({
      '8.6': 'io.atomix.cluster.messaging.MessagingException$ConnectionClosed',
      '8.8': 'ABORTED',
    });
    const end = since({ '8.6': '', '8.8': '.' });
    return say(
      502,
      title,
      `${handling(words)} the connection was cut prematurely with the broker; the request may or may not have been accepted, and may not be safe to retry${end}`,
    );
  },
  internal: ({ message }, { say, since }) =>
    since({
      '8.6': () => say(500, 'INTERNAL_ERROR', brokerError('INTERNAL_ERROR', message)),
      '8.8': () =>
        say(
          500,
          'INTERNAL',
          `Unexpected error occurred between gateway and broker (code: INTERNAL_ERROR) (message: ${message})`,
        ),
    })(),

  'no-such-document': ({ key }, { say }) => say(404, 'NOT_FOUND', `User Task with key '${key}' not found`),
  unreadable: (_, { say, since }) =>
    say(
      403,
      'FORBIDDEN',
      since({
        '8.6': "Unauthorized to perform operation 'READ_USER_TASK' on resource 'PROCESS_DEFINITION'",
        '8.10':
          "Unauthorized to perform any of the operations: 'READ_USER_TASK' on 'PROCESS_DEFINITION' or 'READ' on 'USER_TASK'",
      }),
    ),
  'no-storage': (_, { say }) =>
    say(
      403,
      'FORBIDDEN',
      "This endpoint requires a secondary storage, but none is set. Secondary storage can be configured using the 'camunda.database.type' property.",
    ),

  'bad-key': ({ text }, words) =>
    unreadableRequest(words, `Failed to convert 'userTaskKey' with value: '${text}'`),
  'not-json': (_, words) => unreadableRequest(words, 'Failed to read request'),
  'no-body': (_, words) => unreadableRequest(words, 'Required request body is missing'),
  'bad-media-type': ({ type }, { say }) =>
    say(415, 'Unsupported Media Type', `Content-Type '${type ?? 'null'}' is not supported.`),
  'bad-property': ({ path }, words) =>
    unreadableRequest(words, `Request property [${path}] cannot be parsed`),
  'bad-enum': ({ field, value, allowed }, { say, since }) =>
    say(
      400,
      since({ '8.6': 'Bad Request', '8.10': 'INVALID_ARGUMENT' }),
      `Unexpected value '${value}' for enum field '${field}'. Use any of the following values: [${allowed.join(', ')}]`,
    ),
  'bad-date': ({ field, value }, words) =>
    invalidArgument(
      words,
      `The provided ${field} '${value}' cannot be parsed as a date according to RFC 3339, section 5.6.`,
    ),
  'no-assignee': (_, words) => invalidArgument(words, 'No assignee provided.'),
  'no-sort-field': (_, words) => invalidArgument(words, 'Sort field must not be null.'),
  'empty-page': (_, words) =>
    unreadableRequest(words, 'At least one of [from, after, before, limit] is required.'),
  'ambiguous-page': (_, words) => unreadableRequest(words, 'Only one of [from, after, before] is allowed.'),
  // The documentation has 1 to 10,000; only the words for a negative number are known.
  'bad-limit': ({ limit }, words) =>
    invalidArgument(
      words,
      `The value for page.limit is '${limit}' but must be ${limit < 0 ? 'a non-negative number' : 'between 1 and 10000'}.`,
    ),
  'bad-cursor': ({ cursor }, words) => invalidArgument(words, `Cannot decode pagination cursor '${cursor}'`),

  unauthorized: ({ detail }, { path }) => securityProblem(401, 'Unauthorized', detail, path),
  'wrong-path': (_, { path }) => plain(404, 'Not Found', path),
  'wrong-method': ({ allow }, { path }) => plain(405, 'Method Not Allowed', path, { allow }),
  'bad-request': () => tomcatBadRequest(),
};

function rejected(code: string, command: Command = 'ASSIGN', why: string): string {
  return `Command '${command}' rejected with code '${code}': ${why}`;
}

function invalidState(say: Words['say'], command: Command | undefined, why: string): Answer {
  return say(409, 'INVALID_STATE', rejected('INVALID_STATE', command, why));
}

function expected(command: Command = 'ASSIGN', key: string): string {
  return `Expected to ${command.toLowerCase()} user task with key '${key}', but`;
}

function expectedOf(instance: string): string {
  return `Expected to process command for process instance with key '${instance}', but the process instance`;
}

function insufficient(permission: string, resource: string): string {
  return `Insufficient permissions to perform operation '${permission}' on resource '${resource}'`;
}

function oneOf(resourceId: string): string {
  return `required resource identifiers are one of '[*, ${resourceId}]'`;
}

function handling({ since }: Words): string {
  return `Expected to handle ${since({ '8.6': 'REST API request', '8.8': 'request' })}, but`;
}

function unavailable(words: Words, oldTitle: string, why: string): Answer {
  return words.say(503, words.since({ '8.6': oldTitle, '8.8': 'UNAVAILABLE' }), `${handling(words)} ${why}`);
}

function exhausted({ say, since }: Words, detail: string): Answer {
  return say(since({ '8.6': 429, '8.8': 503 }), 'RESOURCE_EXHAUSTED', detail);
}

function brokerError(code: string, message: string): string {
  return `Received an unexpected error from the broker, code: ${code}, message: ${message}`;
}

/** What Spring says of a request that it cannot read. */
function unreadableRequest({ say }: Words, detail: string): Answer {
  return say(400, 'Bad Request', detail);
}

/** What Camunda's own validation says. */
function invalidArgument({ say }: Words, detail: string): Answer {
  return say(400, 'INVALID_ARGUMENT', detail);
}
