// What osls calls (serverless.yml): its file() loads .js only; Node loads the rest of the way as TypeScript.
import { styleText } from 'node:util';
import { deployment as deploymentOf, ParameterError } from './parameters.ts';

/**
 * The deployment, for `${file(./infra/parameters.js):deployment}`.
 *
 * What osls makes of an error here stands behind three prefixes of its own. So a wrong parameter is told by itself
 * and ends the command, which has done nothing yet. Warnings come last, where a person looks when osls is done.
 */
export async function deployment(context) {
  try {
    // A package may be made to be looked at; a deployment needs its cluster.
    const mayBePlaceholder = process.argv[2] === 'package';
    return await deploymentOf(context, mayBePlaceholder, (warnings) => {
      process.once('exit', () => {
        for (const warning of warnings) tell(['bold', 'yellow'], 'Warning', warning);
      });
    });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    tell(['bold', 'red'], 'Error', error.message);
    process.exit(1);
  }
}

/**
 * Where it is deployed unless `--region` says so. A variable that is empty is as good as none, which osls's own `env:` does
 * not see.
 */
export function region() {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  return AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1';
}

/** In colour where it is a terminal. */
function tell(style, what, text) {
  const { stderr } = process;
  stderr.write(`\n${styleText(style, `${what}:`, { stream: stderr })} ${text}\n`);
}
