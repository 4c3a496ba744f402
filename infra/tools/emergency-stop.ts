// The emergency stop: `npm run pause` switches the function's event source off, `npm run resume` on again.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { awsClientConfig } from '../../client/sqs/aws-client.ts';
import { REGION } from '../../client/sqs/endpoint.ts';
import { accessAdvice } from './aws-advice.ts';
import { type NoOrder, runCommand } from './run-command.ts';

const USAGE = `Usage: npm run pause  -- --stage <stage> [--region <region>]
       npm run resume -- --stage <stage> [--region <region>]

pause   The function gets no more messages. Batches under way finish, new messages wait on the queue for as
        long as the queue keeps them.
resume  The function gets messages again.

Both wait until AWS says that the switch is made, and change nothing where it already is.

  --stage <stage>         the deployment's stage, such as prod
  --region <region>       the deployment's region (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile's)
  --timeout <seconds>     how long to wait for the switch, 1 to 3600 (default: 300)
  --help                  this text

Needs lambda:ListEventSourceMappings, lambda:GetEventSourceMapping and lambda:UpdateEventSourceMapping.
Exit codes: 0 switched (or already so), 1 not switched, 2 wrong use.`;

/** How often the state is read while a switch is under way. Milliseconds. */
const POLL_MS = 1000;

interface Switch {
  readonly action: 'pause' | 'resume';
  readonly stage: string;
  readonly region?: string;
  readonly timeoutSeconds: number;
}

type Command = Switch | NoOrder;

/** Something that a person can fix; `message` says how. */
class SwitchError extends Error {
  override readonly name = 'SwitchError';
}

/** Reads the command line; pure. */
function readCommand(argv: readonly string[]): Command {
  const refuse = (why: string): Command => ({ action: 'refuse', why });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return { action: 'help' };
  const [action, ...rest] = positionals;
  if ((action !== 'pause' && action !== 'resume') || rest.length > 0) {
    return refuse('expected either pause or resume');
  }
  // No default: an emergency stop must not stop something else than what the person means.
  if (!values.stage) return refuse(`--stage is required, such as: npm run ${action} -- --stage prod`);
  if (values.region !== undefined && !REGION.test(values.region)) {
    return refuse(`--region (${values.region}) expected a region such as eu-central-1`);
  }
  const timeoutSeconds = Number(values.timeout);
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 3600) {
    return refuse(`--timeout (${values.timeout}) expected a whole number from 1 to 3600 seconds`);
  }
  return { action, stage: values.stage, timeoutSeconds, ...(values.region && { region: values.region }) };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      timeout: { type: 'string', default: '300' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/** Switches every SQS event source of the deployed function, and waits until AWS has done so. */
async function switchEventSource(lambda: LambdaClient, wanted: Switch): Promise<void> {
  const functionName = `camunda-unassign-${wanted.stage}-unassign`;
  const mappings = await sqsMappings(lambda, functionName);
  if (mappings.length === 0) {
    throw new SwitchError(
      `The function ${functionName} has no SQS event source in ${await lambda.config.region()}: is --stage right, and --region? Is it deployed?`,
    );
  }
  const deadline = Date.now() + wanted.timeoutSeconds * 1000;
  for (const mapping of mappings) {
    const { UUID: id, EventSourceArn: queue = '' } = mapping;
    if (id === undefined) continue;
    console.log(`${functionName} reads ${queue.split(':').at(-1)} (${id})`);
    await switchMapping(lambda, id, mapping.State ?? 'unknown', wanted, deadline);
  }
}

async function sqsMappings(lambda: LambdaClient, functionName: string) {
  const mappings: EventSourceMappingConfiguration[] = [];
  for await (const page of paginateListEventSourceMappings(
    { client: lambda },
    { FunctionName: functionName },
  )) {
    mappings.push(...(page.EventSourceMappings ?? []));
  }
  return mappings.filter((mapping) => mapping.EventSourceArn?.split(':')[2] === 'sqs');
}

async function switchMapping(
  lambda: LambdaClient,
  id: string,
  before: string,
  { action }: Switch,
  deadline: number,
): Promise<void> {
  const after = action === 'pause' ? 'Disabled' : 'Enabled';
  let state = before;
  console.log(`  before: ${state}`);
  // While it is Updating, Enabling or Disabling, Lambda refuses a further change.
  while (!['Enabled', 'Disabled'].includes(state)) state = await nextState(lambda, id, state, deadline);
  if (state !== after) {
    const request = { UUID: id, Enabled: action === 'resume' };
    state = (await lambda.send(new UpdateEventSourceMappingCommand(request))).State ?? 'unknown';
    while (state !== after) state = await nextState(lambda, id, state, deadline);
  }
  console.log(`  after:  ${state}${state === before ? ' (nothing to change)' : ''}`);
}

async function nextState(lambda: LambdaClient, id: string, state: string, deadline: number) {
  if (Date.now() > deadline) {
    throw new SwitchError(
      `The event source is still ${state}. AWS may yet finish; run the same command again to see.`,
    );
  }
  console.log(`  …       ${state}`);
  await sleep(POLL_MS);
  return (await lambda.send(new GetEventSourceMappingCommand({ UUID: id }))).State ?? 'unknown';
}

/** What a person can do about an error of the SDK or of Lambda. */
function advice(error: unknown, { stage }: Switch): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SwitchError) return error.message;
  const ofAccess = accessAdvice(error, process.env['AWS_PROFILE']);
  if (ofAccess !== undefined) return ofAccess;
  const known: Record<string, string> = {
    ResourceNotFoundException: `No function camunda-unassign-${stage}-unassign in this region and account: is --stage right, and --region?`,
    AccessDeniedException:
      'Permission denied. Needs lambda:ListEventSourceMappings (on *), lambda:GetEventSourceMapping and lambda:UpdateEventSourceMapping.',
    ResourceInUseException:
      'Somebody else is changing this event source right now: run the same command again.',
  };
  const remedy = known[error.name] ?? 'Not switched: run the same command again.';
  return `${remedy}\n  (${error.name}: ${error.message})`;
}

async function carryOut(order: Switch): Promise<void> {
  const access = { region: order.region ?? '', environment: process.env, usesProxies: true };
  const lambda = new LambdaClient({ ...(await awsClientConfig(access)), maxAttempts: 3 });
  try {
    await switchEventSource(lambda, order);
  } finally {
    lambda.destroy();
  }
}

await runCommand(readCommand(process.argv.slice(2)), USAGE, carryOut, advice);
