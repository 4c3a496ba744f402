// The main module of the function's process (function-process.ts starts it): loads the artifact and plays Lambda's Node.js runtime around it.
import { pathToFileURL } from 'node:url';
import { LOCAL_ACCOUNT } from '../../../client/sqs/local-queues.ts';
import type { FromRuntime, ThrownError, ToRuntime } from './function-child.ts';

const [artifact = ''] = process.argv.slice(2);

type Handler = (event: unknown, context: unknown) => unknown;

/** Loads the handler, says so, and then answers one invocation after the other. */
async function main(): Promise<void> {
  const handler = await load();
  process.on('message', (message: ToRuntime) => answer(handler, message));
  process.on('disconnect', () => process.exit());
  // Ctrl-C in a terminal goes to the whole group; the parent ends this process when its batch is done.
  process.on('SIGINT', () => {});
  tell({ type: 'ready' });
}

async function load(): Promise<Handler> {
  try {
    const { handler } = (await import(pathToFileURL(artifact).href)) as { handler?: unknown };
    if (typeof handler !== 'function')
      throw new Error(`${artifact} does not export a function named handler`);
    return handler as Handler;
  } catch (error) {
    tell({ type: 'failed-start', error: described(error) }, () => process.exit(1));
    return new Promise(() => {});
  }
}

async function answer(handler: Handler, { id, event, timeoutMs }: ToRuntime): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  tell({ type: 'started' });
  let result: FromRuntime;
  try {
    const value = await handler(event, contextOf(id, deadline));
    result = { type: 'answered', json: JSON.stringify(value) ?? 'null' };
  } catch (error) {
    result = { type: 'threw', error: described(error) };
  }
  // Ends what this invocation wrote, so that the parent has read all of it when the invocation is over.
  process.stdout.write(`\n${id}\n`);
  process.stderr.write(`\n${id}\n`);
  tell(result);
}

function contextOf(awsRequestId: string, deadline: number) {
  const functionName = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';
  return {
    awsRequestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${process.env['AWS_REGION']}:${LOCAL_ACCOUNT}:function:${functionName}`,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function described(error: unknown): ThrownError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return stack === undefined ? { name, message } : { name, message, stack };
}

function tell(message: FromRuntime, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}

await main();
