// Unassigning a user task.
import { type Answer, type ClusterDependencies, createClusterCaller } from './authorized-call.ts';

/** The cluster's user tasks, as far as they are unassigned. */
export interface Cluster {
  /**
   * Takes the assignee off a user task (Camunda 8, Orchestration Cluster REST API, "Unassign user task"). After a
   * 401 it is called once more with a fresh token, where there is one.
   *
   * @param userTaskKey digits only
   * @param timeoutMs for all of it: token, call and retry
   */
  unassign(userTaskKey: string, timeoutMs: number): Promise<Answer>;
}

/** @param basePath what stands before `/user-tasks`, such as `/v2` */
export function createCluster(basePath: string, dependencies: ClusterDependencies): Cluster {
  const caller = createClusterCaller(dependencies);
  return {
    unassign: (userTaskKey, timeoutMs) =>
      caller.call({ method: 'DELETE', path: `${basePath}/user-tasks/${userTaskKey}/assignee` }, timeoutMs),
  };
}
