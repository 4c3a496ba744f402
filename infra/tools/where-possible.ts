// Runs an npm script where the machine has what it takes, and otherwise says that it is left out and succeeds: for
// continuous integration on machines that differ. `npm run check:infra:ci`, `npm run test:browser:ci` and `npm run test:deploy:ci`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Exit code of a script on a machine that lacks something for it; the script says what. */
export const CANNOT_RUN_HERE = 3;

if (import.meta.main) {
  const [script = ''] = process.argv.slice(2);
  const [code] = await once(spawn('npm', ['run', script], { stdio: 'inherit' }), 'exit');
  if (code === CANNOT_RUN_HERE) {
    console.log(`\nLEFT OUT: npm run ${script}, for what is said above.`);
  } else {
    process.exitCode = typeof code === 'number' ? code : 1;
  }
}
