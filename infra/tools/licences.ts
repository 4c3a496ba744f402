// `npm run licences`: whether everything that this project uses is open source, the development's own tools included:
// every npm package of package-lock.json, for whatever platform, and Python's. Reads files only.
import { readFile } from 'node:fs/promises';
import { EXCEPTIONS, type Exception, licenceProblem } from './licence-policy.ts';
import { lockedPackages, type Package, packagesBesides } from './npm-packages.ts';
import { PYTHON_LICENCES, pythonPackages, REQUIREMENTS } from './python-packages.ts';

const read = (path: string) => readFile(path, 'utf8');

const WHAT_TO_DO = `
What to do: use another package or version that is open source, or remove what brings it in. Only where a licence turns
out to be open source, add it to infra/tools/licence-policy.ts with the reason: to a list, or as an exception for this
one package, as for one that says no licence itself and whose files do.`;

const excepts =
  ({ name, licence, use }: Package) =>
  (exception: Exception) =>
    use === 'tool' && exception.name === name && exception.licence === licence;

/** A line each, without those that an exception covers. */
function problemsOf(packages: readonly Package[]): string[] {
  return packages.flatMap((one) => {
    const problem = licenceProblem(one.licence, one.use);
    if (problem === undefined || EXCEPTIONS.some(excepts(one))) return [];
    return [`${one.name} ${one.version}: ${problem}.\n  Brought in by ${one.broughtInBy}`];
  });
}

function needless(packages: readonly Package[]): string[] {
  const needed = packages.filter(({ licence, use }) => licenceProblem(licence, use) !== undefined);
  return EXCEPTIONS.filter((exception) => !needed.some((one) => excepts(one)(exception))).map(
    ({ name, licence = 'no licence' }) =>
      `infra/tools/licence-policy.ts has an exception for ${name} with ${licence}, which nothing needs. Remove it.`,
  );
}

/** How many packages have which licence, the most frequent first. */
function summaryOf(packages: readonly Package[]): string[] {
  const counts = new Map<string, number>();
  for (const { licence = '(none)' } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([licence, count]) => `${String(count).padStart(5)}  ${licence}`);
}

const lockfile = await read('package-lock.json');
const npm = [...lockedPackages(lockfile), ...(await packagesBesides(lockfile, '.'))];
const requirements = await Promise.all(REQUIREMENTS.map(async (file) => [file, await read(file)] as const));
const python = pythonPackages(await read(PYTHON_LICENCES), Object.fromEntries(requirements));
const packages = [...npm, ...python.packages];

console.log(`${npm.length} npm packages, ${python.packages.length} Python packages`);
for (const line of summaryOf(packages)) console.log(line);

const problems = problemsOf(packages);
const findings = [...problems, ...python.differences, ...needless(packages)];
for (const finding of findings) console.error(finding);
if (problems.length > 0) console.error(WHAT_TO_DO);
process.exitCode = findings.length === 0 ? 0 : 1;
