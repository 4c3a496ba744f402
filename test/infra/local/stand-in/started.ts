// What the tests of the stand-in share: one that is taken down with the test, and the API's paths.
import { onTestFinished } from 'vitest';
import {
  type ClusterOptions,
  type StandInCluster,
  startStandInCluster,
} from '../../../../infra/local/stand-in/cluster.ts';
import { type Asked, askOnce, type Exchange } from '../raw-http.ts';

/** Starts a stand-in for this test. */
export async function start(options: ClusterOptions = {}): Promise<StandInCluster> {
  const cluster = await startStandInCluster(options);
  onTestFinished(() => cluster.close());
  return cluster;
}

/** The path to unassign a task. */
export const assignee = (key: string) => `/v2/user-tasks/${key}/assignee`;

/** Sends JSON. */
export function post(
  cluster: StandInCluster,
  path: string,
  body: unknown,
  asked: Asked = {},
): Promise<Exchange> {
  const headers = { 'content-type': 'application/json', ...asked.headers };
  return askOnce(cluster.url, path, { ...asked, method: 'POST', headers, body: JSON.stringify(body) });
}
