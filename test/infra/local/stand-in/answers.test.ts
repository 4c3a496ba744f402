import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  answerTo,
  CAMUNDA_VERSIONS,
  type CamundaVersion,
  type Situation,
  type SituationName,
} from '../../../../infra/local/stand-in/answers.ts';
import { SITUATIONS } from './situations.ts';

const PATH = '/v2/user-tasks/2251799813685249/assignee';

/** The module of the official SDK with its schemas; its name has a hash in it. */
async function sdkSchemas(): Promise<Record<string, z.ZodType | undefined>> {
  const folder = new URL('.', import.meta.resolve('@camunda8/orchestration-cluster-api'));
  const modules = readdirSync(folder).filter((name) => /^zod\.gen-.*\.js$/.test(name));
  expect(modules, `the SDK's schemas: one file dist/zod.gen-*.js in ${folder.pathname}`).toHaveLength(1);
  return import(new URL(modules[0] ?? '', folder).href);
}

/** Everything that Camunda says in this form; the others are Spring's plain JSON and Tomcat's page. */
const WITHOUT_PROBLEM_DETAIL: readonly SituationName[] = [
  'done',
  'wrong-path',
  'wrong-method',
  'bad-request',
];

it('says problem details by the schema of the official SDK', async () => {
  const { zProblemDetail } = await sdkSchemas();
  if (zProblemDetail === undefined) throw new Error('The SDK has no zProblemDetail any more.');
  expect(zProblemDetail.safeParse({ title: 'a problem', status: 500 }).success, 'a schema that checks').toBe(
    false,
  );
  for (const version of CAMUNDA_VERSIONS) {
    for (const situation of SITUATIONS) {
      const { status, headers, body } = answerTo(situation, version, PATH);
      const isProblem = headers['content-type']?.startsWith('application/problem+json') === true;
      expect(isProblem, situation.is).toBe(!WITHOUT_PROBLEM_DETAIL.includes(situation.is));
      if (!isProblem) continue;
      const parsed = zProblemDetail.safeParse(JSON.parse(body));
      expect(parsed.success, `${version} ${situation.is}: ${parsed.error}`).toBe(true);
      expect(parsed.data).toMatchObject({ type: 'about:blank', status, instance: PATH });
    }
  }
});

describe('each version has its words', () => {
  const key = '2251799813685249';

  it.each<[Situation, Partial<Record<CamundaVersion, [number, string, string]>>]>([
    [
      { is: 'exhausted', partition: '1' },
      {
        '8.6': [
          429,
          'RESOURCE_EXHAUSTED',
          "Failed to write client request to partition '1', because the request limit is exhausted.",
        ],
        '8.8': [
          503,
          'RESOURCE_EXHAUSTED',
          "Failed to write client request to partition '1', because the request limit is exhausted.",
        ],
      },
    ],
    [
      { is: 'no-partition' },
      {
        '8.6': [
          503,
          'io.camunda.zeebe.broker.client.api.PartitionNotFoundException',
          'Expected to handle REST API request, but request could not be delivered',
        ],
        '8.8': [503, 'UNAVAILABLE', 'Expected to handle request, but request could not be delivered'],
      },
    ],
    [
      { is: 'paused', partition: '3' },
      {
        '8.6': [
          500,
          'INTERNAL_ERROR',
          "Received an unexpected error from the broker, code: INTERNAL_ERROR, message: Processing paused for partition '3'",
        ],
        '8.8': [503, 'UNAVAILABLE', "Processing paused for partition '3'"],
      },
    ],
    [
      { is: 'timeout' },
      {
        '8.6': [
          504,
          'java.util.concurrent.TimeoutException',
          'Expected to handle REST API request, but request timed out between gateway and broker',
        ],
        '8.8': [
          504,
          'DEADLINE_EXCEEDED',
          'Expected to handle request, but request timed out between gateway and broker',
        ],
        '8.10': [
          504,
          'DEADLINE_EXCEEDED',
          'Expected to handle request, but request timed out between gateway and broker; the command may be waiting for a blocking listener',
        ],
      },
    ],
    [
      { is: 'suspended', instance: '2251799813685300' },
      {
        '8.10': [
          409,
          'INVALID_STATE',
          "Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to process command for process instance with key '2251799813685300', but the process instance is suspended.",
        ],
      },
    ],
    [
      { is: 'banned', instance: '2251799813685300' },
      {
        '8.10': [
          409,
          'INVALID_STATE',
          "Command 'ASSIGN' rejected with code 'INVALID_STATE': Expected to process command for process instance with key '2251799813685300', but the process instance is banned due to previous errors. The process instance can't be recovered, but it can be cancelled.",
        ],
      },
    ],
    [
      { is: 'forbidden', key, processDefinitionId: 'request' },
      {
        '8.6': [403, 'Forbidden', 'Access Denied'],
        '8.8': [
          403,
          'FORBIDDEN',
          "Command 'ASSIGN' rejected with code 'FORBIDDEN': Insufficient permissions to perform operation 'UPDATE_USER_TASK' on resource 'PROCESS_DEFINITION', required resource identifiers are one of '[*, request]'",
        ],
        '8.10': [
          403,
          'FORBIDDEN',
          `Command 'ASSIGN' rejected with code 'FORBIDDEN': Insufficient permissions to perform operation 'UPDATE_USER_TASK' on resource 'PROCESS_DEFINITION', required resource identifiers are one of '[*, request]'; and Insufficient permissions to perform operation 'UPDATE' on resource 'USER_TASK', required resource identifiers are one of '[*, ${key}]' or resource must match property constraints '[assignee, candidateGroups, candidateUsers]'`,
        ],
      },
    ],
    [
      { is: 'unreadable' },
      {
        '8.8': [
          403,
          'FORBIDDEN',
          "Unauthorized to perform operation 'READ_USER_TASK' on resource 'PROCESS_DEFINITION'",
        ],
        '8.10': [
          403,
          'FORBIDDEN',
          "Unauthorized to perform any of the operations: 'READ_USER_TASK' on 'PROCESS_DEFINITION' or 'READ' on 'USER_TASK'",
        ],
      },
    ],
  ])('for $is', (situation, byVersion) => {
    for (const version of CAMUNDA_VERSIONS.filter((each) => byVersion[each] !== undefined)) {
      const [status, title, detail] = byVersion[version] ?? [];
      const answer = answerTo(situation, version, PATH);
      expect([answer.status, JSON.parse(answer.body)], version).toEqual([
        status,
        { type: 'about:blank', title, status, detail, instance: PATH },
      ]);
    }
  });
});
