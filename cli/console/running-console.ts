// A console that runs: its server, what it knows, and when it ends.
import type { QueueAccess } from '../../client/dead-letters/index.ts';
import { chooseCluster } from '../cluster.ts';
import { awsConfig, type ConnectionChoice, type ConnectionOptions, standInAddress } from '../connection.ts';
import { auditPath } from '../dead-letters/audit/audit-file.ts';
import { stageOf } from '../dead-letters/audit/record.ts';
import { judgeQuietly, type LetterToJudge, strippingOf } from '../dead-letters/verdicts.ts';
import type { Surroundings } from '../surroundings.ts';
import { readLastActions } from './acting/last-actions.ts';
import { createOperations } from './acting/operations.ts';
import { createPlans } from './acting/plans.ts';
import { createVerdicts } from './acting/verdicts.ts';
import { actingRoutes } from './acting-routes.ts';
import { commandText } from './command-text.ts';
import { adviceOn, refusalFor } from './faults.ts';
import { cloudWatchSignals } from './live/cloudwatch-signals.ts';
import { readLocalSignals } from './live/local-signals.ts';
import { createSamples } from './live/samples.ts';
import { keptSignals, noSignals, type ReadSignals } from './live/signals.ts';
import { lookingRoutes } from './looking-routes.ts';
import { readAssets } from './server/assets.ts';
import { listen } from './server/http-server.ts';
import { createApi } from './server/routes.ts';
import { createSessions } from './server/session.ts';
import { createLooking } from './snapshot/looking.ts';
import { targetOf } from './target.ts';

/** What a console is about. */
export interface ConsoleOptions {
  readonly connection: ConnectionChoice;
  /** As they were typed, for the commands that pages show. */
  readonly typed: ConnectionOptions;
  readonly deadLetterQueue: QueueAccess;
  /** Where it was named: the queue that takes what is redriven. */
  readonly queue: QueueAccess | undefined;
  readonly actionsAllowed: boolean;
  /** 0: any that is free. */
  readonly port: number;
  /** Without anybody doing anything; milliseconds. Half an hour unless given. */
  readonly idleMs?: number;
}

/** It runs. */
export interface RunningConsole {
  /** Such as `http://127.0.0.1:9330/`. */
  readonly address: string;
  /** Whether there are pages to be shown. */
  readonly hasPages: boolean;
  /** The address with a token that is good once; the one before is good no more. */
  newLink(): string;
  /** Looks at the dead-letter queue, unless a look goes on. */
  look(): void;
  /** Resolves when the first link was used. */
  linkUsed(): Promise<void>;
  /** Resolves when it is to end: nobody has done anything for so long, or the surroundings ask for it. */
  readonly over: Promise<'idle' | 'asked'>;
  /** Waits for what is under way, and ends it. */
  close(): Promise<void>;
}

/** Milliseconds. */
const SAMPLE_MS = 5_000;
const LOCAL_SAMPLE_MS = 1_000;
const METRICS_MS = 60_000;
const LOCAL_METRICS_MS = 1_000;
const CHECK_MS = 1_000;

/** Half an hour. */
export const IDLE_MS = 30 * 60_000;

/**
 * Starts it. Nothing is looked at before {@link RunningConsole.look}.
 *
 * @throws what SQS answered to the first count, or the error of Node.js where the port cannot be had
 */
export async function startConsole(
  options: ConsoleOptions,
  surroundings: Surroundings,
): Promise<RunningConsole> {
  const { now, signal } = surroundings;
  const { connection, typed, deadLetterQueue, queue, actionsAllowed, idleMs = IDLE_MS } = options;
  const isLocal = connection.localEndpoint !== undefined;
  const advice = (error: unknown) => adviceOn(error, connection);
  const samples = createSamples({
    queue,
    deadLetterQueue,
    everyMs: isLocal ? LOCAL_SAMPLE_MS : SAMPLE_MS,
    now,
    adviceOn: advice,
  });
  const looking = createLooking({ deadLetterQueue, now, signal, adviceOn: advice });
  const sessions = createSessions();
  const urls = { queueUrl: queue?.queueUrl ?? null, deadLetterQueueUrl: deadLetterQueue.queueUrl };
  let lastTouchedAt = now();
  let address = '';
  const target = targetOf(connection, urls, actionsAllowed);
  const judge = (letters: readonly LetterToJudge[], onProgress?: (judged: number) => void) =>
    judgeQuietly(letters, connection, surroundings, onProgress);
  const verdicts = createVerdicts({ judge, now, adviceOn: advice });
  const operations = createOperations({
    deadLetterQueue,
    queue,
    connection,
    surroundings,
    adviceOn: advice,
    onGone: (messageId) => looking.snapshot?.forget(messageId),
  });
  const watched = lookingRoutes({
    target,
    sessions,
    samples,
    signals: keptSignals(signalsOf(connection), isLocal ? LOCAL_METRICS_MS : METRICS_MS, now),
    looking,
    verdicts,
    lastActions: () =>
      readLastActions(auditPath(surroundings.environment), deadLetterQueue.queueUrl, operations.lastOn),
    isBusy: () => operations.isBusy,
    stopWatching: () => operations.stopWatching(),
    typed: (command, words) => commandText({ command: ['dlq', command], connection: typed, words }),
    endsAt: () => lastTouchedAt + idleMs,
    now,
  });
  const acting = actingRoutes({
    target,
    looking,
    verdicts,
    plans: createPlans(now),
    operations,
    stripping: ({ letters }) => strippingOf(letters, connection, surroundings, judge),
    requireCluster: () => void chooseCluster(standInAddress(connection), surroundings.environment),
    typed: (command, words) =>
      commandText({ command: ['dlq', command], connection: typed, takesQueue: command === 'redrive', words }),
    auditPath: auditPath(surroundings.environment),
    now,
  });
  const api = createApi(
    { ...watched, ...acting },
    {
      sessions,
      origin: () => address.slice(0, -1),
      touch: () => {
        lastTouchedAt = now();
      },
      refusalFor: (error) => refusalFor(error, connection),
    },
  );
  const assets = await readAssets();
  await samples.start();
  const server = await listen(api, assets, options.port).catch(async (error: unknown) => {
    await samples.stop();
    throw error;
  });
  address = `http://${server.host}/`;
  let ticking: NodeJS.Timeout | undefined;
  const over = new Promise<'idle' | 'asked'>((resolve) => {
    if (signal.aborted) resolve('asked');
    signal.addEventListener('abort', () => resolve('asked'), { once: true });
    ticking = setInterval(() => {
      if (operations.isGoingOn) lastTouchedAt = now();
      else if (now() - lastTouchedAt >= idleMs) resolve('idle');
    }, CHECK_MS);
  });
  return {
    address,
    hasPages: assets.size > 0,
    newLink: () => `${address}#token=${sessions.newToken()}`,
    look: () => looking.lookAgain(),
    linkUsed: () => sessions.used(),
    over,
    async close() {
      clearInterval(ticking);
      await Promise.all([operations.ended(), verdicts.ended(), looking.ended()]);
      await samples.stop();
      await server.close();
    },
  };
}

function signalsOf(connection: ConnectionChoice): ReadSignals {
  const { localEndpoint } = connection;
  if (localEndpoint !== undefined) return () => readLocalSignals(localEndpoint);
  const stage = stageOf(connection);
  if (stage === null) return async () => noSignals(NO_STAGE);
  return cloudWatchSignals(stage, async () => {
    const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
    return new CloudWatchClient({ ...(await awsConfig(connection)), maxAttempts: 2 });
  });
}

const NO_STAGE = 'Metrics are those of a stage: with --stage they are read.';
