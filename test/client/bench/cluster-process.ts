// The stand-in cluster with so many tasks of one person, in a process of its own, whose memory is not that of the finder.
import { startStandInCluster } from '../../../infra/local/stand-in/cluster.ts';

const cluster = await startStandInCluster({ recordCalls: false });
for (let index = 0; index < Number(process.argv[2]); index += 1) cluster.tasks.create({ assignee: 'demo' });
process.send?.({ url: cluster.url });
process.once('disconnect', () => process.exit());
