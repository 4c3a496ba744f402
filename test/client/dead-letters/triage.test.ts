// What tasks are now, asked of the stand-in cluster over HTTP.
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectCluster } from '../../../client/cluster/connection.ts';
import { readClusterEnvironment } from '../../../client/cluster/environment.ts';
import {
  type JudgedTask,
  type TriageOptions,
  triage,
  wouldStrip,
} from '../../../client/dead-letters/index.ts';
import type { ClusterOptions, StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import { start } from '../../infra/local/stand-in/started.ts';

const NOT_ASKED: JudgedTask = { verdict: 'unknown', reason: 'not asked' };

interface Stage extends StandInCluster {
  judge(keys: readonly string[], options?: Partial<TriageOptions>): Promise<JudgedTask[]>;
  readonly pauses: number[];
}

async function setStage(options: ClusterOptions = {}): Promise<Stage> {
  const cluster = await start(options);
  const settings = readClusterEnvironment({ CAMUNDA_REST_ADDRESS: cluster.url }, () => '');
  if (!settings.ok) throw new Error(settings.problems.join());
  const connection = connectCluster(settings);
  onTestFinished(() => connection.close());
  const pauses: number[] = [];
  const pause: TriageOptions['pause'] = async (milliseconds) => {
    pauses.push(milliseconds);
    await setTimeout(1);
  };
  return Object.assign(cluster, {
    pauses,
    async judge(keys: readonly string[], more: Partial<TriageOptions> = {}) {
      const verdicts = await triage(connection.reader, keys, {
        timeoutMs: 20_000,
        readers: 4,
        pause,
        ...more,
      });
      return keys.map((key) => verdicts.get(key) ?? NOT_ASKED);
    },
  });
}

describe('a task', () => {
  it.each([
    ['that somebody has', { assignee: 'anna' }, { verdict: 'theirs', state: 'CREATED', assignee: 'anna' }],
    ['that nobody has', { assignee: null }, { verdict: 'free', state: 'CREATED' }],
    ['that is completed', { state: 'COMPLETED' }, { verdict: 'gone', state: 'COMPLETED' }],
    ['that is cancelled', { state: 'CANCELED' }, { verdict: 'gone', state: 'CANCELED' }],
    ['that a listener holds', { state: 'ASSIGNING' }, { verdict: 'busy', state: 'ASSIGNING' }],
    ['that is being completed', { state: 'COMPLETING' }, { verdict: 'busy', state: 'COMPLETING' }],
  ] as const)('%s', async (_, changes, verdict) => {
    const stage = await setStage();
    expect(await stage.judge([stage.tasks.create(changes).key])).toEqual([verdict]);
  });

  it('that the cluster does not know is gone', async () => {
    const stage = await setStage();
    expect(await stage.judge([stage.tasks.newKey()])).toEqual([{ verdict: 'gone' }]);
  });
});

describe('the cluster', () => {
  it('is asked once for a task that comes several times', async () => {
    const stage = await setStage();
    const { key } = stage.tasks.create();
    expect((await stage.judge([key, key, key])).map(({ verdict }) => verdict)).toEqual(
      Array(3).fill('theirs'),
    );
    expect(stage.calls).toHaveLength(1);
  });

  it('is asked again after a moment where it has too much to do', async () => {
    let calls = 0;
    const stage = await setStage({
      fault: () => {
        calls += 1;
        return calls <= 2 ? { kind: 'answer', status: 503, body: '' } : undefined;
      },
    });
    const { key } = stage.tasks.create();
    expect(await stage.judge([key])).toMatchObject([{ verdict: 'theirs' }]);
    expect(stage.pauses).toEqual([500, 1000]);
  });

  it('that does not say leaves the verdict open, and says why', async () => {
    const stage = await setStage({ storage: 'absent' });
    const { key } = stage.tasks.create();
    expect(await stage.judge([key])).toEqual([
      {
        verdict: 'unknown',
        reason: '403: this client may not read the task, or the cluster has no secondary storage',
      },
    ]);
  });

  it('that says nothing at all is not asked for every one of many', async () => {
    const stage = await setStage();
    const keys = Array.from({ length: 200 }, () => stage.tasks.create().key);
    await stage.close();
    const judged = await stage.judge(keys);
    expect(new Set(judged.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    // Twenty in a row, those that were under way, and two more tries for each.
    expect(stage.pauses.length).toBeLessThanOrEqual((20 + 4) * 2);
  });

  it('is not asked any more once that is not wanted', async () => {
    const stage = await setStage();
    const keys = Array.from({ length: 50 }, () => stage.tasks.create().key);
    const stop = new AbortController();
    const judged = await stage.judge(keys, {
      signal: stop.signal,
      readers: 1,
      onProgress: (count) => {
        if (count === 10) stop.abort();
      },
    });
    expect(judged.filter(({ verdict }) => verdict === 'theirs')).toHaveLength(10);
    expect(stage.calls).toHaveLength(10);
  });
});

it.each<[JudgedTask, string | undefined, boolean]>([
  [{ verdict: 'theirs', assignee: 'anna' }, undefined, true],
  [{ verdict: 'theirs', assignee: 'anna' }, 'anna', true],
  [{ verdict: 'theirs', assignee: 'anna' }, 'bert', false],
  [{ verdict: 'free' }, undefined, false],
  [{ verdict: 'busy' }, undefined, false],
  [{ verdict: 'unknown' }, undefined, false],
])('%j with the expected assignee %s takes it from somebody: %s', (task, expected, strips) => {
  expect(wouldStrip(task, expected)).toBe(strips);
});
