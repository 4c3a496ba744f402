// GET /v2/topology in the form of each version.
import { type CamundaVersion, isSince } from './answers.ts';

/**
 * The topology of a cluster with one broker; without partitions, that of a gateway which has not seen a broker yet.
 *
 * 8.6 is recorded. From 8.8 on there are also `lastCompletedChangeId` and, from 8.9 on, `clusterId` (camunda-docs;
 * TopologyControllerTest); the official SDK requires both of every version, so both are here from 8.8 on.
 */
export function topologyOf(version: CamundaVersion, partitions: number): unknown {
  const gatewayVersion = RELEASES[version];
  const old = !isSince(version, '8.8');
  if (partitions === 0) {
    const nothingSeen = { clusterSize: -1, partitionsCount: 0, replicationFactor: 0, gatewayVersion };
    return old ? nothingSeen : { brokers: [], clusterId: null, ...nothingSeen, ...UNCHANGED };
  }
  const roles = Array.from({ length: partitions }, (_, index) => ({
    partitionId: index + 1,
    role: 'leader',
    health: 'healthy',
  }));
  return {
    brokers: [{ nodeId: 0, host: '127.0.0.1', port: 26501, partitions: roles, version: gatewayVersion }],
    ...(old ? {} : { clusterId: 'ba5e51de-0000-4000-8000-57a9d1000001' }),
    clusterSize: 1,
    partitionsCount: partitions,
    replicationFactor: 1,
    gatewayVersion,
    ...(old ? {} : UNCHANGED),
  };
}

const RELEASES: Readonly<Record<CamundaVersion, string>> = {
  '8.6': '8.6.0',
  '8.8': '8.8.21',
  '8.10': '8.10.0',
};

/** No change of the cluster's configuration has been completed. */
const UNCHANGED = { lastCompletedChangeId: '-1' };
