// What `npm start` says besides the events: where everything is, and what to type next.

import { LOCAL_PORT } from '../../../client/sqs/local-queues.ts';
import type { LocalSystem } from '../local-system.ts';
import { DEMO_SETTINGS, DEMO_VISIBILITY_TIMEOUT_SECONDS } from './demo.ts';

/**
 * Where everything is.
 *
 * @param link to the console, where there is one
 */
export function banner({ sqs, standIn, clusterAddress }: LocalSystem, link: string | undefined): string {
  const where = [
    ...(link === undefined ? [] : [['console', `${link}   (good once; Enter prints a fresh one)`]]),
    ['queue', sqs.queueUrl],
    ['dead-letter queue', sqs.deadLetterQueueUrl],
    [standIn === undefined ? 'cluster' : 'stand-in cluster', clusterAddress],
  ];
  const { MAX_RECEIVE_COUNT, RETRY_FOR_SECONDS, HOLD_SECONDS } = { ...DEMO_SETTINGS, ...process.env };
  const hurry = [
    'hurried settings',
    `retry budget ${RETRY_FOR_SECONDS} s (deployed: 24 h), last receive ${MAX_RECEIVE_COUNT} (5), ` +
      `hold ${HOLD_SECONDS} s (20 s), visibility timeout ${DEMO_VISIBILITY_TIMEOUT_SECONDS} s (6 min)`,
  ];
  return [...where, ...(standIn === undefined ? [] : [hurry])]
    .map(([name = '', value]) => `${name.padEnd(20)}${value}`)
    .join('\n');
}

/** What to type in another terminal. */
export function invitation({ sqs, standIn }: LocalSystem): string {
  const body = JSON.stringify({ userTaskKey: standIn?.tasks.create().key ?? '2251799813685249' });
  const send = [
    'Send more from another terminal, with the AWS CLI or without:',
    '',
    `  aws sqs send-message --endpoint-url ${sqs.endpoint} --region ${sqs.region} --no-sign-request \\`,
    `    --queue-url ${sqs.queueUrl} --message-body '${body}'`,
    '',
    `  curl ${sqs.endpoint} -d Action=SendMessage -d QueueUrl=${sqs.queueUrl} \\`,
    `    --data-urlencode 'MessageBody=${body}'`,
    '',
  ];
  const control = [
    'Make the stand-in cluster refuse every call (backpressure), and take them again:',
    '',
    `  curl -X PUT ${standIn?.url}/stand-in/limit -d 0`,
    `  curl -X PUT ${standIn?.url}/stand-in/limit -d off`,
    '',
  ];
  const search = [
    'Enqueue all tasks that demo has in the stand-in cluster:',
    '',
    `  npx camunda-unassign enqueue --assignee demo --local${portOption(sqs.endpoint)}`,
    '',
  ];
  const look = [
    'Look at the dead letters, and do something about them:',
    '',
    `  npx camunda-unassign dead-letters groups --local${portOption(sqs.endpoint)}`,
    `  npx camunda-unassign dead-letters --help`,
    '',
  ];
  const ofStandIn = standIn === undefined ? [] : [...search, ...control];
  return [...send, ...look, ...ofStandIn, 'Ctrl-C ends it.', ''].join('\n');
}

/** The command line knows the port that `npm start` takes by itself. */
function portOption(endpoint: string): string {
  const { port } = new URL(endpoint);
  return port === String(LOCAL_PORT) ? '' : ` --port ${port}`;
}
