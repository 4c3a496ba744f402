// What must be there before anything of this checkout runs. Plain JavaScript, since it has to run where Node.js is too old
// for the rest.
import { existsSync } from 'node:fs';

const NODE_MAJOR = 24;

const problem = missing(process.argv.slice(2));
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
}

/** @param {string[]} files that must have been built */
function missing(files) {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) < NODE_MAJOR) {
    return (
      `This is Node.js ${node}, and Node.js ${NODE_MAJOR} is needed. The project brings it as the npm package "node", whose ` +
      'install script fetches it: run npm ci without --ignore-scripts. Where npm is configured to ignore scripts ' +
      '(npm config get ignore-scripts), run npm ci --ignore-scripts=false.'
    );
  }
  const file = files.find((path) => !existsSync(path));
  if (file === undefined) return undefined;
  return `${file} is missing: run npm ci without --ignore-scripts, or npm run build:package.`;
}
