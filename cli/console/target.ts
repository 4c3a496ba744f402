// What a console is about: the queues, as people know them. Pure.
import { regionOf } from '../../client/sqs/endpoint.ts';
import type { ConnectionChoice } from '../connection.ts';
import { isProduction, stageOf } from '../dead-letters/audit/record.ts';
import type { Target } from './api.ts';

/** Where the queues are, for the banner. */
export function targetOf(
  connection: ConnectionChoice,
  urls: Pick<Target, 'queueUrl' | 'deadLetterQueueUrl'>,
  actionsAllowed: boolean,
): Target {
  const { deadLetterQueueUrl } = urls;
  return {
    stage: stageOf(connection),
    account: /\/(\d{12})\/[^/]+$/.exec(deadLetterQueueUrl)?.[1] ?? null,
    region: regionOf(deadLetterQueueUrl) ?? connection.region ?? null,
    local: connection.localEndpoint !== undefined,
    production: isProduction(connection),
    actionsAllowed,
    ...urls,
  };
}
