// The cluster of a chaos run: a stand-in with the tasks of the messages, behind OAuth.

import { type StandInCluster, startStandInCluster } from '../../infra/local/stand-in/cluster.ts';
import type { Fault } from '../../infra/local/stand-in/faults.ts';
import { type StandInIssuer, startStandInIssuer } from '../../infra/local/stand-in/issuer.ts';
import type { TaskChanges } from '../../infra/local/stand-in/tasks.ts';
import type { Hands } from './hands.ts';
import { type ChaosMessage, EXPECTED, type Fate, PARTITIONS, SOMEBODY_ELSE } from './requests.ts';
import type { CallPlay } from './weather.ts';

/** What it asks for each call. */
export interface ClusterDirection {
  readonly nextCall: (mayBeCarriedOut: boolean) => CallPlay | undefined;
  /** Kills a process of the function. */
  readonly kill: () => void;
  /** Told of every call. */
  readonly hands: Hands;
}

/** The cluster, its token endpoint, and the settings that lead the function to them. */
export interface ChaosCluster {
  readonly cluster: StandInCluster;
  readonly issuer: StandInIssuer;
  readonly env: Readonly<Record<string, string>>;
}

const CLIENT = { clientId: 'chaos', clientSecret: 'chaos-secret' };

/** Long enough to be used for some batches, short enough to expire in every phase. */
const TOKEN_SECONDS = 10;

/** Starts both. */
export async function startCluster(
  messages: readonly ChaosMessage[],
  { nextCall, kill, hands }: ClusterDirection,
): Promise<ChaosCluster> {
  const issuer = await startStandInIssuer({ ...CLIENT, lifetimeSeconds: TOKEN_SECONDS });
  const fates = new Map(messages.map(({ key, fate }) => [key, fate]));
  const cluster = await startStandInCluster({
    partitions: PARTITIONS,
    latencyMs: 5,
    authentication: { bearer: (token) => issuer.check(token) },
    fault: (request) => {
      const { key, method } = request;
      const fate = key === undefined ? undefined : fates.get(key);
      const play = nextCall(method !== 'GET' && fate !== 'refused' && fate !== 'missing-partition');
      if (play?.kill) kill();
      hands.called(
        request,
        play?.fault === undefined || play.fault.carriedOut === true || isOwnWord(play.fault),
      );
      return play?.fault ?? (fate === 'refused' && key !== undefined ? badKey(key) : undefined);
    },
  });
  for (const { key, fate } of messages) {
    const changes = TASKS[fate];
    if (key !== undefined && changes !== undefined) cluster.tasks.put(key, changes);
  }
  const env = {
    CAMUNDA_REST_ADDRESS: cluster.url,
    CAMUNDA_OAUTH_URL: issuer.url,
    CAMUNDA_CLIENT_ID: CLIENT.clientId,
    CAMUNDA_CLIENT_SECRET: CLIENT.clientSecret,
  };
  return { cluster, issuer, env };
}

const TASKS: Readonly<Partial<Record<Fate, TaskChanges>>> = {
  open: {},
  expiring: {},
  expired: {},
  completed: { state: 'COMPLETED' },
  'in-transition': { state: 'COMPLETING' },
  refused: {},
  'missing-partition': {},
  theirs: { assignee: EXPECTED },
  'just-taken': { assignee: SOMEBODY_ELSE },
  taken: { assignee: SOMEBODY_ELSE },
  changing: { assignee: EXPECTED },
};

/** The cluster's own answer, a little at a time. */
function isOwnWord({ kind }: Fault): boolean {
  return kind === 'trickle' || kind === 'reset';
}

function badKey(text: string): Fault {
  return { kind: 'situation', situation: { is: 'bad-key', text } };
}
