// Before any test: whether there is a cluster to run against. Without one nothing was tried, which is no failure.
import { ConfigurationError } from '../../functions/unassign/config.ts';
import { CANNOT_RUN_HERE } from '../../infra/tools/where-possible.ts';
import { clusterSettings, type GivenCluster, givenCluster } from './given-cluster.ts';

const WHAT_TO_SET = `npm run test:cluster runs the function against a Camunda 8 cluster of yours. Set
  CAMUNDA_REST_ADDRESS   the address of its REST API, with or without /v2, such as http://127.0.0.1:8080
  CAMUNDA_…              what else the function needs to call it (docs/settings.md)
  TEST_ASSIGNEE          a person whose open tasks it may unassign, one a run; without it that is left out
`;

export default async function setUp(): Promise<void> {
  const cluster = configuredCluster();
  try {
    console.log(
      `The cluster at ${process.env['CAMUNDA_REST_ADDRESS']} is Camunda ${await cluster.version()}.`,
    );
  } catch (error) {
    leave(`The cluster does not answer as a Camunda does. ${(error as Error).message}`, 1);
  }
}

function configuredCluster(): GivenCluster {
  const settings = clusterSettings(process.env);
  if (settings['CAMUNDA_REST_ADDRESS'] === undefined) {
    leave(`CAMUNDA_REST_ADDRESS is not set.\n\n${WHAT_TO_SET}`, CANNOT_RUN_HERE);
  }
  if (settings['CAMUNDA_SECRET_ARN'] !== undefined) {
    leave(
      'CAMUNDA_SECRET_ARN is set, and no secret is read here: set what is in the secret itself.',
      CANNOT_RUN_HERE,
    );
  }
  try {
    return givenCluster(settings);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    leave(error.message, CANNOT_RUN_HERE);
  }
}

/** Thrown, the message would drown in what Vitest says of its own failure. */
function leave(message: string, code: number): never {
  console.error(`\n${message}\n`);
  process.exit(code);
}
