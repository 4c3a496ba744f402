import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';

const script = fileURLToPath(new URL('../../../infra/tools/emergency-stop.ts', import.meta.url));

/** A stand-in for the part of Lambda's API that deals with event sources. */
interface LambdaStandIn {
  /** The event source's state now. */
  state: string;
  /** The states that it goes through from here, one each time that it is read. */
  coming: string[];
  sources: { UUID: string; EventSourceArn: string }[];
  /** Where set, every request is answered with this error. */
  error?: { status: number; type: string };
  /** The requests that arrived: method, path and query, body. */
  readonly requests: string[];
  endpoint: string;
}

const QUEUE_SOURCE = { UUID: 'mapping-1', EventSourceArn: 'arn:aws:sqs:eu-central-1:123456789012:the-queue' };

/** Starts a stand-in that is stopped when the test is over. */
async function startLambda(
  { onTestFinished }: TestContext,
  told: Partial<Omit<LambdaStandIn, 'requests' | 'endpoint'>> = {},
): Promise<LambdaStandIn> {
  const lambda = {
    state: 'Enabled',
    coming: [],
    sources: [QUEUE_SOURCE],
    requests: [],
    endpoint: '',
    ...told,
  };
  const server = createServer(async (request, response) => {
    const [status, answer] = await respond(lambda, request);
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(told.error && { 'x-amzn-errortype': told.error.type }),
    });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  lambda.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return lambda;
}

async function respond(lambda: LambdaStandIn, request: IncomingMessage): Promise<[number, unknown]> {
  const body = await text(request);
  lambda.requests.push(`${request.method} ${request.url} ${body}`.trim());
  if (lambda.error) return [lambda.error.status, { message: 'as the stand-in was told' }];
  if (request.url?.includes('?')) {
    return [
      200,
      { EventSourceMappings: lambda.sources.map((source) => ({ ...source, State: lambda.state })) },
    ];
  }
  if (request.method === 'PUT') {
    const { Enabled } = JSON.parse(body);
    lambda.state = Enabled ? 'Enabling' : 'Disabling';
    lambda.coming.push(Enabled ? 'Enabled' : 'Disabled');
  } else {
    lambda.state = lambda.coming.shift() ?? lambda.state;
  }
  return [200, { ...lambda.sources[0], State: lambda.state }];
}

const SESSION = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};

