// One process of the function with the poller that feeds it and a proxy to SQS of its own, so that faults and
// kills hit exactly the process that they are meant for.
import { readFile } from 'node:fs/promises';
import type { SQSEvent } from 'aws-lambda';
import { startEventSource } from '../../infra/local/lambda/event-source.ts';
import { startFunction } from '../../infra/local/lambda/function-process.ts';
import type { EmbeddedSqs } from '../../infra/local/sqs/embedded-sqs.ts';
import { type Send, type SendFault, startSqsTap } from '../support/sqs-tap.ts';
import type { InvocationPlay, SendPlay } from './weather.ts';

/** What a lane needs from the run. */
export interface LaneOptions {
  readonly sqs: EmbeddedSqs;
  /** The function's settings, but for the queues. */
  readonly env: Readonly<Record<string, string>>;
  readonly artifact: string | undefined;
  readonly timeoutMs: number;
  readonly nextInvocation: () => InvocationPlay | undefined;
  readonly nextSend: (mayKill: boolean) => SendPlay | undefined;
  readonly watcher: LaneWatcher;
}

/** Hears what happens in a lane. */
export interface LaneWatcher {
  invoked(event: SQSEvent): void;
  settled(event: SQSEvent, failed: ReadonlySet<string>, failure: string | undefined): void;
  copied(
    send: Send,
    toDeadLetterQueue: boolean,
    play: SendPlay | undefined,
    failedIds: readonly string[],
  ): void;
  abandoned(send: Send): void;
  /** The function wrote a line. */
  logged(line: string): void;
}

/** A running lane. */
export interface Lane {
  /** Whether an invocation is in progress. */
  readonly busy: boolean;
  /** Whether it is in progress in a process that was not killed. */
  readonly mortal: boolean;
  readonly kills: number;
  /** Invocations that overran their time. */
  readonly overruns: number;
  /** The largest resident memory of its processes so far, in KiB; 0 where this system has no /proc. */
  readonly peakKiB: number;
  /** Kills the process; does nothing while one is dying. */
  kill(): void;
  /** Looks at the memory of the process that runs now. */
  measure(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the process and its poller. */
export async function startLane(options: LaneOptions): Promise<Lane> {
  const { sqs, env, artifact, watcher } = options;
  const tap = await startSqsTap(sqs, false);
  const unassign = await startFunction({
    env: { ...env, QUEUE_URL: tap.queueUrl, DEAD_LETTER_QUEUE_URL: tap.deadLetterQueueUrl },
    onLog: ({ text }) => watcher.logged(text),
    ...(artifact === undefined ? {} : { artifact }),
  }).catch(async (error: unknown) => {
    // What listens would keep this process alive.
    await tap.close();
    throw error;
  });
  let busy = false;
  let dying = false;
  let kills = 0;
  let overruns = 0;
  let peakKiB = 0;

  function kill(): void {
    if (dying) return;
    dying = true;
    kills += 1;
    unassign.kill().finally(() => {
      dying = false;
    });
  }

  tap.onAbandoned = (send) => watcher.abandoned(send);
  tap.fault = (send) => {
    const play = options.nextSend(busy && !dying);
    const fault = play === undefined ? undefined : faultOf(play, send);
    const failedIds = fault?.kind === 'failed-entries' ? fault.ids : [];
    watcher.copied(send, send.queueUrl === tap.deadLetterQueueUrl, play, failedIds);
    if (play?.kill) kill();
    return fault;
  };

  async function invoke(event: SQSEvent): Promise<unknown> {
    const play = options.nextInvocation();
    busy = true;
    watcher.invoked(event);
    try {
      const response = await unassign.invoke(event, { timeoutMs: play?.timeoutMs ?? options.timeoutMs });
      if (play?.answerLost) throw new Error(play.name);
      return response;
    } catch (error) {
      if (error instanceof Error && error.name === 'Timeout') overruns += 1;
      throw error;
    } finally {
      busy = false;
    }
  }

  const source = startEventSource({
    client: sqs.client,
    queueUrl: sqs.queueUrl,
    queueArn: sqs.queueArn,
    idleMs: 50,
    invoke,
    onBatch: ({ event, failed, failure }) =>
      watcher.settled(event, new Set(failed.map(({ messageId }) => messageId)), failure),
  });

  return {
    get busy() {
      return busy;
    },
    get mortal() {
      return busy && !dying;
    },
    get kills() {
      return kills;
    },
    get overruns() {
      return overruns;
    },
    get peakKiB() {
      return peakKiB;
    },
    kill,
    async measure() {
      peakKiB = Math.max(peakKiB, await residentPeakKiB(unassign.pid));
    },
    async stop() {
      await source.stop();
      await unassign.stop();
      await tap.close();
    },
  };
}

function faultOf({ fault }: SendPlay, { entries }: Send): SendFault {
  if (fault.kind !== 'failed-entries') return fault;
  const ids = entries.map(({ Id }) => Id);
  return { ...fault, ids: fault.which === 'all' ? ids : ids.filter((_, index) => index % 2 === 0) };
}

/** The high-water mark that Linux keeps (proc(5), VmHWM). */
async function residentPeakKiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