function run(
  args: readonly string[],
  { endpoint }: { readonly endpoint: string },
  environment: Record<string, string> = SESSION,
) {
  return new Promise<{ exitCode: number; out: string; err: string }>((resolve) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      ...environment,
    };
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

const changes = ({ requests }: LambdaStandIn) => requests.filter((request) => request.startsWith('PUT'));

describe.concurrent.each([
  { action: 'pause', before: 'Enabled', between: 'Disabling', after: 'Disabled' },
  { action: 'resume', before: 'Disabled', between: 'Enabling', after: 'Enabled' },
])('$action', ({ action, before, between, after }) => {
  test("switches the deployed function's event source", async (context) => {
    const lambda = await startLambda(context, { state: before });
    await run([action, '--stage', 'prod'], lambda);
    context
      .expect([lambda.requests[0], ...changes(lambda)])
      .toEqual([
        'GET /2015-03-31/event-source-mappings?FunctionName=camunda-unassign-prod-unassign',
        `PUT /2015-03-31/event-source-mappings/mapping-1 {"Enabled":${action === 'resume'}}`,
      ]);
  });

  test('waits until the switch is made, and says so', async (context) => {
    const lambda = await startLambda(context, { state: before });
    context.expect(await run([action, '--stage', 'prod'], lambda)).toEqual({
      exitCode: 0,
      out: `camunda-unassign-prod-unassign reads the-queue (mapping-1)
  before: ${before}
  …       ${between}
  after:  ${after}
`,
      err: '',
    });
  });

  test('changes nothing where it already is so', async (context) => {
    const lambda = await startLambda(context, { state: after });
    const { exitCode, out } = await run([action, '--stage', 'prod'], lambda);
    context.expect(changes(lambda)).toEqual([]);
    context.expect(out).toContain(`after:  ${after} (nothing to change)`);
    context.expect(exitCode).toBe(0);
  });

  test('waits for another change to end before it switches', async (context) => {
    const lambda = await startLambda(context, { state: 'Updating', coming: [before] });
    await run([action, '--stage', 'prod'], lambda);
    context
      .expect(lambda.requests.map((request) => request.split(' ')[0]))
      .toEqual(['GET', 'GET', 'PUT', 'GET']);
  });
});

describe.concurrent('what went wrong is said with what to do', () => {
  test.for([
    [404, 'ResourceNotFoundException', 'is --stage right, and --region?'],
    [403, 'AccessDeniedException', 'Needs lambda:ListEventSourceMappings'],
    [403, 'ExpiredTokenException', 'log in again'],
    [403, 'UnrecognizedClientException', 'AWS does not know these credentials'],
    [403, 'InvalidSignatureException', "this machine's clock"],
    [409, 'ResourceInUseException', 'run the same command again'],
    [400, 'SomethingNewException', 'Not switched'],
  ] as [number, string, string][])('%i %s', async ([status, type, advice], context) => {
    const lambda = await startLambda(context, { error: { status, type } });
    const { exitCode, err } = await run(['pause', '--stage', 'prod'], lambda);
    context.expect(err).toContain(advice);
    context.expect(err).toContain(`(${type}: as the stand-in was told)`);
    context.expect(exitCode).toBe(1);
  });

  test('an event source other than a queue', async (context) => {
    const stream = {
      UUID: 'stream',
      EventSourceArn: 'arn:aws:kinesis:eu-central-1:123456789012:stream/other',
    };
    const lambda = await startLambda(context, { sources: [stream] });
    const { exitCode, err } = await run(['pause', '--stage', 'prod'], lambda);
    context.expect(changes(lambda)).toEqual([]);
    context.expect(err).toContain('camunda-unassign-prod-unassign has no SQS event source in eu-central-1');
    context.expect(exitCode).toBe(1);
  });

  test('a change that does not end', async (context) => {
    const lambda = await startLambda(context, { state: 'Updating' });
    const { exitCode, err } = await run(['pause', '--stage', 'prod', '--timeout', '1'], lambda);
    context.expect(err).toContain('still Updating. AWS may yet finish; run the same command again');
    context.expect(exitCode).toBe(1);
  });

  test('no credentials', async (context) => {
    const lambda = await startLambda(context);
    const { exitCode, err } = await run(['pause', '--stage', 'prod'], lambda, { AWS_REGION: 'eu-central-1' });
    context.expect(err).toContain('No AWS credentials: set AWS_PROFILE');
    context.expect(exitCode).toBe(1);
  });

  test('no region', async (context) => {
    const { exitCode, err } = await run(['pause', '--stage', 'prod'], await startLambda(context), {});
    context.expect(err).toContain('No AWS region: pass --region, or set AWS_REGION.');
    context.expect(exitCode).toBe(1);
  });

  test('no connection', async ({ expect }) => {
    const { exitCode, err } = await run(['pause', '--stage', 'prod'], { endpoint: 'http://127.0.0.1:9' });
    expect(err).toContain('ECONNREFUSED');
    expect(exitCode).toBe(1);
  });
});

describe.concurrent('the command line', () => {
  test.for([
    [[], 'expected either pause or resume'],
    [['stop', '--stage', 'prod'], 'expected either pause or resume'],
    [['pause', 'now', '--stage', 'prod'], 'expected either pause or resume'],
    [['pause'], '--stage is required, such as: npm run pause -- --stage prod'],
    [['resume', '--stage='], '--stage is required, such as: npm run resume -- --stage prod'],
    [['pause', '--stage', 'prod', '--force'], "Unknown option '--force'"],
    [['pause', '--stage', 'prod', '--timeout', '0'], '--timeout (0) expected a whole number from 1 to 3600'],
  ] as [string[], string][])('%j is refused', async ([args, why], context) => {
    const lambda = await startLambda(context);
    const { exitCode, err } = await run(args, lambda);
    context.expect(err).toContain(why);
    context.expect(exitCode).toBe(2);
    context.expect(lambda.requests).toEqual([]);
  });

  test.for(['us-west-2', 'us-gov-east-1', 'us-isob-east-1', 'eusc-de-east-1'])(
    '--region %s says where',
    async (region, context) => {
      const lambda = await startLambda(context, { sources: [] });
      const { err } = await run(['pause', '--stage', 'prod', '--region', region], lambda);
      context.expect(err).toContain(`has no SQS event source in ${region}:`);
    },
  );

  test('an empty AWS_REGION is as good as none', async (context) => {
    const lambda = await startLambda(context, { sources: [] });
    const regions = { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' };
    const { err } = await run(['pause', '--stage', 'prod'], lambda, { ...SESSION, ...regions });
    context.expect(err).toContain('has no SQS event source in eu-west-3:');
  });

  test('--help explains', async (context) => {
    const { exitCode, out } = await run(['--help'], await startLambda(context));
    context.expect(out).toContain('Usage: npm run pause');
    context.expect(exitCode).toBe(0);
  });
});
